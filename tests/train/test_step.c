/* SPDX-License-Identifier: Apache-2.0 */
/* A training step of a small model: its losses and its memory. */
#include "core/math/gemm.h"
#include "core/mem.h"
#include "optim/adamw.h"
#include "optim/clip_norm.h"
#include "optim/ema.h"
#include "tests/support/allocations.h"
#include "tests/train/step_world.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <string.h>

enum { B = WORLD_B, TAGS = WORLD_TAGS, E = WORLD_E, SIDE = WORLD_SIDE };

/* The second image has no tags. */
static const int64_t tag_offset[B + 1] = {0, 3, 3, 5};
static const int32_t tag[] = {0, 4, 10, 2, 9};

static StepWorld world;
static ParamSet *ps;
static RamPlus *model;
static LabelBank *bank;
static Tape *tape; /* the joint one */

static void setup(void)
{
    step_world_new(&world);
    ps = world.ps;
    model = world.model;
    bank = world.bank;
    tape = world.shards->joint;
}

static void teardown(void) { step_world_free(&world); }

static StepInput make_input(void) { return step_world_input(&world); }

static StepConfig make_config(const char *loss, int64_t tile)
{
    return step_world_config(&world, loss, tile);
}

/* A whole training step, on images whose tags change. */
static void train(const StepConfig *config, AdamW *adamw, Ema *ema, int steps)
{
    StepInput input = make_input();
    shards_set_training(world.shards, true);
    for (int i = 0; i < steps; i++) {
        input.tags.offset = tag_offset + i % 2;
        input.B = B - 1;
        shards_set_step(world.shards, 1, (uint32_t)i);
        const StepLosses l = step_run(world.shards, model, bank, config, &input, 1);
        ck_assert(isfinite(l.total));
        clip_norm(ps, 1);
        adamw_step(adamw, ps, 1e-3);
        ema_update(ema, ps);
        param_set_zero_grad(ps);
    }
}

static const char *const LOSS[] = {"ce", "bce", "asl", "hill", "splc"};
enum { LOSSES = sizeof LOSS / sizeof *LOSS };

/* The first steps allocate the memory that a step needs; later steps reuse it. */
START_TEST(nothing_is_allocated_after_the_first_steps)
{
    const StepConfig config = make_config(LOSS[_i], 4 * B);
    AdamW *adamw = adamw_new(
        (AdamWConfig){.beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.05}, ps);
    Ema *ema = ema_new(ps, 0.9);
    const int64_t none = allocations_count();
    train(&config, adamw, ema, 2);
    const int64_t before = allocations_count();
    ck_assert_int_gt(before, none); /* the counter works */
    train(&config, adamw, ema, 6);
    ck_assert_int_eq(allocations_count(), before);
    ema_free(ema);
    adamw_free(adamw);
}
END_TEST

/* Logits of the tags, or of the texts, computed as in an evaluation. */
static void read_logits(bool of_tags, float *out)
{
    tape_set_recording(tape, false);
    Tensor *x = tape_input(tape, 4, (int64_t[]){B, 3, SIDE, SIDE}, world.image);
    const RamPlusImage r = ram_plus_image(tape, model, x);
    Tensor *t = tape_input(tape, 2, (int64_t[]){B, E}, world.text);
    tensor_read(of_tags ? ram_plus_tag_logits(tape, model, &r, bank, 0, TAGS, NULL, NULL)
                        : ram_plus_text_logits(tape, model, &r, t),
                out);
    tape_set_recording(tape, true);
    tape_reset(tape);
}

static double bce(double x, bool positive) { return log1p(exp(positive ? -x : x)); }

static bool has(int64_t b, int64_t k)
{
    for (int64_t i = tag_offset[b]; i < tag_offset[b + 1]; i++)
        if (tag[i] == k) return true;
    return false;
}

/* Minus the sum over images of the mean log-softmax of their tags. */
static double softmax_loss(const float *x)
{
    double sum = 0;
    for (int64_t b = 0; b < B; b++) {
        double total = 0, n = (double)(tag_offset[b + 1] - tag_offset[b]);
        for (int64_t k = 0; k < TAGS; k++) total += exp((double)x[b * TAGS + k]);
        for (int64_t k = 0; k < TAGS; k++)
            if (has(b, k)) sum += (log(total) - (double)x[b * TAGS + k]) / n;
    }
    return sum;
}

static void expect(double got, double want)
{
    ck_assert_double_eq_tol(got, want, 1e-4 * fabs(want));
}

