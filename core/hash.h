/* SPDX-License-Identifier: Apache-2.0 */
/* XXH3-128: a fast checksum. It detects corruption, not tampering. */
#ifndef RAMPLUS_CORE_HASH_H
#define RAMPLUS_CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

enum { HASH_BYTES = 16, HASH_HEX = 33 };

typedef struct Hash Hash;

Hash *hash_new(void);
void hash_add(Hash *h, const void *data, size_t len);
void hash_add_text(Hash *h, const char *text); /* its length (8 bytes), then its bytes */
void hash_result(const Hash *h,
                 uint8_t out[static HASH_BYTES]); /* most significant byte first */
void hash_free(Hash *h);                          /* accepts NULL */

void hash_of(const void *data, size_t len, uint8_t out[static HASH_BYTES]);
void hash_hex(const uint8_t value[static HASH_BYTES], char out[static HASH_HEX]);

#endif
