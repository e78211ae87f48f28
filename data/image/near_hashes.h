/* SPDX-License-Identifier: Apache-2.0 */
/* All pairs of 64-bit hashes within a Hamming distance, without comparing all with all. */
#ifndef RAMPLUS_DATA_IMAGE_NEAR_HASHES_H
#define RAMPLUS_DATA_IMAGE_NEAR_HASHES_H

#include <stdint.h>

enum { NEAR_DISTANCE = 15 }; /* the largest one */

/* Calls `found` once for every pair a < b of the n hashes that differ in at most `distance`
 * bits (0..NEAR_DISTANCE), in an order that depends on the hashes alone. Multi-index hashing:
 * the bits are dealt to four blocks of 16; two hashes within distance N differ by N/4 bits at
 * most in one of them, so that only hashes with such a block are compared. Memory: 20 bytes per
 * hash.
 *
 * Source: Norouzi, Punjani and Fleet 2012, "Fast Search in Hamming Space with Multi-Index
 * Hashing". */
void near_hashes(const uint64_t *hash, int64_t n, int distance,
                 void (*found)(void *to, int64_t a, int64_t b, int distance), void *to);

#endif
