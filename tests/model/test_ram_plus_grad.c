/* SPDX-License-Identifier: Apache-2.0 */
/* RAM++ as a whole. In double: the gradient of every parameter against finite differences of
 * the total loss. In both builds: tiles against one piece, and freezing. */
#include "core/math/gemm.h"
#include "model/backbone/swin_options.h"
#include "model/loss.h"
#include "model/ram_plus.h"
#include "tests/support/grad_check.h"

#include "core/mem.h"
#include "core/ops/ops.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { B = 2, SIDE = 64, TAGS = 5, WIDTH = 6, ROWS = 11 };

static const SwinOptions SWIN = {
    .width = 4,
    .depths = {4, {2, 2, 1, 1}},
    .heads = {4, {1, 2, 2, 4}},
    .window = 4, /* maps of 16, 8, 4, 2: two stages shift, one is one window, one smaller */
    .drop_path = 0.3};
static const RamPlusConfig CONFIG = {
    .encoder = {.kind = &backbone_swin, .image_size = SIDE, .options = &SWIN},
    .text_width = WIDTH,
    .hidden = 8,
    .heads = 2,
    .ffn = 12,
    .layers = 2,
    .dropout = 0.2};

static const int64_t OFFSET[TAGS + 1] = {0, 3, 4, 6, 10, ROWS};
static const char *const LOSS[] = {"bce", "asl", "hill", "splc", "ce"};
enum { LOSSES = sizeof LOSS / sizeof *LOSS };

typedef struct World {
    Tape *tape;
    ParamSet *ps;
    RamPlus *model;
    LabelBank *bank;
    LossOptions loss;
    LossParams params;
    float *image, teacher[B * WIDTH], text[B * WIDTH];
} World;

static World w; /* of the running test; each test has its own process */

static void unit_rows(int64_t rows, uint64_t seed, float *out)
{
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    for (int64_t r = 0; r < rows; r++) {
        double v[WIDTH], squares = 0;
        for (int i = 0; i < WIDTH; i++) {
            v[i] = rng_range(&rng, -1, 1);
            squares += v[i] * v[i];
        }
        for (int i = 0; i < WIDTH; i++) out[r * WIDTH + i] = (float)(v[i] / sqrt(squares));
    }
}

static void set_option(const char *key, const char *value)
{
    char *setting = mem_format("%s=%s", key, value);
    ck_assert_int_eq(option_set(&loss_options, &w.loss, setting, NULL), 0);
    mem_free(setting);
}

/* ASL with the gradient through its focusing weight, and SPLC with correction: losses whose
 * gradient equals finite differences. */
static void choose_loss(const char *name)
{
    option_defaults(&loss_options, &w.loss);
    set_option("loss.tag", name);
    set_option("loss.align", name);
    set_option("loss.asl.focal_grad", "true");
    set_option("loss.splc.change_epoch", "0");
}

static void set_up(void)
{
    w.tape = tape_new();
    w.ps = param_set_new();
    w.model = ram_plus_new(&CONFIG, w.ps);
    param_set_build(w.ps);
    test_fill_params(w.ps, 50);
    w.bank = label_bank_new(TAGS, OFFSET, WIDTH);
    unit_rows(ROWS, 1, w.bank->rows);
    unit_rows(B, 2, w.text);
    for (int i = 0; i < B * WIDTH; i++)
        w.teacher[i] = i % 3 ? 5 : -5; /* far from the kinks of L1 */
    w.image = mem_alloc(B * 3 * SIDE * SIDE * sizeof *w.image);
    Rng rng = rng_new(4, 0, 0, RNG_TEST);
    for (int i = 0; i < B * 3 * SIDE * SIDE; i++) w.image[i] = (float)rng_range(&rng, -2, 2);
    choose_loss("bce");
}

static void tear_down(void)
{
    mem_free(w.image);
    label_bank_free(w.bank);
    ram_plus_free(w.model);
    param_set_free(w.ps);
    tape_free(w.tape);
}

/* ---- the total loss, tags in tiles ---- */

static double target(int64_t b, int64_t k) { return (b + k) % 3 == 0; }

static Tensor *targets(int64_t first, int64_t K)
{
    Tensor *y = tape_tensor(w.tape, 2, (int64_t[]){B, K});
    for (int64_t i = 0; i < B * K; i++) y->data[i] = (Real)target(i / K, first + i % K);
    return y;
}

