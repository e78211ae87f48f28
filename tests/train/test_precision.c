/* SPDX-License-Identifier: Apache-2.0 */
/* precision=bfloat16 as a user sees it: the same bits however a run is divided, losses close to
 * those of float32, banks that fit both, and float32 with a warning on processors without the
 * instructions. */
#include "core/math/bf16.h"
#include "core/math/int8.h"
#include "core/mem.h"
#include "tests/core/math/matrix_case.h"
#include "tests/model/labels/bank_case.h"
#include "tests/support/bank_make.h"
#include "tests/support/tiny.h"
#include "tests/train/run_log.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BF16       "precision=bfloat16 "
#define EMBED_CLIP "embed --encoder clip "

static void setup(void)
{
    tiny_new();
    bank_case_clip();
    mem_free(tiny_train(0, "single", ""));
}

static double loss_sum(const char *run)
{
    RunLog log = run_log_check(run, TINY_EPOCHS);
    const double sum = log.loss_sum;
    run_log_free(&log);
    return sum;
}

static void expect_precision(const char *run, const char *want)
{
    char *path = mem_format("@/%s/env.json", run), *text = tiny_read(path);
    json_t *env = json_loads(text, 0, NULL);
    ck_assert_str_eq(json_string_value(json_object_get(env, "precision")), want);
    json_decref(env);
    mem_free(text);
    mem_free(path);
}

/* optim.moments=bfloat16: other bits than float32's, the same however the run is divided, and a
 * loss like float32's. */
START_TEST(moments)
{
    char whole[33], cut[33], plain[33];
    mem_free(tiny_train(0, "moments", "optim.moments=bfloat16"));
    mem_free(tiny_train(0, "moments_cut", "optim.moments=bfloat16 train.max_steps=9"));
    mem_free(tiny_train(0, "moments_cut", "optim.moments=bfloat16 threads=2"));
    tiny_content("moments", whole);
    tiny_content("moments_cut", cut);
    tiny_content("single", plain);
    ck_assert_str_eq(whole, cut);
    ck_assert_str_ne(whole, plain);
    const double a = loss_sum("moments"), b = loss_sum("single");
    ck_assert_double_eq_tol(a, b, 0.01 * b);
    /* A run of float32 goes on with moments of bfloat16. */
    mem_free(tiny_train(0, "single_cut", "train.max_steps=9"));
    char *said = tiny_train(0, "single_cut", "optim.moments=bfloat16");
    ck_assert_ptr_nonnull(strstr(said, "optim.moments"));
    mem_free(said);
}
END_TEST

START_TEST(training)
{
    char whole[33], cut[33];
    if (matrix_bf16_missing("precision")) return;
    char *messages = tiny_train(0, "half", BF16);
    ck_assert_ptr_nonnull(strstr(messages, "), bfloat16\n"));
    ck_assert_msg(!strstr(messages, "warning: precision"), "%s", messages);
    mem_free(messages);
    mem_free(tiny_train(0, "cut", BF16 "train.max_steps=9"));
    mem_free(tiny_train(0, "cut", BF16 "loader.threads=4"));
    tiny_content("half", whole);
    tiny_content("cut", cut);
    ck_assert_str_eq(whole, cut);
    const double have = loss_sum("half"), want = loss_sum("single");
    ck_assert_double_ne(have, want);
    ck_assert_double_eq_tol(have, want, 0.05 * want);
    expect_precision("half", "bfloat16");
}
END_TEST

/* The largest difference between the vectors of two banks. */
static double distance(const char *a, const char *b, const char *encoder)
{
    Labels x = bank_read(a), y = bank_read(b);
    double most = 0;
    ck_assert_str_eq(x.identity.encoder, encoder);
    ck_assert_str_eq(x.identity.fingerprint, y.identity.fingerprint);
    const int64_t n = x.bank->offset[x.bank->tags] * x.bank->dim;
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, fabs((double)x.bank->rows[i] - (double)y.bank->rows[i]));
    labels_free(&x);
    labels_free(&y);
    return most;
}

START_TEST(banks)
{
    if (matrix_bf16_missing("precision")) return;
    mem_free(tiny_messages(0, EMBED_CLIP CLIP SEEN "-o @/single.h5"));
    mem_free(tiny_messages(0, EMBED_CLIP BF16 CLIP SEEN "-o @/half.h5"));
    const double d = distance("@/half.h5", "@/single.h5", "clip/bf16");
    ck_assert_msg(d > 0 && d < 0.01, "%g", d);
    mem_free(tiny_train(0, "s", SMALL "text_encoder=clip model.bank=@/half.h5 " CLIP));
    mem_free(tiny_train(0, "h", SMALL BF16 "text_encoder=clip model.bank=@/single.h5 " CLIP));
    mem_free(tiny_messages(0, "tag --checkpoint @/s --bank @/single.h5 " ONE));
    mem_free(tiny_messages(0, "tag --checkpoint @/h --bank @/half.h5 " ONE));
}
END_TEST

/* An environment variable of oneDNN makes any processor behave like one without the
 * instructions, for float32 products too. */
