/* SPDX-License-Identifier: Apache-2.0 */
/* Reads evaluation sets. */
#include "data/benchmark.h"

#include "core/array.h"
#include "core/io/file.h"
#include "core/io/path_below.h"
#include "core/io/tar_path.h"
#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/options/option.h"
#include "core/strings/csv.h"
#include "core/strings/strings.h"
#include "data/image/endings.h"

#include <stdlib.h>
#include <string.h>

enum { NAMED = 5 };

typedef struct Reader {
    const char *path;
    const TagList *tags;
    Benchmark *out;
    char **label; /* the labels of all images, in order */
    int64_t *end; /* [images] end of each image's labels in `label` */
    int64_t labels, room, known;
    const char *unknown[NAMED]; /* the first labels that are not in the list, each once */
    Text named;                 /* ... with their lines */
} Reader;

static int fail(const Reader *r, int64_t i, const char *why, Error *err)
{
    return error_set(err, ERROR_DATA, "%s: line %ld: %s", r->path, i + 1, why);
}

/* Cuts line `i` into the name of the image and its labels. */
static int cut_line(Reader *r, int64_t i, char *text, Error *err)
{
    static const char quotes[] = "a quote is not closed, or text follows it";
    char *label = r->out->image[i] = csv_cut(&text);
    if (!label) return fail(r, i, quotes, err);
    if (!*label) return fail(r, i, "no image name", err);
    while (text) {
        label = csv_cut(&text);
        if (!label) return fail(r, i, quotes, err);
        if (!*label) continue;
        r->label = array_grow(r->label, sizeof *r->label, r->labels, &r->room);
        r->label[r->labels++] = label;
    }
    r->end[i] = r->labels;
    return 0;
}

/* `id id ...`: digits and spaces only. */
static bool is_ids(const char *label) { return label[strspn(label, "0123456789 ")] == 0; }

static int64_t line_of(const Reader *r, int64_t label)
{
    int64_t line = 0;
    while (r->end[line] <= label) line++;
    return line + 1;
}

/* Decides whether the labels are positions in the tag list: if all are numbers and none is the
 * name of a tag. If some are, they are refused, because `3` could mean either. */
static int find_style(Reader *r, Error *err)
{
    int64_t first_name = -1, first_id = -1;
    for (int64_t i = 0; i < r->labels; i++) {
        if (!is_ids(r->label[i])) return 0;
        int64_t *first = tags_find(r->tags, r->label[i]) >= 0 ? &first_name : &first_id;
        if (*first < 0) *first = i;
    }
    r->out->by_id = first_id >= 0 && first_name < 0;
    if (first_id < 0 || first_name < 0) return 0;
    return error_set(err, ERROR_DATA,
                     "%s: positions or names? '%.40s' (line %ld) is the name of a tag, '%.40s' "
                     "(line %ld) is none: write all labels as names",
                     r->path, r->label[first_name], line_of(r, first_name), r->label[first_id],
                     line_of(r, first_id));
}

static int set_ids(Reader *r, int64_t i, char *label, Error *err)
{
    for (char *rest = label, *one; (one = strtok_r(rest, " ", &rest));) {
        const int64_t id = strlen(one) < 12 ? atoll(one) : -1;
        if (id < 0 || id >= r->tags->count)
            return error_set(
                err, ERROR_DATA,
                "%s: line %ld: id %.20s: outside the tag list of %ld tags, counted from 0",
                r->path, i + 1, one, r->tags->count);
        r->out->truth[i * r->out->tags + id] = TRUTH_PRESENT;
        r->known++;
    }
    return 0;
}

/* Describes one of the first labels that are not in the list. */
static void describe_unknown(Reader *r, int64_t i, const char *label)
{
    const char *near =
        option_nearest(label, (const char *const *)r->tags->name, (size_t)r->tags->count);
    text_add(&r->named, "%s'%.40s' (line %ld", r->named.len ? ", " : "", label, i + 1);
    if (near) text_add(&r->named, "; did you mean '%.40s'?", near);
    if (!near && image_ending_in(label)) text_put(&r->named, "; quote a path that has a comma");
    text_put(&r->named, ")");
}

/* Counts a label that is not in the list; the first few that differ are described. */
static void add_unknown(Reader *r, int64_t i, const char *label)
{
    int n = 0;
    r->out->unknown++;
    while (n < NAMED && r->unknown[n] && strcmp(r->unknown[n], label) != 0) n++;
    if (n == NAMED || r->unknown[n]) return;
    r->unknown[n] = label;
    describe_unknown(r, i, label);
}

static void set_name(Reader *r, int64_t i, const char *label)
{
    int64_t k = tags_find(r->tags, label);
    if (k < 0) add_unknown(r, i, label);
    if (k >= 0) r->known++;
    for (; k >= 0; k = tags_next(r->tags, k))
        r->out->truth[i * r->out->tags + k] = TRUTH_PRESENT;
}

