/* SPDX-License-Identifier: Apache-2.0 */
/* A contact sheet of a ranking: one row for each text, its images from left to right. */
#ifndef RAMPLUS_EVAL_RETRIEVE_CONTACT_SHEET_H
#define RAMPLUS_EVAL_RETRIEVE_CONTACT_SHEET_H

#include "eval/retrieve/ranking.h"
#include "eval/scorer.h"

/* Thumbnails of at most SHEET_CELL x SHEET_CELL pixels, centered in their cells. Below each
 * one, a bar of SHEET_BAR pixels shows its score. Margins of SHEET_GAP pixels are white. */
enum { SHEET_CELL = 144, SHEET_GAP = 8, SHEET_BAR = 4 };

/* ERROR_USAGE if a sheet of `rows` texts and `columns` images would exceed the maximum size of
 * an image. */
int contact_sheet_check(int64_t rows, int64_t columns, Error *err);

/* Writes a PNG file. The cell of an image that can no longer be read is gray, and a warning
 * names the image. ERROR_RUNTIME if the file cannot be written. */
int contact_sheet_write(const char *path, const Ranking *r, const Scorer *s,
                        const ImagePaths *images, Error *err);

#endif
