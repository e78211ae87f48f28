/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a, 64 bits: the hash of short strings whose value must never change. Names of parameters pick
 * their random stream by it, and the vectors of `text_encoder.kind=hash` are made from it.
 *
 * Source: IETF draft-eastlake-fnv, "The FNV Non-Cryptographic Hash Algorithm". */
#ifndef RAMPLUS_CORE_FNV_H
#define RAMPLUS_CORE_FNV_H

#include <stddef.h>
#include <stdint.h>

#define FNV_START UINT64_C(0xcbf29ce484222325)

/* Extends `hash` (FNV_START for the first bytes) by n bytes. Each byte b: hash = (hash xor b) * prime. */
uint64_t fnv_add(uint64_t hash, const void *bytes, size_t n);

#endif
