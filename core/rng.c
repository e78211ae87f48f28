/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of Philox4x32-10. */
#include "core/rng.h"

#include "core/error.h"
#include "core/fnv.h"
#include "core/philox.h"

#include <math.h>
#include <string.h>

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The key holds seed and purpose. The counter holds the block number in word 0 (word 1 takes
 * its overflow), epoch and sample in the other words, so that streams never overlap within 2^32
 * blocks. */
Rng rng_new(uint64_t seed, uint32_t epoch, uint64_t sample, uint32_t purpose)
{
    uint64_t key = mix(seed + 0x9E3779B97F4A7C15u * purpose);
    uint64_t who = mix(sample + 0x9E3779B97F4A7C15u);
    return (Rng){.key = {(uint32_t)key, (uint32_t)(key >> 32)},
                 .counter = {0, epoch, (uint32_t)who, (uint32_t)(who >> 32)},
                 .used = 4};
}

uint32_t rng_u32(Rng *rng)
{
    if (rng->used == 4) {
        philox_fill(rng->key, rng->counter, 0, 4, rng->block);
        rng->counter[0]++;
        rng->used = 0;
    }
    return rng->block[rng->used++];
}

double rng_uniform(Rng *rng)
{
    uint64_t hi = rng_u32(rng) >> 5, lo = rng_u32(rng) >> 6;
    return (double)(hi * 67108864u + lo) * 0x1p-53;
}

double rng_range(Rng *rng, double lo, double hi) { return lo + (hi - lo) * rng_uniform(rng); }

int64_t rng_below(Rng *rng, int64_t n)
{
    CHECK(n >= 1 && n <= INT64_C(1) << 62, "n %ld", n);
    const uint64_t range = (uint64_t)n, limit = UINT64_MAX - UINT64_MAX % range;
    uint64_t x;
    do {
        x = (uint64_t)rng_u32(rng) << 32;
        x |= rng_u32(rng);
    } while (x >= limit);
    return (int64_t)(x % range);
}

double rng_normal(Rng *rng)
{
    double radius = sqrt(-2.0 * log(1.0 - rng_uniform(rng)));
    return radius * cos(6.283185307179586 * rng_uniform(rng));
}

void rng_permutation(Rng *rng, int64_t n, int64_t *out)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t j = rng_below(rng, i + 1);
        out[i] = out[j];
        out[j] = i;
    }
}

void rng_fill(const Rng *rng, uint64_t start, int64_t n, uint32_t *out)
{
    philox_fill(rng->key, rng->counter, start, n, out);
}

uint64_t rng_hash(const char *text) { return fnv_add(FNV_START, text, strlen(text)); }
