/* SPDX-License-Identifier: Apache-2.0 */
/* Which images are the same: by name, by bytes, by looks. */
#include "core/mem.h"
#include "data/image/near_hashes.h"
#include "data/stats/stats_images.h"

#include <stdlib.h>
#include <string.h>

enum { BY_NAME = -1, BY_BYTES = 0, BY_LOOKS = 1 };

static bool in_training(const StatsImage *i) { return i->sets & 1U << STATS_TRAIN; }
static bool in_evaluation(const StatsImage *i) { return i->sets & ~(1U << STATS_TRAIN); }

/* An image by what it is compared with. */
typedef struct Key {
    uint8_t bytes[HASH_BYTES];
    int64_t image;
} Key;

static int by_bytes(const void *a, const void *b)
{
    const Key *x = a, *y = b;
    const int order = memcmp(x->bytes, y->bytes, HASH_BYTES);
    return order ? order : (x->image > y->image) - (x->image < y->image);
}

/* Takes note that evaluation image e shows the training image t, unless something closer is
 * known. */
static void set_leak(StatsImages *s, int64_t e, int64_t t, int distance)
{
    StatsImage *i = &s->at[e];
    if (t < 0 || !in_evaluation(i)) return;
    if (i->leak >= 0 && i->leak_distance <= distance) return;
    i->leak = t;
    i->leak_distance = distance;
}

static void find_leaks_by_name(StatsImages *s)
{
    for (int64_t i = 0; i < s->count; i++)
        if (in_training(&s->at[i])) set_leak(s, i, i, BY_NAME);
}

/* ---- equal files ------------------------------------------------------------------------- */

/* A run of equal keys. */
static void take_equal(StatsImages *s, const Key *key, int64_t n)
{
    int64_t trained = -1;
    if (n < 2) return;
    s->exact_groups++;
    s->exact_images += n;
    for (int64_t i = n - 1; i >= 0; i--) {
        s->at[key[i].image].exact = key[0].image;
        if (in_training(&s->at[key[i].image])) trained = key[i].image;
    }
    for (int64_t i = 0; i < n; i++) set_leak(s, key[i].image, trained, BY_BYTES);
}

static void group_equal(StatsImages *s)
{
    Key *key = mem_calloc((size_t)s->count + 1, sizeof *key);
    int64_t n = 0;
    for (int64_t i = 0; i < s->count; i++) {
        if (!stats_image_decoded(&s->at[i])) continue;
        memcpy(key[n].bytes, s->at[i].file, HASH_BYTES);
        key[n++].image = i;
    }
    qsort(key, (size_t)n, sizeof *key, by_bytes);
    for (int64_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && !memcmp(key[i].bytes, key[end].bytes, HASH_BYTES);) end++;
        take_equal(s, key + i, end - i);
    }
    mem_free(key);
}

/* ---- images that look alike -------------------------------------------------------------- */

/* Images of one perceptual hash, color and form, as a node of groups of such nodes. */
typedef struct Nodes {
    StatsImages *s;
    uint64_t *hash;   /* [nodes] ascending */
    int64_t *first;   /* [nodes] its first image */
    int64_t *next;    /* [images] the next image of the node; -1 */
    int64_t *last;    /* [nodes] its last image */
    int64_t *parent;  /* [nodes] of the tree of its group; itself at the root */
    int64_t *trained; /* [nodes] its first training image; -1 */
    int64_t nodes;
} Nodes;

enum { SHARING = 256 }; /* nodes of one hash at most */

typedef struct Look {
    uint64_t hash;
    int64_t image;
} Look;

static int by_look(const void *a, const void *b)
{
    const Look *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    return (x->image > y->image) - (x->image < y->image);
}

static int64_t collect_looks(const StatsImages *s, Look *look)
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->count; i++)
        if (stats_image_decoded(&s->at[i]) && !s->at[i].looks.flat)
            look[n++] = (Look){s->at[i].looks.bits, i};
    if (n) qsort(look, (size_t)n, sizeof *look, by_look);
    return n;
}

/* Whether two images of similar hashes have the same colors, and sides in the same proportion
 * up to a tenth. */
static bool confirm(const StatsImage *a, const StatsImage *b)
{
    const double x = (double)a->width * b->height, y = (double)b->width * a->height;
    return x < 1.1 * y && y < 1.1 * x && phash_same_colors(&a->looks, &b->looks);
}

static void add_node(Nodes *g, int64_t image)
{
    g->hash[g->nodes] = g->s->at[image].looks.bits;
    g->first[g->nodes] = g->last[g->nodes] = image;
    g->parent[g->nodes] = g->nodes;
    g->trained[g->nodes] = in_training(&g->s->at[image]) ? image : -1;
    g->nodes++;
}

