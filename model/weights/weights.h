/* SPDX-License-Identifier: Apache-2.0 */
/* Weights in files of any format, as float32 arrays with the reference's parameter names. An open file
 * knows its arrays; their numbers are read one array at a time. */
#ifndef RAMPLUS_MODEL_WEIGHTS_WEIGHTS_H
#define RAMPLUS_MODEL_WEIGHTS_WEIGHTS_H

#include "core/formats/tensor_set.h"
#include "model/labels/labels.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Weights {
    TensorSet set; /* the arrays; an adapted one has its new shape */
    TensorEntry
        *stored; /* [set.count] of an adapted array: as the file has it; else without a name */
    int64_t skipped; /* arrays left out: tables that the model computes, optimizer state */
    /* What else a checkpoint stores; NULL when there is none. With all of it .h5 makes a checkpoint. */
    char *config;    /* YAML */
    char *tags;      /* one a line */
    int64_t *offset; /* [labels + 1] rows of label_embed by tag */
    int64_t labels;
    BankIdentity identity; /* of label_embed, as far as it is known */
} Weights;

/* Any file of weight_set_open. Of a checkpoint: its parameters, or with `ema` their moving average, and
 * label_embed. ERROR_DATA for another kind of file; ERROR_USAGE for the moving average of a foreign one. Owned:
 * weights_close. */
int weights_open(const char *path, bool ema, Weights *out, Error *err);
void weights_close(Weights *w);                                      /* closes and empties */
const TensorEntry *weights_find(const Weights *w, const char *name); /* NULL: not there */
/* Whether array i, of another shape, can start the parameter `want` (Backbone.adapts), and from now on has
 * that parameter's shape and, when read, the adapted numbers. */
bool weights_adapts(const Weights *w, int64_t i, const Tensor *want);
void weights_adapt(Weights *w, int64_t i, const Tensor *want);
/* The numbers of array i, `len` of them. */
int weights_read(Weights *w, int64_t i, float *out, Error *err);

/* Writes all of them by the ending of path, .safetensors, .pth or .h5 (a checkpoint without training state
 * when w has all that one needs, else of kind "weights"), with one array in memory. ERROR_USAGE for another
 * ending, ERROR_RUNTIME, or what weights_read says. */
int weights_write(const char *path, Weights *w, Error *err);
/* ERROR_USAGE when weights_write does not know the ending. */
int weights_can_write(const char *path, Error *err);
/* Whether weights_write makes a checkpoint. */
bool weights_make_checkpoint(const char *path, const Weights *w);
/* Whether the format of path can be a checkpoint. */
bool weights_is_h5(const char *path);

#endif
