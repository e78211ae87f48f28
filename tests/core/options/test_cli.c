/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: files, settings, options, arguments, messages about mistakes, generated help. */
#define _XOPEN_SOURCE 700
#include "core/options/cli.h"

#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Options {
    const char *checkpoint, *out;
    int64_t top;
    double share;
    int color;
    OptionStrings words;
    bool json;
} Options;

#define AT(field) offsetof(Options, field)
enum { WORDS = 16 };

static const CliOption rows[] = {
    {"checkpoint", 0, "FILE", OPTION_STRING, AT(checkpoint), .help = "weights"},
    {"out", 'o', "FILE", OPTION_STRING, AT(out), .help = "result"},
    {"top", 0, "K", OPTION_INT, AT(top), "10", 1, INFINITY, .unit = "images",
     .help = "how many"},
    {"share", 0, "X", OPTION_FLOAT, AT(share), "0.5", 0, 1, .help = "a share",
     .heading = "numbers"},
    {"color", 0, "NAME", OPTION_CHOICE, AT(color), "red", .choices = "red|blue",
     .help = "a color"},
    {"word", 'w', "WORD", OPTION_STRINGS, AT(words), .formerly = "expression",
     .help =
         "a word long enough to be wrapped in the column of the help, where it then goes on "
         "below its own first letter"},
    {"json", .offset = AT(json), .formerly = "as-json", .help = "JSON"},
};
static const CliOption required[] = {
    {"scores", 0, "FILE", OPTION_STRING, AT(checkpoint), .required = true, .help = "scores"},
    {"out", 'o', "FILE", OPTION_STRING, AT(out), .required = true, .help = "result"},
    {"check", 0, "FILE", OPTION_STRING, AT(words), .help = "check"},
};

static int run_nothing(const Cli *cli, void *options, Error *err)
{
    const Options *o = options;
    if (o->json) return error_set(err, ERROR_DATA, "no JSON");
    return (int)cli->arguments;
}

static const CliCommand tag = {.name = "tag",
                               .summary = "tag images",
                               .arguments = "IMAGE...",
                               .files = true,
                               .settings = true,
                               .prose = "Tags.\n\nWell.",
                               .option = rows,
                               .options = sizeof rows / sizeof *rows,
                               .notes = "Note.",
                               .example = "prog tag a.png\nprog tag b.png",
                               .size = sizeof(Options),
                               .run = run_nothing};
static const CliCommand plain = {.name = "plain",
                                 .summary = "no settings",
                                 .arguments = "IN OUT",
                                 .min_arguments = 2,
                                 .max_arguments = 2,
                                 .prose = "Plain.",
                                 .example = "prog plain a b",
                                 .run = run_nothing};
static const CliCommand strict = {.name = "strict",
                                  .summary = "options that must be there",
                                  .prose = "Strict.",
                                  .option = required,
                                  .options = 3,
                                  .instead = "check",
                                  .example = "prog strict",
                                  .size = sizeof(Options),
                                  .run = run_nothing};
static const CliCommand one = {.name = "make one",
                               .summary = "the first",
                               .arguments = "OUT...",
                               .prose = "One.",
                               .option = rows,
                               .options = sizeof rows / sizeof *rows,
                               .example = "prog make one x",
                               .size = sizeof(Options),
                               .run = run_nothing};
static const CliCommand *const kinds[] = {&one, NULL};
static const CliCommand make = {.name = "make",
                                .summary = "makes",
                                .prose = "Makes.",
                                .example = "prog make one x",
                                .kind = kinds};
static const CliCommand *const commands[] = {&tag, &plain, &strict, &make, NULL};
static const CliProgram program = {.name = "prog",
                                   .version = "1.0",
                                   .summary = "a program",
                                   .command = commands,
                                   .settings = "a setting"};

static Options o;

/* The words of a line, cut at blanks. */
typedef struct Line {
    char text[256];
    char *word[WORDS + 1];
    int words;
} Line;