/* An image that stands twice counts twice in every metric. */
static void warn_of_repeats(const Benchmark *b, const char *path)
{
    char **name = mem_alloc((size_t)b->images * sizeof *name);
    const char *first = NULL;
    int64_t repeats = 0;
    memcpy(name, b->image, (size_t)b->images * sizeof *name);
    qsort(name, (size_t)b->images, sizeof *name, strings_compare);
    for (int64_t i = 1; i < b->images; i++) {
        if (strcmp(name[i], name[i - 1]) != 0) continue;
        if (!repeats++) first = name[i];
    }
    if (repeats)
        log_warn("%s: images that stand more than once count as often in every number: %ld "
                 "line%s too many, the first one %s",
                 path, repeats, strings_s(repeats), first);
    mem_free(name);
}

static int no_label(const Reader *r, Error *err)
{
    int64_t ids = 0, other = -1;
    for (int64_t i = 0; i < r->labels; i++)
        if (is_ids(r->label[i]))
            ids++;
        else if (other < 0)
            other = i;
    if (r->out->images > 0 && r->labels == 0)
        return error_set(err, ERROR_DATA,
                         "%s: no line has a label: expected image,label,... with commas",
                         r->path);
    if (ids > 0 && other >= 0)
        return error_set(err, ERROR_DATA,
                         "%s: '%.40s' (line %ld) is neither a tag nor, like other labels, a "
                         "list of positions",
                         r->path, r->label[other], line_of(r, other));
    return error_set(err, ERROR_DATA, "%s: no label is in the tag list%s%s", r->path,
                     r->named.len ? ": " : "", r->named.len ? r->named.data : "");
}

static int read_lines(Reader *r, const Lines *lines, Error *err)
{
    const int64_t images = r->out->images;
    for (int64_t i = 0; i < images; i++)
        if (cut_line(r, i, lines->line[i], err) != 0) return -1;
    if (find_style(r, err) != 0) return -1;
    for (int64_t i = 0, at = 0; i < images; i++)
        for (; at < r->end[i]; at++) {
            if (!r->out->by_id) set_name(r, i, r->label[at]);
            if (r->out->by_id && set_ids(r, i, r->label[at], err) != 0) return -1;
        }
    if (r->known) return 0;
    return no_label(r, err);
}

static void hash_number(Hash *h, int64_t value)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(value >> (8 * i));
    hash_add(h, bytes, sizeof bytes);
}

/* The positions of the labels of an image that are `value`. */
static void hash_labels(Hash *h, const Benchmark *b, int64_t image, enum Truth value)
{
    for (int64_t k = 0; k < b->tags; k++)
        if (b->truth[image * b->tags + k] == value) hash_number(h, k);
}

/* The names of the tags, then of each image the name and the positions of its labels; where
 * labels are unknown, those of each image follow. */
static void hash_all(Benchmark *b, const TagList *tags)
{
    uint8_t value[HASH_BYTES];
    Hash *h = hash_new();
    hash_number(h, b->tags);
    for (int64_t k = 0; k < b->tags; k++) hash_add_text(h, tags->name[k]);
    for (int64_t i = 0; i < b->images; i++) {
        hash_add_text(h, b->image[i]);
        hash_labels(h, b, i, TRUTH_PRESENT);
        hash_number(h, -1);
        if (!b->unannotated) continue;
        hash_labels(h, b, i, TRUTH_UNKNOWN);
        hash_number(h, -2);
    }
    hash_result(h, value);
    hash_hex(value, b->hash);
    hash_free(h);
}

static int read_labels(const char *annotations, const TagList *tags, Benchmark *out, Error *err)
{
    *out = (Benchmark){.tags = tags->count};
    Lines *lines = mem_calloc(1, sizeof *lines);
    out->storage = lines;
    int status = lines_read_plain(annotations, "lines of image,label,...", lines, err);
    out->images = (int64_t)lines->count;
    out->image = mem_calloc(lines->count + 1, sizeof *out->image);
    out->truth = mem_calloc(lines->count + 1, (size_t)tags->count);
    Reader r = {.path = annotations, .tags = tags, .out = out};
    r.end = mem_calloc(lines->count + 1, sizeof *r.end);
    if (status == 0) status = read_lines(&r, lines, err);
    if (status == 0 && out->unknown)
        log_warn("%s: skipped %ld label%s not in the tag list: %s%s", annotations, out->unknown,
                 strings_s(out->unknown), r.named.data, r.unknown[NAMED - 1] ? ", ..." : "");
    text_free(&r.named);
    mem_free(r.end);
    mem_free(r.label);
    if (status != 0) benchmark_free(out);
    return status;
}

int benchmark_read(const char *annotations, const TagList *tags, Benchmark *out, Error *err)
{
    if (read_labels(annotations, tags, out, err) != 0) return -1;
    warn_of_repeats(out, annotations);
    hash_all(out, tags);
    return 0;
}

/* ---- what nobody annotated ---- */

typedef struct NamedImage {
    const char *name;
    int64_t at;
} NamedImage;

