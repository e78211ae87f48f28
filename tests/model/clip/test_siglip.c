/* SPDX-License-Identifier: Apache-2.0 */
/* SigLIP's towers against Hugging Face's, and files that do not fit. */
#include "core/formats/safetensors.h"
#include "core/formats/tensor_set.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "model/clip/clip_file.h"
#include "model/clip/siglip_file.h"
#include "model/text/text_encoder.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define FOLDER  "tests/golden/siglip"
#define FILE_OF FOLDER "/model.safetensors"

enum { E = 16, IMAGES = 3, TEXTS = 16, SIDE = 16 };

static const ClipOptions OPTIONS = {.weights = FOLDER};

static void read_stored(const char *name, float *out)
{
    TensorSet set;
    ck_assert_int_eq(tensor_set_open(FILE_OF, &set, NULL), 0);
    ck_assert_int_eq(tensor_set_read(&set, tensor_set_find(&set, name), out, NULL), 0);
    tensor_set_close(&set);
}

static void expect_near(const float *have, const float *want, int64_t n)
{
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg(fabs((double)have[i] - (double)want[i]) < 5e-6, "%ld: %g, expected %g", i,
                      (double)have[i], (double)want[i]);
}

static void image_features(float *out)
{
    float pixels[IMAGES * 3 * SIDE * SIDE];
    ParamSet *ps;
    SiglipImage *m;
    Error err = {0};
    ck_assert_msg(siglip_file_image(&OPTIONS, &ps, &m, &err) == 0, "%s", err.text);
    ck_assert_int_eq(siglip_image_config(m)->image_size, SIDE);
    ck_assert_int_eq(siglip_image_config(m)->sizes.heads, 2); /* of config.json */
    read_stored("in.image", pixels);
    Tape *t = tape_new();
    tape_set_recording(t, false);
    Tensor *x = tape_input(t, 4, (int64_t[]){IMAGES, 3, SIDE, SIDE}, pixels);
    tensor_read(op_normalize(t, siglip_image_forward(t, m, x)), out);
    tape_free(t);
    siglip_image_free(m);
    param_set_free(ps);
}

static void text_features(float *out)
{
    TextEncoder *e;
    Error err = {0};
    const char *text[TEXTS];
    const TextEncoderConfig config = {.kind = TEXT_SIGLIP, .clip = OPTIONS};
    json_t *all = json_read(FOLDER "/tokens.json", 1 << 20, &err);
    const json_t *texts = json_object_get(all, "texts");
    ck_assert_msg(text_encoder_new(&config, &e, &err) == 0, "%s", err.text);
    ck_assert_int_eq(text_encoder_dim(e), E);
    ck_assert_str_eq(text_encoder_name(e), "siglip");
    ck_assert_uint_eq(json_array_size(texts), TEXTS);
    for (size_t i = 0; i < TEXTS; i++) text[i] = json_string_value(json_array_get(texts, i));
    ck_assert_msg(text_encoder_encode(e, text, TEXTS, out, &err) == 0, "%s", err.text);
    text_encoder_free(e);
    json_decref(all);
}

START_TEST(both_towers)
{
    float image[IMAGES * E], text[TEXTS * E], want[TEXTS * E], logit[IMAGES * TEXTS];
    double scale, bias;
    Error err = {0};
    image_features(image);
    read_stored("out.image", want);
    expect_near(image, want, IMAGES * E);
    text_features(text);
    read_stored("out.text", want);
    expect_near(text, want, TEXTS * E);
    ck_assert_msg(siglip_file_sigmoid(&OPTIONS, &scale, &bias, &err) == 0, "%s", err.text);
    read_stored("out.logits", logit);
    for (int i = 0; i < IMAGES * TEXTS; i++) {
        double sum = 0;
        for (int e = 0; e < E; e++)
            sum += (double)image[i / TEXTS * E + e] * (double)text[i % TEXTS * E + e];
        ck_assert_double_eq_tol(scale * sum + bias, (double)logit[i], 1e-4);
    }
}
END_TEST