START_TEST(without_the_instructions)
{
    setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
    char *messages = tiny_train(0, "poor", BF16);
    ck_assert_ptr_nonnull(strstr(messages, "warning: precision=bfloat16: this p"));
    ck_assert_ptr_nonnull(strstr(messages, ": falling back to float32\n"));
    ck_assert_ptr_null(strstr(messages, "threads, bfloat16"));
    mem_free(messages);
    mem_free(tiny_train(0, "plain", ""));
    ck_assert_double_eq(loss_sum("poor"), loss_sum("plain"));
    expect_precision("poor", "float32");
    mem_free(tiny_messages(0, EMBED_CLIP BF16 CLIP SEEN "-o @/poor.h5"));
    mem_free(tiny_messages(0, EMBED_CLIP CLIP SEEN "-o @/rich.h5"));
    ck_assert_double_eq(distance("@/poor.h5", "@/rich.h5", "clip"), 0);
}
END_TEST

/* The largest difference of two scores of the same image and tag. */
static double score_distance(const json_t *a, const json_t *b, size_t tags)
{
    double most = 0;
    const json_t *x = json_object_get(json_array_get(a, 0), "tags");
    const json_t *y = json_object_get(json_array_get(b, 0), "tags");
    ck_assert_uint_eq(json_array_size(x), tags);
    ck_assert_uint_eq(json_array_size(y), tags);
    for (size_t i = 0; i < tags; i++)
        for (size_t j = 0; j < tags; j++) {
            const json_t *p = json_array_get(x, i), *q = json_array_get(y, j);
            if (!json_equal(json_object_get(p, "tag"), json_object_get(q, "tag"))) continue;
            most = fmax(most, fabs(json_number_value(json_object_get(p, "score")) -
                                   json_number_value(json_object_get(q, "score"))));
        }
    return most;
}

#define ALL "tag --checkpoint @/single --top 67 --json " ONE

START_TEST(integers)
{
    if (int8_missing()) {
        printf("precision: int8 not checked: %s\n", int8_missing());
        return;
    }
    json_t *single = tiny_json(ALL), *rounded = tiny_json(ALL " precision=int8"),
           *again = tiny_json(ALL " precision=int8 threads=3");
    const double d = score_distance(single, rounded, 67);
    ck_assert_msg(d > 0 && d < 0.02, "%g", d);
    ck_assert(json_equal(rounded, again));
    json_decref(again);
    json_decref(rounded);
    json_decref(single);
}
END_TEST

static void expect_close_with_half_a_bank(const char *arguments, size_t tags)
{
    char *half = mem_format("%s eval.bank=bfloat16", arguments);
    json_t *single = tiny_json(arguments), *rounded = tiny_json(half);
    const double d = score_distance(single, rounded, tags);
    ck_assert_msg(d > 0 && d < 0.01, "%s: %g", half, d);
    json_decref(rounded);
    json_decref(single);
    mem_free(half);
}

START_TEST(bank_in_half_of_the_memory)
{
    tiny_write("@/more.txt", "a thing\nanother\n");
    expect_close_with_half_a_bank(ALL, 67);
    expect_close_with_half_a_bank(
        "tag --checkpoint @/single --top 69 --json --add-tags @/more.txt " ONE, 69);
    char *evaluated =
        tiny_out(0, "eval --checkpoint @/single --data @/data/unseen eval.bank=bfloat16");
    ck_assert_ptr_nonnull(strstr(evaluated, "mAP"));
    mem_free(evaluated);
}
END_TEST

START_TEST(integers_are_for_inference)
{
    tiny_refused(2, "train -c @/tiny.yaml run=@/x precision=int8",
                 "precision=int8: for tag, eval and retrieve only");
    tiny_refused(2, EMBED_CLIP CLIP SEEN "-o @/x.h5 precision=int8", "precision=int8: for tag");
}
END_TEST

START_TEST(without_instructions_for_integers)
{
    setenv("ONEDNN_MAX_CPU_ISA", "AVX2", 1);
    json_t *want = tiny_json(ALL), *have = tiny_json(ALL " precision=int8");
    char *messages = tiny_messages(0, ALL " precision=int8");
    ck_assert_ptr_nonnull(strstr(messages, "warning: precision=int8: this "));
    ck_assert_ptr_nonnull(strstr(messages, ": falling back to float32\n"));
    ck_assert(json_equal(want, have));
    mem_free(messages);
    json_decref(have);
    json_decref(want);
}
END_TEST

Suite *test_precision_suite(void);
Suite *test_precision_suite(void)
{
    Suite *s = suite_create("precision");
    TCase *t = tcase_create("precision");
    tcase_add_unchecked_fixture(t, setup, tiny_free);
    tcase_add_test(t, moments);
    tcase_add_test(t, training);
    tcase_add_test(t, banks);
    tcase_add_test(t, without_the_instructions);
    tcase_add_test(t, integers);
    tcase_add_test(t, bank_in_half_of_the_memory);
    tcase_add_test(t, integers_are_for_inference);
    tcase_add_test(t, without_instructions_for_integers);
    suite_add_tcase(s, t);
    return s;
}
