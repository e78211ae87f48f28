/* SPDX-License-Identifier: Apache-2.0 */
/* The norms of the gradients of the three terms of a step. */
#include "core/mem.h"
#include "tests/train/step_world.h"

#include <check.h>
#include <math.h>

enum { B = WORLD_B, E = WORLD_E, TILE = 4 * B };

static StepWorld world;

static void setup(void) { step_world_new(&world); }
static void teardown(void) { step_world_free(&world); }

static StepLosses run(const StepConfig *config, const StepInput *input, double share)
{
    const StepLosses l = step_run(world.shards, world.model, world.bank, config, input, share);
    param_set_zero_grad(world.ps);
    return l;
}

static const char *const LOSS[] = {"ce", "bce", "asl", "hill", "splc"};
enum { LOSSES = sizeof LOSS / sizeof *LOSS };

static const char *const weight[LOSS_TERMS] = {"loss.weight.tag", "loss.weight.distill",
                                               "loss.weight.align"};

/* Weights that make the norms differ; only the terms of the mask. */
static StepConfig config_of(const char *loss, int mask)
{
    static const double scale[LOSS_TERMS] = {0.5, 30, 2};
    const StepConfig config = step_world_config(&world, loss, TILE);
    for (int i = 0; i < LOSS_TERMS; i++) {
        char *setting = mem_format("%s=%g", weight[i], mask & 1 << i ? scale[i] : 0);
        step_world_set(&world, setting);
        mem_free(setting);
    }
    return config;
}

/* Each norm equals that of a run in which the term is alone, and terms that are off have 0. */
START_TEST(norms_are_those_of_single_terms)
{
    const StepInput input = step_world_input(&world);
    double alone[LOSS_TERMS];
    for (int i = 0; i < LOSS_TERMS; i++) {
        const StepConfig config = config_of(LOSS[_i], 1 << i);
        alone[i] = run(&config, &input, 1).square[i];
        ck_assert_double_gt(alone[i], 0);
    }
    for (int mask = 0; mask < 1 << LOSS_TERMS; mask++) {
        const StepConfig config = config_of(LOSS[_i], mask);
        const StepLosses l = run(&config, &input, 1);
        for (int i = 0; i < LOSS_TERMS; i++)
            ck_assert_double_eq_tol(l.square[i] / alone[i], (mask >> i) & 1, 1e-3);
    }
}
END_TEST

/* Norm of the gradient of a term with respect to image_embeds, recorded as a whole: without
 * tiles, shards or other terms. */
static double square_alone(enum LossTerm term, double scale)
{
    Tape *t = world.shards->joint;
    const StepInput in = step_world_input(&world);
    Tensor *pixels = tape_input(t, 4, (int64_t[]){B, 3, WORLD_SIDE, WORLD_SIDE}, in.image);
    const RamPlusImage r = ram_plus_image(t, world.model, pixels);
    Tensor *text = tape_input(t, 2, (int64_t[]){B, E}, in.text);
    const IdSets own = {(int64_t[]){0, 1, 2, 3}, (int32_t[]){0, 1, 2}};
    Tensor *loss;
    if (term == LOSS_TERM_DISTILL)
        loss = op_loss_l1(t, r.cls, tape_input(t, 2, (int64_t[]){B, E}, in.clip_image));
    else if (term == LOSS_TERM_ALIGN)
        loss = op_loss_bce(t, ram_plus_text_logits(t, world.model, &r, text),
                           op_multi_hot(t, B, own, 0, B));
    else
        loss = op_loss_bce(
            t, ram_plus_tag_logits(t, world.model, &r, world.bank, 0, WORLD_TAGS, NULL, NULL),
            op_multi_hot(t, B, in.tags, 0, WORLD_TAGS));
    tape_seed(t, loss, scale);
    const Real *dx = tape_backward_after(t, r.image_embeds);
    double sum = 0;
    for (int64_t i = 0; i < tensor_len(r.image_embeds); i++)
        sum += (double)dx[i] * (double)dx[i];
    tape_backward(t);
    shards_reset(world.shards);
    param_set_zero_grad(world.ps);
    return sum;
}

START_TEST(norms_are_those_of_the_whole_graph)
{
    const StepInput input = step_world_input(&world);
    const StepConfig config = config_of("bce", 7);
    const StepLosses l = run(&config, &input, 1);
    const double want[] = {square_alone(LOSS_TERM_TAG, 0.5),
                           square_alone(LOSS_TERM_DISTILL, 30),
                           square_alone(LOSS_TERM_ALIGN, 2)};
    for (int i = 0; i < LOSS_TERMS; i++)
        ck_assert_double_eq_tol(l.square[i] / want[i], 1, 1e-3);
}
END_TEST

/* The batches of a step see different images: their squares add up. */
START_TEST(squares_of_batches_add_up)
{
    const StepConfig config = config_of("bce", 3);
    StepInput input = step_world_part(&world, 0, 2);
    const StepLosses two = run(&config, &input, 1);
    StepLosses sum = {0};
    for (int64_t b = 0; b < 2; b++) {
        input = step_world_part(&world, b, 1);
        const StepLosses one = run(&config, &input, 0.5);
        step_losses_add(&sum, &one);
    }
    for (int i = 0; i < 2; i++) ck_assert_double_eq_tol(sum.square[i] / two.square[i], 1, 1e-4);
}
END_TEST

/* A term that is far below the rounding of another one has norm 0, not that of the rounding. */
START_TEST(a_rest_of_rounding_is_nothing)
{
    const StepInput input = step_world_input(&world);
    const StepConfig config = config_of("bce", 5);
    step_world_set(&world, "loss.weight.align=1e-12");
    const StepLosses l = run(&config, &input, 1);
    ck_assert_double_eq(l.square[LOSS_TERM_ALIGN], 0);
    ck_assert_double_gt(l.square[LOSS_TERM_TAG], 0);
}
END_TEST

/* Frozen up to image_embeds, there is nothing to measure, and what follows still learns. */
START_TEST(frozen_images)
{
    const StepInput input = step_world_input(&world);
    const StepConfig config = config_of("bce", 7);
    param_set_freeze(world.ps, "visual_encoder.*,image_proj.*");
    const StepLosses l = step_run(world.shards, world.model, world.bank, &config, &input, 1);
    for (int i = 0; i < LOSS_TERMS; i++) ck_assert(isnan(l.square[i]));
    float *grad = step_world_take_grads(&world);
    ck_assert_double_gt(step_world_norm(&world, grad), 0);
    mem_free(grad);
}
END_TEST

Suite *test_step_norms_suite(void);
Suite *test_step_norms_suite(void)
{
    Suite *s = suite_create("step_norms");
    TCase *t = tcase_create("step_norms");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, norms_are_those_of_single_terms, 0, LOSSES);
    tcase_add_test(t, norms_are_those_of_the_whole_graph);
    tcase_add_test(t, squares_of_batches_add_up);
    tcase_add_test(t, a_rest_of_rounding_is_nothing);
    tcase_add_test(t, frozen_images);
    suite_add_tcase(s, t);
    return s;
}
