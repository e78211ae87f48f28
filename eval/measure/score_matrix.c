/* SPDX-License-Identifier: Apache-2.0 */
/* Opens files of scores and reads parts of them. */
#include "eval/measure/score_matrix.h"

#include "core/hdf5/checksum_block.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "core/strings/csv.h"
#include "data/truth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Cuts n names, each of which a line end follows, off a text; NULL if there are not as many. */
static char **cut_names(char *text, int64_t n)
{
    int64_t found = 0;
    for (const char *p = text; *p; p++) found += *p == '\n';
    if (found != n) return NULL;
    char **name = mem_calloc((size_t)n + 1, sizeof *name);
    for (int64_t i = 0; i < n; i++) name[i] = strsep(&text, "\n");
    return name;
}

static int read_names(ScoreMatrix *m, int at, const char *what, int64_t n, char ***name,
                      Error *err)
{
    if (h5_read_text(m->h5, what, &m->names[at], err) != 0) return -1;
    *name = cut_names(m->names[at], n);
    if (*name) return 0;
    return error_set(err, ERROR_DATA, "%s: \"%s\": expected %ld names", m->path, what, n);
}

static int open_h5(ScoreMatrix *m, const char *entry, Error *err)
{
    if (h5_open(m->path, &m->h5, err) != 0) return -1;
    const H5Entry *e = m->entry = h5_find(m->h5, entry);
    if (!e || e->ndim != 2 || (e->type != H5_F32 && e->type != H5_U8))
        return error_set(err, ERROR_DATA, "%s: \"%s\": missing: not a file of scores", m->path,
                         entry);
    m->labels = strcmp(entry, "truth") == 0;
    m->images = e->shape[0];
    m->tags = e->shape[1];
    if (e->len == 0) return 0;
    if (read_names(m, 0, "images", m->images, &m->image, err) != 0) return -1;
    return read_names(m, 1, "tags", m->tags, &m->tag, err);
}

static int open_npy(ScoreMatrix *m, Error *err)
{
    if (npy_open(m->path, &m->npy, err) != 0) return -1;
    if (m->npy.ndim != 2)
        return error_set(err, ERROR_DATA, "%s: %d axes: expected [images, tags]", m->path,
                         m->npy.ndim);
    m->images = m->npy.shape[0];
    m->tags = m->npy.shape[1];
    return 0;
}

/* The lines of a CSV file as they are cut. */
typedef struct Table {
    ScoreMatrix *m;
    Lines lines;
} Table;

static int fail(const ScoreMatrix *m, size_t line, const char *why, Error *err)
{
    return error_set(err, ERROR_DATA, "%s: line %zu: %s", m->path, line + 1, why);
}

static int64_t count_fields(const char *line)
{
    int64_t n = 1;
    for (; *line; line++) n += *line == ',';
    return n;
}

/* Appends a copy of the name to the memory at *to. */
static char *keep_name(const char *name, char **to)
{
    char *copy = *to;
    *to = stpcpy(copy, name) + 1;
    return copy;
}

static int read_header(Table *t, Error *err)
{
    ScoreMatrix *m = t->m;
    char *rest = t->lines.line[0];
    const size_t room = strlen(rest) + 2;
    char *to = m->names[1] = mem_alloc(room);
    m->tag = mem_calloc((size_t)count_fields(rest) + 1, sizeof *m->tag);
    if (!csv_cut(&rest)) return fail(m, 0, "a quote is not closed", err);
    while (rest) {
        const char *name = csv_cut(&rest);
        if (!name) return fail(m, 0, "a quote is not closed", err);
        if (!*name) return fail(m, 0, "a tag without a name", err);
        m->tag[m->tags++] = keep_name(name, &to);
    }
    if (m->tags) return 0;
    return fail(m, 0, "expected a header: image,TAG,TAG,...", err);
}

static int read_number(const ScoreMatrix *m, size_t line, const char *text, double *out,
                       Error *err)
{
    char *end;
    *out = strtod(text, &end);
    if (end != text && !*end && !isnan(*out)) return 0;
    return error_set(err, ERROR_DATA, "%s: line %zu: expected a number, got '%.40s'", m->path,
                     line + 1, text);
}

/* A line of an image and m->tags numbers. */
static int read_row(Table *t, size_t line, char **to, Error *err)
{
    ScoreMatrix *m = t->m;
    char *rest = t->lines.line[line];
    const char *field = csv_cut(&rest);
    int64_t k = 0;
    if (!field) return fail(m, line, "a quote is not closed", err);
    if (!*field) return fail(m, line, "no image name", err);
    m->image[m->images] = keep_name(field, to);
    for (; rest && k < m->tags; k++) {
        field = csv_cut(&rest);
        if (!field) return fail(m, line, "a quote is not closed", err);
        if (read_number(m, line, field, &m->value[m->images * m->tags + k], err) != 0)
            return -1;
    }
    m->images++;
    if (k == m->tags && !rest) return 0;
    return error_set(err, ERROR_DATA, "%s: line %zu: %s numbers than the header has tags (%ld)",
                     m->path, line + 1, rest ? "more" : "fewer", m->tags);
}

