/* Weights in files of any format, as float32 arrays with the reference's parameter names. An open file
 * knows its arrays; their numbers are read one array at a time. */
#ifndef RAMPLUS_TRAIN_WEIGHTS_H
#define RAMPLUS_TRAIN_WEIGHTS_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct WeightArray {
    char *name;
    int ndim;
    int64_t shape[8];
    int64_t len;    /* elements */
    int64_t source; /* of use to train/weights.c alone */
} WeightArray;

typedef struct Weights {
    int64_t count;
    WeightArray *array;
    int64_t skipped; /* arrays left out: tables that the model computes, optimiser state */
    char *config;    /* the configuration a checkpoint stores; NULL when there is none */
    struct WeightFile *file;
} Weights;

/* PyTorch's files, .safetensors and .h5. Of a checkpoint: its parameters, or with `ema` their moving
 * average, and label_embed. Codes as weight_set_open and h5_open. Owned: weights_close. */
int weights_open(const char *path, bool ema, Weights *out, Error *err);
void weights_close(Weights *w); /* closes and empties */
/* The numbers of array i, `len` of them. */
int weights_read(Weights *w, int64_t i, float *out, Error *err);

/* Writes all of them by the ending of path, .safetensors, .pth or .h5 (kind "weights"), with one array
 * in memory. EXIT_USAGE for another ending, EXIT_RUNTIME, or what weights_read says. */
int weights_write(const char *path, Weights *w, Error *err);
/* EXIT_USAGE when weights_write does not know the ending. */
int weights_can_write(const char *path, Error *err);

#endif
