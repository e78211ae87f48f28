/* SPDX-License-Identifier: Apache-2.0 */
/* RAM++ as a whole. In double: the gradient of every parameter against finite differences of
 * the total loss. In both builds: tiles against one piece, and freezing. */
#include "core/math/gemm.h"
#include "core/mem.h"
#include "tests/model/grad_world.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    TAGS = GRAD_TAGS,
    SIDE = GRAD_SIDE,
    WIDTH = GRAD_WIDTH,
    LOSSES = GRAD_LOSSES,
    ENCODERS = GRAD_ENCODERS
};

static GradWorld *const w = &grad_world;

static void set_up(void) { grad_world_make(0); }

/* ---- differences ---- */

/* The total loss in one piece; the context tells whether in training. */
static double total_loss(void *training)
{
    return grad_world_run(TAGS, *(bool *)training, false);
}

/* The element of a parameter with the largest gradient, and one chosen at random. */
static void check_param(Param *p, bool training, uint64_t seed)
{
    Rng rng = rng_new(seed, 0, rng_hash(p->name), RNG_TEST);
    int64_t largest = 0;
    for (int64_t i = 0; i < p->len; i++)
        if (fabs((double)p->tensor.grad[i]) > fabs((double)p->tensor.grad[largest]))
            largest = i;
    for (int j = 0; j < 2; j++) {
        const int64_t i = j == 1 ? largest : rng_below(&rng, p->len);
        const double a = (double)p->tensor.grad[i],
                     n = grad_numeric(&p->tensor.data[i], 1e-5, total_loss, &training);
        ck_assert_msg(fabs(a - n) <= 1e-6 * fmax(1e-2, fmax(fabs(a), fabs(n))),
                      "%s[%ld]: gradient %.10g, differences %.10g", p->name, i, a, n);
    }
}

static bool is_key_bias(const Param *p) { return strstr(p->name, "self.key.bias") != NULL; }

/* Every loss without dropout, then one loss with dropout and stochastic depth. */
START_TEST(test_whole_model)
{
    grad_world_loss(_i % LOSSES);
    const bool training = _i >= LOSSES;
    gemm_set_threads(1); /* threads do not help many tiny passes */
    grad_world_run(TAGS, training, true);
    for (int64_t i = 0; i < w->ps->count; i++)
        check_param(w->ps->param[i], training, (uint64_t)_i);
}
END_TEST

/* The other encoders, without and with dropout and stochastic depth. */
START_TEST(test_whole_model_of_encoder)
{
    grad_world_free();
    grad_world_make(_i / 2);
    gemm_set_threads(1);
    grad_world_run(TAGS, _i % 2, true);
    for (int64_t i = 0; i < w->ps->count; i++)
        check_param(w->ps->param[i], _i % 2, (uint64_t)_i);
}
END_TEST

/* Every parameter has a gradient, except key biases: adding the same number to all scores has
 * no effect. */
START_TEST(test_no_parameter_is_forgotten)
{
    grad_world_free();
    grad_world_make(_i);
    grad_world_run(TAGS, false, true);
    for (int64_t i = 0; i < w->ps->count; i++) {
        const Param *p = w->ps->param[i];
        double size = 0;
        for (int64_t j = 0; j < p->len; j++) size = fmax(size, fabs((double)p->tensor.grad[j]));
        if (is_key_bias(p))
            ck_assert_msg(size < 1e-4, "%s: gradient %g, want rounding noise", p->name, size);
        else
            ck_assert_msg(size > 1e-4, "%s: largest gradient %g", p->name, size);
    }
}
END_TEST

/* ---- tiles, freezing, repetition ---- */

static void expect_close(double got, double want, double scale, const char *what)
{
    const double tolerance = sizeof(Real) == sizeof(double) ? 1e-11 : 2e-5;
    ck_assert_msg(fabs(got - want) <= tolerance * fmax(1, scale), "%s: %.10g, want %.10g", what,
                  got, want);
}

