/* SPDX-License-Identifier: Apache-2.0 */
/* EXIF data are a TIFF file: a header, then a list of entries of 12 bytes each. */
#include "data/image/exif.h"

#include <string.h>

enum { ORIENTATION = 0x112, ENTRY = 12, UPRIGHT = 1, KINDS = 8 };

typedef struct Tiff {
    const uint8_t *bytes;
    size_t len;
    bool big; /* endian */
} Tiff;

static unsigned read16(const Tiff *t, size_t at)
{
    if (at + 2 > t->len) return 0;
    const unsigned first = t->bytes[at], second = t->bytes[at + 1];
    return t->big ? first << 8 | second : second << 8 | first;
}

static size_t read32(const Tiff *t, size_t at)
{
    const size_t first = read16(t, at), second = read16(t, at + 2);
    return t->big ? first << 16 | second : second << 16 | first;
}

bool exif_rotates(const uint8_t *segment, size_t len)
{
    if (len < 8 || memcmp(segment, "Exif\0\0", 6) != 0) return false;
    const Tiff t = {segment + 6, len - 6, segment[6] == 'M'};
    const size_t list = read32(&t, 4), entries = read16(&t, list);
    for (size_t i = 0; i < entries; i++) {
        const size_t at = list + 2 + i * ENTRY;
        const unsigned value = read16(&t, at + 8);
        if (read16(&t, at) == ORIENTATION) return value > UPRIGHT && value <= KINDS;
    }
    return false;
}
