/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes files that may be compressed with gzip. The contents stay below their limit.
 *
 * Parsers: core/formats/zlib.c */
#include "core/formats/zlib.h"
#include "core/mem.h"
#include "tests/fuzz/fuzz.h"

enum { MOST = 200000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Bytes b;
    char *path = fuzz_file("a.gz", (FuzzPart){data, size});
    if (zlib_read_gzip(path, MOST, &b, NULL) == 0)
        CHECK(b.len <= MOST && b.data[b.len] == 0, "%zu bytes", b.len);
    else
        CHECK(!b.data, "contents in spite of an error");
    bytes_free(&b);
    mem_free(path);
    return 0;
}
