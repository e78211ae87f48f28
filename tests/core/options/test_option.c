/* SPDX-License-Identifier: Apache-2.0 */
/* The option table: every type from text, the dump, the help, and settings that must be
 * refused. */
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/core/options/option_case.h"

#include <string.h>

START_TEST(defaults)
{
    ck_assert_int_eq(option_case.batch, 32);
    ck_assert_double_eq(option_case.lr, 1e-4);
    ck_assert_str_eq(option_case.root, "");
    ck_assert_int_eq(option_case.loss, 0);
    ck_assert_int_eq(option_case.depths.count, 4);
    ck_assert_int_eq(option_case.depths.value[2], 6);
    ck_assert_int_eq(option_case.train.count, 0);
    ck_assert(!option_case.grad);
}
END_TEST

START_TEST(overrides)
{
    option_case_set("train.batch=16");
    option_case_set("batch_size=8"); /* the last one wins */
    option_case_set("lr0=5e-06");
    option_case_set("data.root=/a=b, c");
    option_case_set("loss.tag=hill");
    option_case_set("model.depths=[2, 4]");
    option_case_set("image.mean=-0.5,1e-1");
    option_case_set("data.train= a.json ,b.json");
    option_case_set("model.grad=TRUE");
    option_case_set("seed=-9223372036854775808");
    ck_assert_int_eq(option_case.batch, 8);
    ck_assert_double_eq(option_case.lr, 5e-6);
    ck_assert_str_eq(option_case.root, "/a=b, c");
    ck_assert_int_eq(option_case.loss, 2);
    ck_assert_int_eq(option_case.depths.count, 2);
    ck_assert_int_eq(option_case.depths.value[1], 4);
    ck_assert_double_eq(option_case.mean.value[1], 0.1);
    ck_assert_int_eq(option_case.train.count, 2);
    ck_assert_str_eq(option_case.train.value[0], "a.json");
    ck_assert_str_eq(option_case.train.value[1], "b.json");
    ck_assert(option_case.grad);
    ck_assert_int_eq(option_case.big, INT64_MIN);
    option_case_set("data.train=\"a, b.json\" , 'it''s',c d");
    ck_assert_int_eq(option_case.train.count, 3);
    ck_assert_str_eq(option_case.train.value[0], "a, b.json");
    ck_assert_str_eq(option_case.train.value[1], "it's");
    ck_assert_str_eq(option_case.train.value[2], "c d");
    option_case_set(
        "data.train=[\"a\\\"\\\\b\",5\" disk,\"\"]"); /* quotes inside are ordinary */
    ck_assert_int_eq(option_case.train.count, 3);
    ck_assert_str_eq(option_case.train.value[0], "a\"\\b");
    ck_assert_str_eq(option_case.train.value[1], "5\" disk");
    ck_assert_str_eq(option_case.train.value[2], "");
    option_case_set("data.train=");
    ck_assert_int_eq(option_case.train.count, 0);
}
END_TEST

START_TEST(dump_reads_back)
{
    option_case_set("data.root=\xe2\x80\xaegnp.\x1b[2J");
    char *text = option_dump(&option_case_table, &option_case);
    ck_assert_ptr_nonnull(strstr(text, "data.root: \"\\u202egnp.\\u001b[2J\"\n"));
    mem_free(text);
    option_case_set("data.root=null");
    option_case_load(
        "data.train: [\"a,\\\"b\\\\\", \"tab\\t\\u00e9\\u2028\\U0001f600\\u0085\", '', '- x: "
        "#']");
    option_case_set("optim.lr=0.1");
    option_case_set("optim.decay=-1.7976931348623157e308");
    option_case_set("image.mean=0.3333333333333333,-1e-300");
    option_case_set("model.grad=1");
    char *first = option_dump(&option_case_table, &option_case);
    OptionCase saved = option_case;
    option_defaults(&option_case_table, &option_case);
    option_case_load(first);
    char *second = option_dump(&option_case_table, &option_case);
    ck_assert_str_eq(first, second);
    ck_assert_ptr_nonnull(strstr(first, "optim.lr: 0.1\n"));
    ck_assert_str_eq(option_case.root, "null");
    for (int i = 0; i < 4; i++)
        ck_assert_str_eq(option_case.train.value[i], saved.train.value[i]);
    ck_assert_mem_eq(&option_case.mean, &saved.mean, sizeof saved.mean);
    ck_assert(option_case.decay < -1.7e308 && option_case.grad);
    mem_free(first);
    mem_free(second);
    option_free(&option_case_table, &saved);
}
END_TEST

START_TEST(failed_setting_keeps_the_old_value)
{
    option_case_set("data.train=a,b");
    option_case_set("model.depths=1,2");
    ck_assert_int_eq(option_set(&option_case_table, &option_case, "data.train=x,\xff", NULL),
                     -1);
    ck_assert_int_eq(option_set(&option_case_table, &option_case, "model.depths=9,x", NULL),
                     -1);
    ck_assert_int_eq(option_set(&option_case_table, &option_case, "loss.tag=x", NULL), -1);
    ck_assert_str_eq(option_case.train.value[1], "b");
    ck_assert_int_eq(option_case.depths.value[0], 1);
    ck_assert_int_eq(option_case.loss, 0);
}
END_TEST

