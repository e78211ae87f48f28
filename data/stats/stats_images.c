/* SPDX-License-Identifier: Apache-2.0 */
/* Lists images and reads their files. */
#include "data/stats/stats_images.h"

#include "core/array.h"
#include "core/io/file.h"
#include "core/io/path_below.h"
#include "core/io/progress.h"
#include "core/io/tar_cache.h"
#include "core/io/tar_path.h"
#include "core/mem.h"
#include "core/parallel.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512 };

void stats_images_add(StatsImages *s, const char *name, int set, bool is_path)
{
    CHECK(set >= 0 && set < STATS_SETS, "set %d", set);
    s->at = array_grow(s->at, sizeof *s->at, s->count, &s->room);
    s->at[s->count++] = (StatsImage){.name = strings_add(&s->pool, name, strlen(name)),
                                     .sets = UINT32_C(1) << set,
                                     .is_path = is_path,
                                     .state = STATS_MISSING,
                                     .exact = -1,
                                     .near = -1,
                                     .leak = -1};
}

void stats_images_merge(StatsImages *s)
{
    int64_t kept = 0;
    if (s->count) qsort(s->at, (size_t)s->count, sizeof *s->at, strings_compare);
    for (int64_t i = 0; i < s->count; i++) {
        StatsImage *last = kept ? &s->at[kept - 1] : NULL;
        if (!last || strcmp(last->name, s->at[i].name) != 0) {
            s->at[kept++] = s->at[i];
            continue;
        }
        s->repeats += (last->sets & s->at[i].sets) != 0;
        last->sets |= s->at[i].sets;
        last->is_path = last->is_path || s->at[i].is_path;
    }
    s->count = kept;
}

/* ---- files ------------------------------------------------------------------------------- */

typedef struct Reading {
    StatsImages *images;
    const StatsReading *how;
    int64_t from;
    Error why[BLOCK];
} Reading;

static void describe(StatsImage *i, const Bytes *file, const Image *image)
{
    i->width = (int32_t)image->width;
    i->height = (int32_t)image->height;
    i->bytes = (int64_t)file->len;
    i->looks = image_phash(image);
    hash_of(file->data, file->len, i->file);
}

static int read_file(StatsImage *i, const char *path, const ImageRules *rules, Error *err)
{
    Bytes file = {0};
    Image image = {0};
    Error damage = {0};
    bool found = false;
    int status = tar_path_find(path, &found, err);
    i->state = found ? STATS_UNREADABLE : STATS_MISSING;
    if (status == 0 && !found) status = error_set(err, ERROR_DATA, "%s: no such file", path);
    if (status == 0) status = image_bytes(path, rules, &file, err);
    if (status == 0) {
        status = image_decode(file.data, file.len, rules, &image, &damage, err);
        if (status != 0) error_prefix(err, "%s", path);
    }
    if (status == 0) {
        i->state = damage.code ? STATS_DAMAGED : STATS_GOOD;
        describe(i, &file, &image);
    }
    image_free(&image);
    bytes_free(&file);
    return status;
}

/* A fault of the machine ends the run; one of the file is kept. */
static int read_image(int64_t n, void *context, Error *err)
{
    Reading *r = context;
    StatsImage *i = &r->images->at[r->from + n];
    Error *why = &r->why[n];
    char *path = i->is_path ? mem_strdup(i->name)
                            : path_below(r->how->root, i->name, r->how->absolute, why);
    i->state = STATS_UNREADABLE;
    if (path) read_file(i, path, &r->how->rules, why);
    mem_free(path);
    return why->code == ERROR_DATA ? 0 : error_move(err, why);
}

static void count(StatsImages *s, const StatsImage *i)
{
    s->good += i->state == STATS_GOOD;
    s->damaged += i->state == STATS_DAMAGED;
    s->unreadable += i->state == STATS_UNREADABLE;
    s->missing += i->state == STATS_MISSING;
    if (!stats_image_decoded(i)) return;
    s->bytes += i->bytes;
    distribution_add(&s->widths, i->width);
    distribution_add(&s->heights, i->height);
    distribution_add(&s->shortest, i->width < i->height ? i->width : i->height);
}

int stats_images_read(StatsImages *s, const StatsReading *how, Error *err)
{
    Progress progress = progress_start("reading images", s->count);
    Reading *r = mem_calloc(1, sizeof *r);
    int status = 0;
    StatsReading with_tars = *how;
    with_tars.rules.tars = tar_cache_new();
    *r = (Reading){.images = s, .how = &with_tars};
    for (; r->from < s->count && status == 0; r->from += BLOCK) {
        const int64_t n = s->count - r->from < BLOCK ? s->count - r->from : BLOCK;
        memset(r->why, 0, sizeof r->why);
        status = parallel_try(n, read_image, r, err);
        for (int64_t i = 0; i < n && status == 0; i++) {
            count(s, &s->at[r->from + i]);
            error_move(&s->first_bad, &r->why[i]);
        }
        progress_step(&progress, r->from + n, NULL);
    }
    if (status == 0) progress_end(&progress, s->count);
    tar_cache_free(with_tars.rules.tars);
    mem_free(r);
    return status;
}

void stats_images_free(StatsImages *s)
{
    mem_free(s->at);
    strings_free(&s->pool);
    distribution_free(&s->widths);
    distribution_free(&s->heights);
    distribution_free(&s->shortest);
    *s = (StatsImages){0};
}