static void expect_same_gradients(const Real *want)
{
    double largest = 0;
    for (int64_t i = 0; i < w->ps->len; i++) largest = fmax(largest, fabs((double)want[i]));
    for (int64_t p = 0; p < w->ps->count; p++)
        for (int64_t i = w->ps->param[p]->offset;
             i < w->ps->param[p]->offset + w->ps->param[p]->len; i++)
            expect_close((double)w->ps->grad[i], (double)want[i], largest,
                         w->ps->param[p]->name);
}

static Real *copy_gradients(void)
{
    Real *copy = mem_alloc((size_t)w->ps->len * sizeof *copy);
    memcpy(copy, w->ps->grad, (size_t)w->ps->len * sizeof *copy);
    param_set_zero_grad(w->ps);
    return copy;
}

/* This holds in training too: dropout must not depend on the tiles. */
START_TEST(test_tiles_equal_one_piece)
{
    grad_world_loss(_i % LOSSES);
    const bool training = _i >= LOSSES;
    const double whole = grad_world_run(TAGS, training, true);
    Real *want = copy_gradients();
    for (int64_t tile = 1; tile < TAGS; tile++) {
        expect_close(grad_world_run(tile, training, true), whole, fabs(whole), "loss");
        expect_same_gradients(want);
        param_set_zero_grad(w->ps);
    }
    mem_free(want);
}
END_TEST

START_TEST(test_training_differs)
{
    const double still = grad_world_run(TAGS, false, false),
                 moving = grad_world_run(TAGS, true, false);
    ck_assert_double_ne(still, moving);
    ck_assert_double_eq(grad_world_run(2, true, true), grad_world_run(2, true, true));
    expect_close(grad_world_run(TAGS, false, true), still, fabs(still),
                 "recording changes the loss");
}
END_TEST

START_TEST(test_same_bits_again)
{
    grad_world_run(2, true, true);
    Real *first = copy_gradients();
    grad_world_run(2, true, true);
    ck_assert_int_eq(memcmp(first, w->ps->grad, (size_t)w->ps->len * sizeof *first), 0);
    mem_free(first);
}
END_TEST

/* Blocks that compute their values again give the same gradients, to the bit, and need less
 * memory. */
START_TEST(test_recompute_changes_no_bit)
{
    grad_world_free();
    grad_world_make(_i);
    const double loss = grad_world_run(TAGS, true, true);
    Real *want = copy_gradients();
    for (int r = RECOMPUTE_BLOCKS; r <= RECOMPUTE_STAGES; r++) {
        tape_set_recompute(w->tape, (enum Recompute)r);
        ck_assert_double_eq(grad_world_run(TAGS, true, true), loss);
        ck_assert_mem_eq(want, w->ps->grad, (size_t)w->ps->len * sizeof *want);
        param_set_zero_grad(w->ps);
    }
    mem_free(want);
}
END_TEST

/* Operations on the tape after the forward pass of the encoder. */
static int64_t recorded(enum Recompute r)
{
    tape_reset(w->tape);
    tape_set_recompute(w->tape, r);
    tape_set_recording(w->tape, true);
    Tensor *pixels = tape_input(w->tape, 4, (int64_t[]){1, 3, SIDE, SIDE}, w->image);
    ram_plus_image(w->tape, w->model, pixels);
    return tape_mark(w->tape).nodes;
}

/* Frozen blocks are not computed again. */
START_TEST(test_recompute_forgets_inner_values)
{
    const int64_t all = recorded(RECOMPUTE_NONE), blocks = recorded(RECOMPUTE_BLOCKS);
    const int64_t stages = recorded(RECOMPUTE_STAGES);
    ck_assert_int_lt(blocks, all / 2);
    ck_assert_int_lt(stages, blocks);
    param_set_freeze(w->ps, "*");
    ck_assert_int_eq(recorded(RECOMPUTE_BLOCKS), 0);
}
END_TEST

/* ---- dropout sites ---- */

enum { HIDDEN = GRAD_HIDDEN, SITES = 8, STEPS = 60 };

/* A dropped element of a branch has no gradient at its bias. This shows the masks of both
 * dropouts in both layers, for a tag (0..3) or a caption (4..7), one query and one image. */
