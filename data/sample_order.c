/* SPDX-License-Identifier: Apache-2.0 */
/* A window is a block of the sequence of permuted shards. Where the first one ends is drawn, so
 * that the same records do not meet in each epoch at the ends of shards of equal size. */
#include "data/sample_order.h"

#include "core/hash_map.h"
#include "core/io/file.h"
#include "core/io/tar_path.h"
#include "core/mem.h"
#include "core/rng.h"

#include <string.h>

/* Whether the start of a record's path, of n bytes, is a tar file and not a folder. */
static bool is_shard(const char *root, const char *path, size_t n)
{
    char *whole = file_join(root, path);
    const char *member = tar_path_member(whole);
    const bool is = member && strcmp(member, path + n + 1) == 0;
    mem_free(whole);
    return is;
}

/* The shard of a record, from 0 in the order of their first records, or -1. `known` maps names
 * to shards + 1, or to 0 for folders. */
static int64_t shard_of(const char *root, const char *path, HashMap *known, int64_t *shards)
{
    uint8_t key[HASH_BYTES];
    const size_t n = tar_path_split(path, 0);
    if (n == 0) return -1;
    hash_of(path, n, key);
    hash_map_make_room(known);
    int64_t shard = hash_map_get(known, key);
    if (shard < 0) {
        shard = is_shard(root, path, n) ? ++*shards : 0;
        hash_map_add(known, key, shard);
    }
    return shard - 1;
}

/* Sorts the records by unit. unit: [count]. */
static void sort(SampleOrder *o, const int64_t *unit)
{
    o->first = mem_calloc((size_t)o->units + 2, sizeof *o->first);
    o->record = mem_alloc((size_t)o->count * sizeof *o->record);
    for (int64_t i = 0; i < o->count; i++) o->first[unit[i] + 2]++;
    for (int64_t u = 2; u <= o->units; u++) o->first[u] += o->first[u - 1];
    for (int64_t i = 0; i < o->count; i++) o->record[o->first[unit[i] + 1]++] = i;
}

SampleOrder sample_order_new(const Annotations *a, const char *root, int64_t window)
{
    SampleOrder o = {.count = a->count, .window = window};
    HashMap known = {0};
    int64_t *unit = mem_alloc((size_t)(a->count + 1) * sizeof *unit);
    hash_map_make_room(&known);
    for (int64_t i = 0; i < a->count; i++)
        unit[i] = shard_of(root, a->image_path[i], &known, &o.shards);
    o.units = o.shards;
    for (int64_t i = 0; i < a->count; i++)
        if (unit[i] < 0) unit[i] = o.units++;
    if (o.shards > 0 && window > 0 && window < a->count) sort(&o, unit);
    hash_map_free(&known);
    mem_free(unit);
    return o;
}

void sample_order_free(SampleOrder *o)
{
    mem_free(o->first);
    mem_free(o->record);
    *o = (SampleOrder){0};
}

/* The records of permuted units, one unit after the other. */
static void put_units(const SampleOrder *o, Rng *rng, int64_t *order)
{
    int64_t *unit = mem_alloc((size_t)o->units * sizeof *unit), n = 0;
    rng_permutation(rng, o->units, unit);
    for (int64_t i = 0; i < o->units; i++)
        for (int64_t k = o->first[unit[i]]; k < o->first[unit[i] + 1]; k++)
            order[n++] = o->record[k];
    mem_free(unit);
}

/* Fisher-Yates. */
static void shuffle(Rng *rng, int64_t n, int64_t *order)
{
    for (int64_t i = n - 1; i > 0; i--) {
        const int64_t j = rng_below(rng, i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
}

void sample_order_epoch(const SampleOrder *o, uint64_t seed, uint32_t epoch, int64_t *order)
{
    Rng rng = rng_new(seed, epoch, 0, RNG_SHUFFLE);
    if (!o->first) {
        rng_permutation(&rng, o->count, order);
        return;
    }
    put_units(o, &rng, order);
    int64_t end = 1 + rng_below(&rng, o->window);
    for (int64_t at = 0; at < o->count; at = end, end += o->window) {
        if (end > o->count) end = o->count;
        shuffle(&rng, end - at, order + at);
    }
}
