/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a, 64 bits, for hashes that must never change: a parameter's name selects its random
 * stream by this hash, and `text_encoder.kind=hash` computes its vectors from it.
 *
 * Source: IETF draft-eastlake-fnv, "The FNV Non-Cryptographic Hash Algorithm". */
#ifndef RAMPLUS_CORE_FNV_H
#define RAMPLUS_CORE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_START UINT64_C(0xcbf29ce484222325)

/* Extends `hash` (FNV_START for the first bytes) by n bytes: hash = (hash xor b) * prime for
 * each byte b. */
uint64_t fnv_add(uint64_t hash, const void *bytes, size_t n);

#endif
