/* SPDX-License-Identifier: Apache-2.0 */
/* Images ranked for texts, and the output formats of the ranking. */
#ifndef RAMPLUS_EVAL_RETRIEVE_RANKING_H
#define RAMPLUS_EVAL_RETRIEVE_RANKING_H

#include "core/io/text.h"
#include "eval/image_paths.h"
#include "eval/ranked.h"

typedef struct Ranking {
    int64_t texts, columns; /* columns: images per text */
    int64_t *count; /* [texts] images ranked, fewer than `columns` if fewer could be read */
    Ranked *place;  /* [texts, columns] indices and scores of the images */
} Ranking;

/* The best `max` images of each text, by descending score; equal scores keep the order of the
 * images. score [images, texts]; images without ok are left out. Owned: ranking_free. */
Ranking ranking_new(int64_t texts, int64_t images, const float *score, const bool *ok,
                    int64_t max);
void ranking_free(Ranking *r); /* frees and empties */

/* Lines: the text, then a line for each image. CSV: text,image,score. JSON: [{"text": s,
 * "images": [{"image": s, "score": x}]}]. */
void ranking_print(const Ranking *r, enum RankedFormat format, char *const *text,
                   const ImagePaths *images, Text *out);

#endif
