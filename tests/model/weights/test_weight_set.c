/* SPDX-License-Identifier: Apache-2.0 */
/* Names of weights in files of the reference, of its older versions and of Microsoft's Swin. */
#include "core/formats/safetensors.h"
#include "core/hdf5/h5_write.h"
#include "model/weights/weight_set.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <string.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

enum { MOST = 8 };

/* Names in a file and in the set; NULL: skipped. */
static const struct Names {
    const char *file[MOST], *set[MOST];
} names[] = {
    {{"fc.bias", "vision_multi.encoder.x", "vision_multi_x", "label_embed", "head.bias"},
     {"fc.bias", "tagging_head.encoder.x", "vision_multi_x", "label_embed", "head.bias"}},
    {{"patch_embed.proj.weight", "norm.bias", "head.weight", "header", "layers.0.x",
      "layers.0.attn_mask"},
     {"visual_encoder.patch_embed.proj.weight", "visual_encoder.norm.bias", NULL,
      "visual_encoder.header", "visual_encoder.layers.0.x", NULL}},
    {{"patch_embed.proj.weight", "layers.1.downsample.norm.bias",
      "layers.3.downsample.norm.bias", "head.fc.bias", "layers.2.blocks.1.norm1.bias"},
     {"visual_encoder.patch_embed.proj.weight", "visual_encoder.layers.0.downsample.norm.bias",
      "visual_encoder.layers.2.downsample.norm.bias", NULL,
      "visual_encoder.layers.2.blocks.1.norm1.bias"}},
    /* prefixes, alone and stacked; a name without the prefix is kept unless its rule skips
     * it */
    {{"module.fc.bias", "module.visual_encoder.x", "module.label_embed", "epoch"},
     {"fc.bias", "visual_encoder.x", "label_embed", "epoch"}},
    {{"module._orig_mod.fc.bias", "module._orig_mod.vision_multi.x"},
     {"fc.bias", "tagging_head.x"}},
    {{"student.backbone.patch_embed.proj.weight", "student.backbone.layers.0.x",
      "student.head.weight", "head.bias", "student.backbone.norm.bias"},
     {"visual_encoder.patch_embed.proj.weight", "visual_encoder.layers.0.x",
      "student.head.weight", NULL, "visual_encoder.norm.bias"}},
    {{"a.b.c.d.e.f.swin.embeddings.patch_embeddings.projection.weight",
      "a.b.c.d.e.f.swin.encoder.layers.0.blocks.0.layernorm_before.bias", "classifier.bias"},
     {"visual_encoder.patch_embed.proj.weight", "visual_encoder.layers.0.blocks.0.norm1.bias",
      NULL}},
    {{"encoder.patch_embed.proj.weight", "encoder.layers.3.downsample.norm.bias"},
     {"visual_encoder.patch_embed.proj.weight",
      "visual_encoder.layers.2.downsample.norm.bias"}},
    /* wrappers of single layers */
    {{"visual_encoder._orig_mod.layers.0._checkpoint_wrapped_module.x", "fc.bias",
      "tagging_head._fsdp_wrapped_module._orig_mod.y", "visual_encoder._z"},
     {"visual_encoder.layers.0.x", "fc.bias", "tagging_head.y", "visual_encoder._z"}},
    /* no prefix wins over any */
    {{"fc.bias", "tagging_head.x", "ema.tagging_head.x"},
     {"fc.bias", "tagging_head.x", "ema.tagging_head.x"}},
    {{"module.patch_embed.proj.weight", "module.blocks.0.x", "module.fc_norm.bias",
      "module.norm.weight"},
     {"visual_encoder.patch_embed.proj.weight", "visual_encoder.blocks.0.x",
      "visual_encoder.norm.bias", "visual_encoder.norm.weight"}},
    {{"downsample_layers.0.0.weight", "downsample_layers.0.1.bias",
      "downsample_layers.2.1.weight", "stages.0.0.gamma", "stages.3.2.pwconv2.bias",
      "stages.1.0.dwconv.weight", "norm.bias", "head.bias"},
     {"visual_encoder.stem.0.weight", "visual_encoder.stem.1.bias",
      "visual_encoder.stages.2.downsample.1.weight", "visual_encoder.stages.0.blocks.0.gamma",
      "visual_encoder.stages.3.blocks.2.mlp.fc2.bias",
      "visual_encoder.stages.1.blocks.0.conv_dw.weight", "visual_encoder.head.norm.bias",
      NULL}},
    {{"visual_encoder.patch_embed.proj.weight", "visual_encoder.a.attn.relative_position_index",
      "visual_encoder.a.attn_mask", "visual_encoder.a.attn.relative_position_bias_table"},
     {"visual_encoder.patch_embed.proj.weight", NULL, NULL,
      "visual_encoder.a.attn.relative_position_bias_table"}},
};
enum { NAMES = sizeof names / sizeof *names };

