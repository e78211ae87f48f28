/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks images by a radix sort, whose stability orders equal scores by image. */
#include "eval/metrics/image_order.h"

#include "core/error.h"
#include "core/mem.h"

#include <math.h>
#include <string.h>

enum { DIGIT = 11, DIGITS = 6, VALUES = 1 << DIGIT };

ImageOrder image_order_new(int64_t room)
{
    CHECK(room >= 0 && room <= INT32_MAX, "%ld images", room);
    ImageOrder r = {.room = room};
    const size_t n = (size_t)room + 1;
    r.mark = mem_alloc(n);
    for (int i = 0; i < 2; i++) {
        r.key[i] = mem_alloc(n * sizeof *r.key[i]);
        r.index[i] = mem_alloc(n * sizeof *r.index[i]);
    }
    return r;
}

void image_order_free(ImageOrder *r)
{
    for (int i = 0; i < 2; i++) {
        mem_free(r->index[i]);
        mem_free(r->key[i]);
    }
    mem_free(r->mark);
    *r = (ImageOrder){0};
}

/* A number that grows as the score falls. Both zeros are the same score. */
static uint64_t falling(double score)
{
    const double plain = score + 0.0;
    uint64_t bits;
    memcpy(&bits, &plain, sizeof bits);
    return bits >> 63 ? bits : bits ^ INT64_MAX;
}

/* Collects the images to rank and counts the values of each digit of their keys. */
static void collect(ImageOrder *r, int64_t images, const double *score, const int8_t *truth,
                    uint32_t count[DIGITS][VALUES])
{
    int64_t n = 0;
    for (int64_t i = 0; i < images; i++) {
        if (truth[i] < 0) continue;
        const uint64_t key = falling(score[i]);
        r->key[0][n] = key;
        r->index[0][n++] = (int32_t)i;
        for (int d = 0; d < DIGITS; d++) count[d][key >> (d * DIGIT) & (VALUES - 1)]++;
    }
    r->images = n;
}

/* Moves all images by one digit of their keys; false if all have the same digit there. */
static bool move(const ImageOrder *r, int digit, uint32_t *count, int from)
{
    uint32_t at = 0;
    for (int v = 0; v < VALUES; v++) {
        const uint32_t n = count[v];
        if (n == r->images) return false;
        count[v] = at;
        at += n;
    }
    for (int64_t i = 0; i < r->images; i++) {
        const uint64_t key = r->key[from][i];
        const uint32_t to = count[key >> (digit * DIGIT) & (VALUES - 1)]++;
        r->key[!from][to] = key;
        r->index[!from][to] = r->index[from][i];
    }
    return true;
}

static void mark(ImageOrder *r, const uint64_t *key, const int8_t *truth)
{
    r->positives = r->depth = 0;
    for (int64_t i = 0; i < r->images; i++) {
        const bool positive = truth[r->image[i]] > 0, tied = i > 0 && key[i] == key[i - 1];
        r->mark[i] = (positive ? ORDER_POSITIVE : 0) | (tied ? ORDER_TIED : 0);
        r->positives += positive;
        if (positive || (tied && r->depth == i)) r->depth = i + 1;
    }
}

void image_order_sort(ImageOrder *r, int64_t images, const double *score, const int8_t *truth)
{
    CHECK(images <= r->room, "%ld images, room for %ld", images, r->room);
    uint32_t count[DIGITS][VALUES] = {0};
    int in = 0;
    collect(r, images, score, truth, count);
    for (int d = 0; d < DIGITS; d++)
        if (move(r, d, count[d], in)) in = !in;
    r->image = r->index[in];
    mark(r, r->key[in], truth);
}

void image_order_drop(ImageOrder *r, const int8_t *truth)
{
    int64_t n = 0;
    bool tied = false; /* with the last image that was kept */
    r->positives = r->depth = 0;
    for (int64_t i = 0; i < r->images; i++) {
        tied = tied && r->mark[i] & ORDER_TIED;
        if (truth[r->image[i]] < 0) continue;
        const bool positive = r->mark[i] & ORDER_POSITIVE;
        r->image[n] = r->image[i];
        r->mark[n] = (positive ? ORDER_POSITIVE : 0) | (tied ? ORDER_TIED : 0);
        r->positives += positive;
        if (positive || (tied && r->depth == n)) r->depth = n + 1;
        n++;
        tied = true;
    }
    r->images = n;
}

double image_order_ap(const ImageOrder *r)
{
    double sum = 0;
    int64_t hits = 0;
    for (int64_t i = 0; hits < r->positives; i++)
        if (r->mark[i] & ORDER_POSITIVE) sum += (double)++hits / (double)(i + 1);
    return sum / ((double)r->positives + 1e-8);
}

double image_order_group(int64_t rank, int64_t before, int64_t t, int64_t r)
{
    const double first = (double)before + 1;
    const double step = t > 1 ? (double)(r - 1) / (double)(t - 1) : 0;
    double sum = 0;
    for (int64_t j = 0; j < t; j++) sum += (first + (double)j * step) / (double)(rank + j + 1);
    return sum * (double)r / (double)t;
}

double image_order_expected_ap(const ImageOrder *r)
{
    double sum = 0;
    int64_t before = 0;
    for (int64_t first = 0, end; first < r->depth; first = end) {
        int64_t hits = r->mark[first] & ORDER_POSITIVE;
        for (end = first + 1; end < r->depth && r->mark[end] & ORDER_TIED; end++)
            hits += r->mark[end] & ORDER_POSITIVE;
        if (hits) sum += image_order_group(first, before, end - first, hits);
        before += hits;
    }
    return r->positives ? sum / (double)r->positives : 0;
}
