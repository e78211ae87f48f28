/* SPDX-License-Identifier: Apache-2.0 */
/* Steps in which some images have no annotated tags, some no caption, and some pairs of an
 * image and a tag are unknown. */
#include "core/math/gemm.h"
#include "core/mem.h"
#include "tests/support/allocations.h"
#include "tests/train/step_world.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <string.h>

enum { B = WORLD_B, TAGS = WORLD_TAGS, E = WORLD_E, SIDE = WORLD_SIDE, TILE = 4 * B };
enum { UNKNOWN = 4 /* pairs */ };

/* The second image, which has no tags in this world, is not annotated; the first has no
 * caption. */
static const bool TAGGED[B] = {true, false, true}, CAPTIONED[B] = {false, true, true};
static const bool ALL[B] = {true, true, true}, NONE[B] = {false, false, false};
static const int64_t unknown_offset[B + 1] = {0, 1, 1, UNKNOWN};
static const int32_t unknown_id[UNKNOWN] = {7, 0, 7, 10};
static const int64_t no_offset[B + 1] = {0};

static StepWorld world;

static void setup(void) { step_world_new(&world); }
static void teardown(void) { step_world_free(&world); }

/* Image 0 with tags alone, image 1 with a caption alone, image 2 with both. */
static StepInput half_input(void)
{
    StepInput input = step_world_input(&world);
    input.tagged = TAGGED;
    input.captioned = CAPTIONED;
    input.text = world.text + E; /* those of images 1 and 2 */
    input.unknown = (IdSets){unknown_offset, unknown_id};
    return input;
}

static StepLosses run(const StepConfig *config, const StepInput *input)
{
    return step_run(world.shards, world.model, world.bank, config, input, 1);
}

static StepConfig config_of(const char *loss, const char *reduction)
{
    const StepConfig config = step_world_config(&world, loss, TILE);
    char *setting = mem_format("loss.reduction=%s", reduction);
    step_world_set(&world, setting);
    mem_free(setting);
    return config;
}

static const char *const LOSS[] = {"ce", "bce", "asl", "hill", "splc", "gr"};
enum { LOSSES = sizeof LOSS / sizeof *LOSS, BOTH = LOSSES - 1 /* gr: of tags alone */ };
static const char *const REDUCTION[] = {"sum", "batch", "mean"};
enum { REDUCTIONS = 3 };

static StepConfig config_number(int i)
{
    StepConfig config = config_of(i / REDUCTIONS == BOTH ? "bce" : LOSS[i / REDUCTIONS],
                                  REDUCTION[i % REDUCTIONS]);
    if (i / REDUCTIONS == BOTH) step_world_set(&world, "loss.tag=gr");
    return config;
}

/* ---- values ---- */

/* Logits of the tags, or of the texts, computed as in an evaluation. */
static void read_logits(bool of_tags, float *out)
{
    Tape *tape = world.shards->joint;
    tape_set_recording(tape, false);
    Tensor *x = tape_input(tape, 4, (int64_t[]){B, 3, SIDE, SIDE}, world.image);
    const RamPlusImage r = ram_plus_image(tape, world.model, x);
    Tensor *t = tape_input(tape, 2, (int64_t[]){B, E}, world.text);
    tensor_read(
        of_tags ? ram_plus_tag_logits(tape, world.model, &r, world.bank, 0, TAGS, NULL, NULL)
                : ram_plus_text_logits(tape, world.model, &r, t),
        out);
    tape_set_recording(tape, true);
    tape_reset(tape);
}