static const OptionBad bad_assignments[] = {
    {"train.batch", "'train.batch': expected key=value"},
    {"=5", "'=5': expected key=value"},
    {"train.bacth=5", "train.bacth: unknown option; did you mean 'train.batch'?"},
    {"bach_size=5", "did you mean 'batch_size'?"},
    {"depths=5", "did you mean 'model.depths'?"},
    {"zzzzzzzz=5", "zzzzzzzz: unknown option; `ramplus config --options` lists them"},
    {"|=5", "|: unknown option"},
    {"init_lr|lr0=1", "init_lr|lr0: unknown option"},
    {"train.batch=", "train.batch: '': expected a whole number"},
    {"train.batch=1.5", "train.batch: '1.5': expected a whole number"},
    {"train.batch= 1", "expected a whole number"},
    {"train.batch=0x10", "expected a whole number"},
    {"train.batch=0", "train.batch: '0': out of range, expected 1 to 65536 images"},
    {"seed=99999999999999999999",
     "seed: '99999999999999999999': expected a number of at most 18"},
    {"optim.lr=nan", "optim.lr: 'nan': expected a finite number"},
    {"optim.lr=inf", "expected a finite number"},
    {"optim.lr=1e999", "expected a finite number"},
    {"optim.lr=1e-4x", "expected a number"},
    {"optim.lr=-1e-9", "out of range, expected 0 to 1"},
    {"loss.tag=hil", "loss.tag: 'hil': expected asl|bce|hill; did you mean 'hill'?"},
    {"loss.tag=asl|bce", "expected asl|bce|hill"},
    {"loss.tag=", "loss.tag: '': expected asl|bce|hill"},
    {"loss.tag=ran", "loss.tag: 'ran': expected asl|bce|hill"},
    {"loss.kind=|", "loss.tag: '|': expected asl|bce|hill"},
    {"model.grad=maybe", "model.grad: 'maybe': expected true or false"},
    {"model.depths=1,2,3,4,5,6,7,8,9", "model.depths: 9 numbers, at most 8"},
    {"model.depths=1,,2", "model.depths: '': expected a whole number"},
    {"model.depths=1,65", "model.depths: '65': out of range, expected 1 to 64"},
    {"image.mean=0.5,x", "image.mean: 'x': expected a number"},
    {"data.train=\"a,b", "data.train: \"a,b: a quote is not closed"},
    {"data.train='a' b", "a quote is not closed, or text follows it"},
    {"data.train=\"a\"\",b", "a quote is not closed, or text follows it"},
    {"data.root=\xff\n", "data.root: '?\?': expected UTF-8 text"},
    {"data.root=\xed\xa0\x80", "expected UTF-8 text"},
    {"data.root=\xc0\x80", "expected UTF-8 text"},
    {"data.root=\xe2\x82", "expected UTF-8 text"},
};

START_TEST(refuses_assignments)
{
    Error err = {0};
    ck_assert_int_eq(
        option_set(&option_case_table, &option_case, bad_assignments[_i].input, &err), -1);
    expect_error(&err, ERROR_USAGE, bad_assignments[_i].message);
}
END_TEST

START_TEST(nearest)
{
    static const char *const names[] = {"train", "eval", "tag", "convert", "optim.lr"};
    ck_assert_str_eq(option_nearest("trian", names, 5), "train");
    ck_assert_str_eq(option_nearest("CONVRT", names, 5), "convert");
    ck_assert_str_eq(option_nearest("lr", names, 5), "optim.lr");
    static const char *const groups[] = {"loss.gr.epochs", "train.epochs", "a.b.epochs"};
    ck_assert_str_eq(option_nearest("epochs", groups, 3), "train.epochs");
    ck_assert_ptr_null(option_nearest("", names, 5));
    ck_assert_ptr_null(option_nearest("photograph", names, 5));
    ck_assert_ptr_null(option_nearest("x", names, 0));
}
END_TEST

/* Old names of options and of choices fill the same field; the dump has the new ones. */
START_TEST(old_names)
{
    option_case_set("loss.kind=hill");
    ck_assert_int_eq(option_case.loss, 2);
    option_case_set("criterion=asymmetric");
    ck_assert_int_eq(option_case.loss, 0);
    option_case_load("loss: {tag: rank}\n");
    ck_assert_int_eq(option_case.loss, 2);
    char *text = option_dump(&option_case_table, &option_case);
    ck_assert_ptr_nonnull(strstr(text, "loss.tag: hill\n"));
    ck_assert_ptr_null(strstr(text, "loss.kind"));
    mem_free(text);
}
END_TEST

