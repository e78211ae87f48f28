/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the parts of a data folder and reads them. */
#include "data/stats/stats.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "data/benchmark.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIED = 64 }; /* images of a set that are looked for in a folder */

static const char *root_of(const StatsConfig *c) { return c->root ? c->root : c->folder; }

/* ---- training ---------------------------------------------------------------------------- */

static int open_tags(Stats *s, Error *err)
{
    static const char *const names[] = {"train_tags.txt", "tags.txt", NULL};
    const StatsConfig *c = s->config;
    char *path = c->tags ? mem_strdup(c->tags) : file_first_of(c->folder, names);
    if (!path)
        return error_set(err, ERROR_DATA, "%s: no train_tags.txt: give the list with --tags",
                         c->folder);
    const int status = tags_read_used(path, &s->tags, err);
    mem_free(path);
    return status;
}

static int read_training(Stats *s, Error *err)
{
    const StatsConfig *c = s->config;
    char *own = file_join(c->folder, "train.json");
    const char *const one[] = {own};
    const bool given = c->train_files > 0;
    s->trained = given || file_exists(own);
    int status = s->trained ? open_tags(s, err) : 0;
    if (status == 0 && s->trained)
        status = record_stats_read(given ? c->train : one, given ? c->train_files : 1, &s->tags,
                                   &s->records, &s->images, err);
    mem_free(own);
    return status;
}

/* ---- evaluation sets --------------------------------------------------------------------- */

static bool holds_one(const char *root, const Benchmark *b)
{
    bool found = false;
    for (int64_t i = 0; i < b->images && i < TRIED && !found; i++) {
        char *path = benchmark_image_path(root, b, i, NULL);
        found = path != NULL;
        mem_free(path);
    }
    return found;
}

/* The first of the root, FOLDER/imgs, the folder above and FOLDER that holds an image; the root
 * if none does. Owned. */
static char *images_root(const char *root, const char *folder, const Benchmark *b)
{
    char *place[] = {mem_strdup(root), file_join(folder, "imgs"), file_folder(folder),
                     mem_strdup(folder)};
    int chosen = 0;
    for (int i = 3; i >= 0; i--)
        if (holds_one(place[i], b)) chosen = i;
    for (int i = 0; i < 4; i++)
        if (i != chosen) mem_free(place[i]);
    return place[chosen];
}

/* The path without the root before it, so that it equals the name in train.json. */
static const char *below(const char *path, const char *root)
{
    const size_t n = strlen(root);
    if (n && strncmp(path, root, n) == 0 && (path[n] == '/' || root[n - 1] == '/'))
        return path + n + (path[n] == '/');
    return path;
}

static void add_image(Stats *s, const char *root, const Benchmark *b, int64_t i, int set)
{
    char *path = benchmark_image_path(root, b, i, NULL);
    const char *name = path ? below(path, root_of(s->config)) : b->image[i];
    stats_images_add(&s->images, name, set, path && name == path);
    mem_free(path);
}

static void count_labels(StatsSet *set, const Benchmark *b)
{
    for (int64_t i = 0; i < b->images; i++) {
        int64_t n = 0;
        for (int64_t k = 0; k < b->tags; k++) n += b->truth[i * b->tags + k] == TRUTH_PRESENT;
        set->labels += n;
        set->untagged += n == 0;
    }
    for (int64_t k = 0; k < b->tags; k++) {
        int64_t i = 0;
        while (i < b->images && b->truth[i * b->tags + k] != TRUTH_PRESENT) i++;
        set->absent_tags += i == b->images;
    }
    set->images = b->images;
    set->tags = b->tags;
}

static int read_set(Stats *s, const char *folder, Error *err)
{
    TagList tags = {0};
    Benchmark b = {0};
    if (s->sets + 1 >= STATS_SETS)
        return error_set(err, ERROR_USAGE, "%s: more than %d evaluation sets", folder,
                         STATS_SETS - 1);
    char *list = file_join(folder, "tags.txt"), *lines = file_join(folder, "annotations.txt");
    int status = tags_read_used(list, &tags, err);
    if (status == 0) status = benchmark_read(lines, &tags, &b, err);
    if (status == 0) {
        StatsSet *set = &s->set[++s->sets];
        char *root = images_root(root_of(s->config), folder, &b);
        set->name = mem_strdup(folder);
        count_labels(set, &b);
        for (int64_t i = 0; i < b.images; i++) add_image(s, root, &b, i, s->sets);
        mem_free(root);
    }
    benchmark_free(&b);
    tags_free(&tags);
    mem_free(lines);
    mem_free(list);
    return status;
}

