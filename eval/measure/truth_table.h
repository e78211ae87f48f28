/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of a large set of images: 1 the image has the tag, 0 it has not, -1 nobody knows. Two
 * bits each, by tags: 66 MB for 57,224 images and 4,585 tags. */
#ifndef RAMPLUS_EVAL_MEASURE_TRUTH_TABLE_H
#define RAMPLUS_EVAL_MEASURE_TRUTH_TABLE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct TruthTable {
    int64_t images, tags;
    int64_t unknown; /* labels that are -1 */
    uint8_t *bits;   /* private: [tags, (images + 3) / 4] */
} TruthTable;

/* All 0. Owned: truth_table_free. */
TruthTable truth_table_new(int64_t images, int64_t tags);
void truth_table_free(TruthTable *t); /* frees and empties */

/* Sets a label that is 0 so far. Not from several threads. */
void truth_table_set(TruthTable *t, int64_t image, int64_t tag, int value);
int truth_table_get(const TruthTable *t, int64_t image, int64_t tag);
/* All labels of a tag: out [images]. */
void truth_table_column(const TruthTable *t, int64_t tag, int8_t *out);
/* All labels of the images first..first+n-1: out [n, tags]. */
void truth_table_rows(const TruthTable *t, int64_t first, int64_t n, int8_t *out);

#endif
