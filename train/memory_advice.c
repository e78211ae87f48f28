/* SPDX-License-Identifier: Apache-2.0 */
/* Which settings would fit: each is found by the estimate itself, so that a run with it is not
 * refused again. */
#include "core/io/text.h"
#include "core/json/file_info.h"
#include "core/mem.h"
#include "train/memory_need.h"

#include <stddef.h>
#include <stdint.h>

/* What an advice fills: the next start may find a little less. */
static const double MARGIN = 0.99;

typedef struct Advice {
    const MemoryFacts *facts;
    double available;
    Text text; /* settings that fit, separated by "; " */
} Advice;

/* Settings that are numbers, and the lowest value that is still advised. */
typedef struct Number {
    const char *name;
    size_t offset;
    int64_t lowest;
} Number;

static const Number batch = {"train.batch", offsetof(Config, train.batch), 1};
static const Number others[] = {
    {"model.tile", offsetof(Config, model.tile), 256},
    {"loader.prefetch", offsetof(Config, loader.prefetch), 1},
    {"loader.cache", offsetof(Config, loader.cache), 0},
    {"eval.batch", offsetof(Config, eval.batch), 1},
};
enum { OTHERS = sizeof others / sizeof *others };

static int64_t *value(Config *c, const Number *n)
{
    return (int64_t *)(void *)((char *)c + n->offset);
}

static bool fits(const Advice *a, const Config *c)
{
    const MemoryNeed need = memory_need(a->facts, c);
    return need.total <= MARGIN * a->available && !need.more;
}

static bool fits_with(const Advice *a, Config c, const Number *n, int64_t x)
{
    *value(&c, n) = x;
    return fits(a, &c);
}

/* The largest value that fits, at most that of c; -1: not even the lowest does. */
static int64_t largest(const Advice *a, const Config *c, const Number *n)
{
    Config k = *c;
    int64_t low = n->lowest, high = *value(&k, n);
    if (low > high || !fits_with(a, k, n, low)) return -1;
    while (low < high) {
        const int64_t middle = high - (high - low) / 2;
        if (fits_with(a, k, n, middle))
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

static void begin(Advice *a) { text_put(&a->text, a->text.len ? "; " : ""); }

static void add_number(Advice *a, const Config *c, const Number *n)
{
    const int64_t x = largest(a, c, n);
    if (x < 0) return;
    begin(a);
    text_add(&a->text, "%s=%ld", n->name, x);
}

/* The largest batch with which as many images make a step, at most `most`. */
static int64_t divisor(int64_t images, int64_t most)
{
    while (images % most) most--;
    return most;
}

/* " train.batch=13 optim.accumulate=4" */
static void put_batch(Advice *a, const Config *c, int64_t most)
{
    const int64_t images = c->train.batch * c->optim.accumulate, B = divisor(images, most);
    text_add(&a->text, "train.batch=%ld optim.accumulate=%ld", B, images / B);
}

/* The largest batch, and the largest one that keeps the images of a step. */
static void add_batch(Advice *a, const Config *c)
{
    const int64_t most = largest(a, c, &batch);
    if (most < 1) return;
    if (divisor(c->train.batch * c->optim.accumulate, most) < most) add_number(a, c, &batch);
    begin(a);
    put_batch(a, c, most);
    text_put(&a->text, " (as many images per step)");
}

static bool is_measured(const Advice *a, int level)
{
    return a->facts->train[level][0].images > 0;
}

static const char *const level_name[] = {"none", "blocks", "stages"};

static void add_recompute(Advice *a, const Config *c)
{
    Config k = *c;
    for (k.model.recompute++; k.model.recompute < RECOMPUTE_LEVELS; k.model.recompute++) {
        if (!is_measured(a, k.model.recompute) || !fits(a, &k)) continue;
        begin(a);
        text_add(&a->text, "model.recompute=%s", level_name[k.model.recompute]);
        return;
    }
}

/* No single setting is enough: all at their lowest, with the largest batch. */
static void add_all(Advice *a, const Config *c)
{
    Config k = *c;
    while (k.model.recompute + 1 < RECOMPUTE_LEVELS && is_measured(a, k.model.recompute + 1))
        k.model.recompute++;
    for (int i = 0; i < OTHERS; i++)
        if (*value(&k, &others[i]) > others[i].lowest)
            *value(&k, &others[i]) = others[i].lowest;
    const int64_t most = largest(a, &k, &batch);
    if (most < 1) return;
    if (k.model.recompute != c->model.recompute)
        text_add(&a->text, "model.recompute=%s ", level_name[k.model.recompute]);
    for (int i = 0; i < OTHERS; i++)
        if (*value(&k, &others[i]) != *value((Config *)c, &others[i]))
            text_add(&a->text, "%s=%ld ", others[i].name, *value(&k, &others[i]));
    put_batch(a, c, most);
}

int memory_need_refuse(const MemoryFacts *f, const Config *c, double available, Error *err)
{
    Advice a = {.facts = f, .available = available};
    char need_size[24], have_size[24];
    const MemoryNeed need = memory_need(f, c);
    char *parts = memory_need_text(&need);
    add_batch(&a, c);
    add_recompute(&a, c);
    for (int i = 0; i < OTHERS; i++) add_number(&a, c, &others[i]);
    if (!a.text.len) add_all(&a, c);
    error_set(err, ERROR_USAGE, "memory: the run needs %s %s, and %s are available: %s; %s%s",
              need.more ? "more than" : "about", file_info_size((int64_t)need.total, need_size),
              file_info_size((int64_t)available, have_size), parts,
              a.text.len ? "what fits: "
                         : "no batch fits: choose a smaller model.encoder or a larger machine",
              a.text.len ? a.text.data : "");
    text_free(&a.text);
    mem_free(parts);
    return -1;
}