static void cut(Line *line, const char *text)
{
    char *rest = line->text;
    line->words = 0;
    ck_assert_uint_lt(strlen(text), sizeof line->text);
    strcpy(line->text, text);
    for (char *word; (word = strtok_r(rest, " ", &rest));) {
        ck_assert_int_lt(line->words, WORDS);
        line->word[line->words++] = word;
    }
}

static const CliCommand *command_of(const char *name)
{
    for (int i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    ck_abort_msg("%s", name);
}

static int parse(Line *line, const char *text, Cli *cli, Error *err)
{
    cut(line, text);
    return cli_parse(&program, command_of(line->word[0]), line->words, line->word, &o, cli,
                     err);
}

static void parsed(Line *line, const char *text, Cli *cli)
{
    Error err = {0};
    ck_assert_msg(parse(line, text, cli, &err) == 0, "%s: %s", text, err.text);
}

START_TEST(everything_in_its_place)
{
    Line line;
    Cli cli;
    parsed(&line,
           "tag a.jpg -c one.yaml --checkpoint run optim.lr=1 -o dir --json --config two.yaml "
           "b.jpg seed=2 --config=three.yaml",
           &cli);
    ck_assert_str_eq(o.checkpoint, "run");
    ck_assert_str_eq(o.out, "dir");
    ck_assert(o.json && !cli.help);
    ck_assert_int_eq(cli.files, 3);
    ck_assert_str_eq(cli.file[0], "one.yaml");
    ck_assert_str_eq(cli.file[1], "two.yaml");
    ck_assert_str_eq(cli.file[2], "three.yaml");
    ck_assert_int_eq(cli.assignments, 2);
    ck_assert_str_eq(cli.assignment[0], "optim.lr=1");
    ck_assert_str_eq(cli.assignment[1], "seed=2");
    ck_assert_int_eq(cli.arguments, 2);
    ck_assert_str_eq(cli.argument[0], "a.jpg");
    ck_assert_str_eq(cli.argument[1], "b.jpg");
    cli_free(&cli);
    ck_assert_int_eq(cli.arguments, 0);
    cli_free(&cli); /* empty */
}
END_TEST

START_TEST(defaults)
{
    Line line;
    Cli cli;
    memset(&o, 0x55, sizeof o);
    parsed(&line, "tag", &cli);
    ck_assert(!cli.help && !o.json && !o.checkpoint && !o.out);
    ck_assert_int_eq(o.top, 10);
    ck_assert_double_eq(o.share, 0.5);
    ck_assert_int_eq(o.color, 0);
    ck_assert_int_eq(o.words.count, 0);
    ck_assert(!cli_given(&cli, "top"));
    ck_assert_int_eq(cli.files + cli.assignments + cli.arguments, 0);
    cli_free(&cli);
}
END_TEST

START_TEST(values_after_an_equals_sign)
{
    Line line;
    Cli cli;
    parsed(&line, "tag --checkpoint=a=b --out= --color=blue --top=7 --share 1e-1", &cli);
    ck_assert_str_eq(o.checkpoint, "a=b");
    ck_assert_str_eq(o.out, "");
    ck_assert_int_eq(o.color, 1);
    ck_assert_int_eq(o.top, 7);
    ck_assert_double_eq(o.share, 0.1);
    ck_assert(cli_given(&cli, "top") && cli_given(&cli, "out") && !cli_given(&cli, "json"));
    cli_free(&cli);
    /* A value may look like an option or a setting; the later one wins. */
    parsed(&line, "tag --checkpoint x --checkpoint --json -o seed=1", &cli);
    ck_assert_str_eq(o.checkpoint, "--json");
    ck_assert_str_eq(o.out, "seed=1");
    ck_assert(!o.json);
    ck_assert_int_eq(cli.assignments, 0);
    cli_free(&cli);
}
END_TEST

/* An option that may be repeated keeps all its values, in order, whatever the form. */
START_TEST(repeated_options)
{
    Line line;
    Cli cli;
    parsed(&line, "tag --word a -o x -w b --json --word=c", &cli);
    ck_assert_int_eq(o.words.count, 3);
    ck_assert_str_eq(o.words.value[0], "a");
    ck_assert_str_eq(o.words.value[1], "b");
    ck_assert_str_eq(o.words.value[2], "c");
    ck_assert_str_eq(o.out, "x");
    cli_free(&cli);
    ck_assert_int_eq(o.words.count, 0);
}
END_TEST

/* ---- a whole program ---- */

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
    Line line;
    cut(&line, text);
    Catch first = catch_start(stdout), second = catch_start(stderr);
    const int code = cli_main(&program, line.words, line.word);
    *messages = catch_end(&second);
    *out = catch_end(&first);
    return code;
}

