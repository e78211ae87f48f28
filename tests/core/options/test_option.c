/* SPDX-License-Identifier: Apache-2.0 */
/* The option table: every type from text and YAML, the dump, and inputs that must be
 * refused. */
#include "core/io/file.h"
#include "core/mem.h"
#include "core/options/option.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct Config {
    bool grad;
    int64_t batch, epochs, big;
    double lr, decay;
    char *root;
    int loss;
    OptionInts depths;
    OptionFloats mean;
    OptionStrings train;
} Config;

#define AT(member) offsetof(Config, member)
static const OptionRow rows[] = {
    {"train.batch", "batch_size", OPTION_INT, AT(batch), "32", 1, 65536, .unit = "images",
     .help = "p"},
    {"train.epochs", "max_epoch", OPTION_INT, AT(epochs), "5", 0, 1e6, .help = "passes"},
    {"seed", NULL, OPTION_INT, AT(big), "0", .help = "any"},
    {"optim.lr", "init_lr|lr0", OPTION_FLOAT, AT(lr), "1e-4", 0, 1, .help = "rate"},
    {"optim.decay", "weight_decay", OPTION_FLOAT, AT(decay), "0.05", .help = "decay"},
    {"data.root", "image_path_root", OPTION_STRING, AT(root), "", .help = "folder"},
    {"loss.tag", NULL, OPTION_CHOICE, AT(loss), "asl", .choices = "asl|bce|hill",
     .help = "loss", .formerly = "loss.kind|criterion", .choices_formerly = "asymmetric||rank"},
    {"model.depths", NULL, OPTION_INTS, AT(depths), "2,2,6,2", 1, 64, .help = "blocks"},
    {"image.mean", NULL, OPTION_FLOATS, AT(mean), "0.5", -1, 1, .help = "mean"},
    {"data.train", "train_file", OPTION_STRINGS, AT(train), "", .help = "files"},
    {"model.grad", "vit_grad_ckpt", OPTION_BOOL, AT(grad), "no", .help = "flag"},
};
static const OptionTable table = {.row = rows,
                                  .rows = sizeof rows / sizeof *rows,
                                  .hint = "`ramplus config --options` lists them"};

static Scratch scratch;
static Config config;

static void setup(void)
{
    scratch_new(&scratch);
    option_defaults(&table, &config);
}

static void teardown(void)
{
    option_free(&table, &config);
    scratch_free(&scratch);
}

static void set(const char *assignment)
{
    Error err = {0};
    ck_assert_msg(option_set(&table, &config, assignment, &err) == 0, "%s", err.text);
}

static void load(const char *text)
{
    Error err = {0};
    ck_assert_msg(option_load_yaml_text(&table, &config, "x.yaml", text, &err) == 0, "%s",
                  err.text);
}

START_TEST(defaults)
{
    ck_assert_int_eq(config.batch, 32);
    ck_assert_double_eq(config.lr, 1e-4);
    ck_assert_str_eq(config.root, "");
    ck_assert_int_eq(config.loss, 0);
    ck_assert_int_eq(config.depths.count, 4);
    ck_assert_int_eq(config.depths.value[2], 6);
    ck_assert_int_eq(config.train.count, 0);
    ck_assert(!config.grad);
}
END_TEST

START_TEST(overrides)
{
    set("train.batch=16");
    set("batch_size=8"); /* the last one wins */
    set("lr0=5e-06");
    set("data.root=/a=b, c");
    set("loss.tag=hill");
    set("model.depths=[2, 4]");
    set("image.mean=-0.5,1e-1");
    set("data.train= a.json ,b.json");
    set("model.grad=TRUE");
    set("seed=-9223372036854775808");
    ck_assert_int_eq(config.batch, 8);
    ck_assert_double_eq(config.lr, 5e-6);
    ck_assert_str_eq(config.root, "/a=b, c");
    ck_assert_int_eq(config.loss, 2);
    ck_assert_int_eq(config.depths.count, 2);
    ck_assert_int_eq(config.depths.value[1], 4);
    ck_assert_double_eq(config.mean.value[1], 0.1);
    ck_assert_int_eq(config.train.count, 2);
    ck_assert_str_eq(config.train.value[0], "a.json");
    ck_assert_str_eq(config.train.value[1], "b.json");
    ck_assert(config.grad);
    ck_assert_int_eq(config.big, INT64_MIN);
    set("data.train=\"a, b.json\" , 'it''s',c d");
    ck_assert_int_eq(config.train.count, 3);
    ck_assert_str_eq(config.train.value[0], "a, b.json");
    ck_assert_str_eq(config.train.value[1], "it's");
    ck_assert_str_eq(config.train.value[2], "c d");
    set("data.train=[\"a\\\"\\\\b\",5\" disk,\"\"]"); /* quotes inside are ordinary */
    ck_assert_int_eq(config.train.count, 3);
    ck_assert_str_eq(config.train.value[0], "a\"\\b");
    ck_assert_str_eq(config.train.value[1], "5\" disk");
    ck_assert_str_eq(config.train.value[2], "");
    set("data.train=");
    ck_assert_int_eq(config.train.count, 0);
}
END_TEST

