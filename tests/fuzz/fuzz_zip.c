/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes zip archives. The entries of one that is accepted are found by name and lie in the
 * file, one behind the other.
 *
 * Parsers: core/formats/zip.c */
#include "core/formats/zip.h"
#include "core/mem.h"
#include "tests/fuzz/fuzz.h"

enum { LARGE = 1 << 16 };

static void check_entry(ZipFile *z, int64_t i, uint64_t from)
{
    const ZipEntry *e = zip_entry(z, i);
    CHECK(zip_find(z, e->name), "%s is not found", e->name);
    CHECK(e->header >= from && e->at > e->header, "%s: starts at %lu", e->name, e->header);
    CHECK(e->at <= zip_bytes(z) && e->size <= zip_bytes(z) - e->at, "%s: ends behind the file",
          e->name);
    zip_verify(z, e, NULL);
    if (e->packed || e->size > LARGE) return;
    uint8_t *bytes = mem_alloc(e->size);
    Error err = {0};
    CHECK(zip_read(z, e, 0, bytes, e->size, &err) == 0, "%s", err.text);
    mem_free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    ZipFile *z;
    char *path = fuzz_file("a.zip", (FuzzPart){data, size});
    if (zip_open(path, &z, NULL) == 0) {
        uint64_t end = 0;
        for (int64_t i = 0; i < zip_count(z); i++) {
            check_entry(z, i, end);
            end = zip_entry(z, i)->at + zip_entry(z, i)->size;
        }
        zip_close(z);
    }
    mem_free(path);
    return 0;
}
