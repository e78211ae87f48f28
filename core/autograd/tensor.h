/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors: contiguous, row-major arrays of Real with up to 5 axes, without strides or reference
 * counts; a permutation copies. Code outside core/ reads and writes the numbers with
 * tensor_read and tensor_write only. */
#ifndef RAMPLUS_CORE_AUTOGRAD_TENSOR_H
#define RAMPLUS_CORE_AUTOGRAD_TENSOR_H

#include "core/math/real.h"

#include <stdbool.h>
#include <stdint.h>

enum { TENSOR_MAX_AXES = 5 };

typedef struct Tensor {
    Real *data;          /* NULL: half */
    uint16_t *half;      /* bfloat16 alone, made by one layer for the next; NULL: data */
    Real *grad;          /* same shape as data; NULL until backward needs it (tape_grad) */
    bool needs_grad;     /* false for inputs and frozen parameters */
    struct Tensor *base; /* of a view: the tensor whose gradient it shares; else NULL */
    int ndim;            /* 0: a single number */
    int64_t shape[TENSOR_MAX_AXES];
} Tensor;

int64_t tensor_len(const Tensor *x);            /* product of all axes */
int64_t tensor_axis(const Tensor *x, int axis); /* axis -1 is the last; CHECKs the range */
int64_t tensor_rows(const Tensor *x);           /* product of all axes except the last */
bool tensor_same_shape(const Tensor *a, const Tensor *b);
const char *tensor_shape_text(const Tensor *x, char out[static 96]); /* "[2, 3]" */

/* Copy all values in or out as float32. */
void tensor_write(Tensor *x, const float *values);
void tensor_read(const Tensor *x, float *values);
float tensor_item(const Tensor *x); /* the value of a one-element tensor */

/* For debugging: writes to stderr `name` and the shape of x, the range of its values and of its
 * gradient, how many of them are not finite, and the first values of the first rows. */
void tensor_print(const Tensor *x, const char *name);

#endif
