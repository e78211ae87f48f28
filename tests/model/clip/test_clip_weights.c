/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's names and sizes: both naming schemes of the stored file give the same towers, each
 * tower can be alone in a file, and every tensor that is missing or has another shape is named.
 */
#include "model/clip/clip_weights.h"
#include "tests/model/weights/memory_set.h"

#include "core/mem.h"

#include <check.h>
#include <string.h>

enum { SCHEMES = 2, TOKENS = 100 };

static const char *const FILES[SCHEMES] = {"tests/golden/clip_tiny_openai.safetensors",
                                           "tests/golden/clip_tiny_hf.safetensors"};
static const char *const TOKEN_NAME[SCHEMES] = {"token_embedding.weight",
                                                "text_model.embeddings.token_embedding.weight"};
static const char *const IMAGE_PREFIX[SCHEMES] = {"visual.", "vis"};

/* The stored file has no token embedding, so a small one is added. */
static TensorSet open_scheme(int scheme)
{
    TensorSet s = memory_set_new("clip.safetensors");
    memory_set_copy(&s, FILES[scheme]);
    const int64_t at =
        tensor_set_find(&s, scheme ? "text_model.final_layer_norm.weight" : "ln_final.weight");
    ck_assert_int_ge(at, 0);
    const int64_t width = s.entry[at].shape[0];
    float *values = mem_alloc((size_t)(TOKENS * width) * sizeof *values);
    for (int64_t i = 0; i < TOKENS * width; i++) values[i] = (float)i;
    memory_set_add(&s, TOKEN_NAME[scheme], 2, (int64_t[]){TOKENS, width}, values);
    mem_free(values);
    return s;
}

static bool of_image(const TensorSet *s, int64_t i, int scheme)
{
    return strncmp(s->entry[i].name, IMAGE_PREFIX[scheme], strlen(IMAGE_PREFIX[scheme])) == 0;
}

/* Loads one tower; NULL on error. */
static ParamSet *load(const TensorSet *s, bool image, Error *err)
{
    ParamSet *ps = param_set_new();
    ClipTextConfig t;
    ClipImageConfig v;
    ClipText *text = NULL;
    ClipImage *vision = NULL;
    int status = image ? clip_weights_image(s, &v, err) : clip_weights_text(s, &t, err);
    if (status == 0 && image) vision = clip_image_new(&v, ps);
    if (status == 0 && !image) text = clip_text_new(&t, ps);
    if (status == 0) status = clip_weights_load(s, ps, err);
    clip_text_free(text);
    clip_image_free(vision);
    if (status == 0) return ps;
    param_set_free(ps);
    return NULL;
}

START_TEST(test_sizes)
{
    TensorSet s = open_scheme(_i);
    ClipTextConfig t;
    ClipImageConfig v;
    Error err = {0};
    ck_assert(clip_weights_has_text(&s) && clip_weights_has_image(&s));
    ck_assert_msg(clip_weights_text(&s, &t, &err) == 0, "%s", err.text);
    ck_assert_msg(clip_weights_image(&s, &v, &err) == 0, "%s", err.text);
    /* as in clip_tiny.json */
    ck_assert_int_eq(t.sizes.width, 32);
    ck_assert_int_eq(t.sizes.layers, 2);
    ck_assert_int_eq(t.sizes.heads, 1);
    ck_assert_int_eq(t.sizes.ffn, 128);
    ck_assert_int_eq(t.sizes.embed, 32);
    ck_assert_int_eq(t.vocabulary, TOKENS);
    ck_assert_int_eq(t.context, 77);
    ck_assert_int_eq(v.sizes.width, 64);
    ck_assert_int_eq(v.sizes.layers, 2);
    ck_assert_int_eq(v.sizes.heads, 1);
    ck_assert_int_eq(v.sizes.embed, 32);
    ck_assert_int_eq(v.patch, 8);
    ck_assert_int_eq(v.image_size, 32);
    ck_assert(!t.sizes.gelu && !v.sizes.gelu);
    tensor_set_close(&s);
}
END_TEST

START_TEST(test_schemes_agree)
{
    TensorSet a = open_scheme(0), b = open_scheme(1);
    Error err = {0};
    ParamSet *x = load(&a, _i, &err), *y = load(&b, _i, &err);
    ck_assert_msg(x && y, "%s", err.text);
    ck_assert_int_eq(x->count, y->count);
    ck_assert_mem_eq(x->data, y->data, (size_t)x->len * sizeof *x->data);
    for (int64_t i = 0; i < x->count; i++) ck_assert(!x->param[i]->tensor.needs_grad);
    param_set_free(x);
    param_set_free(y);
    tensor_set_close(&a);
    tensor_set_close(&b);
}
END_TEST

/* The same weights under the names of wrapped models: both towers, and the text tower, with
 * what stands before them. */
static const struct {
    const char *text, *image;
} wrapped[] = {{"module.", "module."},
               {"_orig_mod.module.", "_orig_mod.module."},
               {"text.", ""},
               {"module.text.", "module."}};
enum { WRAPPED = sizeof wrapped / sizeof *wrapped };

