/* SPDX-License-Identifier: Apache-2.0 */
/* Images ranked for texts, and how the ranking is written. */
#ifndef RAMPLUS_EVAL_RETRIEVE_RANKING_H
#define RAMPLUS_EVAL_RETRIEVE_RANKING_H

#include "core/text.h"
#include "eval/image_paths.h"
#include "eval/ranked.h"

typedef struct Ranking {
    int64_t texts, most; /* places a text */
    int64_t *count; /* [texts] places taken: fewer than `most` when there are fewer images */
    Ranked *place;  /* [texts, most], places among the images */
} Ranking;

/* The best images of each text: highest score first, equal ones in the order of the images.
 * score [images, texts]; images without ok are left out. Owned: ranking_free. */
Ranking ranking_new(int64_t texts, int64_t images, const float *score, const bool *ok,
                    int64_t most);
void ranking_free(Ranking *r); /* frees and empties */

typedef enum RankingFormat {
    RANKING_LINES, /* the text, then a line for each image */
    RANKING_CSV,   /* text,image,score */
    RANKING_JSON   /* [{"text": s, "images": [{"image": s, "score": x}]}] */
} RankingFormat;

void ranking_print(const Ranking *r, RankingFormat format, char *const *text,
                   const ImagePaths *images, Text *out);

#endif