static int by_name(const void *a, const void *b)
{
    const NamedImage *x = a, *y = b;
    const int order = strcmp(x->name, y->name);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* The images of the set, sorted by name. Owned. */
static NamedImage *sorted_images(const Benchmark *b)
{
    NamedImage *list = mem_alloc((size_t)b->images * sizeof *list);
    for (int64_t i = 0; i < b->images; i++) list[i] = (NamedImage){b->image[i], i};
    qsort(list, (size_t)b->images, sizeof *list, by_name);
    return list;
}

/* The first image of this name in the sorted list, or n. */
static int64_t find_image(const NamedImage *list, int64_t n, const char *name)
{
    int64_t lo = 0, hi = n;
    while (lo < hi) {
        const int64_t mid = lo + (hi - lo) / 2;
        if (strcmp(list[mid].name, name) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && strcmp(list[lo].name, name) == 0 ? lo : n;
}

/* The labels set in row [tags] become unknown for image i; returns one that is given, or -1. */
static int64_t mark_row(Benchmark *b, int64_t i, const uint8_t *row)
{
    uint8_t *truth = b->truth + i * b->tags;
    for (int64_t k = 0; k < b->tags; k++) {
        if (!row[k]) continue;
        if (truth[k] == TRUTH_PRESENT) return k;
        b->unannotated += truth[k] != TRUTH_UNKNOWN;
        truth[k] = TRUTH_UNKNOWN;
    }
    return -1;
}

/* Line i of the file: its image may stand more than once in the set. */
static int mark_line(Benchmark *b, const NamedImage *list, const Benchmark *file, int64_t i,
                     const char *path, const TagList *tags, Error *err)
{
    const char *name = file->image[i];
    int64_t at = find_image(list, b->images, name);
    if (at == b->images)
        return error_set(err, ERROR_DATA, "%s: line %ld: '%.60s' is no image of the set", path,
                         i + 1, name);
    for (; at < b->images && strcmp(list[at].name, name) == 0; at++) {
        const int64_t k = mark_row(b, list[at].at, file->truth + i * b->tags);
        if (k >= 0)
            return error_set(err, ERROR_DATA,
                             "%s: line %ld: '%.40s' is given and unknown for '%.60s'", path,
                             i + 1, tags->name[k], name);
    }
    return 0;
}

int benchmark_read_unknown(const char *path, const TagList *tags, Benchmark *b, Error *err)
{
    Benchmark file;
    if (read_labels(path, tags, &file, err) != 0) return -1;
    NamedImage *list = sorted_images(b);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < file.images; i++)
        status = mark_line(b, list, &file, i, path, tags, err);
    b->by_id = b->by_id || file.by_id;
    if (status == 0) hash_all(b, tags);
    mem_free(list);
    benchmark_free(&file);
    return status;
}

static int64_t count_labels(const Benchmark *b, enum Truth value)
{
    int64_t n = 0;
    for (int64_t i = 0; i < b->images * b->tags; i++) n += b->truth[i] == value;
    return n;
}

char *benchmark_text(const Benchmark *b)
{
    const int64_t n = count_labels(b, TRUTH_UNKNOWN);
    char *unknown = n ? mem_format(", %ld not annotated", n) : NULL;
    char *text = mem_format("%ld images, %ld tags, %ld positives%s, benchmark %s", b->images,
                            b->tags, benchmark_positives(b), unknown ? unknown : "", b->hash);
    mem_free(unknown);
    return text;
}

void benchmark_free(Benchmark *b)
{
    if (b->storage) lines_free(b->storage);
    mem_free(b->storage);
    mem_free(b->image);
    mem_free(b->truth);
    *b = (Benchmark){0};
}

int64_t benchmark_positives(const Benchmark *b) { return count_labels(b, TRUTH_PRESENT); }

void benchmark_keep(Benchmark *b, const bool *keep)
{
    const size_t row = (size_t)b->tags;
    int64_t n = 0;
    for (int64_t i = 0; i < b->images; i++) {
        if (!keep[i]) continue;
        b->image[n] = b->image[i];
        memmove(b->truth + (size_t)n++ * row, b->truth + (size_t)i * row, row);
    }
    b->images = n;
}

/* The path of ROOT/NAME and this ending if that file exists, or NULL. Owned. */
static char *path_with(const char *root, const Benchmark *b, int64_t i, const char *ending,
                       Error *err)
{
    char *name = mem_format("%s%s", b->image[i], ending);
    char *path = path_below(root, name, b->absolute, err);
    bool found = false;
    mem_free(name);
    if (path) tar_path_find(path, &found, err);
    if (found) return path;
    mem_free(path);
    return NULL;
}

char *benchmark_image_path(const char *root, const Benchmark *b, int64_t i, Error *err)
{
    Error why = {0};
    const char *ending = "";
    char *path = NULL;
    for (int e = 0; ending && !path && !why.code; ending = image_endings[e++])
        path = path_with(root, b, i, ending, &why);
    if (why.code) error_move(err, &why);
    return path;
}
