/* SPDX-License-Identifier: Apache-2.0 */
/* Selecting and sorting the tags of one image. */
#include "eval/tag/tag_choice.h"

int64_t tag_choice_apply(const TagChoice *choice, int64_t K, const float *score, Ranked *found)
{
    int64_t n = 0;
    for (int64_t k = 0; k < K; k++) {
        const double min_score =
            choice->threshold ? (double)choice->threshold[k] : choice->min_score;
        if ((double)score[k] > min_score) found[n++] = (Ranked){k, score[k]};
    }
    ranked_sort(found, n);
    return n < choice->max_tags ? n : choice->max_tags;
}