static const char *write(const char *const *name)
{
    static const float value[MOST] = {0, 1, 2, 3, 4, 5, 6, 7};
    StWrite t[MOST];
    int n = 0;
    for (; n < MOST && name[n]; n++) t[n] = (StWrite){name[n], 1, {1}, &value[n]};
    const char *path = scratch_path(&scratch, "x.safetensors");
    ck_assert_int_eq(st_write(path, NULL, 0, t, n, NULL), 0);
    return path;
}

START_TEST(names_become_the_references)
{
    const struct Names *c = &names[_i];
    TensorSet set;
    Error err = {0};
    int64_t left_out, want = 0, gone = 0;
    ck_assert_msg(weight_set_open(write(c->file), "param/", &set, &left_out, &err) == 0, "%s",
                  err.text);
    for (int i = 0; i < MOST && c->file[i]; i++) {
        float value;
        if (!c->set[i]) {
            gone++;
            continue;
        }
        const int64_t at = tensor_set_find(&set, c->set[i]);
        ck_assert_msg(at >= 0, "%s is missing", c->set[i]);
        ck_assert_int_eq(set.read(set.store, at, &value, NULL), 0);
        ck_assert_int_eq((int)value, i);
        want++;
    }
    ck_assert_int_eq(set.count, want);
    ck_assert_int_eq(left_out, gone);
    tensor_set_close(&set);
}
END_TEST

START_TEST(an_old_and_a_new_name_for_one_tensor)
{
    TensorSet set;
    Error err = {0};
    const char *path = write((const char *[MOST]){"vision_multi.a", "b", "tagging_head.a"});
    ck_assert_int_eq(weight_set_open(path, "param/", &set, NULL, &err), -1);
    expect_error(&err, ERROR_DATA, "x.safetensors: tensor 'tagging_head.a': found twice");
    ck_assert_int_eq(set.count, 0);
}
END_TEST

/* Which of two sets is meant, the names do not tell. */
START_TEST(the_same_names_after_two_prefixes)
{
    TensorSet set;
    Error err = {0};
    const char *path = write(
        (const char *[MOST]){"student.visual_encoder.a", "epoch", "teacher.visual_encoder.a"});
    ck_assert_int_eq(weight_set_open(path, "param/", &set, NULL, &err), -1);
    expect_error(&err, ERROR_DATA,
                 "x.safetensors: the same names twice, after 'student.' and after 'teacher.'");
    ck_assert_int_eq(set.count, 0);
}
END_TEST

#define PATCHES "swin.embeddings.patch_embeddings.projection.weight"
#define HF      "swin.encoder.layers.0.blocks.1.attention.self."

/* Query, key and value in any order become one tensor, in that order. */
START_TEST(pieces_become_one)
{
    const char *path = scratch_path(&scratch, "x.safetensors");
    static const float k[] = {4, 5}, q[] = {0, 1, 2, 3}, v[] = {6, 7};
    const StWrite t[] = {{HF "key.weight", 2, {1, 2}, k},
                         {PATCHES, 1, {1}, k},
                         {HF "query.weight", 2, {2, 2}, q},
                         {HF "value.weight", 2, {1, 2}, v}};
    ck_assert_int_eq(st_write(path, NULL, 0, t, 4, NULL), 0);
    TensorSet set;
    int64_t left_out;
    ck_assert_int_eq(weight_set_open(path, "param/", &set, &left_out, NULL), 0);
    ck_assert_int_eq(set.count, 2);
    ck_assert_int_eq(left_out, 0);
    const TensorEntry *e = &set.entry[0];
    ck_assert_str_eq(e->name, "visual_encoder.layers.0.blocks.1.attn.qkv.weight");
    ck_assert(e->ndim == 2 && e->shape[0] == 4 && e->shape[1] == 2 && e->len == 8);
    float all[8];
    ck_assert_int_eq(set.read(set.store, 0, all, NULL), 0);
    for (int i = 0; i < 8; i++) ck_assert_int_eq((int)all[i], i);
    tensor_set_close(&set);
}
END_TEST

