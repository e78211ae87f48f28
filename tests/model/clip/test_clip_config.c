/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations of CLIP: Hugging Face's and open_clip's, their defaults, and what is
 * refused. */
#include "model/clip/clip_config.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static void expect_settings(const char *json, int64_t text, enum ClipActivation act,
                            int64_t image)
{
    ClipSettings s;
    Error err = {0};
    scratch_text(&scratch, "config.json", json);
    const char *weights = scratch_path(&scratch, "model.safetensors");
    ck_assert_msg(clip_config_read(weights, "text", &s, &err) == 0, "%s", err.text);
    ck_assert_int_eq(s.heads, text);
    ck_assert_int_eq(s.activation, act);
    ck_assert_msg(clip_config_read(weights, "image", &s, &err) == 0, "%s", err.text);
    ck_assert_int_eq(s.heads, image);
}

START_TEST(test_config_json)
{
    expect_settings("{\"text_config\": {\"num_attention_heads\": 5, \"hidden_act\": \"gelu\"}, "
                    "\"vision_config\": {\"num_attention_heads\": 6}}",
                    5, CLIP_ACTIVATION_GELU, 6);
    expect_settings("{\"text_config\": {}, \"vision_config\": {}}", 8,
                    CLIP_ACTIVATION_QUICK_GELU, 12);
    expect_settings("{\"model_type\": \"clip_text_model\", \"num_attention_heads\": 3}", 3,
                    CLIP_ACTIVATION_QUICK_GELU, 0);
    expect_settings("{\"model_type\": \"clip_vision_model\"}", 0, CLIP_ACTIVATION_AUTO, 12);
    expect_settings("{\"model_type\": \"bert\", \"num_attention_heads\": 3}", 0,
                    CLIP_ACTIVATION_AUTO, 0);
    expect_settings("{\"text_config\": null}", 0, CLIP_ACTIVATION_AUTO, 0);
    expect_settings("[]", 0, CLIP_ACTIVATION_AUTO, 0);
}
END_TEST

/* Settings of open_clip, and the epsilon of both. */
START_TEST(test_other_settings)
{
    static const struct {
        const char *file, *json;
        ClipSettings text, image;
    } rows[] = {
        {"open_clip_config.json",
         "{\"model_cfg\": {\"text_cfg\": {\"heads\": 2}, \"vision_cfg\": {\"width\": 96, "
         "\"head_width\": 32}}}",
         {NULL, 2, CLIP_ACTIVATION_GELU, 1e-5},
         {NULL, 3, CLIP_ACTIVATION_GELU, 1e-5}},
        {"open_clip_config.json",
         "{\"quick_gelu\": true, \"text_cfg\": {\"norm_kwargs\": {\"eps\": 1e-6}, "
         "\"pool_type\": "
         "\"argmax\"}, \"vision_cfg\": {\"pool_type\": \"tok\", \"no_ln_pre\": false}}",
         {NULL, 8, CLIP_ACTIVATION_QUICK_GELU, 1e-6},
         {NULL, 12, CLIP_ACTIVATION_QUICK_GELU, 1e-5}},
        {"config.json",
         "{\"text_config\": {\"layer_norm_eps\": 1e-3}, \"vision_config\": {}}",
         {NULL, 8, CLIP_ACTIVATION_QUICK_GELU, 1e-3},
         {NULL, 12, CLIP_ACTIVATION_QUICK_GELU, 1e-5}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int image = 0; image < 2; image++) {
            ClipSettings s, want = image ? rows[i].image : rows[i].text;
            Error err = {0};
            char *own = mem_format("own%zu", i), *path = file_join(own, rows[i].file);
            ck_assert_int_eq(file_mkdirs(scratch_path(&scratch, own), NULL), 0);
            scratch_text(&scratch, path, rows[i].json);
            char *weights = mem_format("own%zu/w.pt", i);
            ck_assert_msg(clip_config_read(scratch_path(&scratch, weights),
                                           image ? "image" : "text", &s, &err) == 0,
                          "%s", err.text);
            ck_assert_str_eq(s.file, rows[i].file);
            ck_assert_int_eq(s.heads, want.heads);
            ck_assert_int_eq(s.activation, want.activation);
            ck_assert_double_eq(s.eps, want.eps);
            mem_free(weights);
            mem_free(path);
            mem_free(own);
        }
}
END_TEST

/* Models of open_clip that are not computed here. */
START_TEST(test_refused_settings)
{
    static const struct {
        const char *text, *image, *words;
    } rows[] = {
        {"\"no_causal_mask\": true", "",
         "text_cfg: no_causal_mask: a model that is not computed"},
        {"\"pool_type\": \"last\"", "", "text_cfg: pool_type: a model"},
        {"\"act_kwargs\": {\"approximate\": \"tanh\"}", "", "text_cfg: act_kwargs: a model"},
        {"\"heads\": 0", "", "text_cfg: heads: expected 1 to 1024"},
        {"\"norm_kwargs\": {\"eps\": true}", "", "text_cfg: eps: expected a number"},
        {"", "\"pool_type\": \"avg\"", "vision_cfg: pool_type: a model"},
        {"", "\"ls_init_value\": 0.1", "vision_cfg: ls_init_value: a model"},
        {"", "\"attentional_pool\": true", "vision_cfg: attentional_pool: a model"},
        {"", "\"width\": 100, \"head_width\": 64",
         "vision_cfg: head_width: must divide the width"},
        {"\"pool_type\": \"eos\", \"no_causal_mask\": null",
         "\"pool_type\": \"tok\", \"ls_init_value\": null", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ClipSettings s;
        Error err = {0};
        char *json = mem_format("{\"text_cfg\": {%s}, \"vision_cfg\": {%s}}", rows[i].text,
                                rows[i].image);
        scratch_text(&scratch, "open_clip_config.json", json);
        mem_free(json);
        for (int image = 0; image < 2; image++) {
            const bool bad_tower = rows[i].words && *(image ? rows[i].image : rows[i].text);
            err = (Error){0};
            const int status = clip_config_read(scratch_path(&scratch, "open_clip_x.bin"),
                                                image ? "image" : "text", &s, &err);
            ck_assert_int_eq(status, bad_tower ? -1 : 0);
            if (bad_tower) expect_error(&err, ERROR_DATA, rows[i].words);
        }
    }
}
END_TEST

Suite *test_clip_config_suite(void);
Suite *test_clip_config_suite(void)
{
    Suite *s = suite_create("clip_config");
    TCase *t = tcase_create("clip_config");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_test(t, test_config_json);
    tcase_add_test(t, test_other_settings);
    tcase_add_test(t, test_refused_settings);
    return s;
}
