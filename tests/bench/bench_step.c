/* SPDX-License-Identifier: Apache-2.0 */
/* Speed and memory of a full-size training step: Swin-B at 224 pixels, 4,585 tags x 51
 * descriptions, batch 4, AdamW, with dropout and stochastic depth. Prints seconds per image,
 * the sgemm rate of the same run, their product (GEMM-equivalent GFLOP per image, which does
 * not depend on the machine; the PyTorch reference needs 925) and the peak memory. Also in
 * bfloat16 if the processor supports it.
 *   bench_step [steps] [batch] [image_size] [swin_b] [none|blocks|stages] */
#include "core/log.h"
#include "core/math/bf16.h"
#include "core/mem.h"
#include "model/backbone/swin_options.h"
#include "optim/adamw.h"
#include "optim/clip_norm.h"
#include "tests/bench/sgemm_rate.h"
#include "train/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* The index of a name in a list that ends with NULL. */
static int index_of(const char *const *list, const char *name)
{
    for (int i = 0; list[i]; i++)
        if (strcmp(list[i], name) == 0) return i;
    fprintf(stderr, "bench_step: %s: not one of %s, %s, ...\n", name, list[0], list[1]);
    exit(2);
}

/* Seconds of the fastest of several steps of a new model. */
static double run(const RamPlus *m, ParamSet *ps, const LabelBank *bank, const StepInput *input,
                  bool bf16, enum Recompute recompute, int steps)
{
    LossOptions losses;
    option_defaults(&loss_options, &losses);
    const StepConfig config = {.loss = &losses, .tile = 2048};
    AdamW *opt = adamw_new((AdamWConfig){0.9, 0.999, 1e-8, 0.05}, ps);
    Shards *shards = shards_new(shards_wanted(ps->len), ps);
    double best = HUGE_VAL;
    param_set_init(ps, 1);
    shards_set_training(shards, true);
    shards_set_bf16(shards, bf16);
    shards_set_recompute(shards, recompute);
    for (int i = 0; i < steps; i++) {
        const double start = log_now();
        shards_set_step(shards, 1, (uint32_t)i);
        const StepLosses l = step_run(shards, m, bank, &config, input, 1);
        clip_norm(ps, 0);
        adamw_step(opt, ps, 1e-4);
        param_set_zero_grad(ps);
        const double seconds = log_now() - start;
        best = fmin(best, seconds);
        printf("%s step %d: %.2f s, losses %.3f %.4f %.4f\n", bf16 ? "bfloat16" : "float32", i,
               seconds, l.tag, l.distill, l.align);
    }
    printf("arena %.2f GiB\n", (double)shards_bytes(shards) / 0x1p30);
    shards_free(shards);
    adamw_free(opt);
    return best;
}

int main(int argc, char **argv)
{
    const int steps = argc > 1 ? atoi(argv[1]) : 3;
    const int64_t B = argc > 2 ? atoll(argv[2]) : 4, S = argc > 3 ? atoll(argv[3]) : 224;
    static const char *const levels[] = {"none", "blocks", "stages", NULL};
    const int size = index_of(swin_sizes, argc > 4 ? argv[4] : "swin_b");
    const enum Recompute recompute =
        (enum Recompute)index_of(levels, argc > 5 ? argv[5] : "none");
    const SwinOptions swin = {.drop_path = 0.1}; /* other members: as in the size */
    const RamPlusConfig sizes = {
        .encoder = {.kind = &backbone_swin, .size = size, .image_size = S, .options = &swin},
        .text_width = E,
        .hidden = 768,
        .heads = 4,
        .ffn = 3072,
        .layers = 2,
        .dropout = 0.1};
    const int threads = gemm_set_threads(0);
    ParamSet *ps = param_set_new();
    RamPlus *m = ram_plus_new(&sizes, ps);
    param_set_build(ps);
    LabelBank *bank = random_bank();
    float *image = random_values(B * 3 * S * S, 4, 2), *text = random_values(B * E, 1, 3);
    float *clip = random_values(B * E, 1, 4);
    int64_t *tag_offset = mem_calloc((size_t)B + 1, sizeof *tag_offset);
    int32_t *tag = mem_calloc((size_t)(B * TAGS), sizeof *tag);
    unit_rows(B, text);
    every_331st(B, tag_offset, tag);
    const StepInput input = {B, image, {tag_offset, tag}, clip, text};
    const double rate = sgemm_rate(4096, 768, 3072); /* the decoder's largest */
    for (int bf16 = 0; bf16 <= !bf16_missing(); bf16++) {
        const double each = run(m, ps, bank, &input, bf16, recompute, steps) / (double)B;
        printf("bench_step: %s, %s, %ld px, batch %ld, recompute %s, %d threads: %.3f s per "
               "image; sgemm %.0f GFLOP/s; %.0f GEMM-equivalent GFLOP per image; peak %.2f "
               "GiB\n",
               swin_sizes[size], bf16 ? "bfloat16" : "float32", S, B, levels[recompute],
               threads, each, rate, each * rate, (double)mem_peak() / 0x1p30);
    }
    label_bank_free(bank);
    ram_plus_free(m);
    param_set_free(ps);
    mem_free(image);
    mem_free(text);
    mem_free(clip);
    mem_free(tag);
    mem_free(tag_offset);
    return 0;
}
