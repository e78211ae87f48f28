/* CRC-32 as zip archives use it (ISO 3309, reflected polynomial 0xEDB88320). */
#ifndef RAMPLUS_CORE_FORMATS_CRC32_H
#define RAMPLUS_CORE_FORMATS_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Eight tables of 256: byte b followed by k zero bytes. */
typedef struct Crc32 {
    uint32_t table[8][256];
} Crc32;

void crc32_init(Crc32 *c);
/* The checksum of what `before` is the checksum of (0: nothing), followed by these bytes. */
uint32_t crc32_add(const Crc32 *c, uint32_t before, const void *data, size_t len);

#endif
