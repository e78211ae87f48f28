/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers in the place of data. */
#include "tests/bench/full_size.h"

#include "core/mem.h"
#include "model/backbone/swin_options.h"

#include <math.h>

enum { TAGS = 4585, DESCRIPTIONS = 51, E = 512 };

static float *random_values(int64_t n, double scale, uint64_t sample)
{
    float *x = mem_alloc((size_t)n * sizeof *x);
    Rng rng = rng_new(1, 0, sample, RNG_TEST);
    for (int64_t i = 0; i < n; i++)
        x[i] = (float)(scale * (2.3283064365386963e-10 * rng_u32(&rng) - 0.5));
    return x;
}

static void unit_rows(int64_t rows, float *x)
{
    for (int64_t r = 0; r < rows; r++) {
        double square = 0;
        for (int64_t i = 0; i < E; i++) square += (double)x[r * E + i] * (double)x[r * E + i];
        for (int64_t i = 0; i < E; i++)
            x[r * E + i] = (float)((double)x[r * E + i] / sqrt(square));
    }
}

/* About 14 tags per image: every 331st element of [B, TAGS]. */
static void every_331st(int64_t B, int64_t *offset, int32_t *tag)
{
    int64_t n = 0;
    for (int64_t i = 0; i < B * TAGS; i += 331) {
        tag[n++] = (int32_t)(i % TAGS);
        offset[i / TAGS + 1] = n;
    }
}

static LabelBank *random_bank(void)
{
    LabelBank *bank = label_bank_uniform(TAGS, DESCRIPTIONS, E);
    Rng rng = rng_new(1, 0, 9, RNG_TEST);
    for (int64_t i = 0; i < bank->offset[TAGS] * E; i++)
        bank->rows[i] = (float)(2.3283064365386963e-10 * rng_u32(&rng) - 0.5);
    unit_rows(bank->offset[TAGS], bank->rows);
    return bank;
}

static StepInput random_input(int64_t B, int64_t S)
{
    float *text = random_values(B * E, 1, 3);
    int64_t *offset = mem_calloc((size_t)B + 1, sizeof *offset);
    int32_t *tag = mem_calloc((size_t)(B * TAGS), sizeof *tag);
    unit_rows(B, text);
    every_331st(B, offset, tag);
    return (StepInput){.B = B,
                       .image = random_values(B * 3 * S * S, 4, 2),
                       .tags = {offset, tag},
                       .clip_image = random_values(B * E, 1, 4),
                       .text = text};
}

FullSize full_size_new(int encoder, int64_t B, int64_t S)
{
    const SwinOptions swin = {.drop_path = 0.1}; /* other members: as in the size */
    const RamPlusConfig sizes = {
        .encoder = {.kind = &backbone_swin, .size = encoder, .image_size = S, .options = &swin},
        .text_width = E,
        .hidden = 768,
        .heads = 4,
        .ffn = 3072,
        .layers = 2,
        .dropout = 0.1};
    FullSize f = {.params = param_set_new()};
    f.model = ram_plus_new(&sizes, f.params);
    param_set_build(f.params);
    f.bank = random_bank();
    f.input = random_input(B, S);
    return f;
}

void full_size_free(FullSize *f)
{
    mem_free((void *)(uintptr_t)f->input.image);
    mem_free((void *)(uintptr_t)f->input.text);
    mem_free((void *)(uintptr_t)f->input.clip_image);
    mem_free((void *)(uintptr_t)f->input.tags.offset);
    mem_free((void *)(uintptr_t)f->input.tags.id);
    label_bank_free(f->bank);
    ram_plus_free(f->model);
    param_set_free(f->params);
}
