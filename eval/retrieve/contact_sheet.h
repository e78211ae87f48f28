/* SPDX-License-Identifier: Apache-2.0 */
/* A ranking as one image: a row for each text, its images from left to right. */
#ifndef RAMPLUS_EVAL_RETRIEVE_CONTACT_SHEET_H
#define RAMPLUS_EVAL_RETRIEVE_CONTACT_SHEET_H

#include "eval/retrieve/ranking.h"
#include "eval/scorer.h"

/* Thumbnails of at most SHEET_CELL pixels a side, centerd in their cells; under each a bar as
 * long as its score; SHEET_GAP pixels of white around everything. */
enum { SHEET_CELL = 144, SHEET_GAP = 8, SHEET_BAR = 4 };

/* ERROR_USAGE when a sheet of `rows` texts and `columns` images would be larger than images may
 * be. */
int contact_sheet_check(int64_t rows, int64_t columns, Error *err);

/* Writes FILE.png. An image that cannot be read any more leaves its place gray, with a warning.
 * ERROR_RUNTIME when the file cannot be written. */
int contact_sheet_write(const char *path, const Ranking *r, const Scorer *s,
                        const ImagePaths *images, Error *err);

#endif