static int read_table(Table *t, Error *err)
{
    ScoreMatrix *m = t->m;
    size_t bytes = 0;
    for (size_t i = 0; i < t->lines.count; i++) bytes += strlen(t->lines.line[i]) + 1;
    if (t->lines.count < 2)
        return error_set(err, ERROR_DATA,
                         "%s: no scores: expected a header and lines of an "
                         "image and its numbers",
                         m->path);
    if (read_header(t, err) != 0) return -1;
    if ((t->lines.count - 1) > bytes / 2 / (size_t)(m->tags ? m->tags : 1))
        return error_set(err, ERROR_DATA,
                         "%s: lines with fewer numbers than the header has tags (%ld)", m->path,
                         m->tags);
    m->image = mem_calloc(t->lines.count, sizeof *m->image);
    char *to = m->names[0] = mem_alloc(bytes);
    m->value = mem_calloc((t->lines.count - 1) * (size_t)m->tags, sizeof *m->value);
    for (size_t i = 1; i < t->lines.count; i++)
        if (read_row(t, i, &to, err) != 0) return -1;
    return 0;
}

static int open_csv(ScoreMatrix *m, Error *err)
{
    Table t = {.m = m};
    if (lines_read_plain(m->path, "a header of tags, then lines of an image and its scores",
                         &t.lines, err) != 0)
        return -1;
    const int status = read_table(&t, err);
    lines_free(&t.lines);
    return status;
}

int score_matrix_open(const char *path, const char *entry, ScoreMatrix *out, Error *err)
{
    char head[8];
    *out = (ScoreMatrix){.path = mem_strdup(path)};
    int status = file_head(path, head, sizeof head, err);
    if (status == 0)
        status = checksum_block_marks(head) ? open_h5(out, entry, err)
                 : npy_marks(head)          ? open_npy(out, err)
                                            : open_csv(out, err);
    if (status == 0 && (out->images == 0 || out->tags == 0))
        status = error_set(err, ERROR_DATA, "%s: %ld images, %ld tags: nothing to measure",
                           path, out->images, out->tags);
    if (status != 0) score_matrix_free(out);
    return status;
}

void score_matrix_free(ScoreMatrix *m)
{
    npy_close(&m->npy);
    h5_close(m->h5);
    mem_free(m->value);
    mem_free(m->image);
    mem_free(m->tag);
    for (int i = 0; i < 2; i++) mem_free(m->names[i]);
    mem_free(m->path);
    *m = (ScoreMatrix){0};
}

bool score_matrix_has_truth(const ScoreMatrix *m)
{
    return m->h5 && h5_find(m->h5, "truth") != NULL;
}

int score_matrix_thresholds(const ScoreMatrix *m, float *out, Error *err)
{
    const H5Entry *e = m->h5 ? h5_find(m->h5, "thresholds") : NULL;
    if (!e || e->type != H5_F32 || e->len != m->tags)
        return error_set(err, ERROR_DATA, "%s: no thresholds of %ld tags", m->path, m->tags);
    return h5_read(m->h5, e, out, err);
}

static double byte(const ScoreMatrix *m, uint8_t x)
{
    return m->labels && x == TRUTH_UNKNOWN ? -1 : x;
}

/* Numbers of scores.h5, converted in pieces. */
static int read_h5(const ScoreMatrix *m, int64_t at, int64_t n, double *out, Error *err)
{
    enum { PIECE = 4096 };
    float x[PIECE];
    uint8_t y[PIECE];
    const bool bytes = m->entry->type == H5_U8;
    for (int64_t done = 0; done < n; done += PIECE) {
        const int64_t some = n - done < PIECE ? n - done : PIECE;
        if (h5_read_part(m->entry, at + done, some, bytes ? (void *)y : x, err) != 0) return -1;
        for (int64_t i = 0; i < some; i++) out[done + i] = bytes ? byte(m, y[i]) : (double)x[i];
    }
    return 0;
}

int score_matrix_read(const ScoreMatrix *m, int64_t row, int64_t first, int64_t n, double *out,
                      Error *err)
{
    CHECK(row >= 0 && row < m->images && first >= 0 && first <= m->tags - n,
          "row %ld, columns %ld + %ld of [%ld, %ld]", row, first, n, m->images, m->tags);
    const int64_t at = row * m->tags + first;
    if (m->h5) return read_h5(m, at, n, out, err);
    if (m->npy.path) return npy_read(&m->npy, at, n, out, err);
    memcpy(out, m->value + at, (size_t)n * sizeof *out);
    return 0;
}