static const struct {
    const char *text;
    int64_t count; /* 0: refused */
} counts[] = {{"1", 1},   {"25", 25},  {"0", 0},
              {"-3", 0},  {"3x", 0},   {"", 0},
              {"1.5", 0}, {"many", 0}, {"99999999999999999999", 0}};
enum { COUNTS = sizeof counts / sizeof *counts };

START_TEST(counts_from_one)
{
    Error err = {0};
    Cli cli;
    char *argv[] = {(char[]){"tag"}, (char[]){"--top"}, (char *)(uintptr_t)counts[_i].text};
    const int status = cli_parse(&program, &tag, 3, argv, &o, &cli, &err);
    ck_assert_int_eq(status, counts[_i].count ? 0 : -1);
    if (status == 0)
        ck_assert_int_eq(o.top, counts[_i].count);
    else
        expect_error(&err, ERROR_USAGE, "tag: --top: '");
    cli_free(&cli);
}
END_TEST

static const struct {
    const char *word;
    bool setting;
} words[] = {
    {"seed=1", true},      {"optim.lr=", true}, {"A_b.9=x=y", true}, {"=1", false},
    {"a/b=1.jpg", false},  {"a-b=1", false},    {"a b", false},      {"./a=1.jpg", false},
    {"\xc3\xa9=1", false}, {"plain", false},    {"-", false},        {"", false},
};
enum { WORD_KINDS = sizeof words / sizeof *words };

START_TEST(settings_and_arguments)
{
    Cli cli;
    char *argv[2] = {(char[]){"tag"}, (char *)(uintptr_t)words[_i].word};
    ck_assert_int_eq(cli_parse(&program, &tag, 2, argv, &o, &cli, NULL), 0);
    ck_assert_int_eq(cli.assignments, words[_i].setting);
    ck_assert_int_eq(cli.arguments, !words[_i].setting);
    ck_assert_str_eq(words[_i].setting ? cli.assignment[0] : cli.argument[0], words[_i].word);
    cli_free(&cli);
}
END_TEST

START_TEST(every_word_after_two_dashes_is_an_argument)
{
    Line line;
    Cli cli;
    parsed(&line, "tag seed=1 -- seed=2.jpg --json -c -- -h", &cli);
    ck_assert(!o.json && !cli.help);
    ck_assert_int_eq(cli.assignments, 1);
    ck_assert_int_eq(cli.files, 0);
    ck_assert_int_eq(cli.arguments, 5);
    ck_assert_str_eq(cli.argument[0], "seed=2.jpg");
    ck_assert_str_eq(cli.argument[3], "--");
    cli_free(&cli);
}
END_TEST

