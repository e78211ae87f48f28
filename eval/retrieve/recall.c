/* SPDX-License-Identifier: Apache-2.0 */
/* Ranks without a matrix of scores. The rank of a caption's image among all images is known
 * once all are there: until then each caption keeps its best scores. */
#include "eval/retrieve/recall.h"

#include "core/error.h"
#include "core/mem.h"

#include <stdbool.h>
#include <string.h>

const int64_t recall_k[RECALL_KS] = {1, 5, RECALL_MOST};

/* The images of one caption so far. */
typedef struct Best {
    float top[RECALL_MOST]; /* [count] the highest scores, descending */
    int32_t count;
    int32_t more; /* further scores that equal the last one of a full list */
    float own;    /* of its image */
    bool known;   /* its image was added */
} Best;

struct Recall {
    int64_t images, captions;
    const int64_t *first;
    Best *best; /* [captions] */
    int64_t added;
    double found[RECALL_KS]; /* sum over the images added */
};

Recall *recall_new(int64_t images, const int64_t *first)
{
    Recall *r = mem_calloc(1, sizeof *r);
    *r = (Recall){.images = images, .captions = first[images], .first = first};
    r->best = mem_calloc((size_t)r->captions + 1, sizeof *r->best);
    return r;
}

void recall_free(Recall *r)
{
    if (r) mem_free(r->best);
    mem_free(r);
}

double recall_chance(int64_t k, int64_t above, int64_t equal, int64_t own)
{
    double none = 1; /* of the first k */
    for (int64_t place = 0; place < k - above && none > 0; place++) {
        const int64_t others = equal - place;
        none *= others > 0 ? (double)others / (double)(others + own) : 0;
    }
    return 1 - none;
}

/* The captions of the image among all captions. */
static void rank_captions(Recall *r, int64_t image, const float *score)
{
    const int64_t begin = r->first[image], end = r->first[image + 1];
    float best = score[begin];
    int64_t above = 0, equal = 0, own = 0;
    for (int64_t t = begin; t < end; t++)
        if (score[t] > best) best = score[t];
    for (int64_t t = 0; t < r->captions; t++) {
        const bool mine = t >= begin && t < end;
        above += score[t] > best;
        equal += score[t] == best && !mine;
        own += score[t] == best && mine;
    }
    for (int i = 0; i < RECALL_KS; i++)
        r->found[i] += recall_chance(recall_k[i], above, equal, own);
}

static void insert(Best *b, float score)
{
    const bool full = b->count == RECALL_MOST;
    const float last = full ? b->top[RECALL_MOST - 1] : 0;
    if (full && score <= last) {
        b->more += score == last;
        return;
    }
    int32_t at = full ? RECALL_MOST - 1 : b->count++;
    for (; at > 0 && b->top[at - 1] < score; at--) b->top[at] = b->top[at - 1];
    b->top[at] = score;
    if (full) b->more = b->top[RECALL_MOST - 1] == last ? b->more + 1 : 0;
}

void recall_add(Recall *r, int64_t image, const float *score)
{
    CHECK(image >= 0 && image < r->images, "image %ld of %ld", image, r->images);
    CHECK(!r->best[r->first[image]].known, "image %ld: added twice", image);
    rank_captions(r, image, score);
    for (int64_t t = 0; t < r->captions; t++) insert(&r->best[t], score[t]);
    for (int64_t t = r->first[image]; t < r->first[image + 1]; t++) {
        r->best[t].own = score[t];
        r->best[t].known = true;
    }
    r->added++;
}

/* The probability that the caption's image is among the first k. */
static double chance_of(const Best *b, int64_t k)
{
    int64_t above = 0, equal = -1; /* not itself */
    for (int32_t i = 0; i < b->count; i++) {
        above += b->top[i] > b->own;
        equal += b->top[i] == b->own;
    }
    if (equal < 0) return 0; /* below the best ones */
    if (b->own == b->top[b->count - 1]) equal += b->more;
    return recall_chance(k, above, equal, 1);
}

RecallResult recall_result(const Recall *r)
{
    RecallResult x = {.images = r->added};
    for (int64_t t = 0; t < r->captions; t++) {
        if (!r->best[t].known) continue;
        x.captions++;
        for (int i = 0; i < RECALL_KS; i++)
            x.text_to_image[i] += chance_of(&r->best[t], recall_k[i]);
    }
    for (int i = 0; i < RECALL_KS; i++) {
        x.text_to_image[i] /= x.captions ? (double)x.captions : 1;
        x.image_to_text[i] = r->found[i] / (r->added ? (double)r->added : 1);
    }
    return x;
}