static void normalizers(const RamPlusImage *image, double *y_sum, double *lse)
{
    const bool recording = tape_recording(w.tape);
    tape_set_recording(w.tape, false);
    const TapeMark mark = tape_mark(w.tape);
    const Tensor *x = ram_plus_tag_logits(w.tape, w.model, image, w.bank, 0, TAGS, NULL, NULL);
    for (int64_t b = 0; b < B; b++) {
        double sum = 0;
        y_sum[b] = 0;
        for (int64_t k = 0; k < TAGS; k++) {
            sum += exp((double)x->data[b * TAGS + k]);
            y_sum[b] += target(b, k);
        }
        lse[b] = log(sum);
    }
    tape_rewind(w.tape, mark);
    tape_set_recording(w.tape, recording);
}

/* Seeds a part of the total loss and, when recording, runs the backward pass to the mark. */
static double part(Tensor *loss, TapeMark mark)
{
    const double value = (double)loss->data[0];
    if (!tape_recording(w.tape)) return tape_rewind(w.tape, mark), value;
    tape_seed(w.tape, loss, 1);
    tape_backward_to(w.tape, mark);
    return value;
}

static double tag_part(const RamPlusImage *image, int64_t tile)
{
    double total = 0, y_sum[B], lse[B];
    normalizers(image, y_sum, lse);
    for (int64_t first = 0; first < TAGS; first += tile) {
        const TapeMark mark = tape_mark(w.tape);
        const int64_t K = first + tile < TAGS ? tile : TAGS - first;
        Tensor *x = ram_plus_tag_logits(w.tape, w.model, image, w.bank, first, K, NULL, NULL);
        Tensor *y = targets(first, K);
        const LossInput in = {x, y, y_sum, lse, w.params.tag, 0};
        total += part(loss_tag(w.tape, &w.loss, &in), mark);
    }
    return total;
}

static double align_part(const RamPlusImage *image)
{
    const TapeMark mark = tape_mark(w.tape);
    Tensor *text = tape_input(w.tape, 2, (int64_t[]){B, WIDTH}, w.text);
    Tensor *x = ram_plus_text_logits(w.tape, w.model, image, text);
    Tensor *y = tape_tensor(w.tape, 2, (int64_t[]){B, B});
    for (int i = 0; i < B * B; i++) y->data[i] = i / B == i % B;
    const LossInput in = {x, y, NULL, NULL, w.params.align, 0};
    return part(loss_align(w.tape, &w.loss, &in), mark);
}

static double run(int64_t tile, bool training, bool record)
{
    tape_reset(w.tape);
    tape_set_step(w.tape, 3, 9);
    tape_set_training(w.tape, training);
    tape_set_recording(w.tape, record);
    Tensor *pixels = tape_input(w.tape, 4, (int64_t[]){B, 3, SIDE, SIDE}, w.image);
    const RamPlusImage image = ram_plus_image(w.tape, w.model, pixels);
    Tensor *teacher = tape_input(w.tape, 2, (int64_t[]){B, WIDTH}, w.teacher);
    double total = tag_part(&image, tile) + align_part(&image);
    Tensor *distill = op_loss_l1(w.tape, image.cls, teacher);
    total += (double)distill->data[0];
    if (!record) return total;
    tape_seed(w.tape, distill, 1);
    tape_backward(w.tape);
    return total;
}

/* ---- differences ---- */

static double numeric(Real *x, bool training)
{
    static const double at[4] = {-2, -1, 1, 2}, factor[4] = {1, -8, 8, -1}, step = 1e-5;
    const Real kept = *x;
    double sum = 0;
    for (int i = 0; i < 4; i++) {
        *x = (Real)((double)kept + at[i] * step);
        sum += factor[i] * run(TAGS, training, false);
    }
    *x = kept;
    return sum / (12 * step);
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
        const double a = (double)p->tensor.grad[i], n = numeric(&p->tensor.data[i], training);
        ck_assert_msg(fabs(a - n) <= 1e-6 * fmax(1e-2, fmax(fabs(a), fabs(n))),
                      "%s[%ld]: gradient %.10g, differences %.10g", p->name, i, a, n);
    }
}

static bool is_key_bias(const Param *p) { return strstr(p->name, "self.key.bias") != NULL; }

/* Every loss without dropout, then one loss with dropout and stochastic depth. */
START_TEST(test_whole_model)
{
    choose_loss(LOSS[_i % LOSSES]);
    const bool training = _i >= LOSSES;
    gemm_set_threads(1); /* threads do not help many tiny passes */
    run(TAGS, training, true);
    for (int64_t i = 0; i < w.ps->count; i++)
        check_param(w.ps->param[i], training, (uint64_t)_i);
}
END_TEST

/* Every parameter has a gradient, except key biases: adding the same number to all scores has
 * no effect. */
