/* SPDX-License-Identifier: Apache-2.0 */
/* Thresholds and an order for the scores of one image. */
#include "eval/tag/tag_choice.h"

int64_t tag_choice_apply(const TagChoice *choice, int64_t K, const float *score, Ranked *found)
{
    int64_t n = 0;
    for (int64_t k = 0; k < K; k++) {
        const double least = choice->threshold ? (double)choice->threshold[k] : choice->least;
        if ((double)score[k] > least) found[n++] = (Ranked){k, score[k]};
    }
    ranked_sort(found, n);
    return n < choice->most ? n : choice->most;
}
