/* SPDX-License-Identifier: Apache-2.0 */
/* Reads evaluation sets. */
#include "data/benchmark.h"

#include "core/io/file.h"
#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

typedef struct Reader {
    const char *path;
    const TagList *tags;
    Benchmark *out;
    int64_t known;
} Reader;

static void set_all(const TagList *tags, int64_t position, uint8_t *row)
{
    for (int64_t k = position; k >= 0; k = tags_next(tags, k)) row[k] = 1;
}

/* `id id ...`: digits and spaces only, at least one digit. */
static bool is_ids(const char *field)
{
    return field[strspn(field, " ")] != 0 && field[strspn(field, "0123456789 ")] == 0;
}

static int set_ids(Reader *r, int64_t line, char *field, uint8_t *row, Error *err)
{
    for (char *rest = field, *one; (one = strtok_r(rest, " ", &rest));) {
        const int64_t id = strlen(one) < 12 ? atoll(one) : -1;
        if (id < 0 || id >= r->tags->count)
            return error_set(err, ERROR_DATA,
                             "%s: line %ld: id %.20s: outside the tag list of %ld tags",
                             r->path, line + 1, one, r->tags->count);
        set_all(r->tags, tags_find(r->tags, r->tags->name[id]), row);
        r->known++;
    }
    return 0;
}

static int read_line(Reader *r, int64_t line, char *text, Error *err)
{
    uint8_t *row = r->out->truth + line * r->out->tags;
    char *field = strchr(text, ',');
    if (field) *field++ = 0;
    if (!*text)
        return error_set(err, ERROR_DATA, "%s: line %ld: no image name", r->path, line + 1);
    r->out->image[line] = text;
    while (field) {
        char *next = strchr(field, ',');
        if (next) *next++ = 0;
        const int64_t k = tags_find(r->tags, field);
        if (k >= 0) {
            set_all(r->tags, k, row);
            r->known++;
        } else if (is_ids(field)) {
            if (set_ids(r, line, field, row, err) != 0) return -1;
        } else if (*field) {
            r->out->unknown++;
        }
        field = next;
    }
    return 0;
}

int benchmark_read(const char *annotations, const TagList *tags, Benchmark *out, Error *err)
{
    *out = (Benchmark){.tags = tags->count};
    Lines *lines = mem_calloc(1, sizeof *lines);
    out->storage = lines;
    int status = lines_read(annotations, lines, err);
    out->images = (int64_t)lines->count;
    out->image = mem_calloc(lines->count + 1, sizeof *out->image);
    out->truth = mem_calloc(lines->count + 1, (size_t)tags->count);
    Reader r = {annotations, tags, out, 0};
    for (int64_t i = 0; status == 0 && i < out->images; i++)
        status = read_line(&r, i, lines->line[i], err);
    if (status == 0 && r.known == 0)
        status = error_set(err, ERROR_DATA, "%s: no label is in the tag list", annotations);
    if (status != 0) benchmark_free(out);
    return status;
}

void benchmark_free(Benchmark *b)
{
    if (b->storage) lines_free(b->storage);
    mem_free(b->storage);
    mem_free(b->image);
    mem_free(b->truth);
    *b = (Benchmark){0};
}

char *benchmark_image_path(const char *root, const char *name)
{
    static const char *const ending[] = {"", ".jpg", ".jpeg", ".png", ".webp"};
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        char *full = mem_format("%s%s", name, ending[i]);
        char *path = file_join(root, full);
        mem_free(full);
        if (file_exists(path) && !file_is_dir(path)) return path;
        mem_free(path);
    }
    return file_join(root, name);
}