/* What is known of the tags of the images in half_input. */
static const int TRUTH[B][TAGS] = {{1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 1},
                                   {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
                                   {-1, 0, 1, 0, 0, 0, 0, -1, 0, 1, -1}};

static double bce(double x, bool positive) { return log1p(exp(positive ? -x : x)); }

/* Minus the sum over images of the mean log-softmax of their tags among the known ones. */
static double softmax_loss(const float *x)
{
    double sum = 0;
    for (int b = 0; b < B; b++) {
        double all = 0, n = 0, own = 0;
        for (int k = 0; k < TAGS; k++) {
            if (TRUTH[b][k] < 0) continue;
            all += exp((double)x[b * TAGS + k]);
            n += TRUTH[b][k];
            own += TRUTH[b][k] * (double)x[b * TAGS + k];
        }
        if (n > 0) sum += log(all) - own / n;
    }
    return sum;
}

static void expect(double got, double want)
{
    ck_assert_double_eq_tol(got, want, 1e-4 * fabs(want));
}

/* For tiles of one tag, of some, and of all. */
START_TEST(losses_are_those_of_the_annotated_pairs)
{
    float x[B * TAGS], y[B * B];
    double tags = 0, texts = 0;
    read_logits(true, x);
    read_logits(false, y);
    for (int i = 0; i < B * TAGS; i++)
        if (TRUTH[i / TAGS][i % TAGS] >= 0)
            tags += bce((double)x[i], TRUTH[i / TAGS][i % TAGS]);
    for (int i = 1; i < B; i++)
        for (int q = 1; q < B; q++) texts += bce((double)y[i * B + q], i == q);
    const StepInput input = half_input();
    StepConfig config = step_world_config(&world, "bce", B * (int64_t[]){1, 4, TAGS}[_i]);
    const StepLosses l = run(&config, &input);
    expect(l.tag, tags);
    expect(l.align, texts);
    ck_assert_int_eq(l.tagged, 2);
    ck_assert_int_eq(l.captioned, 2);
    step_world_set(&world, "loss.reduction=mean");
    expect(run(&config, &input).tag, tags / (2 * TAGS - UNKNOWN));
    expect(run(&config, &input).align, texts / 4);
    step_world_set(&world, "loss.reduction=batch");
    expect(run(&config, &input).tag, tags / 2);
    expect(run(&config, &input).align, texts / 2);
    config = step_world_config(&world, "ce", config.tile);
    expect(run(&config, &input).tag, softmax_loss(x));
}
END_TEST

/* ---- gradients ---- */

static void same(const float *got, const float *want)
{
    const double norm = step_world_norm(&world, want);
    ck_assert_double_gt(norm, 0);
    for (int64_t i = 0; i < world.ps->len; i++)
        ck_assert_double_eq_tol((double)got[i], (double)want[i], 1e-5 * norm);
}

/* The gradients of this input with the weights of the other terms 0. */
static float *grads_of(const StepConfig *config, enum LossTerm term, const StepInput *input)
{
    const LossOptions saved = world.losses;
    if (term != LOSS_TERM_TAG) world.losses.weight_tag = 0;
    if (term != LOSS_TERM_ALIGN) world.losses.weight_align = 0;
    if (term != LOSS_TERM_DISTILL) world.losses.weight_distill = 0;
    run(config, input);
    world.losses = saved;
    return step_world_take_grads(&world);
}

/* The images of a term as a batch of their own have its gradients, and the terms add up. */
START_TEST(each_half_is_a_batch_of_its_own)
{
    const StepConfig config = config_number(_i);
    const StepInput half = half_input();
    const int64_t pixels = 3 * SIDE * SIDE;
    float *both = mem_alloc((size_t)(2 * pixels) * sizeof *both);
    memcpy(both, world.image, (size_t)pixels * sizeof *both);
    memcpy(both + pixels, world.image + 2 * pixels, (size_t)pixels * sizeof *both);
    const int64_t offset[] = {half.tags.offset[0], half.tags.offset[2], half.tags.offset[3]};
    const int64_t gaps[] = {0, 1, UNKNOWN};
    const StepInput tags = {
        .B = 2, .image = both, .tags = {offset, half.tags.id}, .unknown = {gaps, unknown_id}};
    const StepInput captions = step_world_part(&world, 1, 2);
    float *want[LOSS_TERMS] = {grads_of(&config, LOSS_TERM_TAG, &tags),
                               grads_of(&config, LOSS_TERM_DISTILL, &half),
                               grads_of(&config, LOSS_TERM_ALIGN, &captions)};
    float *got[LOSS_TERMS], *sum = mem_calloc((size_t)world.ps->len, sizeof *sum);
    for (int i = 0; i < LOSS_TERMS; i++) {
        got[i] = grads_of(&config, (enum LossTerm)i, &half);
        same(got[i], want[i]);
        for (int64_t p = 0; p < world.ps->len; p++) sum[p] += got[i][p];
    }
    run(&config, &half);
    float *all = step_world_take_grads(&world);
    same(all, sum);
    for (int i = 0; i < LOSS_TERMS; i++) mem_free(want[i]), mem_free(got[i]);
    mem_free(all);
    mem_free(sum);
    mem_free(both);
}
END_TEST

/* The vectors of a tag that is unknown for every image change nothing, to the bit. */
START_TEST(unknown_pairs_do_not_matter)
{
    const StepConfig config = config_number(_i);
    const StepInput input = half_input();
    const StepLosses before = run(&config, &input);
    float *want = step_world_take_grads(&world);
    float *rows = world.bank->rows + world.bank->offset[7] * E;
    for (int64_t i = 0; i < 2 * E; i++) rows[i] = -3 * rows[i] + 1;
    const StepLosses after = run(&config, &input);
    float *got = step_world_take_grads(&world);
    ck_assert(after.tag == before.tag && after.total == before.total);
    ck_assert_mem_eq(got, want, (size_t)world.ps->len * sizeof *got);
    mem_free(got);
    mem_free(want);
}
END_TEST

/* ---- bits ---- */

static void train(const StepConfig *config, const StepInput *input, int64_t shards, int threads,
                  StepLosses *losses, float *grad)
{
    shards_free(world.shards);
    world.shards = shards_new(shards, world.ps);
    gemm_set_threads(threads);
    shards_set_training(world.shards, true);
    shards_set_step(world.shards, 7, 3);
    *losses = run(config, input);
    memcpy(grad, world.ps->grad, (size_t)world.ps->len * sizeof *grad);
    param_set_zero_grad(world.ps);
}

/* A batch that is complete has the bits of one that does not say so. */
START_TEST(a_complete_batch_is_as_before)
{
    const StepConfig config = config_number(_i);
    const size_t bytes = (size_t)world.ps->len * sizeof(float);
    float *want = mem_alloc(bytes), *got = mem_alloc(bytes);
    StepLosses one, two;
    StepInput input = step_world_input(&world);
    train(&config, &input, 2, 2, &one, want);
    input.tagged = input.captioned = ALL;
    input.unknown = (IdSets){no_offset, unknown_id};
    train(&config, &input, 2, 2, &two, got);
    ck_assert_mem_eq(got, want, bytes);
    ck_assert_mem_eq(&two, &one, sizeof one);
    ck_assert_int_eq(one.tagged, B);
    ck_assert_int_eq(one.captioned, B);
    mem_free(got);
    mem_free(want);
}
END_TEST

/* In every division, also into shards of which some train one term and some the other. */
START_TEST(threads_change_no_bit)
{
    const StepConfig config = config_number(_i);
    const size_t bytes = (size_t)world.ps->len * sizeof(float);
    float *want = mem_alloc(bytes), *got = mem_alloc(bytes);
    const StepInput input = half_input();
    for (int64_t shards = 1; shards <= B + 1; shards++) {
        StepLosses one, l;
        train(&config, &input, shards, 1, &one, want);
        for (int threads = 2; threads <= 4; threads++) {
            train(&config, &input, shards, threads, &l, got);
            ck_assert_mem_eq(got, want, bytes);
            ck_assert_mem_eq(&l, &one, sizeof l);
        }
    }
    mem_free(got);
    mem_free(want);
}
END_TEST

/* Without dropout, which counts the images that the decoder sees. */
START_TEST(shards_compute_the_step_of_the_batch)
{
    const StepConfig config = config_number(_i);
    const StepInput input = half_input();
    shards_free(world.shards);
    world.shards = shards_new(1, world.ps);
    const StepLosses one = run(&config, &input);
    float *want = step_world_take_grads(&world);
    for (int64_t count = 2; count <= B + 1; count++) {
        shards_free(world.shards);
        world.shards = shards_new(count, world.ps);
        const StepLosses l = run(&config, &input);
        float *got = step_world_take_grads(&world);
        expect(l.tag, one.tag);
        expect(l.align, one.align);
        same(got, want);
        mem_free(got);
    }
    mem_free(want);
}
END_TEST

/* ---- batches that lack one kind ---- */

START_TEST(a_term_without_images_is_left_out)
{
    const StepConfig config = step_world_config(&world, "bce", TILE);
    StepInput input = half_input();
    input.tags.offset = input.unknown.offset = no_offset;
    input.tagged = NONE;
    StepLosses l = run(&config, &input);
    ck_assert_double_eq(l.tag, 0);
    ck_assert_double_eq(l.square[LOSS_TERM_TAG], 0);
    ck_assert_int_eq(l.tagged, 0);
    ck_assert_double_gt(l.align, 0);
    input.captioned = NONE;
    l = run(&config, &input);
    ck_assert_double_eq(l.align, 0);
    ck_assert_double_eq(l.square[LOSS_TERM_ALIGN], 0);
    ck_assert_int_eq(l.captioned, 0);
    ck_assert_double_eq(l.total, l.distill);
    param_set_zero_grad(world.ps);
    input.clip_image = NULL;
    l = run(&config, &input);
    ck_assert_double_eq(l.total, 0);
    float *grad = step_world_take_grads(&world);
    ck_assert_double_eq(step_world_norm(&world, grad), 0);
    mem_free(grad);
}
END_TEST

/* loss.reduction must not divide by no pair. */
START_TEST(all_pairs_may_be_unknown)
{
    enum { ALL_PAIRS = B * TAGS };
    const StepConfig config = config_number(_i);
    int32_t id[ALL_PAIRS];
    int64_t offset[B + 1];
    for (int i = 0; i < ALL_PAIRS; i++) id[i] = i % TAGS;
    for (int b = 0; b <= B; b++) offset[b] = b * TAGS;
    StepInput input = step_world_input(&world);
    input.tags.offset = no_offset;
    input.unknown = (IdSets){offset, id};
    const StepLosses l = run(&config, &input);
    ck_assert_double_eq(l.tag, 0);
    ck_assert_double_gt(l.align, 0);
    ck_assert_int_eq(l.tagged, 0);
}
END_TEST

/* Each norm equals that of a run in which the term is alone. */
START_TEST(norms_are_those_of_single_terms)
{
    const StepConfig config = step_world_config(&world, LOSS[_i], TILE);
    const StepInput input = half_input();
    const LossOptions saved = world.losses;
    const StepLosses l = run(&config, &input);
    for (int i = 0; i < LOSS_TERMS; i++) {
        world.losses.weight_tag = i == LOSS_TERM_TAG;
        world.losses.weight_distill = i == LOSS_TERM_DISTILL;
        world.losses.weight_align = i == LOSS_TERM_ALIGN;
        const double alone = run(&config, &input).square[i];
        ck_assert_double_gt(alone, 0);
        ck_assert_double_eq_tol(l.square[i] / alone, 1, 1e-3);
        world.losses = saved;
    }
}
END_TEST

START_TEST(nothing_is_allocated_after_the_first_steps)
{
    const StepConfig config = step_world_config(&world, LOSS[_i], TILE);
    const StepInput halves = half_input(), whole = step_world_input(&world);
    int64_t before = 0;
    for (int i = 0; i < 8; i++) {
        run(&config, i % 2 ? &halves : &whole);
        if (i == 3) before = allocations_count();
    }
    ck_assert_int_gt(before, 0);
    ck_assert_int_eq(allocations_count(), before);
}
END_TEST

/* ---- misuse ---- */

START_TEST(tags_of_an_image_that_has_none)
{
    const StepConfig config = step_world_config(&world, "bce", TILE);
    static const bool wrong[B] = {false, true, true};
    StepInput input = half_input();
    input.tagged = wrong;
    run(&config, &input);
}
END_TEST

START_TEST(unknown_tag_of_another_list)
{
    static const int32_t id[UNKNOWN] = {7, 0, 7, TAGS};
    const StepConfig config = step_world_config(&world, "bce", TILE);
    StepInput input = half_input();
    input.unknown.id = id;
    run(&config, &input);
}
END_TEST

Suite *test_step_parts_suite(void);
Suite *test_step_parts_suite(void)
{
    enum { CASES = LOSSES * REDUCTIONS };
    Suite *s = suite_create("step_parts");
    TCase *t = tcase_create("step_parts");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, losses_are_those_of_the_annotated_pairs, 0, 3);
    tcase_add_loop_test(t, each_half_is_a_batch_of_its_own, 0, CASES);
    tcase_add_loop_test(t, unknown_pairs_do_not_matter, 0, CASES);
    tcase_add_loop_test(t, a_complete_batch_is_as_before, 0, CASES);
    tcase_add_loop_test(t, threads_change_no_bit, 0, CASES);
    tcase_add_loop_test(t, shards_compute_the_step_of_the_batch, 0, CASES);
    tcase_add_test(t, a_term_without_images_is_left_out);
    tcase_add_loop_test(t, all_pairs_may_be_unknown, 0, CASES);
    tcase_add_loop_test(t, norms_are_those_of_single_terms, 0, BOTH);
    tcase_add_loop_test(t, nothing_is_allocated_after_the_first_steps, 0, BOTH);
    tcase_add_test_raise_signal(t, tags_of_an_image_that_has_none, SIGABRT);
    tcase_add_test_raise_signal(t, unknown_tag_of_another_list, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