/* The losses follow the formulas, for tiles of one tag, of some, and of all. */
START_TEST(losses_are_those_of_the_logits)
{
    float x[B * TAGS], y[B * B];
    double tags = 0, texts = 0;
    read_logits(true, x);
    read_logits(false, y);
    for (int64_t i = 0; i < B * TAGS; i++) tags += bce((double)x[i], has(i / TAGS, i % TAGS));
    for (int64_t i = 0; i < B * B; i++) texts += bce((double)y[i], i / B == i % B);
    const StepInput input = make_input();
    const StepConfig config = make_config("bce", B * (int64_t[]){1, 4, TAGS}[_i]);
    const StepLosses l = step_run(world.shards, model, bank, &config, &input, 1);
    expect(l.tag, tags);
    expect(l.align, texts);
    expect(l.total, l.tag + l.align + l.distill);
    const StepConfig ce = make_config("ce", config.tile);
    expect(step_run(world.shards, model, bank, &ce, &input, 1).tag, softmax_loss(x));
}
END_TEST

/* A term that is left out is not computed and does not change the other gradients. */
START_TEST(terms_can_be_left_out)
{
    StepInput input = make_input();
    const StepConfig config = make_config("bce", 4 * B);
    input.text = input.clip_image = NULL;
    StepLosses l = step_run(world.shards, model, bank, &config, &input, 1);
    ck_assert_double_eq(l.align, 0);
    ck_assert_double_eq(l.distill, 0);
    ck_assert_double_gt(l.tag, 0);
    ck_assert_double_gt(clip_norm(ps, 0), 0);
    param_set_zero_grad(ps);
    world.losses.weight_tag = 0;
    l = step_run(world.shards, model, bank, &config, &input, 1);
    ck_assert_double_eq(l.total, 0);
    ck_assert_double_eq(clip_norm(ps, 0), 0);
}
END_TEST

/* Without captions: the alignment loss compares the images of one batch with each other. */
static StepInput part_of_input(int64_t from, int64_t n)
{
    StepInput input = step_world_part(&world, from, n);
    input.text = NULL;
    return input;
}

/* One batch of two images, and two batches of one: the same losses and gradients. */
START_TEST(batches_of_a_step_add_up)
{
    const StepConfig config = make_config(LOSS[_i], 4 * B);
    float *want = mem_alloc((size_t)ps->len * sizeof *want);
    StepInput input = part_of_input(0, 2);
    const StepLosses whole = step_run(world.shards, model, bank, &config, &input, 1);
    const double norm = clip_norm(ps, 0);
    memcpy(want, ps->grad, (size_t)ps->len * sizeof *want);
    param_set_zero_grad(ps);
    StepLosses sum = {0};
    for (int64_t i = 0; i < 2; i++) {
        input = part_of_input(i, 1);
        const StepLosses l = step_run(world.shards, model, bank, &config, &input, 0.5);
        step_losses_add(&sum, &l);
    }
    expect(sum.tag, whole.tag);
    expect(sum.distill, whole.distill);
    expect(sum.total, whole.total);
    ck_assert_double_gt(whole.distill, 0);
    ck_assert_double_eq_tol(clip_norm(ps, 0) / norm, 1, 1e-4);
    for (int64_t i = 0; i < ps->len; i++)
        ck_assert_double_eq_tol((double)ps->grad[i], (double)want[i], 1e-4 * norm);
    mem_free(want);
}
END_TEST

/* A share of a half halves what is a mean, and nothing else. */
static const struct {
    const char *align;
    double factor;
} means[] = {{"ce", 0.5}, {"sigmoid", 0.5}, {"bce", 1}, {"asl", 1}, {"hill", 1}, {"splc", 1}};

START_TEST(a_share_scales_means)
{
    StepConfig config = make_config("bce", 4 * B);
    char *align = mem_format("loss.align=%s", means[_i].align);
    step_world_set(&world, align);
    Tensor *zero = tape_input(tape, 1, (int64_t[]){1}, (const Real[]){0});
    config.params.align[0] = config.params.align[1] = zero;
    const StepInput input = make_input();
    const StepLosses one = step_run(world.shards, model, bank, &config, &input, 1);
    zero = tape_input(tape, 1, (int64_t[]){1}, (const Real[]){0});
    config.params.align[0] = config.params.align[1] = zero;
    const StepLosses half = step_run(world.shards, model, bank, &config, &input, 0.5);
    ck_assert_double_eq_tol(half.align, means[_i].factor * one.align, 1e-6);
    ck_assert_double_eq_tol(half.distill, 0.5 * one.distill, 1e-6);
    ck_assert_double_eq(half.tag, one.tag);
    mem_free(align);
}
END_TEST

