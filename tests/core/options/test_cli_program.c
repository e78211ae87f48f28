/* SPDX-License-Identifier: Apache-2.0 */
/* A whole program: its commands, exit codes, messages, generated help and man page. */
#include "tests/core/options/cli_example.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A stream that writes into a temporary file for a while. */
typedef struct Catch {
    FILE *stream, *file;
    int descriptor; /* the real one, kept */
} Catch;

static Catch catch_start(FILE *stream)
{
    Catch c = {stream, tmpfile(), dup(fileno(stream))};
    ck_assert(c.file && c.descriptor >= 0);
    fflush(stream);
    ck_assert_int_ge(dup2(fileno(c.file), fileno(stream)), 0);
    return c;
}

/* What was written. Owned: free. */
static char *catch_end(Catch *c)
{
    char *text = calloc(1, 1 << 16);
    fflush(c->stream);
    ck_assert_int_ge(dup2(c->descriptor, fileno(c->stream)), 0);
    close(c->descriptor);
    rewind(c->file);
    ck_assert(text && fread(text, 1, (1 << 16) - 1, c->file) < (1 << 16) - 1);
    fclose(c->file);
    return text;
}

/* Runs a command line of the program; stdout and stderr in out and messages. Owned: free. */
static int run_line(const char *text, char **out, char **messages)
{
    ExampleLine line;
    example_cut(&line, text);
    Catch first = catch_start(stdout), second = catch_start(stderr);
    const int code = cli_main(&example_program, line.words, line.word);
    *messages = catch_end(&second);
    *out = catch_end(&first);
    return code;
}

static const struct {
    const char *line;
    int code;
    const char *out, *message; /* parts of stdout and stderr; NULL: nothing there */
} mains[] = {
    {"prog --version", 0, "prog 1.0\n", NULL},
    {"prog --help", 0, "\n  tag         tag images\n", NULL},
    {"prog", 2, NULL, "usage: prog COMMAND"},
    {"prog tga", 2, NULL, "error: tga: no such command; did you mean 'tag'?\n"},
    {"prog xyzxyz", 2, NULL, "error: xyzxyz: no such command; see prog --help\n"},
    {"prog tag", 0, NULL, NULL},
    {"prog tag a b c", 3, NULL, NULL},
    {"prog tag --json", 3, NULL, "error: no JSON\n"},
    {"prog tag --as-json", 3, NULL,
     "warning: --as-json: deprecated name; use --json\nerror: no JSON\n"},
    {"prog tag --expression=x", 0, NULL,
     "warning: --expression: deprecated name; use --word\n"},
    {"prog make", 2, NULL, "error: make: KIND is missing: one; see prog make --help\n"},
    {"prog make oen", 2, NULL, "make: oen: no such kind; did you mean 'one'?\n"},
    {"prog make one a", 1, NULL, NULL},
    {"prog make one --zz", 2, NULL,
     "make one: --zz: no such option; see prog make one --help\n"},
    {"prog make --help", 0, "usage: prog make KIND ...\n\nMakes.\n\n  make one  the first\n",
     NULL},
    {"prog make one -h", 0, "usage: prog make one [OPTIONS] OUT...\n", NULL},
    {"prog strict -h", 0,
     "usage: prog strict --scores FILE -o FILE [OPTIONS]\n"
     "       prog strict --check FILE [OPTIONS]\n",
     NULL},
    {"prog set optim.lr=1 max_epoch=2 --rate 1", 0, NULL, NULL},
    {"prog set data.eval=x optim.lr=1", 0, NULL,
     "warning: data.eval=x: has no effect in set\n"},
    {"prog set loss.gr.epochs=2", 0, NULL, "warning: loss.gr.epochs=2: has no effect in set\n"},
    {"prog help", 0, "\n  tag         tag images\n", NULL},
    {"prog -h", 0, "\n  tag         tag images\n", NULL},
    {"prog help make", 0, "usage: prog make KIND", NULL},
    {"prog help make one", 0, "usage: prog make one ", NULL},
    {"prog make help", 0, "usage: prog make KIND", NULL},
    {"prog help tga", 2, NULL, "tga: no such command; did you mean 'tag'?"},
    {"prog --verison", 2, NULL, "--verison: no such command; did you mean '--version'?\n"},
    {"prog --json tag", 2, NULL,
     "--json: no such command: the command comes first; see prog --help\n"},
    {"prog version", 0, "prog 1.0\n", NULL},
    {"prog -v", 0, "prog 1.0\n", NULL},
    {"prog -V", 0, "prog 1.0\n", NULL},
    {"prog plain -h", 0,
     "usage: prog plain IN OUT\n\nPlain.\n\n  -h, --help  print this help\n", NULL},
};
enum { MAINS = sizeof mains / sizeof *mains };

