/* SPDX-License-Identifier: Apache-2.0 */
/* The world of the tests of a training step. */
#include "tests/train/step_world.h"

#include "core/math/gemm.h"
#include "core/mem.h"
#include "model/backbone/swin_options.h"

#include <check.h>
#include <math.h>
#include <string.h>

static const SwinOptions SWIN = {.width = 8,
                                 .depths = {4, {1, 1, 1, 1}},
                                 .heads = {4, {1, 2, 2, 2}},
                                 .window = 4,
                                 .drop_path = 0.2};
static const RamPlusConfig SIZES = {
    .encoder = {.kind = &backbone_swin, .image_size = WORLD_SIDE, .options = &SWIN},
    .text_width = WORLD_E,
    .hidden = 16,
    .heads = 2,
    .ffn = 32,
    .layers = 2,
    .dropout = 0.1};
static const int64_t tag_offset[WORLD_B + 1] = {0, 3, 3, 5};
static const int32_t tag[] = {0, 4, 10, 2, 9};

static void fill(int64_t n, double scale, uint64_t stream, float *out)
{
    Rng rng = rng_new(1, 0, stream, RNG_TEST);
    for (int64_t i = 0; i < n; i++) out[i] = (float)(scale * (rng_u32(&rng) / 0x1p32 - 0.5));
}

void step_world_new(StepWorld *w)
{
    gemm_set_threads(2);
    w->ps = param_set_new();
    w->model = ram_plus_new(&SIZES, w->ps);
    param_set_build(w->ps);
    param_set_init(w->ps, 1);
    w->bank = label_bank_uniform(WORLD_TAGS, 2, WORLD_E);
    w->shards = shards_new(WORLD_SHARDS, w->ps);
    fill(2 * WORLD_TAGS * WORLD_E, 1, 1, w->bank->rows);
    fill(sizeof w->image / sizeof *w->image, 4, 2, w->image);
    fill(WORLD_B * WORLD_E, 1, 3, w->text);
    fill(WORLD_B * WORLD_E, 1, 4, w->clip);
}

void step_world_free(StepWorld *w)
{
    shards_free(w->shards);
    label_bank_free(w->bank);
    ram_plus_free(w->model);
    param_set_free(w->ps);
}

StepInput step_world_part(const StepWorld *w, int64_t from, int64_t n)
{
    return (StepInput){.B = n,
                       .image = w->image + from * 3 * WORLD_SIDE * WORLD_SIDE,
                       .tags = {tag_offset + from, tag},
                       .clip_image = w->clip + from * WORLD_E,
                       .text = w->text + from * WORLD_E};
}

StepInput step_world_input(const StepWorld *w) { return step_world_part(w, 0, WORLD_B); }

void step_world_set(StepWorld *w, const char *assignment)
{
    Error err = {0};
    ck_assert_msg(option_set(&loss_options, &w->losses, assignment, &err) == 0, "%s", err.text);
}

StepConfig step_world_config(StepWorld *w, const char *loss, int64_t tile)
{
    char *tags = mem_format("loss.tag=%s", loss), *captions = mem_format("loss.align=%s", loss);
    option_defaults(&loss_options, &w->losses);
    step_world_set(w, tags);
    step_world_set(w, captions);
    mem_free(captions);
    mem_free(tags);
    return (StepConfig){.loss = &w->losses, .tile = tile};
}

float *step_world_take_grads(StepWorld *w)
{
    const size_t bytes = (size_t)w->ps->len * sizeof(float);
    float *grad = mem_alloc(bytes);
    memcpy(grad, w->ps->grad, bytes);
    param_set_zero_grad(w->ps);
    return grad;
}

double step_world_norm(const StepWorld *w, const float *grad)
{
    double sum = 0;
    for (int64_t i = 0; i < w->ps->len; i++) sum += (double)grad[i] * (double)grad[i];
    return sqrt(sum);
}
