/* Thresholds and an order for the scores of one picture. */
#include "eval/tag_choice.h"

#include <stdlib.h>

static int by_score(const void *a, const void *b)
{
    const FoundTag *x = a, *y = b;
    if (x->score != y->score) return x->score < y->score ? 1 : -1;
    return (x->tag > y->tag) - (x->tag < y->tag);
}

int64_t tag_choice_apply(const TagChoice *choice, int64_t K, const float *score,
                         FoundTag *found)
{
    int64_t n = 0;
    for (int64_t k = 0; k < K; k++) {
        const double least = choice->threshold ? (double)choice->threshold[k] : choice->least;
        if ((double)score[k] > least) found[n++] = (FoundTag){k, score[k]};
    }
    qsort(found, (size_t)n, sizeof *found, by_score);
    return n < choice->most ? n : choice->most;
}