static void expect_refused(const StWrite *t, int64_t n, const char *message)
{
    TensorSet set;
    Error err = {0};
    const char *path = scratch_path(&scratch, "x.safetensors");
    ck_assert_int_eq(st_write(path, NULL, 0, t, n, NULL), 0);
    ck_assert_int_eq(weight_set_open(path, "param/", &set, NULL, &err), -1);
    expect_error(&err, ERROR_DATA, message);
    ck_assert_int_eq(set.count, 0);
}

START_TEST(a_missing_piece)
{
    static const float x[2];
    const StWrite t[] = {{PATCHES, 1, {1}, x},
                         {HF "query.weight", 2, {1, 2}, x},
                         {HF "value.weight", 2, {1, 2}, x}};
    expect_refused(t, 3, "attn.qkv.weight': piece 2 of 3 is missing");
}
END_TEST

START_TEST(pieces_of_other_widths)
{
    static const float x[4];
    const StWrite t[] = {{PATCHES, 1, {1}, x},
                         {HF "key.weight", 2, {1, 2}, x},
                         {HF "query.weight", 2, {1, 2}, x},
                         {HF "value.weight", 2, {1, 4}, x}};
    expect_refused(t, 4, "attn.qkv.weight': its pieces do not fit together");
}
END_TEST

/* A piece of a type that cannot be read makes the whole unreadable, and nothing else. */
START_TEST(a_piece_that_cannot_be_read)
{
    static const char header[] =
        "{\"" PATCHES "\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 4]},"
        "\"" HF "query.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 8]},"
        "\"" HF
        "key.bias\": {\"dtype\": \"F8_E4M3\", \"shape\": [1], \"data_offsets\": [8, 9]},"
        "\"" HF
        "value.bias\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [9, 13]}}";
    TensorSet set;
    Error err = {0};
    float out[3];
    char bytes[sizeof header + 8 + 13] = {0};
    const uint64_t len = sizeof header - 1;
    memcpy(bytes, &len, 8);
    memcpy(bytes + 8, header, len);
    const char *path = scratch_write(&scratch, "x.safetensors", bytes, 8 + len + 13);
    ck_assert_msg(weight_set_open(path, "param/", &set, NULL, &err) == 0, "%s", err.text);
    const int64_t qkv = tensor_set_find(&set, "visual_encoder.layers.0.blocks.1.attn.qkv.bias");
    ck_assert_int_ge(qkv, 0);
    ck_assert_int_eq(tensor_set_read(&set, qkv, out, &err), -1);
    expect_error(&err, ERROR_DATA, "attn.qkv.bias': F8_E4M3 cannot be read");
    ck_assert_int_eq(
        tensor_set_read(&set, tensor_set_find(&set, "visual_encoder.patch_embed.proj.weight"),
                        out, NULL),
        0);
    tensor_set_close(&set);
}
END_TEST

START_TEST(a_missing_file)
{
    TensorSet set;
    Error err = {0};
    ck_assert_int_eq(weight_set_open("/nonexistent/x.pth", "param/", &set, NULL, &err), -1);
    expect_error(&err, ERROR_DATA, "/nonexistent/x.pth: cannot open: No such file");
}
END_TEST