/* The folder itself and its subfolders, if they are evaluation sets. */
static int read_own_sets(Stats *s, Error *err)
{
    static const char *const names[] = {"", "seen", "unseen", "test", "all"};
    int status = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names && status == 0; i++) {
        bool found;
        char *folder =
            *names[i] ? file_join(s->config->folder, names[i]) : mem_strdup(s->config->folder);
        char *lines = file_join(folder, "annotations.txt");
        status = file_find(lines, &found, err);
        if (status == 0 && found) status = read_set(s, folder, err);
        mem_free(lines);
        mem_free(folder);
    }
    return status;
}

static int read_sets(Stats *s, Error *err)
{
    const StatsConfig *c = s->config;
    int status = 0;
    for (int64_t i = 0; i < c->evals && status == 0; i++) status = read_set(s, c->eval[i], err);
    return c->evals ? status : read_own_sets(s, err);
}

/* ---- order ------------------------------------------------------------------------------- */

typedef struct Ranked {
    int64_t count, tag;
} Ranked;

static int by_count(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return (x->tag > y->tag) - (x->tag < y->tag);
}

static void rank_tags(Stats *s)
{
    const size_t n = (size_t)s->tags.count;
    Ranked *r = mem_calloc(n + 1, sizeof *r);
    s->order = mem_calloc(n + 1, sizeof *s->order);
    for (size_t k = 0; k < n; k++) r[k] = (Ranked){s->records.per_tag[k], (int64_t)k};
    qsort(r, n, sizeof *r, by_count);
    for (size_t k = 0; k < n; k++) s->order[k] = r[k].tag;
    mem_free(r);
}

static void rank_pairs(Stats *s)
{
    const StatsConfig *c = s->config;
    const RecordStats *r = &s->records;
    const int64_t annotated = r->records - r->unannotated;
    const size_t room = (size_t)c->pairs + 1;
    s->by_count = mem_calloc(room, sizeof *s->by_count);
    s->by_pmi = mem_calloc(room, sizeof *s->by_pmi);
    s->counts =
        pair_counts_top(&r->pairs, r->per_tag, annotated, false, 0, s->by_count, c->pairs);
    s->pmis =
        pair_counts_top(&r->pairs, r->per_tag, annotated, true, c->least, s->by_pmi, c->pairs);
}

double stats_head_share(const Stats *s)
{
    int64_t head = 0;
    for (int64_t i = 0; i < (s->tags.count + 9) / 10; i++)
        head += s->records.per_tag[s->order[i]];
    return s->records.labels ? (double)head / (double)s->records.labels : (double)NAN;
}

int stats_read(const StatsConfig *config, Stats *s, Error *err)
{
    *s = (Stats){.config = config};
    if (file_need_dir(config->folder, "", err) != 0) return -1;
    if (read_training(s, err) != 0 || read_sets(s, err) != 0) return -1;
    if (!s->trained && !s->sets)
        return error_set(err, ERROR_DATA,
                         "%s: neither train.json nor annotations.txt: not a data folder",
                         config->folder);
    if (s->trained) {
        rank_tags(s);
        rank_pairs(s);
    }
    stats_images_merge(&s->images);
    const StatsReading how = {root_of(config), config->absolute, config->rules};
    if (config->images && stats_images_read(&s->images, &how, err) != 0) return -1;
    stats_images_compare(&s->images, (int)config->distance);
    return 0;
}

void stats_free(Stats *s)
{
    for (int i = 1; i <= s->sets; i++) mem_free(s->set[i].name);
    tags_free(&s->tags);
    record_stats_free(&s->records);
    stats_images_free(&s->images);
    mem_free(s->by_count);
    mem_free(s->by_pmi);
    mem_free(s->order);
    *s = (Stats){0};
}
