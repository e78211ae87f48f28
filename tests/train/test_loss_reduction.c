/* SPDX-License-Identifier: Apache-2.0 */
/* loss.reduction: sums of a step divided by its images or by its terms. */
#include "core/mem.h"
#include "tests/train/step_world.h"

#include <check.h>
#include <math.h>

enum { TILE = 4 * WORLD_B };

static StepWorld world;

static void setup(void) { step_world_new(&world); }
static void teardown(void) { step_world_free(&world); }

/* A term alone, and what its sum over the batch is divided by: loss.reduction=batch and
 * mean. */
static const struct {
    const char *loss;
    bool captions; /* the term of the captions, not of the tags */
    double batch, mean;
} rows[] = {
    {"bce", false, WORLD_B, WORLD_B *WORLD_TAGS},
    {"asl", false, WORLD_B, WORLD_B *WORLD_TAGS},
    {"hill", false, WORLD_B, WORLD_B *WORLD_TAGS},
    {"splc", false, WORLD_B, WORLD_B *WORLD_TAGS},
    {"ce", false, WORLD_B, WORLD_B},
    {"bce", true, WORLD_B, WORLD_B *WORLD_B},
    {"asl", true, WORLD_B, WORLD_B *WORLD_B},
    {"ce", true, 1, 1},
};
enum { ROWS = sizeof rows / sizeof *rows };

static StepLosses run(const StepConfig *config, const StepInput *input, double share)
{
    return step_run(world.shards, world.model, world.bank, config, input, share);
}

static StepConfig config_of(int row, const char *reduction)
{
    const StepConfig config = step_world_config(&world, rows[row].loss, TILE);
    char *setting = mem_format("loss.reduction=%s", reduction);
    step_world_set(&world, setting);
    step_world_set(&world, rows[row].captions ? "loss.weight.tag=0" : "loss.weight.align=0");
    step_world_set(&world, "loss.weight.distill=0");
    mem_free(setting);
    return config;
}

/* Loss and gradients are those of the sum, divided. */
static void check_divisor(int row, const char *reduction, double divisor)
{
    const StepInput input = step_world_input(&world);
    StepConfig config = config_of(row, "sum");
    const StepLosses sum = run(&config, &input, 1);
    float *of_sum = step_world_take_grads(&world);
    config = config_of(row, reduction);
    const StepLosses got = run(&config, &input, 1);
    float *grad = step_world_take_grads(&world);
    const double norm = step_world_norm(&world, of_sum);
    ck_assert_double_gt(norm, 0);
    ck_assert_double_eq_tol(got.total * divisor / sum.total, 1, 1e-6);
    ck_assert_double_eq_tol((got.tag + got.align) * divisor / sum.total, 1, 1e-6);
    for (int64_t i = 0; i < world.ps->len; i++)
        ck_assert_double_eq_tol((double)grad[i] * divisor, (double)of_sum[i], 1e-6 * norm);
    mem_free(grad);
    mem_free(of_sum);
}

START_TEST(sums_are_divided)
{
    check_divisor(_i, "batch", rows[_i].batch);
    check_divisor(_i, "mean", rows[_i].mean);
}
END_TEST

/* Distillation is a mean already. */
START_TEST(distillation_stays)
{
    const StepInput input = step_world_input(&world);
    const StepConfig config = step_world_config(&world, "bce", TILE);
    const double sum = run(&config, &input, 1).distill;
    step_world_set(&world, "loss.reduction=mean");
    ck_assert(run(&config, &input, 1).distill == sum);
}
END_TEST

/* Moves one parameter along its gradient. */
static void move(const Param *p, const float *grad, double step)
{
    for (int64_t i = p->offset; i < p->offset + p->len; i++)
        world.ps->data[i] += (float)(step * (double)grad[i]);
}

/* The loss changes along its gradient as the gradient says: by central differences, for losses
 * that are differentiated as a whole. */
static const int exact[] = {0, 4, 5, 7};

START_TEST(gradients_are_those_of_the_losses)
{
    const Param *p = param_find(world.ps, "fc.weight");
    const StepInput input = step_world_input(&world);
    const StepConfig config = config_of(exact[_i], "mean");
    run(&config, &input, 1);
    float *grad = step_world_take_grads(&world);
    double square = 0;
    for (int64_t i = p->offset; i < p->offset + p->len; i++)
        square += (double)grad[i] * (double)grad[i];
    const double step = 1e-2 / sqrt(square);
    move(p, grad, step);
    const double above = run(&config, &input, 1).total;
    move(p, grad, -2 * step);
    const double below = run(&config, &input, 1).total;
    ck_assert_double_eq_tol((above - below) / (2 * step * square), 1, 0.01);
    mem_free(grad);
}
END_TEST

/* Two batches of one image in a step, and one batch of two. */
START_TEST(accumulated_batches_are_one)
{
    const char *reduction[] = {"batch", "mean"};
    for (int i = 0; i < 2; i++) {
        const StepConfig config = config_of(_i, reduction[i]);
        StepInput input = step_world_part(&world, 0, 2);
        const StepLosses whole = run(&config, &input, 1);
        float *want = step_world_take_grads(&world);
        StepLosses sum = {0};
        for (int64_t b = 0; b < 2; b++) {
            input = step_world_part(&world, b, 1);
            const StepLosses l = run(&config, &input, 0.5);
            step_losses_add(&sum, &l);
        }
        float *got = step_world_take_grads(&world);
        const double norm = step_world_norm(&world, want);
        ck_assert_double_eq_tol(sum.total / whole.total, 1, 1e-5);
        for (int64_t p = 0; p < world.ps->len; p++)
            ck_assert_double_eq_tol((double)got[p], (double)want[p], 1e-5 * norm);
        mem_free(got);
        mem_free(want);
    }
}
END_TEST

enum { OF_TAGS = 5 /* rows of losses of tags, which come first */ };

Suite *test_loss_reduction_suite(void);
Suite *test_loss_reduction_suite(void)
{
    Suite *s = suite_create("loss_reduction");
    TCase *t = tcase_create("loss_reduction");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, sums_are_divided, 0, ROWS);
    tcase_add_test(t, distillation_stays);
    tcase_add_loop_test(t, gradients_are_those_of_the_losses, 0, 4);
    tcase_add_loop_test(t, accumulated_batches_are_one, 0, OF_TAGS);
    suite_add_tcase(s, t);
    return s;
}
