/* SPDX-License-Identifier: Apache-2.0 */
/* Scans a tree one block of images at a time: reads their words, decodes and hashes pixels in
 * parallel; detects duplicates in file order; writes the reduced images in parallel. */
#include "data/folder/tree_scan.h"

#include "core/hash_map.h"
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/io/progress.h"
#include "core/mem.h"
#include "core/parallel.h"
#include "core/strings/strings.h"
#include "data/folder/pixel_hash.h"
#include "data/image/fit.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 256 };

/* The size limit above which Pillow refuses to decode; the published counts of the
 * collection depend on it. */
static const int64_t PIXELS_MAX = 178956970;
static const ImageRules rules = {
    .alpha = IMAGE_ALPHA_WHITE, .max_pixels = 179, .max_memory = 2048, .max_seconds = 60};

typedef struct Candidate {
    const char *path; /* relative to the tree; ends in .png */
    enum TreeVerdict verdict;
    LabeledImage labeled;
    uint8_t file_hash[HASH_BYTES], pixel_hash[HASH_BYTES];
    Image small;
    Error err;
} Candidate;

typedef struct Scan {
    const TreeSource *source;
    const DataFolder *folder;
    HashMap files, pixels; /* hashes of images that passed; extended only between blocks */
    Candidate candidate[BLOCK];
} Scan;

/* With a name before its ending. */
static bool is_png(const char *path)
{
    return strlen(path) > 4 && strings_end_in(path, ".png");
}

static int64_t big_endian(const uint8_t *p)
{
    return (int64_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
}

/* Whether an image exceeds the size limit. Its first chunk holds width and height, so it is
 * rejected before decoding. */
static bool is_giant(const Bytes *file)
{
    if (file->len < 24) return false;
    return big_endian(file->data + 16) * big_endian(file->data + 20) > PIXELS_MAX;
}

static enum TreeVerdict judge_bytes(const Scan *s, Candidate *c, const Bytes *file)
{
    hash_of(file->data, file->len, c->file_hash);
    if (hash_map_has(&s->files, c->file_hash)) return TREE_DUPLICATE;
    Image image;
    Error damage = {0};
    if (is_giant(file) ||
        image_decode(file->data, file->len, &rules, &image, &damage, &c->err) != 0)
        return TREE_BAD_PNG;
    if (damage.code) {
        image_free(&image);
        return TREE_BAD_PNG;
    }
    pixel_hash(&image, c->pixel_hash);
    if (c->labeled.tags == 0) {
        image_free(&image);
        return TREE_KEPT;
    }
    image_fit(&image, FIT_LONGEST, s->source->size, RESIZE_BILINEAR);
    c->small = image;
    return TREE_KEPT;
}

static enum TreeVerdict judge_png(const Scan *s, Candidate *c)
{
    char *path = file_join(s->source->root, c->path);
    Bytes file;
    enum TreeVerdict verdict = TREE_BAD_PNG;
    if (file_read_max(path, rules.max_memory << 20, &file, &c->err) == 0)
        verdict = judge_bytes(s, c, &file);
    bytes_free(&file);
    mem_free(path);
    return verdict;
}

static int judge(int64_t i, void *context, Error *err)
{
    Scan *s = context;
    Candidate *c = &s->candidate[i];
    c->verdict = s->source->words(s->source->context, c->path, &c->labeled, &c->err);
    if (c->verdict == TREE_KEPT) c->verdict = judge_png(s, c);
    return c->err.code == ERROR_DATA ? 0
                                     : error_move(err, &c->err); /* or the verdict says it */
}

/* Runs in file order, so the first of several equal images is kept. */
static void find_duplicates(Scan *s, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        Candidate *c = &s->candidate[i];
        if (c->verdict != TREE_KEPT) continue;
        if (hash_map_has(&s->pixels, c->pixel_hash)) {
            c->verdict = TREE_DUPLICATE;
            continue;
        }
        hash_map_add(&s->pixels, c->pixel_hash, 0);
        hash_map_add(&s->files, c->file_hash, 0);
    }
}

static int make_folder_of(const DataFolder *folder, const char *image, Error *err)
{
    char *dir = mem_format("%.*s", (int)(strrchr(image, '/') - image), image);
    const int status = folder_make(folder, dir, err);
    mem_free(dir);
    return status;
}

