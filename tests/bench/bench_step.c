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
#include "optim/clip_norm.h"
#include "optim/update.h"
#include "tests/bench/full_size.h"
#include "tests/bench/sgemm_rate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The index of a name in a list that ends with NULL. */
static int index_of(const char *const *list, const char *name)
{
    for (int i = 0; list[i]; i++)
        if (strcmp(list[i], name) == 0) return i;
    fprintf(stderr, "bench_step: %s: not one of %s, %s, ...\n", name, list[0], list[1]);
    exit(2);
}

/* Seconds of the fastest of several steps of a new model. */
static double run(const FullSize *f, bool bf16, enum Recompute recompute, int steps)
{
    ParamSet *ps = f->params;
    LossOptions losses;
    option_defaults(&loss_options, &losses);
    const StepConfig config = {.loss = &losses, .tile = 2048};
    AdamW *opt = adamw_new(
        (AdamWConfig){.beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .weight_decay = 0.05}, ps);
    Shards *shards = shards_new(shards_wanted(ps->len), ps);
    double best = HUGE_VAL;
    param_set_init(ps, 1);
    shards_set_training(shards, true);
    shards_set_bf16(shards, bf16);
    shards_set_recompute(shards, recompute);
    for (int i = 0; i < steps; i++) {
        const double start = log_now();
        shards_set_step(shards, 1, (uint32_t)i);
        const StepLosses l = step_run(shards, f->model, f->bank, &config, &f->input, 1);
        clip_norm(ps, 0);
        update_run((Update){.adamw = opt, .params = ps, .lr = 1e-4});
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
    const int threads = gemm_set_threads(0);
    FullSize f = full_size_new(size, B, S);
    const double rate = sgemm_rate(4096, 768, 3072); /* the decoder's largest */
    for (int bf16 = 0; bf16 <= !bf16_missing(); bf16++) {
        const double each = run(&f, bf16, recompute, steps) / (double)B;
        printf("bench_step: %s, %s, %ld px, batch %ld, recompute %s, %d threads: %.3f s per "
               "image; sgemm %.0f GFLOP/s; %.0f GEMM-equivalent GFLOP per image; peak %.2f "
               "GiB\n",
               swin_sizes[size], bf16 ? "bfloat16" : "float32", S, B, levels[recompute],
               threads, each, rate, each * rate, (double)mem_peak() / 0x1p30);
    }
    full_size_free(&f);
    return 0;
}