static void holds(const char *text, const char *part)
{
    if (part)
        ck_assert_msg(strstr(text, part) != NULL, "'%s' lacks '%s'", text, part);
    else
        ck_assert_str_eq(text, "");
}

START_TEST(the_whole_program)
{
    char *out, *messages;
    ck_assert_int_eq(run_line(mains[_i].line, &out, &messages), mains[_i].code);
    holds(out, mains[_i].out);
    holds(messages, mains[_i].message);
    free(out);
    free(messages);
}
END_TEST

START_TEST(help_is_made_of_rows)
{
    static const char want[] =
        "usage: prog tag [-c FILE.yaml]... [key=value]... [OPTIONS] IMAGE...\n"
        "\n"
        "Tags.\n"
        "\n"
        "Well.\n"
        "\n"
        "  --checkpoint FILE       weights\n"
        "  -o, --out FILE          result\n"
        "  --top K                 how many (at least 1 image; default 10)\n"
        "\n"
        "numbers\n"
        "  --share X               a share (0 to 1; default 0.5)\n"
        "  --color NAME            a color (red|blue; default red)\n"
        "  -w, --word WORD         a word long enough to be wrapped in the column of the help, "
        "where it\n"
        "                          then goes on below its own first letter (may be repeated)\n"
        "  --json                  JSON\n"
        "  key=value               a setting\n"
        "  -c, --config FILE.yaml  read options from this YAML file; later files and settings "
        "win (may be\n"
        "                          repeated)\n"
        "  -h, --help              print this help\n"
        "\n"
        "Note.\n"
        "\n"
        "example: prog tag a.png\n"
        "         prog tag b.png\n";
    char *out, *messages;
    ck_assert_int_eq(run_line("prog tag x --help", &out, &messages), 0);
    ck_assert_str_eq(out, want);
    ck_assert_str_eq(messages, "");
    free(out);
    free(messages);
}
END_TEST

START_TEST(the_man_page_names_everything)
{
    static const char *const part[] = {".TH PROG 1 ",
                                       "prog \\- a program\n",
                                       ".SS tag\n",
                                       ".SS make one\n",
                                       "\\fB\\-o, \\-\\-out FILE\\fR\nresult\n",
                                       "(0 to 1; default 0.5)\n",
                                       "Tags.\n.PP\nWell.\n",
                                       "prog tag a.png\nprog tag b.png\n.fi\n",
                                       "Note.\n"};
    char *out, *messages;
    ck_assert_int_eq(run_line("prog --man", &out, &messages), 0);
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) holds(out, part[i]);
    free(out);
    free(messages);
}
END_TEST

Suite *test_cli_program_suite(void);
Suite *test_cli_program_suite(void)
{
    Suite *suite = suite_create("cli_program");
    TCase *c = tcase_create("cli_program");
    tcase_add_loop_test(c, the_whole_program, 0, MAINS);
    tcase_add_test(c, help_is_made_of_rows);
    tcase_add_test(c, the_man_page_names_everything);
    suite_add_tcase(suite, c);
    return suite;
}
