/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes rows of bits. Every line is a row, whether it can be read or not.
 *
 * Parsers: data/benchmarks/bit_rows.c */
#include "core/mem.h"
#include "data/benchmarks/bit_rows.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { COLUMNS = 3 };
    BitRows r;
    int64_t lines = size > 0 && data[size - 1] != '\n';
    for (size_t i = 0; i < size; i++) lines += data[i] == '\n';
    char *path = fuzz_file("bits", (FuzzPart){data, size});
    CHECK(bit_rows_open(path, COLUMNS, &r, NULL) == 0, "%s", path);
    for (int status; (status = bit_rows_next(&r, NULL)) != 0;)
        for (int k = 0; status > 0 && k < COLUMNS; k++)
            CHECK(r.bit[k] <= 1, "row %ld: %d", r.row, r.bit[k]);
    CHECK(r.row == lines, "%ld rows of %ld lines", r.row, lines);
    bit_rows_close(&r);
    mem_free(path);
    return 0;
}
