/* SPDX-License-Identifier: Apache-2.0 */
/* Reads thresholds. */
#include "data/thresholds.h"

#include "core/io/file.h"

#include <stdlib.h>

static int parse_threshold(const char *path, size_t number, const char *line, float *out,
                           Error *err)
{
    char *end;
    double x = strtod(line, &end);
    while (*end == ' ' || *end == '\t') end++;
    if (end == line || *end)
        return error_set(err, ERROR_DATA, "%s: line %zu: expected a number, got '%.40s'", path,
                         number, line);
    if (!(x >= 0 && x <= 1))
        return error_set(err, ERROR_DATA, "%s: line %zu: %g is outside 0..1", path, number, x);
    *out = (float)x;
    return 0;
}

int thresholds_read(const char *path, int64_t count, float *out, Error *err)
{
    Lines lines;
    if (lines_read(path, &lines, err) != 0) return -1;
    int status = 0;
    if ((int64_t)lines.count != count)
        status = error_set(err, ERROR_DATA,
                           "%s: %zu thresholds for %ld tags: expected one line per tag", path,
                           lines.count, count);
    for (size_t i = 0; i < lines.count && status == 0; i++)
        status = parse_threshold(path, i + 1, lines.line[i], &out[i], err);
    lines_free(&lines);
    return status;
}
