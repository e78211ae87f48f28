/* CRC-32, eight bytes a step (Kounavis and Berry 2008, "slicing by eight"). */
#include "core/formats/crc32.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "eight bytes are read as one number");

void crc32_init(Crc32 *c)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t x = b;
        for (int bit = 0; bit < 8; bit++) x = x >> 1 ^ (0xEDB88320u & -(x & 1));
        c->table[0][b] = x;
    }
    for (int k = 1; k < 8; k++)
        for (int b = 0; b < 256; b++) {
            const uint32_t x = c->table[k - 1][b];
            c->table[k][b] = x >> 8 ^ c->table[0][x & 255];
        }
}

uint32_t crc32_add(const Crc32 *c, uint32_t before, const void *data, size_t len)
{
    const uint8_t *p = data;
    uint32_t x = ~before;
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t word;
        memcpy(&word, p, 8);
        word ^= x;
        x = 0;
        for (int k = 0; k < 8; k++) x ^= c->table[7 - k][word >> 8 * k & 255];
    }
    for (; len > 0; p++, len--) x = x >> 8 ^ c->table[0][(x ^ *p) & 255];
    return ~x;
}