static void add_to_node(Nodes *g, int64_t node, int64_t image)
{
    g->next[g->last[node]] = image;
    g->last[node] = image;
    if (g->trained[node] < 0 && in_training(&g->s->at[image])) g->trained[node] = image;
}

/* Puts an image into one of the nodes from `first` on, which share its hash. */
static void place(Nodes *g, int64_t first, int64_t image)
{
    StatsImages *s = g->s;
    for (int64_t n = first; n < g->nodes; n++)
        if (confirm(&s->at[g->first[n]], &s->at[image])) {
            add_to_node(g, n, image);
            return;
        }
    if (g->nodes - first < SHARING)
        add_node(g, image);
    else
        s->incomparable++;
}

static Nodes nodes_new(StatsImages *s)
{
    const size_t room = (size_t)s->count + 1;
    Look *look = mem_calloc(room, sizeof *look);
    const int64_t n = collect_looks(s, look);
    Nodes g = {.s = s,
               .hash = mem_calloc(room, sizeof *g.hash),
               .first = mem_calloc(room, sizeof *g.first),
               .next = mem_calloc(room, sizeof *g.next),
               .last = mem_calloc(room, sizeof *g.last),
               .parent = mem_calloc(room, sizeof *g.parent),
               .trained = mem_calloc(room, sizeof *g.trained)};
    int64_t first = 0;
    for (int64_t i = 0; i < s->count; i++) {
        g.next[i] = -1;
        s->incomparable += stats_image_decoded(&s->at[i]) && s->at[i].looks.flat;
    }
    for (int64_t i = 0; i < n; i++) {
        if (i == 0 || look[i].hash != look[i - 1].hash) first = g.nodes;
        place(&g, first, look[i].image);
    }
    mem_free(look);
    return g;
}

static void nodes_free(Nodes *g)
{
    mem_free(g->hash);
    mem_free(g->first);
    mem_free(g->next);
    mem_free(g->last);
    mem_free(g->parent);
    mem_free(g->trained);
}

static int64_t root_of(Nodes *g, int64_t node)
{
    while (g->parent[node] != node) node = g->parent[node] = g->parent[g->parent[node]];
    return node;
}

static void leak_node(Nodes *g, int64_t node, int64_t trained, int distance)
{
    for (int64_t i = g->first[node]; trained >= 0 && i >= 0; i = g->next[i])
        set_leak(g->s, i, trained, BY_LOOKS + distance);
}

static void join(void *to, int64_t a, int64_t b, int distance)
{
    Nodes *g = to;
    if (!confirm(&g->s->at[g->first[a]], &g->s->at[g->first[b]])) return;
    const int64_t x = root_of(g, a), y = root_of(g, b);
    if (x != y) g->parent[x < y ? y : x] = x < y ? x : y;
    leak_node(g, a, g->trained[b], distance);
    leak_node(g, b, g->trained[a], distance);
}

/* Gives every image the first image of its group; images alone have none. */
static void name_groups(Nodes *g)
{
    StatsImages *s = g->s;
    int64_t *least = mem_calloc((size_t)g->nodes + 1, sizeof *least);
    int64_t *size = mem_calloc((size_t)g->nodes + 1, sizeof *size);
    for (int64_t n = 0; n < g->nodes; n++) {
        const int64_t r = root_of(g, n);
        for (int64_t i = g->first[n]; i >= 0; i = g->next[i])
            if (!size[r]++ || i < least[r]) least[r] = i;
    }
    for (int64_t n = 0; n < g->nodes; n++) {
        const int64_t r = root_of(g, n);
        for (int64_t i = g->first[n]; size[r] > 1 && i >= 0; i = g->next[i])
            s->at[i].near = least[r];
        s->near_groups += r == n && size[r] > 1;
        s->near_images += r == n && size[r] > 1 ? size[r] : 0;
    }
    mem_free(size);
    mem_free(least);
}

static void group_alike(StatsImages *s, int distance)
{
    Nodes g = nodes_new(s);
    for (int64_t n = 0; n < g.nodes; n++) leak_node(&g, n, g.trained[n], 0);
    near_hashes(g.hash, g.nodes, distance, join, &g);
    name_groups(&g);
    nodes_free(&g);
}

void stats_images_compare(StatsImages *s, int distance)
{
    find_leaks_by_name(s);
    group_equal(s);
    group_alike(s, distance);
    for (int64_t i = 0; i < s->count; i++) s->leaked += s->at[i].leak >= 0;
    for (int64_t i = 0; i < s->count; i++)
        for (int set = STATS_TRAIN + 1; set < STATS_SETS; set++)
            s->leaks[set] += s->at[i].leak >= 0 && s->at[i].sets >> set & 1;
}
