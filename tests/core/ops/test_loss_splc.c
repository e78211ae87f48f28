/* SPDX-License-Identifier: Apache-2.0 */
/* Self-paced loss correction. */
#include "core/ops/ops.h"
#include "tests/core/ops/loss_case.h"

static Tensor *op(Tape *tape, Tensor *x, Tensor *y, const void *options)
{
    return op_loss_splc(tape, x, y, *(const SplcOptions *)options);
}

static long double oracle(long double x, bool positive, const void *options)
{
    const SplcOptions *o = options;
    const long double m = positive ? x - (long double)o->margin : x;
    if (o->correct && oracle_p(m) > (long double)o->tau) positive = true;
    const long double p = oracle_p(m), gamma = (long double)o->gamma;
    if (positive) return -powl(1 / (1 + expl(m)), gamma) * oracle_log_p(m);
    return -powl(p, gamma) * oracle_log_p(-m);
}

static Tensor *stored(Tape *tape, Tensor *x, Tensor *y, const json_t *options)
{
    const SplcOptions o = {.tau = loss_case_option(options, "tau", 0.6),
                           .margin = loss_case_option(options, "margin", 1),
                           .gamma = loss_case_option(options, "gamma", 2),
                           .correct = loss_case_option(options, "corrected", 0) != 0};
    return op_loss_splc(tape, x, y, o);
}

static const SplcOptions ORDINARY = {.tau = 0.55, .margin = 0.7, .gamma = 1.5, .correct = true};
static const SplcOptions UNCORRECTED = {.tau = 0.6, .margin = 1, .gamma = 2, .correct = false};
static const SplcOptions TAU_BEYOND_ONE = {.tau = 60, .margin = 1, .gamma = 2, .correct = true};
static const LossCase LOSS = {"loss_splc",
                              op,
                              oracle,
                              stored,
                              &ORDINARY,
                              .also = &UNCORRECTED,
                              .refused = &TAU_BEYOND_ONE};

START_TEST(test_loss) { loss_case_check(&LOSS, _i); }
END_TEST

/* Correction changes only negatives above tau: they are pushed up instead of down. */
START_TEST(test_correction_turns_confident_negatives)
{
    const SplcOptions before = {.tau = 0.6, .margin = 1, .gamma = 2, .correct = false};
    SplcOptions after = before;
    after.correct = true;
    Tape *tape = tape_new();
    Tensor *x = loss_case_logits(tape), *again = loss_case_logits(tape);
    Tensor *y = loss_case_targets(tape);
    const Real *a = loss_case_slopes(tape, op, x, y, &before);
    const Real *b = loss_case_slopes(tape, op, again, y, &after);
    int turned = 0;
    for (int64_t i = 0; i < tensor_len(x); i++) {
        const bool missed = y->data[i] == 0 && x->data[i] > (Real)log(0.6 / 0.4);
        ck_assert(missed ? a[i] > 0 && b[i] < 0 : a[i] == b[i]);
        turned += missed;
    }
    ck_assert_int_eq(turned, 5);
    tape_free(tape);
}
END_TEST

Suite *test_loss_splc_suite(void);
Suite *test_loss_splc_suite(void)
{
    Suite *s = loss_case_suite(&LOSS, test_loss);
    TCase *t = op_tcase(s, "property");
    tcase_add_test(t, test_correction_turns_confident_negatives);
    return s;
}
