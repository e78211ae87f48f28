/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: files, settings, options, arguments, and what is said about mistakes. */
#define _XOPEN_SOURCE 700
#include "core/options/cli.h"

#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static const char *checkpoint, *out;
static bool json;

static const CliOption options[] = {
    {"checkpoint", 0, &checkpoint, NULL}, {"out", 'o', &out, NULL}, {"json", 0, NULL, &json}};
enum { OPTIONS = sizeof options / sizeof *options, WORDS = 16 };

/* The words of a line, cut at blanks. */
typedef struct Line {
    char text[256];
    char *word[WORDS];
    int words;
} Line;

static int parse(Line *line, const char *text, Cli *cli, Error *err)
{
    char *rest = line->text;
    checkpoint = out = NULL;
    json = false;
    line->words = 0;
    ck_assert_uint_lt(strlen(text), sizeof line->text);
    strcpy(line->text, text);
    for (char *one; (one = strtok_r(rest, " ", &rest));) {
        ck_assert_int_lt(line->words, WORDS);
        line->word[line->words++] = one;
    }
    return cli_parse(line->words, line->word, options, OPTIONS, cli, err);
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
    ck_assert_str_eq(checkpoint, "run");
    ck_assert_str_eq(out, "dir");
    ck_assert(json && !cli.help);
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

START_TEST(nothing_at_all)
{
    Line line;
    Cli cli;
    parsed(&line, "tag", &cli);
    ck_assert(!cli.help && !json && !checkpoint);
    ck_assert_int_eq(cli.files + cli.assignments + cli.arguments, 0);
    cli_free(&cli);
}
END_TEST

START_TEST(values_after_an_equals_sign)
{
    Line line;
    Cli cli;
    parsed(&line, "tag --checkpoint=a=b --out=", &cli);
    ck_assert_str_eq(checkpoint, "a=b");
    ck_assert_str_eq(out, "");
    cli_free(&cli);
    /* A value may look like an option or a setting; the later one wins. */
    parsed(&line, "tag --checkpoint x --checkpoint --json -o seed=1", &cli);
    ck_assert_str_eq(checkpoint, "--json");
    ck_assert_str_eq(out, "seed=1");
    ck_assert(!json);
    ck_assert_int_eq(cli.assignments, 0);
    cli_free(&cli);
}
END_TEST

/* An option given several times keeps all its values, in order and by its name, whatever the form. */
START_TEST(repeated_options)
{
    Line line;
    Cli cli;
    parsed(&line, "tag -o a --checkpoint x --out=b --json --out c", &cli);
    ck_assert_str_eq(out, "c");
    ck_assert_str_eq(cli_value(&cli, "out", 0), "a");
    ck_assert_str_eq(cli_value(&cli, "out", 1), "b");
    ck_assert_str_eq(cli_value(&cli, "out", 2), "c");
    ck_assert_ptr_null(cli_value(&cli, "out", 3));
    ck_assert_str_eq(cli_value(&cli, "checkpoint", 0), "x");
    ck_assert_ptr_null(cli_value(&cli, "checkpoint", 1));
    ck_assert_ptr_null(cli_value(&cli, "json", 0));
    cli_free(&cli);
    ck_assert_ptr_null(cli_value(&cli, "out", 0));
}
END_TEST

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
    int64_t n;
    const int status = cli_count("tag", "top", counts[_i].text, &n, &err);
    ck_assert_int_eq(status, counts[_i].count ? 0 : -1);
    if (status == 0)
        ck_assert_int_eq(n, counts[_i].count);
    else
        expect_error(&err, ERROR_USAGE, "must be a whole number from 1");
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
    ck_assert_int_eq(cli_parse(2, argv, options, OPTIONS, &cli, NULL), 0);
    ck_assert_int_eq(cli.assignments, words[_i].setting);
    ck_assert_int_eq(cli.arguments, !words[_i].setting);
    ck_assert_str_eq(words[_i].setting ? cli.assignment[0] : cli.argument[0], words[_i].word);
    cli_free(&cli);
}
END_TEST

START_TEST(everything_behind_two_dashes_is_an_argument)
{
    Line line;
    Cli cli;
    parsed(&line, "tag seed=1 -- seed=2.jpg --json -c -- -h", &cli);
    ck_assert(!json && !cli.help);
    ck_assert_int_eq(cli.assignments, 1);
    ck_assert_int_eq(cli.files, 0);
    ck_assert_int_eq(cli.arguments, 5);
    ck_assert_str_eq(cli.argument[0], "seed=2.jpg");
    ck_assert_str_eq(cli.argument[3], "--");
    cli_free(&cli);
}
END_TEST

START_TEST(help)
{
    Line line;
    Cli cli;
    parsed(&line, "tag -h", &cli);
    ck_assert(cli.help);
    cli_free(&cli);
    parsed(&line, "tag a.jpg --help", &cli);
    ck_assert(cli.help);
    ck_assert_int_eq(cli.arguments, 1);
    cli_free(&cli);
}
END_TEST

static const struct {
    const char *line, *message;
} bad[] = {
    {"tag --jsno", "tag: --jsno: no such option, did you mean --json; see ramplus tag --help"},
    {"tag --chekpoint=run", "--chekpoint=run: no such option, did you mean --checkpoint"},
    {"tag --hlep", "did you mean --help"},
    {"tag --conifg=x", "did you mean --config"},
    {"tag --zzzzzzzz", "--zzzzzzzz: no such option; see ramplus tag --help"},
    {"tag -x", "tag: -x: no such option; see"},
    {"tag -ofile", "tag: -ofile: no such option"},
    {"tag --", NULL},
    {"tag --json=1", "tag: --json takes no value"},
    {"tag --checkpoint", "tag: --checkpoint: needs a value"},
    {"tag -o", "tag: -o: needs a value"},
    {"tag -c", "tag: -c: needs a file"},
    {"tag a --config", "tag: --config: needs a file"},
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
        ck_assert_ptr_null(cli.argument); /* nothing to free */
    } else {
        ck_assert_int_eq(status, 0);
        cli_free(&cli);
    }
}
END_TEST

Suite *test_cli_suite(void);
Suite *test_cli_suite(void)
{
    Suite *suite = suite_create("cli");
    TCase *c = tcase_create("cli");
    tcase_add_test(c, everything_in_its_place);
    tcase_add_test(c, nothing_at_all);
    tcase_add_test(c, values_after_an_equals_sign);
    tcase_add_test(c, repeated_options);
    tcase_add_loop_test(c, counts_from_one, 0, COUNTS);
    tcase_add_loop_test(c, settings_and_arguments, 0, WORD_KINDS);
    tcase_add_test(c, everything_behind_two_dashes_is_an_argument);
    tcase_add_test(c, help);
    tcase_add_loop_test(c, refuses, 0, BAD);
    suite_add_tcase(suite, c);
    return suite;
}
