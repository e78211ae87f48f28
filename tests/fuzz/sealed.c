/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/sealed.h"

#include "core/hash.h"
#include "core/hdf5/checksum_block.h"
#include "core/hdf5/h5_catalog.h"
#include "core/mem.h"

#include <string.h>

enum { TRAILER = 16 };

/* The bytes of the catalog; 0: there is none. */
static uint64_t catalog_bytes(const char *file, size_t size)
{
    uint64_t n;
    if (size < CHECKSUM_BLOCK_BYTES + TRAILER || memcmp(file + size - 8, "RAMPCAT", 7) != 0)
        return 0;
    memcpy(&n, file + size - TRAILER, sizeof n);
    return n <= size - CHECKSUM_BLOCK_BYTES - TRAILER ? n : 0;
}

static void seal_entries(char *file, size_t size)
{
    const uint64_t n = catalog_bytes(file, size), at = size - TRAILER - n;
    H5File *f = h5_file_new("sealed");
    Text again = {0};
    if (n && h5_catalog_decode(f, file + at, n, at, NULL) == 0) {
        for (int64_t i = 0; i < f->count; i++)
            hash_of(file + f->item[i].at, h5_bytes(&f->item[i]), f->item[i].hash);
        h5_catalog_encode(f, &again);
        CHECK(again.len == n, "%zu bytes, expected %lu", again.len, n);
        memcpy(file + at, again.data, n);
    }
    text_free(&again);
    h5_close(f);
}

char *sealed_file(const char *name, FuzzPart content)
{
    const size_t size = CHECKSUM_BLOCK_BYTES + content.size;
    const uint64_t behind = content.size;
    char *file = mem_calloc(1, size);
    if (content.size) memcpy(file + CHECKSUM_BLOCK_BYTES, content.data, content.size);
    seal_entries(file, size);
    memcpy(file, "RAMPLUS1", 8);
    memcpy(file + 8, &behind, sizeof behind);
    hash_of(file + CHECKSUM_BLOCK_BYTES, behind, (uint8_t *)file + 16);
    char *path = fuzz_file(name, (FuzzPart){(const uint8_t *)file, size});
    mem_free(file);
    return path;
}