/* The gradients of a training step in this number of world.shards, on this number of threads;
 * returns the losses. */
static StepLosses training_step(const StepConfig *config, int64_t count, int threads,
                                bool watched, float *grad)
{
    const StepInput input = make_input();
    NanWatch *watch = watched ? nan_watch_new(ps) : NULL;
    shards_free(world.shards);
    world.shards = shards_new(count, ps);
    gemm_set_threads(threads);
    shards_set_training(world.shards, true);
    shards_set_watch(world.shards, watch);
    shards_set_step(world.shards, 7, 3);
    const StepLosses l = step_run(world.shards, model, bank, config, &input, 1);
    ck_assert(!watch || !nan_watch_found(watch));
    memcpy(grad, ps->grad, (size_t)ps->len * sizeof *grad);
    param_set_zero_grad(ps);
    nan_watch_free(watch);
    return l;
}

/* Dropout and stochastic depth drop the same, so only rounding differs; some shards are
 * empty. */
START_TEST(shards_compute_the_step_of_the_batch)
{
    const StepConfig config = make_config(LOSS[_i], 4 * B);
    float *want = mem_alloc((size_t)ps->len * sizeof *want);
    float *got = mem_alloc((size_t)ps->len * sizeof *got);
    const StepLosses one = training_step(&config, 1, 2, false, want);
    double norm = 0;
    for (int64_t i = 0; i < ps->len; i++) norm += (double)want[i] * (double)want[i];
    norm = sqrt(norm);
    ck_assert_double_gt(norm, 0);
    for (int64_t count = 2; count <= B + 2; count++) {
        const StepLosses l = training_step(&config, count, 2, false, got);
        expect(l.tag, one.tag);
        expect(l.align, one.align);
        expect(l.distill, one.distill);
        expect(l.total, one.total);
        for (int64_t i = 0; i < ps->len; i++)
            ck_assert_double_eq_tol((double)got[i], (double)want[i], 1e-5 * norm);
    }
    mem_free(got);
    mem_free(want);
}
END_TEST

START_TEST(threads_and_a_watch_change_no_bit_of_shards)
{
    const StepConfig config = make_config(LOSS[_i], 4 * B);
    const size_t bytes = (size_t)ps->len * sizeof(float);
    float *want = mem_alloc(bytes), *got = mem_alloc(bytes);
    const StepLosses one = training_step(&config, B, 1, false, want);
    for (int threads = 1; threads <= 4; threads++) {
        const StepLosses l = training_step(&config, B, threads, threads == 4, got);
        ck_assert_mem_eq(got, want, bytes);
        ck_assert_mem_eq(&l, &one, sizeof l);
    }
    mem_free(got);
    mem_free(want);
}
END_TEST

/* One of the five numbers is infinite, or none. */
START_TEST(every_number_must_be_finite)
{
    double x[5] = {1, 2, 3, 4, 5};
    if (_i < 5) x[_i] = _i % 2 ? (double)NAN : -HUGE_VAL;
    const StepLosses l = {.tag = x[0], .distill = x[1], .align = x[2], .total = x[3]};
    ck_assert_int_eq(step_is_finite(&l, x[4]), _i == 5);
}
END_TEST

static void misuse(int32_t wrong)
{
    StepInput input = make_input();
    const StepConfig config = make_config("bce", 4 * B);
    const int32_t ids[] = {0, 1, 2, 3, wrong};
    input.tags.id = ids;
    step_run(world.shards, model, bank, &config, &input, 1);
}

START_TEST(tag_of_another_list) { misuse(TAGS); }
END_TEST
START_TEST(negative_tag) { misuse(-1); }
END_TEST

Suite *test_step_suite(void);
Suite *test_step_suite(void)
{
    Suite *s = suite_create("step");
    TCase *t = tcase_create("step");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, nothing_is_allocated_after_the_first_steps, 0, LOSSES);
    tcase_add_loop_test(t, losses_are_those_of_the_logits, 0, 3);
    tcase_add_test(t, terms_can_be_left_out);
    tcase_add_loop_test(t, batches_of_a_step_add_up, 0, LOSSES);
    tcase_add_loop_test(t, a_share_scales_means, 0, sizeof means / sizeof *means);
    tcase_add_loop_test(t, shards_compute_the_step_of_the_batch, 0, LOSSES);
    tcase_add_loop_test(t, threads_and_a_watch_change_no_bit_of_shards, 0, LOSSES);
    tcase_add_loop_test(t, every_number_must_be_finite, 0, 6);
    tcase_add_test_raise_signal(t, tag_of_another_list, SIGABRT);
    tcase_add_test_raise_signal(t, negative_tag, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