START_TEST(yaml_forms)
{
    load("\xef\xbb\xbftrain:\r\n  batch: 6\r\noptim.decay: 1\r\n"); /* the mark is no column */
    ck_assert_int_eq(config.batch, 6);
    ck_assert_double_eq(config.decay, 1);
    load("\xef\xbb\xbf# comment\n"
         "train:\n  batch: 7\n"
         "train.epochs: 3\n"
         "optim: {lr: 0.25, decay: 0}\n"
         "image:\n"
         "data:\n  root: 'it''s'\n  train: [\n    \"a,b.json\",\n    c.json, ]\n"
         "model: {depths: '1,2', grad: on}\n");
    ck_assert_int_eq(config.batch, 7);
    ck_assert_int_eq(config.epochs, 3);
    ck_assert_double_eq(config.lr, 0.25);
    ck_assert_str_eq(config.root, "it's");
    ck_assert_int_eq(config.train.count, 2);
    ck_assert_str_eq(config.train.value[0], "a,b.json");
    ck_assert_int_eq(config.depths.count, 2);
    ck_assert(config.grad);
    load("");
    load("# nothing\n---\n");
    load("data.root: ~\ndata.train:\n");
    ck_assert_str_eq(config.root, "");
    ck_assert_int_eq(config.train.count, 0);
}
END_TEST

/* The form of the reference project's own files. */
START_TEST(reference_yaml)
{
    load("train_file: [\n            'datasets/train/coco_train_rmcocodev_ram.json',\n"
         "            'datasets/train/vg_ram.json',\n             ]\n"
         "image_path_root: \"\"\n\n# size of vit model; base or large\nvit_grad_ckpt: False\n"
         "batch_size: 26\n\n# optimizer\nweight_decay: 0.05\ninit_lr: 5e-06\nmax_epoch: 2\n");
    ck_assert_int_eq(config.train.count, 2);
    ck_assert_str_eq(config.train.value[1], "datasets/train/vg_ram.json");
    ck_assert_double_eq(config.lr, 5e-6);
    ck_assert_int_eq(config.epochs, 2);
}
END_TEST

START_TEST(dump_reads_back)
{
    set("data.root=null");
    load("data.train: [\"a,\\\"b\\\\\", \"tab\\t\\u00e9\\u2028\\U0001f600\\u0085\", '', '- x: "
         "#']");
    set("optim.lr=0.1");
    set("optim.decay=-1.7976931348623157e308");
    set("image.mean=0.3333333333333333,-1e-300");
    set("model.grad=1");
    char *first = option_dump(&table, &config);
    Config saved = config;
    option_defaults(&table, &config);
    load(first);
    char *second = option_dump(&table, &config);
    ck_assert_str_eq(first, second);
    ck_assert_ptr_nonnull(strstr(first, "optim.lr: 0.1\n"));
    ck_assert_str_eq(config.root, "null");
    for (int i = 0; i < 4; i++) ck_assert_str_eq(config.train.value[i], saved.train.value[i]);
    ck_assert_mem_eq(&config.mean, &saved.mean, sizeof saved.mean);
    ck_assert(config.decay < -1.7e308 && config.grad);
    mem_free(first);
    mem_free(second);
    option_free(&table, &saved);
}
END_TEST

START_TEST(failed_setting_keeps_the_old_value)
{
    set("data.train=a,b");
    set("model.depths=1,2");
    ck_assert_int_eq(option_set(&table, &config, "data.train=x,\xff", NULL), -1);
    ck_assert_int_eq(option_set(&table, &config, "model.depths=9,x", NULL), -1);
    ck_assert_int_eq(option_set(&table, &config, "loss.tag=x", NULL), -1);
    ck_assert_str_eq(config.train.value[1], "b");
    ck_assert_int_eq(config.depths.value[0], 1);
    ck_assert_int_eq(config.loss, 0);
}
END_TEST

