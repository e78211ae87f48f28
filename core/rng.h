/* SPDX-License-Identifier: Apache-2.0 */
/* Counter-based random numbers: Philox4x32-10 (core/philox.h). A stream is
 * identified by (seed, epoch, sample, purpose). Its numbers depend on nothing else, so results
 * do not change with threads, resume or order of use. The purpose keeps the streams of one
 * sample independent: each room defines its purposes as RNG_NAME = NUMBER in the header of the
 * file that draws, and `make lint` rejects a number that is used twice. */
#ifndef RAMPLUS_CORE_RNG_H
#define RAMPLUS_CORE_RNG_H

#include <stdint.h>

enum { RNG_TEST = 9 }; /* for tests and benchmarks */

typedef struct Rng {
    uint32_t key[2];
    uint32_t counter[4];
    uint32_t block[4]; /* numbers of the current counter */
    int used;          /* numbers of block already used; 4: draw the next block */
} Rng;

Rng rng_new(uint64_t seed, uint32_t epoch, uint64_t sample, uint32_t purpose);
uint32_t rng_u32(Rng *rng);
double rng_uniform(Rng *rng); /* [0, 1), 53 bits */
double rng_range(Rng *rng, double lo, double hi);
int64_t rng_below(Rng *rng, int64_t n);                  /* 0..n-1, unbiased; n >= 1 */
double rng_normal(Rng *rng);                             /* mean 0, std 1 (Box-Muller) */
void rng_permutation(Rng *rng, int64_t n, int64_t *out); /* Fisher-Yates */

/* Writes n numbers of the stream from block `start` on (4 numbers per block) and leaves rng
 * unchanged: element i is a pure function of (stream, 4 * start + i). */
void rng_fill(const Rng *rng, uint64_t start, int64_t n, uint32_t *out);

uint64_t rng_hash(const char *text); /* FNV-1a 64 of the bytes */

#endif