START_TEST(test_no_parameter_is_forgotten)
{
    run(TAGS, false, true);
    for (int64_t i = 0; i < w.ps->count; i++) {
        const Param *p = w.ps->param[i];
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
    for (int64_t i = 0; i < w.ps->len; i++) largest = fmax(largest, fabs((double)want[i]));
    for (int64_t p = 0; p < w.ps->count; p++)
        for (int64_t i = w.ps->param[p]->offset;
             i < w.ps->param[p]->offset + w.ps->param[p]->len; i++)
            expect_close((double)w.ps->grad[i], (double)want[i], largest, w.ps->param[p]->name);
}

static Real *copy_gradients(void)
{
    Real *copy = mem_alloc((size_t)w.ps->len * sizeof *copy);
    memcpy(copy, w.ps->grad, (size_t)w.ps->len * sizeof *copy);
    param_set_zero_grad(w.ps);
    return copy;
}

/* This holds in training too: dropout must not depend on the tiles. */
START_TEST(test_tiles_equal_one_piece)
{
    choose_loss(LOSS[_i % LOSSES]);
    const bool training = _i >= LOSSES;
    const double whole = run(TAGS, training, true);
    Real *want = copy_gradients();
    for (int64_t tile = 1; tile < TAGS; tile++) {
        expect_close(run(tile, training, true), whole, fabs(whole), "loss");
        expect_same_gradients(want);
        param_set_zero_grad(w.ps);
    }
    mem_free(want);
}
END_TEST

START_TEST(test_training_differs)
{
    const double still = run(TAGS, false, false), moving = run(TAGS, true, false);
    ck_assert_double_ne(still, moving);
    ck_assert_double_eq(run(2, true, true), run(2, true, true));
    expect_close(run(TAGS, false, true), still, fabs(still), "recording changes the loss");
}
END_TEST

START_TEST(test_same_bits_again)
{
    run(2, true, true);
    Real *first = copy_gradients();
    run(2, true, true);
    ck_assert_int_eq(memcmp(first, w.ps->grad, (size_t)w.ps->len * sizeof *first), 0);
    mem_free(first);
}
END_TEST

/* ---- dropout sites ---- */

enum { HIDDEN = 8, SITES = 8, STEPS = 60 };

/* A dropped element of a branch has no gradient at its bias. This shows the masks of both
 * dropouts in both layers, for a tag (0..3) or a caption (4..7), one query and one image. */
static void read_masks(uint32_t number, bool caption, bool mask[4][HIDDEN])
{
    static const char *const branch[2] = {"crossattention.output.dense.bias",
                                          "output.dense.bias"};
    tape_reset(w.tape);
    tape_set_step(w.tape, 3, number);
    tape_set_training(w.tape, true);
    param_set_zero_grad(w.ps);
    Tensor *pixels = tape_input(w.tape, 4, (int64_t[]){1, 3, SIDE, SIDE}, w.image);
    const RamPlusImage image = ram_plus_image(w.tape, w.model, pixels);
    Tensor *text = tape_input(w.tape, 2, (int64_t[]){1, WIDTH}, w.text);
    tape_seed(w.tape,
              caption ? ram_plus_text_logits(w.tape, w.model, &image, text)
                      : ram_plus_tag_logits(w.tape, w.model, &image, w.bank, 0, 1, NULL, NULL),
              1);
    tape_backward(w.tape);
    for (int i = 0; i < 4; i++) {
        char name[96];
        snprintf(name, sizeof name, "tagging_head.encoder.layer.%d.%s", i / 2, branch[i % 2]);
        const Param *p = param_find(w.ps, name);
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
    run(2, true, true);
    Real *want = copy_gradients();
    const int64_t frozen = param_set_freeze(w.ps, "visual_encoder.*,fc.bias");
    ck_assert_int_gt(frozen, 50);
    run(2, true, true);
    for (int64_t p = 0; p < w.ps->count; p++) {
        const Param *param = w.ps->param[p];
        const bool trained = param->tensor.needs_grad;
        for (int64_t i = param->offset; i < param->offset + param->len; i++)
            expect_close((double)w.ps->grad[i], trained ? (double)want[i] : 0, 1, param->name);
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
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_no_parameter_is_forgotten);
    tcase_add_loop_test(t, test_tiles_equal_one_piece, 0, 2 * LOSSES);
    tcase_add_test(t, test_training_differs);
    tcase_add_test(t, test_same_bits_again);
    tcase_add_test(t, test_frozen_encoder);
    tcase_add_test(t, test_dropout_sites_differ);
    if (sizeof(Real) == sizeof(double)) tcase_add_loop_test(t, test_whole_model, 0, LOSSES + 1);
    suite_add_tcase(s, t);
    return s;
}