typedef struct Bad {
    const char *input, *message;
} Bad;

static const Bad bad_assignments[] = {
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
    {"data.root=\xff\n", "data.root: '\xff?': expected UTF-8 text"},
    {"data.root=\xed\xa0\x80", "expected UTF-8 text"},
    {"data.root=\xc0\x80", "expected UTF-8 text"},
    {"data.root=\xe2\x82", "expected UTF-8 text"},
};

START_TEST(refuses_assignments)
{
    Error err = {0};
    ck_assert_int_eq(option_set(&table, &config, bad_assignments[_i].input, &err), -1);
    expect_error(&err, ERROR_USAGE, bad_assignments[_i].message);
}
END_TEST

static const Bad bad_yaml[] = {
    {"train:\n  batch: 1\n  bacth: 2\n", "x.yaml:3: train.bacth: unknown option; did you mean"},
    {"train.batch: 1\ntrain: {batch: 2}\n",
     "x.yaml:2: train.batch: set twice, first on line 1"},
    {"batch_size: 1\ntrain.batch: 1\n", "x.yaml:2: train.batch: set twice"},
    {"\ntrain.batch: no\n", "x.yaml:2: train.batch: 'no': expected a whole number"},
    {"train.batch: [1, 2]\n", "x.yaml:1: train.batch: a list: expected a single value"},
    {"train.batch: 1e2\n", "x.yaml:1: train.batch: '1e2': expected a whole number"},
    {"optim.lr: .nan\n", "x.yaml:1: optim.lr: '.nan': expected a number"},
    {"optim.lr: nan\n", "x.yaml:1: optim.lr: 'nan': expected a finite number"},
    {"loss.tag: bcee\n", "did you mean 'bce'?"},
    {"model.depths: [1, [2]]\n", "x.yaml:1: model.depths: a list in a list"},
    {"model.depths: [1, {a: 2}]\n", "x.yaml:1: model.depths: a list in a list"},
    {"train: 5\n", "x.yaml:1: train: a group of options, not one"},
    {"train.batch: {a: 2}\n", "x.yaml:1: train.batch.a: unknown option"},
    {"- a\n- b\n", "x.yaml:1: expected lines of `key: value`"},
    {"just words\n", "x.yaml:1: expected lines of `key: value`"},
    {"? [a]\n: b\n", "x.yaml:1: a key must be a name"},
    {"seed: 1\n---\nseed: 2\n", "x.yaml:2: a second document"},
    {"seed: 1\n...\n{", "x.yaml:3: "},
    {"a: &x [1]\nb: *x\n", "x.yaml:1: anchors and aliases are not allowed"},
    {"&x seed: 1\n", "x.yaml:1: anchors and aliases"},
    {"seed: *x\n", "x.yaml:1: "},
    {"seed: !!python/object:os.system 1\n", "x.yaml:1: tags (!) are not allowed"},
    {"a: {b: {c: {d: {e: {f: {g: {h: {i: 1}}}}}}}}\n", "nested deeper than 8"},
    {"seed: \"1\n", "x.yaml:2: not YAML: "},
    {"seed: 1\n\ttrain: 2\n", "not YAML: "},
    {"seed: [1\n", "not YAML: "},
    {"seed: 1\n\x01\x02", "x.yaml:2: not YAML: control characters are not allowed"},
    {"seed: 1\n\nroot: \xff\xfe", "x.yaml:3: not YAML: invalid leading UTF-8 octet"},
    {"data.root: \"a\\0b\"\n", "x.yaml:1: a text holds a NUL byte"},
    {"\x89PNG\r\n\x1a\n", "x.yaml:1: not YAML: a PNG image"},
    {"\xff\xfes", "x.yaml:1: not YAML: UTF-16 text: save it as UTF-8"},
};

START_TEST(refuses_yaml)
{
    Error err = {0};
    const Bad *b = &bad_yaml[_i];
    ck_assert_int_eq(option_load_yaml_text(&table, &config, "x.yaml", b->input, &err), -1);
    expect_error(&err, ERROR_USAGE, b->message);
}
END_TEST

/* n times the piece, after a start. */
static char *repeat(const char *start, const char *piece, size_t n)
{
    size_t a = strlen(start), b = strlen(piece);
    char *text = mem_alloc(a + b * n + 1);
    memcpy(text, start, a);
    for (size_t i = 0; i < n; i++) memcpy(text + a + b * i, piece, b);
    text[a + b * n] = 0;
    return text;
}

