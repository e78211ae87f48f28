/* SPDX-License-Identifier: Apache-2.0 */
/* model.align=dot: cosines over the temperature. model.reweight: the plain mean of descriptions
 * and the first one alone, against banks that have just these vectors. In double: gradients
 * against finite differences. */
#include "core/math/gemm.h"
#include "core/mem.h"
#include "tests/model/grad_world.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { B = GRAD_BATCH, TAGS = GRAD_TAGS, WIDTH = GRAD_WIDTH };

static GradWorld *const w = &grad_world;

static void make(enum Reweight mode)
{
    w->reweight = mode;
    grad_world_make(0);
    gemm_set_threads(1);
}

static void logits(const LabelBank *bank, double out[B * TAGS])
{
    tape_reset(w->tape);
    tape_set_training(w->tape, false);
    Tensor *weights = NULL, *e = NULL,
           *pixels = tape_input(w->tape, 4, (int64_t[]){B, 3, GRAD_SIDE, GRAD_SIDE}, w->image);
    const RamPlusImage image = ram_plus_image(w->tape, w->model, pixels);
    const Tensor *x =
        ram_plus_tag_logits(w->tape, w->model, &image, bank, 0, TAGS, &weights, &e);
    for (int i = 0; i < B * TAGS; i++) out[i] = (double)x->data[i];
    ck_assert((weights && e) == (w->reweight == REWEIGHT_AUTO));
}

/* A bank of one row per tag: the mean of the rows or the first one, by a separate loop. */
static LabelBank *bank_of_one(bool mean)
{
    LabelBank *one = label_bank_uniform(TAGS, 1, WIDTH);
    for (int64_t k = 0; k < TAGS; k++) {
        const int64_t from = w->bank->offset[k], to = mean ? w->bank->offset[k + 1] : from + 1;
        for (int64_t e = 0; e < WIDTH; e++) {
            double sum = 0;
            for (int64_t r = to - 1; r >= from; r--)
                sum += (double)w->bank->rows[r * WIDTH + e];
            one->rows[k * WIDTH + e] = (float)(sum / (double)(to - from));
        }
    }
    return one;
}

static void expect_close(const double *have, const double *want)
{
    const double tolerance = sizeof(Real) == sizeof(double) ? 1e-6 : 1e-5;
    for (int i = 0; i < B * TAGS; i++)
        ck_assert_msg(fabs(have[i] - want[i]) <= tolerance * fmax(1, fabs(want[i])),
                      "%d: %.9g, want %.9g", i, have[i], want[i]);
}

/* Re-weighting one vector per tag changes nothing, so the model as it always was is the
 * oracle. */
START_TEST(equals_a_bank_of_one_vector)
{
    const bool mean = _i == 0;
    double have[B * TAGS], want[B * TAGS], plain[B * TAGS];
    make(mean ? REWEIGHT_MEAN : REWEIGHT_NONE);
    logits(w->bank, have);
    grad_world_free();
    make(REWEIGHT_AUTO);
    LabelBank *one = bank_of_one(mean);
    logits(one, want);
    logits(w->bank, plain);
    expect_close(have, want);
    double differs = 0;
    for (int i = 0; i < B * TAGS; i++) differs = fmax(differs, fabs(have[i] - plain[i]));
    ck_assert_double_gt(differs, 1e-4); /* the modes are not the same */
    label_bank_free(one);
}
END_TEST

START_TEST(one_text_per_tag_is_the_same_in_all_modes)
{
    double have[3][B * TAGS];
    for (int mode = 0; mode < 3; mode++) {
        if (mode) grad_world_free();
        make((enum Reweight)mode);
        LabelBank *one = bank_of_one(false);
        logits(one, have[mode]);
        label_bank_free(one);
        expect_close(have[mode], have[0]);
    }
}
END_TEST

