/* SPDX-License-Identifier: Apache-2.0 */
/* XXH3-128. */
#include "core/hash.h"

#include "core/error.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

static XXH3_state_t *state(const Hash *h) { return (XXH3_state_t *)(uintptr_t)h; }

Hash *hash_new(void)
{
    XXH3_state_t *s = XXH3_createState();
    CHECK(s, "no state");
    XXH3_128bits_reset(s);
    return (Hash *)s;
}

void hash_add(Hash *h, const void *data, size_t len)
{
    if (len) XXH3_128bits_update(state(h), data, len);
}

void hash_add_text(Hash *h, const char *text)
{
    const uint64_t len = strlen(text);
    hash_add(h, &len, sizeof len);
    hash_add(h, text, len);
}

static void put(XXH128_hash_t value, uint8_t *out)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, value);
    memcpy(out, canonical.digest, HASH_BYTES);
}

void hash_result(const Hash *h, uint8_t out[static HASH_BYTES])
{
    put(XXH3_128bits_digest(state(h)), out);
}

void hash_free(Hash *h) { XXH3_freeState(state(h)); }

void hash_of(const void *data, size_t len, uint8_t out[static HASH_BYTES])
{
    put(XXH3_128bits(data, len), out);
}

void hash_hex(const uint8_t value[static HASH_BYTES], char out[static HASH_HEX])
{
    static const char digit[] = "0123456789abcdef";
    for (int i = 0; i < HASH_BYTES; i++) {
        out[2 * i] = digit[value[i] >> 4];
        out[2 * i + 1] = digit[value[i] & 15];
    }
    out[2 * HASH_BYTES] = 0;
}
