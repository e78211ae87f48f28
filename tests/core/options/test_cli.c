/* SPDX-License-Identifier: Apache-2.0 */
/* Command lines: files, settings, options, arguments, messages about mistakes. */

#include "tests/core/options/cli_example.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static ExampleOptions o;

static const CliCommand *command_of(const char *name)
{
    for (int i = 0; example_program.command[i]; i++)
        if (strcmp(example_program.command[i]->name, name) == 0)
            return example_program.command[i];
    ck_abort_msg("%s", name);
}

static int parse(ExampleLine *line, const char *text, Cli *cli, Error *err)
{
    example_cut(line, text);
    return cli_parse(&example_program, command_of(line->word[0]), line->words, line->word, &o,
                     cli, err);
}

static void parsed(ExampleLine *line, const char *text, Cli *cli)
{
    Error err = {0};
    ck_assert_msg(parse(line, text, cli, &err) == 0, "%s: %s", text, err.text);
}

START_TEST(everything_in_its_place)
{
    ExampleLine line;
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
    ExampleLine line;
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
    ExampleLine line;
    Cli cli;
    parsed(&line, "tag --checkpoint=a=b --out= --color=blue --top=7 --share 1e-1", &cli);
    ck_assert_str_eq(o.checkpoint, "a=b");
    ck_assert_str_eq(o.out, "");
    ck_assert_int_eq(o.color, 1);
    ck_assert_int_eq(o.top, 7);
    ck_assert_double_eq(o.share, 0.1);
    ck_assert(cli_given(&cli, "top") && cli_given(&cli, "out") && !cli_given(&cli, "json"));
    cli_free(&cli);
    /* A value may look like an option or a setting. */
    parsed(&line, "tag --checkpoint=--json -o seed=1", &cli);
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
    ExampleLine line;
    Cli cli;
    parsed(&line, "tag --word a -o x -w b --json --word=c", &cli);
    ck_assert_int_eq(o.words.count, 3);
    ck_assert_str_eq(o.words.value[0], "a");
    ck_assert_str_eq(o.words.value[1], "b");
    ck_assert_str_eq(o.words.value[2], "c");
    ck_assert_str_eq(o.out, "x");
    cli_free(&cli);
    ck_assert_int_eq(o.words.count, 0);
    parsed(&line, "tag --checkpoint a --checkpoint=b", &cli);
    ck_assert_str_eq(o.checkpoint, "b");
    cli_free(&cli);
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
    Cli cli;
    char *argv[] = {(char[]){"tag"}, (char[]){"--top"}, (char *)(uintptr_t)counts[_i].text,
                    NULL};
    const int status = cli_parse(&example_program, &example_tag, 3, argv, &o, &cli, &err);
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
    char *argv[] = {(char[]){"tag"}, (char *)(uintptr_t)words[_i].word, NULL};
    ck_assert_int_eq(cli_parse(&example_program, &example_tag, 2, argv, &o, &cli, NULL), 0);
    ck_assert_int_eq(cli.assignments, words[_i].setting);
    ck_assert_int_eq(cli.arguments, !words[_i].setting);
    ck_assert_str_eq(words[_i].setting ? cli.assignment[0] : cli.argument[0], words[_i].word);
    cli_free(&cli);
}
END_TEST

START_TEST(every_word_after_two_dashes_is_an_argument)
{
    ExampleLine line;
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
    {"tag --jsno", "tag: --jsno: no such option; did you mean '--json'?"},
    {"tag --chekpoint=run", "--chekpoint=run: no such option; did you mean '--checkpoint'?"},
    {"tag --hlep", "did you mean '--help'?"},
    {"tag --conifg=x", "did you mean '--config'?"},
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
    {"tag --top 0", "at least 1 image"},
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
    /* what can have one value only is given twice */
    {"tag --top 5 --top=6", "tag: --top: given twice: '5' and '6'"},
    {"tag -o a --out b", "tag: --out: given twice: 'a' and 'b'"},
    {"tag --as-json --json", NULL},
    {"tag --top 5 --top 5", NULL},
    {"tag --word a --word b -c x -c y", NULL},
    {"set optim.lr=1 optim.lr=2", "optim.lr: set twice: '1' and '2'"},
    {"set optim.lr=1 train.epochs=2 init_lr=2", "optim.lr: set twice: '1' and '2'"},
    {"set --rate 1 optim.lr=2", "optim.lr: set twice: '1' and '2'"},
    {"set --rate 1 --rate 2", "set: --rate: given twice"},
    {"set optim.lr=1 optim.lr=1 unknown=1 unknown=2", NULL},
    {"set data.eval=a data.eval=b", "'b'; a list is one setting, with commas"},
    /* settings in the form of options, and with blanks */
    {"set --lr 1e-3", "set: --lr: no such option; did you mean 'optim.lr=1e-3'?"},
    {"set --lr=1e-3", "did you mean 'optim.lr=1e-3'?"},
    {"set --lr --top 5", "did you mean 'optim.lr=VALUE'?"},
    {"set --max-epoch 5", "did you mean 'train.epochs=5'?"},
    {"set --epochs 5", "did you mean 'train.epochs=5'?"},
    {"set --optm.lr 5", "did you mean 'optim.lr=5'?"},
    {"set --tpo 5", "did you mean '--top'?"},
    {"plain --lr 5 x", "plain: --lr: no such option; see"},
    {"set train.epochs = 3",
     "set: train.epochs =: a setting is one word; did you mean 'train.epochs=3'?"},
    {"set train.epochs =3", "did you mean 'train.epochs=3'?"},
    {"set train.epochs= 3", "did you mean 'train.epochs=3'?"},
    {"set train.epochs: 3", "did you mean 'train.epochs=3'?"},
    {"tag train.epochs = 3", "did you mean 'train.epochs=3'?"},
    {"tag train.epochs= 3.jpg", NULL},
    {"set data.eval= --top 5", NULL},
    {"set data.eval= optim.lr=1", NULL},
    {"set train.epochs 3",
     "set: train.epochs 3: a setting is one word; did you mean 'train.epochs=3'?"},
    {"tag train.epochs 3", NULL},
    {"set train.epochs optim.lr=1", "set: train.epochs: unexpected argument"},
    {"set own.yaml", "set: own.yaml: unexpected argument; see"},
    {"set train.epochs =", "set: train.epochs: unexpected argument"},
    {"set tarin.epochs = 3", "set: tarin.epochs: unexpected argument"},
    {"tag --out --json", "tag: --out: needs a value; '--json' is an option"},
    {"tag --out=--json", NULL},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses)
{
    ExampleLine line;
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
    suite_add_tcase(suite, c);
    return suite;
}
