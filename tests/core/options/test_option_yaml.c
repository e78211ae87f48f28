/* SPDX-License-Identifier: Apache-2.0 */
/* YAML for the option table: its forms, and inputs that must be refused. */
#include "core/mem.h"
#include "tests/core/options/option_case.h"

#include <string.h>

START_TEST(yaml_forms)
{
    option_case_load(
        "\xef\xbb\xbftrain:\r\n  batch: 6\r\noptim.decay: 1\r\n"); /* the mark is no column */
    ck_assert_int_eq(option_case.batch, 6);
    ck_assert_double_eq(option_case.decay, 1);
    option_case_load("\xef\xbb\xbf# comment\n"
                     "train:\n  batch: 7\n"
                     "train.epochs: 3\n"
                     "optim: {lr: 0.25, decay: 0}\n"
                     "image:\n"
                     "data:\n  root: 'it''s'\n  train: [\n    \"a,b.json\",\n    c.json, ]\n"
                     "model: {depths: '1,2', grad: on}\n");
    ck_assert_int_eq(option_case.batch, 7);
    ck_assert_int_eq(option_case.epochs, 3);
    ck_assert_double_eq(option_case.lr, 0.25);
    ck_assert_str_eq(option_case.root, "it's");
    ck_assert_int_eq(option_case.train.count, 2);
    ck_assert_str_eq(option_case.train.value[0], "a,b.json");
    ck_assert_int_eq(option_case.depths.count, 2);
    ck_assert(option_case.grad);
    option_case_load("");
    option_case_load("# nothing\n---\n");
    option_case_load("data.root: ~\ndata.train:\n");
    ck_assert_str_eq(option_case.root, "");
    ck_assert_int_eq(option_case.train.count, 0);
}
END_TEST

/* The form of the reference project's own files. */
START_TEST(reference_yaml)
{
    option_case_load(
        "train_file: [\n            'datasets/train/coco_train_rmcocodev_ram.json',\n"
        "            'datasets/train/vg_ram.json',\n             ]\n"
        "image_path_root: \"\"\n\n# size of vit model; base or large\nvit_grad_ckpt: False\n"
        "batch_size: 26\n\n# optimizer\nweight_decay: 0.05\ninit_lr: 5e-06\nmax_epoch: 2\n");
    ck_assert_int_eq(option_case.train.count, 2);
    ck_assert_str_eq(option_case.train.value[1], "datasets/train/vg_ram.json");
    ck_assert_double_eq(option_case.lr, 5e-6);
    ck_assert_int_eq(option_case.epochs, 2);
}
END_TEST

static const OptionBad bad_yaml[] = {
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
    const OptionBad *b = &bad_yaml[_i];
    ck_assert_int_eq(
        option_load_yaml_text(&option_case_table, &option_case, "x.yaml", b->input, &err), -1);
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
        ck_assert_int_eq(
            option_load_yaml_text(&option_case_table, &option_case, "x", text, &err), -1);
        expect_error(&err, ERROR_USAGE, flood[i].message);
        mem_free(text);
    }
}
END_TEST

static void refuse_file(const char *path, const char *message)
{
    Error err = {0};
    ck_assert_int_eq(option_load_yaml(&option_case_table, &option_case, path, &err), -1);
    expect_error(&err, ERROR_USAGE, message);
}

START_TEST(refuses_files)
{
    refuse_file("/nonexistent.yaml", "/nonexistent.yaml: cannot open: No such file");
    refuse_file("/tmp", "/tmp: cannot read: Is a directory");
    refuse_file("/dev/zero", "/dev/zero: larger than 1 MiB");
    refuse_file(scratch_write(&option_case_scratch, "x.yaml", "seed: 1\n\0", 9),
                "x.yaml:2: not YAML");
}
END_TEST

Suite *test_option_yaml_suite(void);
Suite *test_option_yaml_suite(void)
{
    Suite *s = suite_create("option_yaml");
    TCase *c = option_case_new(s);
    tcase_add_test(c, yaml_forms);
    tcase_add_test(c, reference_yaml);
    tcase_add_loop_test(c, refuses_yaml, 0, sizeof bad_yaml / sizeof *bad_yaml);
    tcase_add_test(c, refuses_floods);
    tcase_add_test(c, refuses_files);
    return s;
}
