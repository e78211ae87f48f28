/* SPDX-License-Identifier: Apache-2.0 */
/* Sums of what a run has in memory at its peak. */
#include "train/memory_need.h"

#include "core/io/text.h"
#include "core/json/file_info.h"
#include "core/math/pieces.h"
#include "core/mem.h"

#include <math.h>

/* What the shards of a batch take together. */
typedef struct Work {
    double images, tile;
    bool more; /* or more */
} Work;

/* Where the line through two measured points is at b images. */
static double at(const ShardBytes s[static 2], double first, double second, int64_t b)
{
    const int64_t more = s[1].images - s[0].images;
    if (more == 0) return first * (double)b / (double)s[0].images;
    return first + (second - first) * (double)(b - s[0].images) / (double)more;
}

/* What the gradients of a tile add to those of the images: all of it if the pool gives none of
 * their memory out again, nothing if all. In four batches of the test that were looked at, it
 * was 16 to 52% of the smaller. */
static double new_grads(double tile, double images) { return tile - fmin(tile, images) / 2; }

/* A shard of b images that decodes so many image-tag pairs at a time. */
static Work shard_work(const ShardBytes s[static 2], int64_t b, int64_t pairs)
{
    if (b == 0 || s[0].images == 0) return (Work){0};
    const double kept = at(s, s[0].kept, s[1].kept, b);
    const double inner = at(s, s[0].inner, s[1].inner, b);
    const double grads = at(s, s[0].grads, s[1].grads, b);
    const double decoder = s[0].tile + s[0].row * (double)pairs;
    return (Work){.images = kept + inner + grads,
                  .tile =
                      fmax(0, decoder - inner) + new_grads(s[0].grad * (double)pairs, grads),
                  .more = s[0].more || (b > 1 && s[1].more)};
}

/* Of tags: as many as fit into model.tile, at least one. */
static int64_t tag_pairs(const Config *c, int64_t b, int64_t tags)
{
    const int64_t fit = b > 0 ? c->model.tile / b : 0;
    return b * least_of(tags, fit > 0 ? fit : 1);
}

/* A shard decodes its tags in tiles, and all captions of the batch at once. */
static int64_t train_pairs(const MemoryFacts *f, const Config *c, int64_t b)
{
    const int64_t tags = c->loss.weight_tag != 0 ? tag_pairs(c, b, f->tags) : 0;
    const int64_t captions = c->loss.weight_align != 0 ? b * c->train.batch : 0;
    return tags > captions ? tags : captions;
}

static int64_t eval_pairs(const MemoryFacts *f, const Config *c, int64_t b)
{
    return tag_pairs(c, b, f->eval_tags);
}

/* B images in shards, some of which have one image more than the others. */
static Work batch_work(const MemoryFacts *f, const Config *c, const ShardBytes s[static 2],
                       int64_t (*pairs)(const MemoryFacts *, const Config *, int64_t),
                       int64_t B)
{
    const int64_t b = B / f->shards, larger = B % f->shards;
    const Work few = shard_work(s, b, pairs(f, c, b));
    const Work more = larger ? shard_work(s, b + 1, pairs(f, c, b + 1)) : few;
    const double n = (double)(f->shards - larger), m = (double)larger;
    return (Work){n * few.images + m * more.images, n * few.tile + m * more.tile,
                  few.more || more.more};
}

static double loader_bytes(const MemoryFacts *f, const Config *c)
{
    const double images = (double)((c->loader.prefetch + 1) * c->train.batch);
    return images * f->prepared + f->decoding +
           fmin((double)c->loader.cache * 0x1p20, f->decoded);
}

/* Values, pixels and scores; of each score the truth beside it. */
static double eval_bytes(const MemoryFacts *f, const Config *c)
{
    const int64_t B = least_of(c->eval.batch, f->eval_images);
    const Work work = batch_work(f, c, f->eval, eval_pairs, B);
    const double scores = (double)(f->eval_images + B) * (double)f->eval_tags;
    return work.images + work.tile + (double)B * f->view + scores * (sizeof(float) + 1);
}

MemoryNeed memory_need(const MemoryFacts *f, const Config *c)
{
    MemoryNeed need = {.part = {[MEMORY_MODEL] = f->model,
                                [MEMORY_LABELS] = f->labels,
                                [MEMORY_LOADER] = loader_bytes(f, c),
                                [MEMORY_PROGRAM] = f->program}};
    const Work step =
        batch_work(f, c, f->train[c->model.recompute], train_pairs, c->train.batch);
    need.part[MEMORY_IMAGES] = step.images + f->teacher;
    need.part[MEMORY_TILE] = step.tile;
    need.more = step.more;
    if (f->eval_images > 0)
        need.part[MEMORY_EVALUATION] = fmax(0, eval_bytes(f, c) - step.images - step.tile);
    const double later = step.images + f->teacher + step.tile + need.part[MEMORY_LOADER] +
                         need.part[MEMORY_EVALUATION];
    need.part[MEMORY_RESUMING] = fmax(0, f->resumed - later);
    for (int i = 0; i < MEMORY_PARTS; i++) need.total += need.part[i];
    return need;
}

static const char *const name[MEMORY_PARTS] = {
    [MEMORY_MODEL] = "model and optimizer",
    [MEMORY_LABELS] = "labels",
    [MEMORY_IMAGES] = "images of the batch",
    [MEMORY_TILE] = "tile",
    [MEMORY_LOADER] = "loader",
    [MEMORY_EVALUATION] = "evaluation",
    [MEMORY_RESUMING] = "resuming",
    [MEMORY_PROGRAM] = "program",
};

/* The part that follows `last` by size; -1: none. Equal ones in the order of the
 * enumeration. */
static int next_smaller(const MemoryNeed *need, int last)
{
    int best = -1;
    for (int i = 0; i < MEMORY_PARTS; i++) {
        const double x = need->part[i];
        const bool later =
            last < 0 || x < need->part[last] || (x == need->part[last] && i > last);
        if (later && (best < 0 || x > need->part[best])) best = i;
    }
    return best;
}

char *memory_need_text(const MemoryNeed *need)
{
    Text t = {0};
    char size[24];
    for (int i = -1; (i = next_smaller(need, i)) >= 0 && need->part[i] >= 0x1p20;)
        text_add(&t, "%s%s %s", t.len ? ", " : "", name[i],
                 file_info_size((int64_t)need->part[i], size));
    char *out = mem_strdup(t.data ? t.data : "");
    text_free(&t);
    return out;
}
