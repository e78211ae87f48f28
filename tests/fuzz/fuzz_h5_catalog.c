/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the catalog at the end of HDF5 files. A catalog that is accepted stays within the
 * file, and is the only way to say what it says.
 *
 * Parsers: core/hdf5/h5_catalog.c */
#include "core/hdf5/h5_catalog.h"
#include "core/mem.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { FILE_BYTES = 1 << 16 };

static void check_item(const H5Item *item)
{
    const uint64_t bytes = h5_bytes(item);
    CHECK(h5_name_valid(item->entry.name), "name %s", item->entry.name);
    CHECK(item->entry.ndim <= H5_AXES && item->entry.len >= 0, "%s: shape", item->entry.name);
    CHECK(!bytes ||
              (item->at >= 512 && item->at <= FILE_BYTES && bytes <= FILE_BYTES - item->at),
          "%s: bytes %lu from %lu", item->entry.name, bytes, item->at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    H5File *f = h5_file_new("fuzz");
    Text again = {0};
    if (h5_catalog_decode(f, (const char *)data, size, FILE_BYTES, NULL) == 0) {
        for (int64_t i = 0; i < f->count; i++) check_item(&f->item[i]);
        h5_catalog_encode(f, &again);
        CHECK(again.len == size && memcmp(again.data, data, size) == 0, "encoded otherwise");
    }
    text_free(&again);
    h5_close(f);
    return 0;
}
