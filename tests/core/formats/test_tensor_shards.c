/* SPDX-License-Identifier: Apache-2.0 */
/* Weights in several files: the index, the files beside it, and the usual names in a folder. */
#include "core/formats/tensor_shards.h"

#include "core/formats/safetensors.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/core/formats/pth_build.h"

#include <check.h>
#include <string.h>

static Scratch scratch;

/* m-00001-of-00002.safetensors with "x" and "y", and two.bin with "a". */
static void setup(void)
{
    const StWrite t[] = {{"x", 1, {2}, (float[]){5, 6}}, {"y", 1, {1}, (float[]){7}}};
    scratch_new(&scratch);
    ck_assert_int_eq(
        st_write(scratch_path(&scratch, "m-00001-of-00002.safetensors"), NULL, 0, t, 2, NULL),
        0);
    pth_build(&scratch, "two.bin", (Pkl)PKL(DICT_OF(PAIR)));
}

static void teardown(void) { scratch_free(&scratch); }

#define X     "\"x\": \"m-00001-of-00002.safetensors\""
#define INDEX "m.safetensors.index.json"

START_TEST(files_become_one_set)
{
    TensorSet s;
    Error err = {0};
    float out[2];
    char raw[8];
    const char *path = scratch_text(
        &scratch, INDEX, "{\"metadata\": {}, \"weight_map\": {\"a\": \"two.bin\", " X "}}");
    ck_assert_msg(tensor_set_open(path, &s, &err) == 0, "%s", err.text);
    ck_assert_int_eq(s.count, 2);
    ck_assert_str_eq(s.path, path);
    ck_assert_int_eq(tensor_set_find(&s, "y"), -1); /* in a file, but not in the index */
    ck_assert_int_eq(tensor_set_read(&s, tensor_set_find(&s, "x"), out, NULL), 0);
    ck_assert(out[0] == 5 && out[1] == 6);
    ck_assert_int_eq(tensor_set_read(&s, tensor_set_find(&s, "a"), out, NULL), 0);
    ck_assert(out[0] == 0 && out[1] == 1);
    ck_assert_int_eq(s.read_raw(s.store, tensor_set_find(&s, "x"), raw, NULL), 0);
    ck_assert_mem_eq(raw, ((float[]){5, 6}), 8);
    tensor_set_close(&s);
}
END_TEST

static const struct {
    const char *json, *message;
} bad[] = {
    {"{\"weight_map\": {\"z\": \"two.bin\"}}", "weight_map: 'z': not in two.bin"},
    {"{\"weight_map\": {" X ", \"a\": \"none.bin\"}}", "none.bin: cannot open"},
    {"{\"weight_map\": {\"a\": \"../two.bin\"}}", "'../two.bin': not a file beside the index"},
    {"{\"weight_map\": {\"a\": \"\"}}", "'': not a file beside the index"},
    {"{\"weight_map\": {\"a\": \"" INDEX "\"}}", "not a file beside the index"},
    {"{\"weight_map\": {\"a\": \"..\"}}", "a folder, not a file"},
    {"{\"weight_map\": {\"a\": 1}}", "weight_map: 'a': not the name of a file"},
    {"{\"weight_map\": {}}", "no weight_map: not an index of weights"},
    {"{\"weight_map\": [1]}", "no weight_map"},
    {"[]", "no weight_map"},
    {"version https://git-lfs.github.com/spec/v1\n", ": the file is a Git LFS pointer"},
};

START_TEST(bad_indexes)
{
    TensorSet s;
    Error err = {0};
    const char *path = scratch_text(&scratch, INDEX, bad[_i].json);
    ck_assert_int_eq(tensor_set_open(path, &s, &err), -1);
    expect_error(&err, ERROR_DATA, bad[_i].message);
    ck_assert_int_eq(s.count, 0);
}
END_TEST

static void resolves(const char *name, const char *want)
{
    char *path = mem_strdup(scratch_path(&scratch, name)), *found = tensor_shards_resolve(path);
    if (want)
        ck_assert_str_eq(found, scratch_path(&scratch, want));
    else
        ck_assert_ptr_null(found);
    mem_free(found);
    mem_free(path);
}

START_TEST(which_file)
{
    resolves("two.bin", "two.bin");
    resolves("nothing", "nothing");
    resolves("m-00001-of-00002.safetensors", "m-00001-of-00002.safetensors"); /* no index */
    scratch_text(&scratch, INDEX, "{}");
    resolves("m-00001-of-00002.safetensors", INDEX);
    resolves("m-00002-of-00002.safetensors", INDEX);
    resolves("m-x-of-00002.safetensors", "m-x-of-00002.safetensors");
    ck_assert_int_eq(file_mkdirs(scratch_path(&scratch, "d"), NULL), 0);
    resolves("d", NULL);
    /* the last written comes first */
    static const char *const names[] = {
        "open_clip_pytorch_model.bin",  "open_clip_model.safetensors",
        "pytorch_model.bin.index.json", "pytorch_model.bin",
        "model.safetensors.index.json", "model.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = mem_format("d/%s", names[i]);
        scratch_text(&scratch, path, "x");
        resolves("d", path);
        mem_free(path);
    }
}
END_TEST

Suite *test_tensor_shards_suite(void);
Suite *test_tensor_shards_suite(void)
{
    Suite *s = suite_create("tensor_shards");
    TCase *c = tcase_create("tensor_shards");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, files_become_one_set);
    tcase_add_loop_test(c, bad_indexes, 0, sizeof bad / sizeof *bad);
    tcase_add_test(c, which_file);
    suite_add_tcase(s, c);
    return s;
}
