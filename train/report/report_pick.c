/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing the images whose tags the model ranks best and worst. */
#include "core/json/json.h"
#include "core/mem.h"
#include "train/report/report_scores.h"

#include <math.h>
#include <stdlib.h>

/* Tags of an image that a page shows. */
enum { TAGS = 10, AT_LEAST = 3 };

typedef struct Judged {
    int64_t image, positives;
    double ap;
} Judged;

/* AP of the positives of an image among all its tags; a negative with the score of a positive
 * ranks before it. */
static Judged judge(const Scores *s, int64_t image)
{
    const float *score = &s->score[image * s->tags];
    const uint8_t *truth = &s->truth[image * s->tags];
    Judged j = {.image = image};
    for (int64_t k = 0; k < s->tags; k++) {
        if (truth[k] != TRUTH_PRESENT) continue;
        int64_t above = 0, positives = 1;
        for (int64_t q = 0; q < s->tags; q++) {
            above += truth[q] == TRUTH_ABSENT && score[q] >= score[k];
            positives += truth[q] == TRUTH_PRESENT &&
                         (score[q] > score[k] || (score[q] >= score[k] && q < k));
        }
        j.ap += (double)positives / (double)(positives + above);
        j.positives++;
    }
    if (j.positives) j.ap /= (double)j.positives;
    return j;
}

/* Highest AP first; of equal ones the image with more tags, which are harder to rank. */
static int by_ap(const void *a, const void *b)
{
    const Judged *x = a, *y = b;
    if (x->ap != y->ap) return x->ap > y->ap ? -1 : 1;
    if (x->positives != y->positives) return x->positives > y->positives ? -1 : 1;
    return (x->image > y->image) - (x->image < y->image);
}

typedef struct Tag {
    int64_t at;
    float score;
} Tag;

static int by_score(const void *a, const void *b)
{
    const Tag *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static json_t *tag_json(const Scores *s, int64_t image, const Tag *tag)
{
    json_t *one = json_pair("tag", json_text(s->tag[tag->at]));
    json_object_set_new(one, "score", json_digits((double)tag->score, 4));
    if (s->truth[image * s->tags + tag->at] == TRUTH_UNKNOWN)
        json_object_set_new(one, "unknown", json_true());
    return one;
}

/* The tags that reach their thresholds, or at least the first ones. */
static json_t *tags_json(const Scores *s, int64_t image)
{
    Tag *tag = mem_alloc((size_t)s->tags * sizeof *tag);
    json_t *tags = json_array();
    for (int64_t k = 0; k < s->tags; k++) tag[k] = (Tag){k, s->score[image * s->tags + k]};
    if (s->tags) qsort(tag, (size_t)s->tags, sizeof *tag, by_score);
    for (int64_t k = 0; k < s->tags && json_array_size(tags) < TAGS; k++)
        if (tag[k].score >= s->threshold[tag[k].at] || k < AT_LEAST)
            json_array_append_new(tags, tag_json(s, image, &tag[k]));
    mem_free(tag);
    return tags;
}

static json_t *truth_json(const Scores *s, int64_t image)
{
    json_t *truth = json_array();
    for (int64_t k = 0; k < s->tags && json_array_size(truth) < 2 * TAGS; k++)
        if (s->truth[image * s->tags + k] == TRUTH_PRESENT)
            json_array_append_new(truth, json_text(s->tag[k]));
    return truth;
}

static json_t *image_json(const Scores *s, const Judged *j)
{
    json_t *one = json_pair("image", json_text(s->image[j->image]));
    json_object_set_new(one, "AP", json_digits(j->ap, 4));
    json_object_set_new(one, "tags", tags_json(s, j->image));
    json_object_set_new(one, "truth", truth_json(s, j->image));
    return one;
}

void report_pick(const Scores *s, json_t *best, json_t *worst)
{
    Judged *j = mem_alloc((size_t)s->images * sizeof *j);
    int64_t n = 0;
    for (int64_t i = 0; i < s->images; i++) {
        j[n] = judge(s, i);
        n += j[n].positives > 0;
    }
    if (n) qsort(j, (size_t)n, sizeof *j, by_ap);
    const int64_t half = n / 2 < REPORT_PICKED ? n / 2 : REPORT_PICKED;
    const int64_t first = n == 1 ? 1 : half;
    for (int64_t i = 0; i < first; i++) json_array_append_new(best, image_json(s, &j[i]));
    for (int64_t i = 0; i < half; i++)
        json_array_append_new(worst, image_json(s, &j[n - 1 - i]));
    mem_free(j);
}