static int save(int64_t i, void *context, Error *err)
{
    Scan *s = context;
    Candidate *c = &s->candidate[i];
    if (c->verdict != TREE_KEPT || c->labeled.tags == 0) return 0;
    char *image = mem_format("images/%s", c->path);
    int status = make_folder_of(s->folder, image, err);
    if (status == 0) status = folder_image(s->folder, image, &c->small, err);
    mem_free(image);
    return status;
}

static void count(TreeCounts *r, const Candidate *c)
{
    r->images++;
    r->bad_words += c->verdict == TREE_BAD_WORDS;
    r->no_words += c->verdict == TREE_NO_WORDS;
    r->bad_png += c->verdict == TREE_BAD_PNG;
    r->duplicates += c->verdict == TREE_DUPLICATE;
    r->kept += c->verdict == TREE_KEPT;
    r->tagged += c->verdict == TREE_KEPT && c->labeled.tags > 0;
}

static void finish_block(Scan *s, int64_t n, LabeledSet *set, TreeCounts *r)
{
    for (int64_t i = 0; i < n; i++) {
        Candidate *c = &s->candidate[i];
        count(r, c);
        if (c->verdict == TREE_KEPT && c->labeled.tags > 0) {
            c->labeled.path = mem_strdup(c->path);
            labeled_set_add(set, &c->labeled);
        }
        labeled_free(&c->labeled);
        image_free(&c->small);
    }
}

static int scan_block(Scan *s, char **path, int64_t n, LabeledSet *set, TreeCounts *r,
                      Error *err)
{
    for (int64_t i = 0; i < n; i++) s->candidate[i] = (Candidate){.path = path[i]};
    int status = parallel_try(n, judge, s, err);
    if (status == 0) find_duplicates(s, n);
    if (status == 0) status = parallel_try(n, save, s, err);
    finish_block(s, n, set, r);
    return status;
}

/* Keeps only .png files that are not left out, and returns their number. */
static int64_t select_png(const TreeSource *source, Lines *files, TreeCounts *counts)
{
    size_t kept = 0;
    for (size_t i = 0; i < files->count; i++) {
        char *path = files->line[i];
        if (!is_png(path)) continue;
        if (source->is_left_out && source->is_left_out(path)) {
            counts->images++;
            counts->left_out++;
        } else {
            files->line[kept++] = path;
        }
    }
    files->count = kept;
    return (int64_t)kept;
}

/* The order of a walk through sorted folders, with a folder's files before its subfolders.
 * It determines which of several equal images is kept, and therefore its split. */
static int by_walk(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    size_t i = 0;
    while (x[i] && x[i] == y[i]) i++;
    const bool x_deeper = strchr(x + i, '/') != NULL, y_deeper = strchr(y + i, '/') != NULL;
    if (x_deeper != y_deeper) return x_deeper ? 1 : -1;
    const int cx = x[i] == '/' ? 0 : (unsigned char)x[i],
              cy = y[i] == '/' ? 0 : (unsigned char)y[i];
    return cx - cy;
}

static int scan_files(Scan *s, const Lines *files, LabeledSet *set, TreeCounts *r, Error *err)
{
    const int64_t total = (int64_t)files->count;
    Progress progress = progress_start(s->source->what, total);
    int status = 0;
    for (int64_t first = 0; first < total && status == 0; first += BLOCK) {
        const int64_t n = total - first < BLOCK ? total - first : BLOCK;
        status = scan_block(s, files->line + first, n, set, r, err);
        progress_step(&progress, first + n, NULL);
    }
    if (status == 0) progress_end(&progress, total);
    return status;
}

int tree_scan(const TreeSource *source, const DataFolder *folder, LabeledSet *set,
              TreeCounts *counts, Error *err)
{
    Lines files;
    if (file_walk(source->root, &files, err) != 0) return -1;
    const int64_t total = select_png(source, &files, counts);
    if (total) qsort(files.line, files.count, sizeof *files.line, by_walk);
    Scan *s = mem_calloc(1, sizeof *s);
    *s = (Scan){.source = source, .folder = folder};
    s->files = hash_map_new(total);
    s->pixels = hash_map_new(total);
    int status = total ? scan_files(s, &files, set, counts, err)
                       : error_set(err, ERROR_DATA, "%s: no .png files", source->root);
    hash_map_free(&s->files);
    hash_map_free(&s->pixels);
    mem_free(s);
    lines_free(&files);
    return status;
}
