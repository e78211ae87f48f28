/* SPDX-License-Identifier: Apache-2.0 */
/* Learning rates by name: optim.lr_scale on models with different image encoders. */
#include "train/run/run_model.h"

#include "core/mem.h"

#include <check.h>
#include <string.h>

static const char TABLES[] = "*.relative_position_bias_table";

enum { SETTINGS = 6 };

/* Opens a narrow model with one rule; returns the result of run_model_open. */
static int open_model(const char *encoder, int size, const char *rule, RunModel *m, Error *err)
{
    char *set[] = {mem_format("model.encoder=%s", encoder),
                   mem_format("model.image_size=%d", size),
                   mem_strdup("swin.width=24"),
                   mem_strdup("convnext.widths=[4,4,8,8]"),
                   mem_strdup("vit.width=12"),
                   mem_format("optim.lr_scale=[%s]", rule)};
    Config c;
    ck_assert_msg(config_load(NULL, 0, set, SETTINGS, &c, err) == 0, "%s", err->text);
    const int status = run_model_open(&c, NULL, m, err);
    config_free(&c);
    for (int i = 0; i < SETTINGS; i++) mem_free(set[i]);
    return status;
}

static int64_t count_scaled(const ParamSet *ps, double factor)
{
    int64_t n = 0;
    for (int64_t i = 0; i < ps->count; i++) n += ps->param[i]->lr_scale == factor;
    return n;
}

static char *rule_of(const char *pattern) { return mem_format("%s=15", pattern); }

/* Swin-T has 2 + 2 + 6 + 2 blocks, each with one table. */
START_TEST(a_rule_scales_what_it_names)
{
    Error err = {0};
    RunModel m;
    char *rule = rule_of(TABLES);
    ck_assert_msg(open_model("swin_t", 224, rule, &m, &err) == 0, "%s", err.text);
    ck_assert_int_eq(count_scaled(m.params, 15), 12);
    ck_assert_int_eq(count_scaled(m.params, 1), m.params->count - 12);
    run_model_close(&m);
    mem_free(rule);
}
END_TEST

static const char *const OTHERS[] = {"vit_ti", "convnext_t"};

/* One configuration file serves every encoder: a rule for another encoder changes nothing,
 * although 64 pixels do not fit a Swin. */
START_TEST(a_rule_for_another_encoder_is_ignored)
{
    Error err = {0};
    RunModel m;
    char *rule = rule_of(TABLES);
    ck_assert_msg(open_model(OTHERS[_i], 64, rule, &m, &err) == 0, "%s", err.text);
    ck_assert_int_eq(count_scaled(m.params, 1), m.params->count);
    run_model_close(&m);
    mem_free(rule);
}
END_TEST

START_TEST(a_rule_for_no_encoder_is_an_error)
{
    Error err = {0};
    RunModel m;
    ck_assert_int_eq(open_model(OTHERS[_i], 64, "*.relative_position=15", &m, &err), -1);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    ck_assert_str_eq(err.text, "optim.lr_scale: *.relative_position=15: matches no parameter");
    run_model_close(&m);
}
END_TEST

Suite *test_run_model_suite(void);
Suite *test_run_model_suite(void)
{
    Suite *s = suite_create("run_model");
    TCase *t = tcase_create("run_model");
    tcase_add_test(t, a_rule_scales_what_it_names);
    tcase_add_loop_test(t, a_rule_for_another_encoder_is_ignored, 0, 2);
    tcase_add_loop_test(t, a_rule_for_no_encoder_is_an_error, 0, 2);
    suite_add_tcase(s, t);
    return s;
}