static const struct {
    const char *line, *message; /* NULL: fine */
} bad[] = {
    {"tag --jsno", "tag: --jsno: no such option, did you mean --json; see prog tag --help"},
    {"tag --chekpoint=run", "--chekpoint=run: no such option, did you mean --checkpoint"},
    {"tag --hlep", "did you mean --help"},
    {"tag --conifg=x", "did you mean --config"},
    {"tag --zzzzzzzz", "--zzzzzzzz: no such option; see prog tag --help"},
    {"tag -x", "tag: -x: no such option; see"},
    {"tag -ofile", "tag: -ofile: no such option"},
    {"tag --", NULL},
    {"tag --json=1", "tag: --json takes no value"},
    {"tag --checkpoint", "tag: --checkpoint: needs a value"},
    {"tag -o", "tag: -o: needs a value"},
    {"tag -c", "tag: -c: needs a file"},
    {"tag a --config", "tag: --config: needs a file"},
    {"tag --share 1.5", "tag: --share: '1.5': out of range"},
    {"tag --share nan", "tag: --share: 'nan'"},
    {"tag --top 0", "tag: --top: '0': out of range"},
    {"tag --top 0", "at least 1 images"},
    {"tag --color blu", "did you mean 'blue'?"},
    {"plain a b", NULL},
    {"plain a", "plain: expected IN OUT, got too few arguments; see prog plain --help"},
    {"plain", "plain: expected IN OUT, got no argument"},
    {"plain a b c", "plain: c: unexpected argument; see prog plain --help"},
    {"plain a b=c", "plain: b=c: unexpected argument"},
    {"plain a -- b=c", NULL},
    {"plain a b -c x.yaml", "plain: -c: this command reads no configuration file"},
    {"strict", "strict: --scores is missing; see prog strict --help"},
    {"strict --scores x", "strict: -o is missing; see prog strict --help"},
    {"strict --scores x -o y", NULL},
    {"strict --check x", NULL},
    {"strict --check x y", "strict: y: unexpected argument"},
    {"strict --help", NULL},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses)
{
    Line line;
    Cli cli;
    Error err = {0};
    const int status = parse(&line, bad[_i].line, &cli, &err);
    if (bad[_i].message) {
        ck_assert_int_eq(status, -1);
        expect_error(&err, ERROR_USAGE, bad[_i].message);
    } else {
        ck_assert_msg(status == 0, "%s: %s", bad[_i].line, err.text);
    }
    cli_free(&cli);
}
END_TEST

static const struct {
    const char *line;
    int code;
    const char *out, *message; /* parts of stdout and stderr; NULL: nothing there */
} mains[] = {
    {"prog --version", 0, "prog 1.0\n", NULL},
    {"prog --help", 0, "\n  tag         tag images\n", NULL},
    {"prog", 2, NULL, "usage: prog COMMAND"},
    {"prog tga", 2, NULL, "error: tga: no such command, did you mean tag; see prog --help\n"},
    {"prog xyzxyz", 2, NULL, "error: xyzxyz: no such command; see prog --help\n"},
    {"prog tag", 0, NULL, NULL},
    {"prog tag a b c", 3, NULL, NULL},
    {"prog tag --json", 3, NULL, "error: no JSON\n"},
    {"prog tag --as-json", 3, NULL,
     "warning: --as-json: deprecated name; use --json\nerror: no JSON\n"},
    {"prog tag --expression=x", 0, NULL,
     "warning: --expression: deprecated name; use --word\n"},
    {"prog make", 2, NULL, "error: make: KIND is missing: one; see prog make --help\n"},
    {"prog make oen", 2, NULL,
     "make: oen: no such kind, did you mean one; see prog make --help\n"},
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
        "  --top K                 how many (at least 1 images; default 10)\n"
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

Suite *test_cli_suite(void);
Suite *test_cli_suite(void)
{
    Suite *suite = suite_create("cli");
    TCase *c = tcase_create("cli");
    tcase_add_test(c, everything_in_its_place);
    tcase_add_test(c, defaults);
    tcase_add_test(c, values_after_an_equals_sign);
    tcase_add_test(c, repeated_options);
    tcase_add_loop_test(c, counts_from_one, 0, COUNTS);
    tcase_add_loop_test(c, settings_and_arguments, 0, WORD_KINDS);
    tcase_add_test(c, every_word_after_two_dashes_is_an_argument);
    tcase_add_loop_test(c, refuses, 0, BAD);
    tcase_add_loop_test(c, the_whole_program, 0, MAINS);
    tcase_add_test(c, help_is_made_of_rows);
    tcase_add_test(c, the_man_page_names_everything);
    suite_add_tcase(suite, c);
    return suite;
}