START_TEST(help_names_everything)
{
    char *text = NULL;
    FILE *out = fopen(scratch_path(&option_case_scratch, "help"), "w");
    ck_assert_uint_eq(option_help(&option_case_table, "", out), OPTION_CASE_ROWS);
    ck_assert_uint_eq(option_help(&option_case_table, "init_lr", out), 1);
    ck_assert_uint_eq(option_help(&option_case_table, "train", out), 3);
    ck_assert_uint_eq(option_help(&option_case_table, "zzz", out), 0);
    fclose(out);
    Bytes b;
    ck_assert_int_eq(file_read(option_case_scratch.path, &b, NULL), 0);
    text = (char *)b.data;
    ck_assert_ptr_nonnull(strstr(text, "train.batch=32  p (whole number, 1 to 65536 "
                                       "images; also batch_size)\n"));
    ck_assert_ptr_nonnull(strstr(text, "asl|bce|hill"));
    ck_assert_ptr_nonnull(strstr(text, "also init_lr, lr0)\n"));
    bytes_free(&b);
}
END_TEST

typedef struct Inner {
    int64_t n;
    char *text;
} Inner;

typedef struct Outer {
    double own;
    Inner first, second;
    OptionCase config;
} Outer;

static const OptionRow first_rows[] = {
    {"first.n", NULL, OPTION_INT, offsetof(Inner, n), "1", 1, 9, .help = "n"},
    {"first.text", "other", OPTION_STRING, offsetof(Inner, text), "a", .help = "text"},
};
static const OptionRow second_rows[] = {
    {"second.n", NULL, OPTION_INT, offsetof(Inner, n), "2", 1, 9, .help = "n"},
};
static const OptionRow outer_rows[] = {
    {"own", NULL, OPTION_FLOAT, offsetof(Outer, own), "0.5", .help = "own"},
};
static const OptionTable first_table = {.row = first_rows, .rows = 2};
static const OptionTable second_table = {.row = second_rows, .rows = 1};
static const OptionSection pair[] = {{&first_table, offsetof(Outer, first)},
                                     {&second_table, offsetof(Outer, second)}};

/* The pair, in one table, and the table of the other tests. */
static const OptionTable pair_table = {.section = pair, .sections = 2};
static bool outer_section(size_t i, OptionSection *out)
{
    if (i == 0) *out = (OptionSection){&pair_table, 0};
    if (i == 1) *out = (OptionSection){&option_case_table, offsetof(Outer, config)};
    return i < 2;
}
static const OptionTable outer_table = {.row = outer_rows, .rows = 1, .nested = outer_section};

START_TEST(structs_in_structs)
{
    static const char *const names[] = {"own", "first.n", "first.text", "second.n",
                                        "train.batch"};
    Outer o;
    Option option;
    Error err = {0};
    option_defaults(&outer_table, &o);
    for (size_t i = 0; i < 5; i++) {
        ck_assert(option_at(&outer_table, i, &option));
        ck_assert_str_eq(option.row->name, names[i]);
    }
    ck_assert(option_at(&outer_table, 3 + OPTION_CASE_ROWS, &option));
    ck_assert_str_eq(option.row->name, "model.grad");
    ck_assert(!option_at(&outer_table, 4 + OPTION_CASE_ROWS, &option));
    const char *yaml = "second: {n: 7}\nother: b\ntrain.batch: 3\nown: 2\n";
    ck_assert_int_eq(option_load_yaml_text(&outer_table, &o, "x", yaml, &err), 0);
    ck_assert(o.own > 1.9 && o.first.n == 1 && o.second.n == 7 && o.config.batch == 3);
    ck_assert_str_eq(o.first.text, "b");
    ck_assert_int_eq(option_set(&outer_table, &o, "fist.n=2", &err), -1);
    expect_error(&err, ERROR_USAGE, "did you mean 'first.n'?");
    char *text = option_dump(&outer_table, &o);
    const char *start = "own: 2\nfirst.n: 1\nfirst.text: b\nsecond.n: 7\ntrain.batch: 3\n";
    ck_assert_int_eq(strncmp(text, start, strlen(start)), 0);
    mem_free(text);
    option_free(&outer_table, &o);
    ck_assert_ptr_null(o.first.text);
}
END_TEST

Suite *test_option_suite(void);
Suite *test_option_suite(void)
{
    Suite *s = suite_create("option");
    TCase *c = option_case_new(s);
    tcase_add_test(c, defaults);
    tcase_add_test(c, structs_in_structs);
    tcase_add_test(c, overrides);
    tcase_add_test(c, dump_reads_back);
    tcase_add_test(c, failed_setting_keeps_the_old_value);
    tcase_add_loop_test(c, refuses_assignments, 0,
                        sizeof bad_assignments / sizeof *bad_assignments);
    tcase_add_test(c, nearest);
    tcase_add_test(c, old_names);
    tcase_add_test(c, help_names_everything);
    return s;
}