START_TEST(which_file_is_which)
{
    ck_assert(siglip_file_is(FILE_OF));
    ck_assert(!clip_file_is(FILE_OF));
    ck_assert(!siglip_file_is("tests/golden/clip_tiny_hf.safetensors"));
    ck_assert(!siglip_file_is(FOLDER "/config.json"));
}
END_TEST

/* ---- files that do not fit ---- */

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* A copy in which a tensor is left out, or, if `narrow`, has rows of 2 numbers. */
static const char *copy_with(const char *name, bool narrow)
{
    TensorSet set;
    int64_t n = 0;
    ck_assert_int_eq(tensor_set_open(FILE_OF, &set, NULL), 0);
    StWrite *list = mem_calloc((size_t)set.count, sizeof *list);
    for (int64_t i = 0; i < set.count; i++) {
        const TensorEntry *e = &set.entry[i];
        const bool odd = strcmp(e->name, name) == 0;
        if (odd && !narrow) continue;
        float *data = mem_alloc((size_t)e->len * sizeof *data);
        ck_assert_int_eq(tensor_set_read(&set, i, data, NULL), 0);
        list[n] = (StWrite){.name = e->name, .ndim = e->ndim, .data = data};
        memcpy(list[n].shape, e->shape, sizeof e->shape);
        if (odd) list[n].ndim = 2, list[n].shape[0] = e->len / 2, list[n].shape[1] = 2;
        n++;
    }
    const char *path = scratch_path(&scratch, "m.safetensors");
    ck_assert_int_eq(st_write(path, NULL, 0, list, n, NULL), 0);
    for (int64_t i = 0; i < n; i++) mem_free((void *)(uintptr_t)list[i].data);
    mem_free(list);
    tensor_set_close(&set);
    return path;
}

static const struct {
    const char *name;
    bool narrow, text;
    const char *why;
} bad[] = {
    {"text_model.encoder.layers.1.self_attn.k_proj.bias", false, true,
     "text_model.encoder.layers.1.self_attn.k_proj.bias is missing"},
    {"text_model.encoder.layers.0.mlp.fc2.weight", true, true,
     "mlp.fc2.weight: shape [192, 2], its tower has [16, 24]"},
    {"text_model.embeddings.token_embedding.weight", false, true,
     "token_embedding.weight is missing or has too few axes"},
    {"vision_model.head.attention.in_proj_weight", false, false, "in_proj_weight is missing"},
    {"vision_model.embeddings.position_embedding.weight", true, false,
     "image tower: patches of 4 pixels do not make images of 0"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(files_that_do_not_fit)
{
    Error err = {0};
    ParamSet *ps;
    SiglipText *text;
    SiglipImage *image;
    const ClipOptions o = {.weights = copy_with(bad[_i].name, bad[_i].narrow)};
    ck_assert_int_eq(bad[_i].text ? siglip_file_text(&o, 0, &ps, &text, &err)
                                  : siglip_file_image(&o, &ps, &image, &err),
                     -1);
    ck_assert_ptr_null(ps);
    ck_assert_msg(strstr(err.text, bad[_i].why) != NULL, "%s", err.text);
}
END_TEST

START_TEST(without_pieces)
{
    Error err = {0};
    TextEncoder *e;
    const TextEncoderConfig config = {.kind = TEXT_SIGLIP,
                                      .clip = {.weights = copy_with("logit_bias", false)}};
    double scale, bias;
    ck_assert_int_eq(text_encoder_new(&config, &e, &err), -1);
    expect_error(&err, ERROR_USAGE, "clip.vocab: not set: name SigLIP's spiece.model");
    err = (Error){0};
    ck_assert_int_eq(siglip_file_sigmoid(&config.clip, &scale, &bias, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "logit_bias: missing");
}
END_TEST

Suite *test_siglip_suite(void);
Suite *test_siglip_suite(void)
{
    Suite *s = suite_create("siglip");
    TCase *t = tcase_create("siglip");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, both_towers);
    tcase_add_test(t, which_file_is_which);
    tcase_add_loop_test(t, files_that_do_not_fit, 0, BAD);
    tcase_add_test(t, without_pieces);
    suite_add_tcase(s, t);
    return s;
}
