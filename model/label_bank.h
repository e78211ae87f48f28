/* SPDX-License-Identifier: Apache-2.0 */
/* Unit embeddings of every description of every tag: the frozen `label_embed`. */
#ifndef RAMPLUS_MODEL_LABEL_BANK_H
#define RAMPLUS_MODEL_LABEL_BANK_H

#include "core/error.h"
#include "core/io/file_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct LabelBank {
    int64_t tags;    /* K */
    int64_t dim;     /* E */
    int64_t *offset; /* [K + 1]: rows offset[k] .. offset[k+1]-1 describe tag k */
    float *rows;     /* [offset[K], E] */
    uint16_t *half;  /* the same in bfloat16, if rows is NULL */
    FileMap *map;    /* holds them, to read only; NULL: memory of the bank */
} LabelBank;

/* Copies the offsets; rows are uninitialized. Owned: label_bank_free. */
LabelBank *label_bank_new(int64_t tags, const int64_t *offset, int64_t dim);
LabelBank *label_bank_new_halves(int64_t tags, const int64_t *offset, int64_t dim);
/* With the rows in `map`, which it then owns; `half`: in bfloat16. */
LabelBank *label_bank_new_mapped(int64_t tags, const int64_t *offset, int64_t dim, FileMap *map,
                                 bool half);
/* As label_bank_new, with the same number of descriptions for every tag. */
LabelBank *label_bank_uniform(int64_t tags, int64_t descriptions, int64_t dim);
/* The numbers of the rows, where they are in memory, their bytes, and their type: "float32" or
 * "bfloat16". */
int64_t label_bank_numbers(const LabelBank *bank);
const void *label_bank_data(const LabelBank *bank);
size_t label_bank_bytes(const LabelBank *bank);
const char *label_bank_dtype(const LabelBank *bank);
/* How many of them are NaN or infinite. */
int64_t label_bank_not_finite(const LabelBank *bank);

/* All tags of a, then the n tags of b at the indices `pick` [n]; a and b have the same width.
 * In bfloat16 if both are. Owned: label_bank_free. */
LabelBank *label_bank_join(const LabelBank *a, const LabelBank *b, const int64_t *pick,
                           int64_t n);
/* ERROR_CHECKPOINT if the rows are mapped and their file was changed since. Call it before what
 * was computed of them is used (core/io/file_map.h). Accepts NULL. */
int label_bank_check(const LabelBank *bank, Error *err);
/* Rounds the rows to bfloat16, in half of the memory; once is enough. They must not be
 * mapped. */
void label_bank_halve(LabelBank *bank);
/* A copy of a float32 bank in bfloat16. Owned: label_bank_free. */
LabelBank *label_bank_halved(const LabelBank *bank);
/* Replaces the rows of every tag by one: their mean, scaled to unit length (the ensemble of
 * prompts of Radford et al. 2021, section 3.1.4). The rows must not be rounded yet, nor
 * mapped.
 * ERROR_DATA if the rows of a tag cancel out. */
int label_bank_ensemble(LabelBank *bank, Error *err);
/* The vectors of tags first .. first+K-1 as out [K, dim]: the plain mean of the rows of a tag,
 * which is no unit vector, or its first row. */
void label_bank_mean(const LabelBank *bank, int64_t first, int64_t K, float *out);
void label_bank_first(const LabelBank *bank, int64_t first, int64_t K, float *out);
/* The mean, scaled to unit length; NAN where the rows of a tag cancel out. */
void label_bank_units(const LabelBank *bank, int64_t first, int64_t K, float *out);
void label_bank_free(LabelBank *bank); /* accepts NULL */

#endif
