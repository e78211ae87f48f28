/* SPDX-License-Identifier: Apache-2.0 */
/* Speed of CLIP's text tower at the size of ViT-B/16 with random weights: texts per second, the
 * sgemm rate of the same run, and the arithmetic of the texts without padding as a share of
 * that rate; also in bfloat16 if the processor supports it. Texts resemble the descriptions of
 * a tag: groups of 51, lengths 8 to 50, some with common prefixes.
 *   bench_clip [texts] */
#include "core/log.h"
#include "core/math/bf16.h"
#include "core/mem.h"
#include "core/rng.h"
#include "model/clip/clip_text.h"
#include "tests/bench/sgemm_rate.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONTEXT = 77, GROUP = 51, STARTS = 5, START_TOKENS = 5 };

static const ClipTextConfig CONFIG = {
    .sizes = {.width = 512, .layers = 12, .heads = 8, .ffn = 2048, .embed = 512},
    .vocabulary = 49408,
    .context = CONTEXT,
};

/* Fills random texts [n, CONTEXT], padded with 0; returns the total number of tokens. */
static int64_t random_texts(int64_t n, int32_t *id)
{
    int64_t tokens = 0;
    for (int64_t i = 0; i < n; i++) {
        Rng rng = rng_new(1, 0, (uint64_t)i, RNG_TEST);
        Rng start = rng_new(1, 1, (uint64_t)(i / GROUP * STARTS + i % STARTS), RNG_TEST);
        int32_t *text = id + i * CONTEXT;
        const int64_t length = 8 + rng_below(&rng, 43);
        text[0] = (int32_t)CONFIG.vocabulary - 2;
        for (int64_t k = 1; k < length; k++)
            text[k] = (int32_t)rng_below(k <= START_TOKENS ? &start : &rng, 40000);
        text[length - 1] = (int32_t)CONFIG.vocabulary - 1;
        tokens += length;
    }
    return tokens;
}

static void measure(const ClipText *m, bool bf16, int64_t n, const int32_t *id, int64_t tokens,
                    double rate)
{
    const ClipSizes *s = &CONFIG.sizes;
    Tape *tape = tape_new();
    float *out = mem_alloc((size_t)(n * s->embed) * sizeof *out);
    tape_set_bf16(tape, bf16);
    clip_text_encode(tape, m, n < GROUP ? n : GROUP, id, CONTEXT, true, out);
    const double start = log_now();
    clip_text_encode(tape, m, n, id, CONTEXT, true, out);
    const double seconds = log_now() - start;
    const double flop = (double)(tokens * s->layers) * 24 * (double)(s->width * s->width);
    printf("%s: %ld texts of %.1f tokens: %.1f texts/s; sgemm %.0f GFLOP/s; products of all "
           "tokens at %.2f of it; peak memory %zu MiB\n",
           bf16 ? "bfloat16" : "float32", n, (double)tokens / (double)n, (double)n / seconds,
           rate, 1e-9 * flop / seconds / rate, mem_peak() >> 20);
    mem_free(out);
    tape_free(tape);
}

int main(int argc, char **argv)
{
    const int64_t n = argc > 1 ? atoll(argv[1]) : 1020;
    const int threads = gemm_set_threads(0);
    ParamSet *ps = param_set_new();
    ClipText *m = clip_text_new(&CONFIG, ps);
    int32_t *id = mem_calloc((size_t)(n * CONTEXT), sizeof *id);
    param_set_build_frozen(ps);
    param_set_init(ps, 1);
    const int64_t tokens = random_texts(n, id);
    const double rate = sgemm_rate(1024, 2048, 512); /* of the MLP */
    printf("bench_clip: ViT-B/16's text tower, %d threads\n", threads);
    measure(m, false, n, id, tokens, rate);
    if (bf16_missing())
        printf("bfloat16: %s\n", bf16_missing());
    else
        measure(m, true, n, id, tokens, rate);
    mem_free(id);
    clip_text_free(m);
    param_set_free(ps);
    return 0;
}