static void read_masks(uint32_t number, bool caption, bool mask[4][HIDDEN])
{
    static const char *const branch[2] = {"crossattention.output.dense.bias",
                                          "output.dense.bias"};
    tape_reset(w->tape);
    tape_set_step(w->tape, 3, number);
    tape_set_training(w->tape, true);
    param_set_zero_grad(w->ps);
    Tensor *pixels = tape_input(w->tape, 4, (int64_t[]){1, 3, SIDE, SIDE}, w->image);
    const RamPlusImage image = ram_plus_image(w->tape, w->model, pixels);
    Tensor *text = tape_input(w->tape, 2, (int64_t[]){1, WIDTH}, w->text);
    tape_seed(w->tape,
              caption
                  ? ram_plus_text_logits(w->tape, w->model, &image, text)
                  : ram_plus_tag_logits(w->tape, w->model, &image, w->bank, 0, 1, NULL, NULL),
              1);
    tape_backward(w->tape);
    for (int i = 0; i < 4; i++) {
        char name[96];
        snprintf(name, sizeof name, "tagging_head.encoder.layer.%d.%s", i / 2, branch[i % 2]);
        const Param *p = param_find(w->ps, name);
        ck_assert_ptr_nonnull(p);
        for (int c = 0; c < HIDDEN; c++) mask[i][c] = p->tensor.grad[c] != 0;
    }
}

/* Elements are kept with probability 0.8: independent masks agree in 0.68 of their elements,
 * equal masks in all. */
START_TEST(test_dropout_sites_differ)
{
    bool mask[STEPS][SITES][HIDDEN];
    for (uint32_t d = 0; d < STEPS; d++) {
        read_masks(d, false, mask[d]);
        read_masks(d, true, mask[d] + 4);
    }
    for (int a = 0; a < SITES; a++)
        for (int b = 0; b <= a; b++) {
            int agree = 0;
            for (int i = 0; i < STEPS * HIDDEN; i++)
                agree += mask[i / HIDDEN][a][i % HIDDEN] == mask[i / HIDDEN][b][i % HIDDEN];
            const double rate = (double)agree / (STEPS * HIDDEN);
            ck_assert_msg(a == b ? agree == STEPS * HIDDEN : fabs(rate - 0.68) < 0.11,
                          "masks %d and %d agree in %.2f", a, b, rate);
        }
}
END_TEST

/* Frozen parameters have no gradient; those of the others do not change. */
START_TEST(test_frozen_encoder)
{
    grad_world_run(2, true, true);
    Real *want = copy_gradients();
    const int64_t frozen = param_set_freeze(w->ps, "visual_encoder.*,fc.bias");
    ck_assert_int_gt(frozen, 50);
    grad_world_run(2, true, true);
    for (int64_t p = 0; p < w->ps->count; p++) {
        const Param *param = w->ps->param[p];
        const bool trained = param->tensor.needs_grad;
        for (int64_t i = param->offset; i < param->offset + param->len; i++)
            expect_close((double)w->ps->grad[i], trained ? (double)want[i] : 0, 1, param->name);
    }
    mem_free(want);
}
END_TEST

Suite *test_ram_plus_grad_suite(void);
Suite *test_ram_plus_grad_suite(void)
{
    Suite *s = suite_create("ram_plus_grad");
    TCase *t = tcase_create("gradients");
    tcase_set_timeout(t, 600);
    tcase_add_checked_fixture(t, set_up, grad_world_free);
    tcase_add_loop_test(t, test_no_parameter_is_forgotten, 0, ENCODERS);
    tcase_add_loop_test(t, test_tiles_equal_one_piece, 0, 2 * LOSSES);
    tcase_add_test(t, test_training_differs);
    tcase_add_test(t, test_same_bits_again);
    tcase_add_loop_test(t, test_recompute_changes_no_bit, 0, ENCODERS);
    tcase_add_test(t, test_recompute_forgets_inner_values);
    tcase_add_test(t, test_frozen_encoder);
    tcase_add_test(t, test_dropout_sites_differ);
    if (sizeof(Real) == sizeof(double)) {
        tcase_add_loop_test(t, test_whole_model, 0, LOSSES + 1);
        tcase_add_loop_test(t, test_whole_model_of_encoder, 2, 2 * ENCODERS);
    }
    suite_add_tcase(s, t);
    return s;
}