START_TEST(a_rounded_bank)
{
    double have[B * TAGS], want[B * TAGS];
    make(_i == 0 ? REWEIGHT_MEAN : REWEIGHT_NONE);
    logits(w->bank, want);
    label_bank_halve(w->bank);
    logits(w->bank, have);
    for (int i = 0; i < B * TAGS; i++)
        ck_assert_msg(fabs(have[i] - want[i]) < 0.02 * fmax(1, fabs(want[i])), "%g and %g",
                      have[i], want[i]);
}
END_TEST

/* ---- gradients ---- */

static double total_loss(void *unused)
{
    (void)unused;
    return grad_world_run(TAGS, false, false);
}

static void check_param(Param *p)
{
    int64_t largest = 0;
    for (int64_t i = 0; i < p->len; i++)
        if (fabs((double)p->tensor.grad[i]) > fabs((double)p->tensor.grad[largest]))
            largest = i;
    const double a = (double)p->tensor.grad[largest],
                 n = grad_numeric(&p->tensor.data[largest], 1e-5, total_loss, NULL);
    ck_assert_msg(fabs(a - n) <= 1e-6 * fmax(1e-2, fmax(fabs(a), fabs(n))),
                  "%s[%ld]: gradient %.10g, differences %.10g", p->name, largest, a, n);
}

/* Against plain loops over the pooled tokens. */
START_TEST(cosines_over_a_temperature)
{
    w->align = ALIGN_DOT;
    make(REWEIGHT_AUTO);
    tape_reset(w->tape);
    tape_set_training(w->tape, false);
    Tensor *pixels = tape_input(w->tape, 4, (int64_t[]){B, 3, GRAD_SIDE, GRAD_SIDE}, w->image),
           *text = tape_input(w->tape, 2, (int64_t[]){B, WIDTH}, w->text);
    const RamPlusImage image = ram_plus_image(w->tape, w->model, pixels);
    const Tensor *x = ram_plus_text_logits(w->tape, w->model, &image, text);
    for (int i = 0; i < B * B; i++) {
        double dot = 0, squares = 0;
        for (int e = 0; e < WIDTH; e++) {
            const double c = (double)image.cls->data[i / B * WIDTH + e];
            dot += c * (double)w->text[i % B * WIDTH + e];
            squares += c * c;
        }
        ck_assert_double_eq_tol((double)x->data[i], dot / sqrt(squares) / 0.07, 1e-4);
    }
}
END_TEST

START_TEST(gradients)
{
    if (_i == 2) w->align = ALIGN_DOT;
    make(_i == 0 ? REWEIGHT_MEAN : _i == 1 ? REWEIGHT_NONE : REWEIGHT_AUTO);
    grad_world_run(TAGS, false, true);
    for (int64_t i = 0; i < w->ps->count; i++) check_param(w->ps->param[i]);
}
END_TEST

START_TEST(the_temperature_is_not_used)
{
    make(REWEIGHT_MEAN);
    const Param *p = param_find(w->ps, "reweight_scale");
    grad_world_run(TAGS, false, true);
    ck_assert(p->optional);
    ck_assert(p->tensor.grad[0] == 0);
    grad_world_free();
    make(REWEIGHT_AUTO);
    p = param_find(w->ps, "reweight_scale");
    grad_world_run(TAGS, false, true);
    ck_assert(!p->optional);
    ck_assert(p->tensor.grad[0] != 0);
}
END_TEST

Suite *test_reweight_grad_suite(void);
Suite *test_reweight_grad_suite(void)
{
    Suite *s = suite_create("reweight_grad");
    TCase *t = tcase_create("modes");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, NULL, grad_world_free);
    tcase_add_loop_test(t, equals_a_bank_of_one_vector, 0, 2);
    tcase_add_test(t, one_text_per_tag_is_the_same_in_all_modes);
    tcase_add_loop_test(t, a_rounded_bank, 0, 2);
    if (sizeof(Real) == sizeof(double)) tcase_add_loop_test(t, gradients, 0, 3);
    tcase_add_test(t, cosines_over_a_temperature);
    tcase_add_test(t, the_temperature_is_not_used);
    suite_add_tcase(s, t);
    return s;
}