/* A checkpoint with parameters, averages and moments of two tensors, and labels. */
static const char *write_h5(void)
{
    static const float value[] = {0, 1, 2, 3, 4};
    static const char *const name[] = {"param/fc.bias", "param/reweight_scale", "ema/fc.bias",
                                       "optim/m/fc.bias", "label_embed"};
    H5Writer *w;
    const char *path = scratch_path(&scratch, "c.h5");
    ck_assert_int_eq(h5_create(path, "checkpoint", &w, NULL), 0);
    for (int i = 0; i < 5; i++) h5_put(w, name[i], H5_F32, 1, (int64_t[]){1}, value + i, NULL);
    h5_put(w, "param/count", H5_I64, 1, (int64_t[]){1}, (int64_t[]){7}, NULL);
    h5_put_text(w, "info/config.yaml", "x", NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    return path;
}

static const struct Prefixed {
    const char *prefix, *name[3];
    int value[3], count, left_out;
} prefixed[] = {
    {"param/", {"fc.bias", "label_embed", "reweight_scale"}, {0, 4, 1}, 3, 4},
    {"ema/", {"fc.bias", "label_embed"}, {2, 4}, 2, 5},
    {"none/", {"label_embed"}, {4}, 1, 6},
};

START_TEST(our_own_files)
{
    const struct Prefixed *c = &prefixed[_i];
    TensorSet set;
    Error err = {0};
    int64_t left_out;
    ck_assert_msg(weight_set_open(write_h5(), c->prefix, &set, &left_out, &err) == 0, "%s",
                  err.text);
    ck_assert_int_eq(set.count, c->count);
    ck_assert_int_eq(left_out, c->left_out);
    ck_assert_ptr_nonnull(set.h5);
    ck_assert_int_eq(weight_set_has_weights(&set), _i < 2);
    for (int i = 0; i < c->count; i++) {
        float value;
        const int64_t at = tensor_set_find(&set, c->name[i]);
        ck_assert_int_ge(at, 0);
        ck_assert_int_eq(set.read(set.store, at, &value, NULL), 0);
        ck_assert_int_eq((int)value, c->value[i]);
    }
    tensor_set_close(&set);
}
END_TEST

/* Every parameter is read into the layout of the set, or it is an error. */
START_TEST(filling_is_strict)
{
    H5File *f;
    Error err = {0};
    const char *path = write_h5();
    float flat[64] = {0};
    ParamSet *ps = param_set_new();
    param_add(ps, (ParamInit){PARAM_CONSTANT, 9}, 1, (int64_t[]){1}, "fc.bias");
    param_add(ps, (ParamInit){PARAM_CONSTANT, 9}, 0, NULL, "reweight_scale"); /* [] is [1] */
    param_set_build(ps);
    ck_assert_int_eq(h5_open(path, &f, NULL), 0);
    ck_assert_msg(weight_set_fill(f, path, "param/", ps, flat, &err) == 0, "%s", err.text);
    ck_assert_double_eq((double)flat[ps->param[0]->offset], 0);
    ck_assert_double_eq((double)flat[ps->param[1]->offset], 1);
    ck_assert_int_eq(weight_set_fill(f, path, "ema/", ps, flat, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "c.h5: ema/reweight_scale is missing");
    param_set_free(ps);
    ps = param_set_new();
    param_add(ps, (ParamInit){PARAM_CONSTANT, 9}, 2, (int64_t[]){2, 1}, "fc.bias");
    param_set_build(ps);
    err = (Error){0};
    ck_assert_int_eq(weight_set_fill(f, path, "param/", ps, flat, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "c.h5: fc.bias: shape [1], the model has [2, 1]");
    param_set_free(ps);
    h5_close(f);
}
END_TEST

/* A checkpoint with a parameter that is not finite is as unusable as one without it. */
START_TEST(filling_with_numbers_that_are_not_finite)
{
    static const float value[] = {1, NAN, INFINITY};
    H5Writer *w;
    H5File *f;
    Error err = {0};
    float flat[64];
    const char *path = scratch_path(&scratch, "c.h5");
    ck_assert_int_eq(h5_create(path, "checkpoint", &w, NULL), 0);
    h5_put(w, "param/fc.bias", H5_F32, 1, (int64_t[]){3}, value, NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    ParamSet *ps = param_set_new();
    param_add(ps, (ParamInit){PARAM_CONSTANT, 9}, 1, (int64_t[]){3}, "fc.bias");
    param_set_build(ps);
    ck_assert_int_eq(h5_open(path, &f, NULL), 0);
    ck_assert_int_eq(weight_set_fill(f, path, "param/", ps, flat, &err), -1);
    expect_error(&err, ERROR_NUMERIC,
                 "c.h5: tensor 'param/fc.bias': 2 of 3 numbers are NaN or infinite");
    param_set_free(ps);
    h5_close(f);
}
END_TEST

Suite *test_weight_set_suite(void);
Suite *test_weight_set_suite(void)
{
    Suite *s = suite_create("weight_set");
    TCase *c = tcase_create("weight_set");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, names_become_the_references, 0, NAMES);
    tcase_add_test(c, an_old_and_a_new_name_for_one_tensor);
    tcase_add_test(c, the_same_names_after_two_prefixes);
    tcase_add_test(c, pieces_become_one);
    tcase_add_test(c, a_missing_piece);
    tcase_add_test(c, pieces_of_other_widths);
    tcase_add_test(c, a_piece_that_cannot_be_read);
    tcase_add_test(c, a_missing_file);
    tcase_add_loop_test(c, our_own_files, 0, 3);
    tcase_add_test(c, filling_is_strict);
    tcase_add_test(c, filling_with_numbers_that_are_not_finite);
    suite_add_tcase(s, c);
    return s;
}
