/* Weights in files of any format, as float32 arrays with the reference's parameter names. */
#ifndef RAMPLUS_TRAIN_WEIGHTS_H
#define RAMPLUS_TRAIN_WEIGHTS_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct WeightArray {
    char *name;
    int ndim;
    int64_t shape[8];
    float *data;
} WeightArray;

typedef struct Weights {
    int64_t count;
    WeightArray *array;
    int64_t skipped; /* arrays left out: tables that the model computes, optimiser state */
    char *config;    /* the configuration a checkpoint stores; NULL when there is none */
} Weights;

/* .safetensors and .h5. Of a checkpoint: its parameters, or with `ema` their moving average, and
 * label_embed. Codes as st_open and h5_open. Owned: weights_free. */
int weights_read(const char *path, bool ema, Weights *out, Error *err);
void weights_free(Weights *w); /* frees and empties */

/* By the ending of path, .safetensors or .h5 (kind "weights"). EXIT_USAGE for another ending, EXIT_RUNTIME. */
int weights_write(const char *path, const Weights *w, Error *err);
/* EXIT_USAGE when weights_write does not know the ending. */
int weights_can_write(const char *path, Error *err);

#endif
