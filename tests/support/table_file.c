/* SPDX-License-Identifier: Apache-2.0 */
/* Writes files of text vectors byte by byte. */
#include "tests/support/table_file.h"

#include "core/io/file.h"
#include "core/mem.h"

#include <check.h>
#include <string.h>

void table_file_write(const char *path, const char *dtype, const char *texts, int64_t rows,
                      int64_t dim, const float *vectors)
{
    size_t n = strlen(texts), v = (size_t)(rows * dim) * sizeof *vectors;
    char *header = mem_format(
        "{\"texts\":{\"dtype\":\"%s\",\"shape\":[%zu],\"data_offsets\":[%zu,%zu]},"
        "\"vectors\":{\"dtype\":\"F32\",\"shape\":[%ld,%ld],\"data_offsets\":[0,%zu]}}",
        dtype, n, v, v + n, rows, dim, v);
    uint64_t length = strlen(header);
    uint8_t *bytes = mem_alloc(8 + length + v + n);
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(length >> 8 * i);
    memcpy(bytes + 8, header, length);
    memcpy(bytes + 8 + length, vectors, v);
    memcpy(bytes + 8 + length + v, texts, n);
    ck_assert_int_eq(file_write(path, bytes, 8 + length + v + n, NULL), 0);
    mem_free(bytes);
    mem_free(header);
}
