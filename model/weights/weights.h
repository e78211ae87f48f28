/* SPDX-License-Identifier: Apache-2.0 */
/* Weights in files of any format, as float32 arrays with the reference's parameter names.
 * Opening a file reads the names and shapes; the data is read one array at a time. */
#ifndef RAMPLUS_MODEL_WEIGHTS_WEIGHTS_H
#define RAMPLUS_MODEL_WEIGHTS_WEIGHTS_H

#include "core/formats/tensor_set.h"
#include "model/labels/labels.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Weights {
    TensorSet set; /* the arrays; an adapted one has its new shape */
    /* [kept] Those that are written, in order: all that can be read as numbers. */
    int64_t *keep;
    int64_t kept;
    /* [set.count] For an adapted array, the entry in the file; all others have no name here. */
    TensorEntry *stored;
    int64_t skipped; /* arrays that are not kept: tables that the model computes, optimizer
                        state, types of numbers that cannot be read */
    /* The other contents of a checkpoint; NULL if missing. With all of them, writing .h5 makes
     * a checkpoint. They are not a Labels: its rows would be loaded with it, 480 MB for the
     * tags of the released model, while here label_embed is an array of the set like any other,
     * of which there is one in memory at a time. */
    char *config;    /* YAML */
    char *tags;      /* one per line */
    int64_t *offset; /* [labels + 1] first row of label_embed per tag */
    int64_t labels;
    bool averaged;         /* the parameters are those of the moving average */
    BankIdentity identity; /* of label_embed, where known */
} Weights;

/* Which parameters of a checkpoint: those that eval and tag use (weight_set_prefix), the moving
 * average, or the parameters themselves. */
enum WeightsChoice { WEIGHTS_AS_USED, WEIGHTS_AVERAGE, WEIGHTS_RAW };

/* Opens any file that weight_set_open accepts, or the checkpoint of a run folder. From a
 * checkpoint it takes label_embed and the chosen parameters. ERROR_DATA for another kind of
 * file; ERROR_USAGE for the average with a foreign file. Owned: weights_close. */
int weights_open(const char *path, enum WeightsChoice choice, Weights *out, Error *err);
void weights_close(Weights *w); /* closes the file and leaves *w empty */
/* The entry of this name; NULL if missing. */
const TensorEntry *weights_find(const Weights *w, const char *name);
/* Whether array i, which has another shape, can initialize the parameter `want`
 * (Backbone.adapts). */
bool weights_adapts(const Weights *w, int64_t i, const Tensor *want);
/* Gives array i the shape of `want`; weights_write then writes adapted values. CHECKs
 * weights_adapts. */
void weights_adapt(Weights *w, int64_t i, const Tensor *want);

/* Writes all arrays in the format given by the ending of path: .safetensors, .pth or .h5 (a
 * checkpoint without training state if w has all of its contents, else a file of kind
 * "weights"). Holds one array in memory at a time. ERROR_USAGE for another ending,
 * ERROR_RUNTIME, or the codes of reading an array. */
int weights_write(const char *path, Weights *w, Error *err);
/* Checks the ending of path: ERROR_USAGE if weights_write does not support it. */
int weights_can_write(const char *path, Error *err);
/* Whether weights_write would write a checkpoint to path. */
bool weights_make_checkpoint(const char *path, const Weights *w);
/* Whether the format of path can be a checkpoint. */
bool weights_is_h5(const char *path);

#endif
