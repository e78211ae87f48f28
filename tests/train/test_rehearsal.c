/* SPDX-License-Identifier: Apache-2.0 */
/* What one and two images take predicts what a batch takes, and a rehearsal leaves no trace. */
#include "train/rehearsal.h"

#include "core/math/gemm.h"
#include "core/mem.h"
#include "model/backbone/options.h"
#include "optim/adamw.h"
#include "train/memory_need.h"
#include "train/step.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { E = 48, SIDE = 64, TAGS = 90, DESCRIPTIONS = 3, MOST = 24, PIXELS = 3 * SIDE * SIDE };

static const char *const ENCODER[][6] = {
    {"model.encoder=swin_t", "swin.width=16", "swin.depths=[2,2,2,2]", "swin.heads=[1,2,2,2]",
     "swin.window=4", NULL},
    {"model.encoder=vit_ti", "vit.width=48", "vit.depth=4", "vit.heads=3", "vit.patch=8", NULL},
    {"model.encoder=convnext_t", "convnext.widths=[16,32,32,64]", "convnext.depths=[1,2,2,1]",
     NULL},
};
enum { ENCODERS = sizeof ENCODER / sizeof *ENCODER };

static ParamSet *ps;
static RamPlus *model;
static LabelBank *bank;
static BackboneOptions encoders;
static LossOptions losses;
static float *image, *text;

static void fill(int64_t n, uint64_t stream, float *out)
{
    Rng rng = rng_new(1, 0, stream, RNG_TEST);
    for (int64_t i = 0; i < n; i++) out[i] = (float)(rng_u32(&rng) / 0x1p32 - 0.5);
}

static void open_model(int encoder)
{
    option_defaults(&backbone_options, &encoders);
    encoders.image_size = SIDE;
    for (const char *const *set = ENCODER[encoder]; *set; set++)
        ck_assert_int_eq(option_set(&backbone_options, &encoders, *set, NULL), 0);
    const RamPlusConfig sizes = {.encoder = backbone_options_config(&encoders),
                                 .text_width = E,
                                 .hidden = 64,
                                 .heads = 2,
                                 .ffn = 128,
                                 .layers = 2,
                                 .dropout = 0.1};
    gemm_set_threads(2);
    option_defaults(&loss_options, &losses);
    ps = param_set_new();
    model = ram_plus_new(&sizes, ps);
    param_set_build(ps);
    param_set_init(ps, 1);
    bank = label_bank_uniform(TAGS, DESCRIPTIONS, E);
    image = mem_alloc(MOST * PIXELS * sizeof *image);
    text = mem_alloc(MOST * E * sizeof *text);
    fill(TAGS * DESCRIPTIONS * E, 1, bank->rows);
    fill(MOST * PIXELS, 2, image);
    fill(MOST * E, 3, text);
}

static void close_model(void)
{
    mem_free(text);
    mem_free(image);
    label_bank_free(bank);
    ram_plus_free(model);
    param_set_free(ps);
    option_free(&loss_options, &losses);
    option_free(&backbone_options, &encoders);
}

/* One step with a tag per image. */
static void step(Shards *shards, int64_t B, int64_t tile)
{
    int64_t offset[MOST + 1];
    int32_t tag[MOST];
    for (int i = 0; i <= MOST; i++) offset[i] = i;
    for (int i = 0; i < MOST; i++) tag[i] = i;
    const StepConfig config = {.loss = &losses, .tile = tile};
    const StepInput input = {.B = B, .image = image, .tags = {offset, tag}, .text = text};
    step_run(shards, model, bank, &config, &input, 1);
}

static Rehearsal rehearsal(int64_t shards, enum Recompute recompute)
{
    return (Rehearsal){.model = model,
                       .params = ps,
                       .tags = TAGS,
                       .descriptions = DESCRIPTIONS,
                       .training = true,
                       .shard = shards > 1,
                       .recompute = recompute,
                       .limit = SIZE_MAX / 2};
}

/* What the values and gradients of a batch really take. */
static double measured(int64_t count, enum Recompute recompute, int64_t B, int64_t tile)
{
    double sum = 0;
    Shards *shards = shards_new(count, ps);
    shards_set_training(shards, true);
    shards_set_recompute(shards, recompute);
    for (uint32_t i = 0; i < 2; i++) {
        shards_set_step(shards, 1, i);
        step(shards, B, tile);
    }
    for (int64_t i = 0; i < count; i++) {
        const TapeUse use = tape_use(shards->tape[i]);
        sum += (double)(use.values_peak + use.pool);
    }
    shards_free(shards);
    param_set_zero_grad(ps);
    return sum;
}

static double predicted(int64_t count, enum Recompute recompute, int64_t B, int64_t tile)
{
    MemoryFacts f = {.shards = count, .tags = TAGS};
    const Rehearsal r = rehearsal(count, recompute);
    const Config c = {.train.batch = B,
                      .model = {.tile = tile, .recompute = (int)recompute},
                      .loss = {.weight_tag = 1, .weight_align = 1}};
    const int64_t most = (B + count - 1) / count, few = most < 12 ? most : 12;
    ck_assert(rehearse(&r, 1, &f.train[recompute][0]));
    ck_assert(rehearse(&r, few, &f.train[recompute][1]));
    param_set_zero_grad(ps);
    return memory_need(&f, &c).total;
}