START_TEST(refuses_floods)
{
    static const struct {
        const char *start, *piece;
        size_t n;
        const char *message;
    } flood[] = {
        {"", "[", 1000000, ": expected lines of `key: value`"},
        {"seed: ", "[", 1000000, "a list in a list"},
        {"", "{a: ", 200000, "nested deeper than 8"},
        {"seed: [", "1,\n", 300000, "not YAML"},
        {"", "x", 1 << 20, "expected lines of `key: value`"},
        {"", "# long\n", 200000, "larger than 1 MiB"},
        {"model.depths: [1", ",1", 500000, "not YAML"},
    };
    for (size_t i = 0; i < sizeof flood / sizeof *flood; i++) {
        Error err = {0};
        char *text = repeat(flood[i].start, flood[i].piece, flood[i].n);
        ck_assert_int_eq(option_load_yaml_text(&table, &config, "x", text, &err), -1);
        expect_error(&err, ERROR_USAGE, flood[i].message);
        mem_free(text);
    }
}
END_TEST

static void refuse_file(const char *path, const char *message)
{
    Error err = {0};
    ck_assert_int_eq(option_load_yaml(&table, &config, path, &err), -1);
    expect_error(&err, ERROR_USAGE, message);
}

START_TEST(refuses_files)
{
    refuse_file("/nonexistent.yaml", "/nonexistent.yaml: cannot open: No such file");
    refuse_file("/tmp", "/tmp: cannot read: Is a directory");
    refuse_file("/dev/zero", "/dev/zero: larger than 1 MiB");
    refuse_file(scratch_write(&scratch, "x.yaml", "seed: 1\n\0", 9), "x.yaml:2: not YAML");
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
    set("loss.kind=hill");
    ck_assert_int_eq(config.loss, 2);
    set("criterion=asymmetric");
    ck_assert_int_eq(config.loss, 0);
    load("loss: {tag: rank}\n");
    ck_assert_int_eq(config.loss, 2);
    char *text = option_dump(&table, &config);
    ck_assert_ptr_nonnull(strstr(text, "loss.tag: hill\n"));
    ck_assert_ptr_null(strstr(text, "loss.kind"));
    mem_free(text);
}
END_TEST

START_TEST(help_names_everything)
{
    char *text = NULL;
    FILE *out = fopen(scratch_path(&scratch, "help"), "w");
    option_help(&table, out);
    fclose(out);
    Bytes b;
    ck_assert_int_eq(file_read(scratch.path, &b, NULL), 0);
    text = (char *)b.data;
    ck_assert_ptr_nonnull(strstr(text, "train.batch=32\n    p\n    whole number, 1 to 65536 "
                                       "(images); also batch_size\n"));
    ck_assert_ptr_nonnull(strstr(text, "asl|bce|hill"));
    ck_assert_ptr_nonnull(strstr(text, "also init_lr, lr0\n"));
    bytes_free(&b);
}
END_TEST

enum {
    BAD_ASSIGNMENTS = sizeof bad_assignments / sizeof *bad_assignments,
    BAD_YAML = sizeof bad_yaml / sizeof *bad_yaml,
};

typedef struct Inner {
    int64_t n;
    char *text;
} Inner;

typedef struct Outer {
    double own;
    Inner first, second;
    Config config;
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
    if (i == 1) *out = (OptionSection){&table, offsetof(Outer, config)};
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
    ck_assert(option_at(&outer_table, 3 + sizeof rows / sizeof *rows, &option));
    ck_assert_str_eq(option.row->name, "model.grad");
    ck_assert(!option_at(&outer_table, 4 + sizeof rows / sizeof *rows, &option));
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
    TCase *c = tcase_create("option");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, defaults);
    tcase_add_test(c, structs_in_structs);
    tcase_add_test(c, overrides);
    tcase_add_test(c, yaml_forms);
    tcase_add_test(c, reference_yaml);
    tcase_add_test(c, dump_reads_back);
    tcase_add_test(c, failed_setting_keeps_the_old_value);
    tcase_add_loop_test(c, refuses_assignments, 0, BAD_ASSIGNMENTS);
    tcase_add_loop_test(c, refuses_yaml, 0, BAD_YAML);
    tcase_add_test(c, refuses_floods);
    tcase_add_test(c, refuses_files);
    tcase_add_test(c, nearest);
    tcase_add_test(c, old_names);
    tcase_add_test(c, help_names_everything);
    suite_add_tcase(s, c);
    return s;
}