START_TEST(test_prefixes)
{
    const int row = _i / SCHEMES, scheme = _i % SCHEMES;
    TensorSet plain = open_scheme(scheme), s = memory_set_new("x.pt");
    Error err = {0};
    for (int64_t i = 0; i < plain.count; i++) {
        const TensorEntry *e = &plain.entry[i];
        const bool image = of_image(&plain, i, scheme);
        char *name =
            mem_format("%s%s", image ? wrapped[row].image : wrapped[row].text, e->name);
        float *values = mem_alloc((size_t)e->len * sizeof *values);
        plain.read(plain.store, i, values, NULL);
        memory_set_add(&s, name, e->ndim, e->shape, values);
        mem_free(values);
        mem_free(name);
    }
    memory_set_add(&s, "module.logit_scale", 0, NULL, NULL);
    const char *first;
    ck_assert_int_eq(clip_weights_rename(&s, &err), 0);
    ck_assert_int_eq(clip_weights_unexpected(&s, &first), *wrapped[row].image ? row == 1 : 1);
    for (int image = 0; image < 2; image++) {
        ParamSet *x = load(&plain, image, &err), *y = load(&s, image, &err);
        ck_assert_msg(x && y, "%s", err.text);
        ck_assert_mem_eq(x->data, y->data, (size_t)x->len * sizeof *x->data);
        param_set_free(x);
        param_set_free(y);
    }
    tensor_set_close(&s);
    tensor_set_close(&plain);
}
END_TEST

START_TEST(test_a_tower_twice)
{
    TensorSet s = open_scheme(1);
    Error err = {0};
    const int64_t at = tensor_set_find(&s, "text_model.final_layer_norm.weight");
    s.entry[at].name = "a.text_model.final_layer_norm.weight";
    memory_set_add(&s, "b.text_model.final_layer_norm.weight", 0, NULL, NULL);
    ck_assert_int_eq(clip_weights_rename(&s, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "the same names twice, after 'a.' and after 'b.'"));
    tensor_set_close(&s);
}
END_TEST

/* OpenAI's projections are (in, out), ours (out, in). */
START_TEST(test_projection_is_transposed)
{
    TensorSet s = open_scheme(0);
    float *file = NULL;
    ParamSet *ps = load(&s, true, NULL);
    const int64_t at = tensor_set_find(&s, "visual.proj");
    const TensorEntry *e = &s.entry[at];
    const Param *p = param_find(ps, "visual.proj");
    file = mem_alloc((size_t)e->len * sizeof *file);
    s.read(s.store, at, file, NULL);
    for (int64_t i = 0; i < e->shape[0]; i++)
        for (int64_t o = 0; o < e->shape[1]; o++)
            ck_assert(p->tensor.data[o * e->shape[0] + i] == file[i * e->shape[1] + o]);
    mem_free(file);
    param_set_free(ps);
    tensor_set_close(&s);
}
END_TEST

START_TEST(test_one_tower_alone)
{
    const int scheme = _i / 2;
    const bool image = _i % 2;
    TensorSet s = open_scheme(scheme);
    Error err = {0};
    for (int64_t i = s.count - 1; i >= 0; i--)
        if (of_image(&s, i, scheme) != image) memory_set_remove(&s, i);
    ck_assert(clip_weights_has_image(&s) == image && clip_weights_has_text(&s) == !image);
    ParamSet *ps = load(&s, image, &err);
    ck_assert_msg(ps != NULL, "%s", err.text);
    ck_assert(!load(&s, !image, &err));
    ck_assert_msg(err.code == ERROR_CHECKPOINT && strstr(err.text, "is missing"), "%s",
                  err.text);
    param_set_free(ps);
    tensor_set_close(&s);
}
END_TEST

static bool is_idle(const TensorSet *s, int64_t i)
{
    return strcmp(s->entry[i].name, "logit_scale") == 0;
}

/* Without a tensor, its tower is rejected with the name of the tensor, and the other tower
 * still loads. */
static void expect_needed(int64_t i, int scheme)
{
    TensorSet s = open_scheme(scheme);
    Error err = {0};
    const bool image = of_image(&s, i, scheme);
    char *want = mem_format("clip.safetensors: %s is missing", s.entry[i].name);
    memory_set_remove(&s, i);
    ck_assert_msg(!load(&s, image, &err), "loaded, but %s", want);
    ck_assert_int_eq(err.code, ERROR_CHECKPOINT);
    ck_assert_str_eq(err.text, want);
    ParamSet *other = load(&s, !image, NULL);
    ck_assert(other);
    param_set_free(other);
    mem_free(want);
    tensor_set_close(&s);
}

START_TEST(test_every_tensor_is_needed)
{
    TensorSet s = open_scheme(_i);
    ck_assert_int_gt(s.count, 60);
    for (int64_t i = 0; i < s.count; i++)
        if (!is_idle(&s, i)) expect_needed(i, _i);
    tensor_set_close(&s);
}
END_TEST