static const struct {
    int64_t shards, B, tile;
} batches[] = {{1, 1, 64},   {1, 2, 512}, {1, 7, 256},   {4, 16, 1024}, {4, 11, 64},
               {4, 3, 4096}, {1, 24, 90}, {4, 24, 4096}, {2, 24, 32}};
enum { BATCHES = sizeof batches / sizeof *batches };

static void compare(enum Recompute recompute)
{
    for (int i = 0; i < BATCHES; i++) {
        const int64_t n = batches[i].shards, B = batches[i].B, tile = batches[i].tile;
        const double is = measured(n, recompute, B, tile),
                     was = predicted(n, recompute, B, tile);
        ck_assert_msg(fabs(was - is) < 0.1 * is,
                      "recompute %d, %ld shards, batch %ld, tile %ld: %.0f, expected %.0f",
                      (int)recompute, n, B, tile, was, is);
    }
}

START_TEST(batches_take_what_a_rehearsal_says)
{
    open_model(_i % ENCODERS);
    compare((enum Recompute)(_i / ENCODERS));
    close_model();
}
END_TEST

/* Two steps of a model, after rehearsals or not. Owned. */
static float *trained(bool rehearsed)
{
    open_model(0);
    AdamW *adamw = adamw_new(
        (AdamWConfig){.beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.05}, ps);
    Shards *shards = shards_new(4, ps);
    ShardBytes bytes;
    shards_set_training(shards, true);
    for (uint32_t i = 0; i < 2; i++) {
        const Rehearsal r = rehearsal(4, RECOMPUTE_NONE);
        if (rehearsed) ck_assert(rehearse(&r, 1 + i, &bytes));
        if (rehearsed) param_set_zero_grad(ps);
        shards_set_step(shards, 1, i);
        step(shards, 8, 256);
        adamw_step(adamw, ps, 1e-3);
        param_set_zero_grad(ps);
    }
    float *values = mem_alloc((size_t)ps->len * sizeof *values);
    memcpy(values, ps->data, (size_t)ps->len * sizeof *values);
    shards_free(shards);
    adamw_free(adamw);
    return values;
}

START_TEST(a_rehearsal_changes_no_bit)
{
    float *with = trained(true), *start = mem_alloc((size_t)ps->len * sizeof *start);
    param_set_init(ps, 1);
    memcpy(start, ps->data, (size_t)ps->len * sizeof *start);
    close_model();
    float *without = trained(false);
    const size_t bytes = (size_t)ps->len * sizeof *with;
    ck_assert(memcmp(with, without, bytes) == 0);
    ck_assert(memcmp(with, start, bytes) != 0);
    close_model();
    mem_free(without);
    mem_free(start);
    mem_free(with);
}
END_TEST

/* Wherever memory ends, the rehearsal ends; the next one has its own memory. */
START_TEST(a_rehearsal_keeps_to_its_limit)
{
    ShardBytes all, bytes;
    open_model(0);
    Rehearsal r = rehearsal(1, (enum Recompute)_i);
    ck_assert(rehearse(&r, 2, &all));
    r.limit = 0;
    ck_assert(!rehearse(&r, 2, &bytes));
    for (r.limit = (size_t)32 << 20; !rehearse(&r, 2, &bytes); r.limit += 32768)
        ck_assert_uint_lt(r.limit, (size_t)64 << 20);
    ck_assert_double_eq(bytes.kept, all.kept);
    ck_assert_double_eq(bytes.row, all.row);
    close_model();
}
END_TEST

/* An evaluation keeps no values for a backward pass. */
START_TEST(an_evaluation_takes_less)
{
    ShardBytes train, eval;
    open_model(_i);
    Rehearsal r = rehearsal(1, RECOMPUTE_NONE);
    ck_assert(rehearse(&r, 1, &train));
    r.training = false;
    ck_assert(rehearse(&r, 1, &eval));
    ck_assert_double_lt(eval.kept + eval.inner, train.kept + train.inner);
    ck_assert_double_eq(eval.grad, 0);
    ck_assert_double_gt(eval.row, E * sizeof(float));
    close_model();
}
END_TEST

/* Lists of one tag and of two. */
START_TEST(short_lists)
{
    ShardBytes many, few;
    open_model(1);
    Rehearsal r = rehearsal(1, RECOMPUTE_NONE);
    ck_assert(rehearse(&r, 1, &many));
    r.tags = 1 + _i;
    ck_assert(rehearse(&r, 1, &few));
    ck_assert_double_ge(few.row + few.tile, many.row);
    ck_assert_double_lt(few.row, 2 * many.row + 4096);
    close_model();
}
END_TEST

Suite *test_rehearsal_suite(void);
Suite *test_rehearsal_suite(void)
{
    Suite *s = suite_create("rehearsal");
    TCase *c = tcase_create("rehearsal");
    tcase_set_timeout(c, 300);
    tcase_add_loop_test(c, batches_take_what_a_rehearsal_says, 0, ENCODERS * RECOMPUTE_LEVELS);
    tcase_add_test(c, a_rehearsal_changes_no_bit);
    tcase_add_loop_test(c, a_rehearsal_keeps_to_its_limit, 0, RECOMPUTE_LEVELS);
    tcase_add_loop_test(c, an_evaluation_takes_less, 0, ENCODERS);
    tcase_add_loop_test(c, short_lists, 0, 2);
    suite_add_tcase(s, c);
    return s;
}
