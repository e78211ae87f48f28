/* SPDX-License-Identifier: Apache-2.0 */
/* Reads thresholds. */
#include "data/thresholds.h"

#include "core/io/file.h"
#include "core/strings/csv.h"

#include <stdlib.h>
#include <string.h>

/* The form of a file: plain numbers, or a CSV table whose header names these columns. */
typedef struct Form {
    const char *path;
    bool table;
    int threshold, tag; /* columns; tag: -1 if there is none */
} Form;

/* A first line with a field `threshold` is a header. */
static Form find_form(const char *path, char *first)
{
    Form f = {.path = path, .threshold = 0, .tag = -1};
    if (!strstr(first, "threshold")) return f;
    char *rest = first;
    for (int i = 0; rest; i++) {
        const char *field = csv_cut(&rest);
        if (!field) break;
        if (strcmp(field, "tag") == 0) f.tag = i;
        if (strcmp(field, "threshold") != 0) continue;
        f.table = true;
        f.threshold = i;
    }
    return f;
}

static int parse_threshold(const Form *f, size_t number, const char *text, float *out,
                           Error *err)
{
    char *end;
    double x = strtod(text, &end);
    while (*end == ' ' || *end == '\t') end++;
    if (end == text || *end)
        return error_set(err, ERROR_DATA, "%s: line %zu: expected a number, got '%.40s'",
                         f->path, number, text);
    if (!(x >= 0 && x <= 1))
        return error_set(err, ERROR_DATA, "%s: line %zu: %g is outside 0..1", f->path, number,
                         x);
    *out = (float)x;
    return 0;
}

/* Row i of a table, whose tag must be the one at its place in the list. */
static int parse_row(const Form *f, size_t number, char *line, const TagList *tags, int64_t i,
                     float *out, Error *err)
{
    const char *name = NULL, *threshold = "";
    for (int column = 0; line; column++) {
        const char *field = csv_cut(&line);
        if (!field)
            return error_set(err, ERROR_DATA, "%s: line %zu: a quote is not closed", f->path,
                             number);
        if (column == f->tag) name = field;
        if (column == f->threshold) threshold = field;
    }
    if (f->tag >= 0 && (!name || !tags_is(tags, i, name)))
        return error_set(err, ERROR_DATA,
                         "%s: line %zu: the threshold of '%.40s', but the tag list has "
                         "'%.40s' there: use the thresholds of this list",
                         f->path, number, name ? name : "", tags->name[i]);
    return parse_threshold(f, number, threshold, out, err);
}

int thresholds_read(const char *path, const TagList *tags, float *out, Error *err)
{
    Lines lines;
    if (lines_read(path, &lines, err) != 0) return -1;
    const Form f = lines.count ? find_form(path, lines.line[0]) : (Form){.path = path};
    const size_t first = f.table, count = lines.count - first;
    int status = 0;
    if ((int64_t)count != tags->count)
        status = error_set(err, ERROR_DATA,
                           "%s: %zu thresholds for %ld tags: expected one line per tag", path,
                           count, tags->count);
    for (size_t i = 0; i < count && status == 0; i++) {
        char *line = lines.line[first + i];
        status = f.table ? parse_row(&f, first + i + 1, line, tags, (int64_t)i, &out[i], err)
                         : parse_threshold(&f, i + 1, line, &out[i], err);
    }
    lines_free(&lines);
    return status;
}