static void expect_refused(const TensorSet *s, int64_t i, bool image, const char *words)
{
    Error err = {0};
    const char *name = s->entry[i].name;
    ck_assert_msg(!load(s, image, &err), "%s", name);
    ck_assert_msg(err.code == ERROR_CHECKPOINT, "%s: code %d", name, err.code);
    ck_assert_msg(strstr(err.text, "shape [") && strstr(err.text, words), "%s: %s", name,
                  err.text);
}

/* A tensor has one more row, column or axis. If a size is inferred from the axis, it
 * contradicts the other tensors; only the width of the features depends on the projection
 * alone. */
START_TEST(test_every_shape_counts)
{
    TensorSet s = open_scheme(_i);
    for (int64_t i = 0; i < s.count; i++) {
        TensorEntry *e = &s.entry[i];
        if (is_idle(&s, i)) continue;
        const bool free_axis =
            strcmp(e->name, "text_projection") == 0 || strcmp(e->name, "visual.proj") == 0;
        int64_t *axis = &e->shape[free_axis ? 0 : e->ndim - 1];
        ++*axis;
        expect_refused(&s, i, of_image(&s, i, _i), "its tower has [");
        --*axis;
        e->shape[e->ndim++] = 1;
        expect_refused(&s, i, of_image(&s, i, _i), e->name);
        e->ndim--;
    }
    tensor_set_close(&s);
}
END_TEST

/* Shapes larger than any file are rejected before anything is allocated. */
START_TEST(test_monstrous_sizes)
{
    static const struct {
        const char *name;
        int axis;
    } edit[] = {{"text_projection", 1},      {"token_embedding.weight", 0},
                {"positional_embedding", 0}, {"transformer.resblocks.0.mlp.c_fc.weight", 0},
                {"visual.conv1.weight", 3},  {"visual.positional_embedding", 0},
                {"visual.proj", 1},          {"visual.class_embedding", 0},
                {"ln_final.weight", 0}};
    static const int64_t size[] = {0, INT64_C(1) << 40, INT64_MAX};
    for (size_t i = 0; i < sizeof edit / sizeof *edit; i++)
        for (int k = 0; k < 3; k++) {
            TensorSet s = open_scheme(0);
            Error err = {0};
            const int64_t at = tensor_set_find(&s, edit[i].name);
            s.entry[at].shape[edit[i].axis] = size[k];
            ck_assert(!load(&s, of_image(&s, at, 0), &err));
            ck_assert_msg(err.code == ERROR_CHECKPOINT, "%s: %s", edit[i].name, err.text);
            tensor_set_close(&s);
        }
}
END_TEST

START_TEST(test_layers_have_no_gap)
{
    TensorSet s = open_scheme(0);
    Error err = {0};
    memory_set_add(&s, "transformer.resblocks.3.ln_1.bias", 1, (int64_t[]){32}, NULL);
    ck_assert(!load(&s, false, &err));
    ck_assert_msg(strstr(err.text, "transformer.resblocks.2."), "%s", err.text);
    memory_set_add(&s, "transformer.resblocks.999999.ln_1.bias", 1, (int64_t[]){32}, NULL);
    err = (Error){0};
    ck_assert(!load(&s, false, &err));
    ck_assert_msg(strstr(err.text, "1000000 layers"), "%s", err.text);
    tensor_set_close(&s);
}
END_TEST

START_TEST(test_unexpected_names)
{
    TensorSet s = open_scheme(_i);
    const char *first;
    ck_assert_int_eq(clip_weights_unexpected(&s, &first), 0);
    ck_assert_ptr_null(first);
    memory_set_add(&s, "head.weight", 1, (int64_t[]){1}, NULL);
    memory_set_add(&s, "transformer.resblocks.x.ln_1.bias", 1, (int64_t[]){1}, NULL);
    memory_set_add(&s, "text_model.embeddings.position_ids", 1, (int64_t[]){1}, NULL);
    /* A set with one name in Hugging Face's scheme is read with that scheme. */
    if (_i == 0) memory_set_remove(&s, s.count - 1);
    ck_assert_int_eq(clip_weights_unexpected(&s, &first), 2);
    ck_assert_str_eq(first, "head.weight");
    tensor_set_close(&s);
}
END_TEST

Suite *test_clip_weights_suite(void);
Suite *test_clip_weights_suite(void)
{
    Suite *s = suite_create("clip_weights");
    TCase *t = tcase_create("clip_weights");
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, test_sizes, 0, SCHEMES);
    tcase_add_loop_test(t, test_schemes_agree, 0, 2);
    tcase_add_loop_test(t, test_prefixes, 0, SCHEMES * WRAPPED);
    tcase_add_test(t, test_a_tower_twice);
    tcase_add_test(t, test_projection_is_transposed);
    tcase_add_loop_test(t, test_one_tower_alone, 0, 2 * SCHEMES);
    tcase_add_loop_test(t, test_every_tensor_is_needed, 0, SCHEMES);
    tcase_add_loop_test(t, test_every_shape_counts, 0, SCHEMES);
    tcase_add_test(t, test_monstrous_sizes);
    tcase_add_test(t, test_layers_have_no_gap);
    tcase_add_loop_test(t, test_unexpected_names, 0, SCHEMES);
    return s;
}
