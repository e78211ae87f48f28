/* SPDX-License-Identifier: Apache-2.0 */
/* Reads byte by byte: nothing of a line is kept but its bits. */
#include "data/benchmarks/bit_rows.h"

#include "core/io/file_open.h"
#include "core/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

int bit_rows_open(const char *path, int64_t columns, BitRows *out, Error *err)
{
    *out = (BitRows){.path = path, .columns = columns, .file = file_stream(path, err)};
    if (!out->file) return -1;
    out->bit = mem_alloc((size_t)columns + 1);
    return 0;
}

void bit_rows_close(BitRows *r)
{
    if (r->file) fclose(r->file);
    mem_free(r->bit);
    *r = (BitRows){0};
}

static bool is_blank(int c) { return c == ' ' || c == '\t' || c == '\r'; }

/* Reads the line that starts with the byte c. *n: its number of bits. Returns whether it has
 * nothing else. */
static bool read_line(BitRows *r, int c, int64_t *n)
{
    bool good = true, blank = true; /* blank: before this byte */
    for (*n = 0; c != '\n' && c != EOF; c = getc_unlocked(r->file)) {
        if (!is_blank(c)) {
            good = good && blank && (c == '0' || c == '1');
            if (good && *n < r->columns) r->bit[*n] = (uint8_t)(c - '0');
            *n += 1;
        }
        blank = is_blank(c);
    }
    return good;
}

int bit_rows_next(BitRows *r, Error *err)
{
    int64_t n = 0;
    errno = 0;
    const int first = getc_unlocked(r->file);
    const bool end = first == EOF, good = !end && read_line(r, first, &n);
    if (ferror(r->file))
        return error_set(err, file_fault_code(errno), "%s: row %ld: cannot read: %s", r->path,
                         r->row + 1, strerror(errno));
    if (end) return 0;
    r->row++;
    if (good && n == r->columns) return 1;
    if (!good)
        return error_set(err, ERROR_DATA, "%s: line %ld: expected numbers 0 and 1", r->path,
                         r->row);
    return error_set(err, ERROR_DATA, "%s: line %ld: %ld numbers, expected %ld", r->path,
                     r->row, n, r->columns);
}
