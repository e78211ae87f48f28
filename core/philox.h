/* SPDX-License-Identifier: Apache-2.0 */
/* Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"): a block of
 * four numbers is a function of a stream and an index. For kernels, too (core/dialect.h). */
#ifndef RAMPLUS_CORE_PHILOX_H
#define RAMPLUS_CORE_PHILOX_H

#include "core/dialect.h"

typedef struct PhiloxBlock {
    uint32_t v[4];
} PhiloxBlock;

INLINE PhiloxBlock philox_round(PhiloxBlock b, uint32_t key0, uint32_t key1)
{
    const uint64_t x = (uint64_t)0xD2511F53u * b.v[0], y = (uint64_t)0xCD9E8D57u * b.v[2];
    const PhiloxBlock next = {{(uint32_t)(y >> 32) ^ b.v[1] ^ key0, (uint32_t)y,
                               (uint32_t)(x >> 32) ^ b.v[3] ^ key1, (uint32_t)x}};
    return next;
}

/* Block `index` of the stream that begins at key [2] and counter [4]. */
INLINE PhiloxBlock philox(const uint32_t *key, const uint32_t *counter, uint64_t index)
{
    PhiloxBlock b = {{counter[0] + (uint32_t)index, counter[1] ^ (uint32_t)(index >> 32),
                      counter[2], counter[3]}};
    for (uint32_t i = 0; i < 10; i++)
        b = philox_round(b, key[0] + i * 0x9E3779B9u, key[1] + i * 0xBB67AE85u);
    return b;
}

/* n numbers of the stream from block `start` on. */
INLINE void philox_fill(const uint32_t *key, const uint32_t *counter, uint64_t start, int64_t n,
                        uint32_t *restrict out)
{
    OWN(k, n / 4) {
        const PhiloxBlock b = philox(key, counter, start + (uint64_t)k);
        for (int j = 0; j < 4; j++) out[4 * k + j] = b.v[j];
    }
    if (n % 4 == 0) return;
    const PhiloxBlock b = philox(key, counter, start + (uint64_t)n / 4);
    for (int64_t i = n / 4 * 4; i < n; i++) out[i] = b.v[i % 4];
}

#endif
