/* SPDX-License-Identifier: Apache-2.0 */
/* Counts agreements and errors per tag. */
#include "data/prepare/tag_compare.h"

#include "core/mem.h"
#include "core/strings/utf8.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EXAMPLE_BYTES = 200 };

static TagMisses *misses_new(int64_t tags)
{
    TagMisses *m = mem_calloc((size_t)tags, sizeof *m);
    for (int64_t k = 0; k < tags; k++) m[k].tag = (int32_t)k;
    return m;
}

TagCompare tag_compare_new(int64_t tags)
{
    return (TagCompare){.add = misses_new(tags), .miss = misses_new(tags), .tags = tags};
}

void tag_compare_free(TagCompare *c)
{
    mem_free(c->add);
    mem_free(c->miss);
    strings_free(&c->pool);
    *c = (TagCompare){0};
}

static void count(TagCompare *c, TagMisses *m, const char *caption)
{
    if (m->count++ > 0) return;
    m->example =
        strings_add(&c->pool, caption, utf8_cut(caption, strlen(caption), EXAMPLE_BYTES));
}

void tag_compare_add(TagCompare *c, const TagIds *parsed, const TagIds *given,
                     const TagIds *spelled, const char *caption)
{
    for (int64_t i = 0; i < parsed->count; i++) {
        const int32_t k = parsed->id[i];
        const bool right = tag_ids_have(given->id, given->count, k);
        c->right += right;
        c->added += !right;
        if (!right) count(c, &c->add[k], caption);
    }
    for (int64_t i = 0; i < given->count; i++) {
        const int32_t k = given->id[i];
        if (tag_ids_have(parsed->id, parsed->count, k)) continue;
        c->missed++;
        c->spelled += tag_ids_have(spelled->id, spelled->count, k);
        count(c, &c->miss[k], caption);
    }
}

static int by_count(const void *a, const void *b)
{
    const TagMisses *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return (x->tag > y->tag) - (x->tag < y->tag);
}

void tag_compare_rank(TagCompare *c)
{
    qsort(c->add, (size_t)c->tags, sizeof *c->add, by_count);
    qsort(c->miss, (size_t)c->tags, sizeof *c->miss, by_count);
}

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : (double)NAN;
}

double tag_compare_precision(const TagCompare *c)
{
    return share(c->right, c->right + c->added);
}

double tag_compare_recall(const TagCompare *c) { return share(c->right, c->right + c->missed); }

double tag_compare_f1(const TagCompare *c)
{
    return share(2 * c->right, 2 * c->right + c->added + c->missed);
}

double tag_compare_spelled_recall(const TagCompare *c)
{
    return share(c->right, c->right + c->spelled);
}
