/* SPDX-License-Identifier: Apache-2.0 */
/* A TensorSet in memory, to be built and damaged by tests. */
#ifndef RAMPLUS_TESTS_MODEL_WEIGHTS_MEMORY_SET_H
#define RAMPLUS_TESTS_MODEL_WEIGHTS_MEMORY_SET_H

#include "core/formats/tensor_set.h"

/* An empty set, named `path` in messages. Owned: tensor_set_close. */
TensorSet memory_set_new(const char *path);
/* Adds a copy of an entry; if values is NULL, zeros. Returns its index. */
int64_t memory_set_add(TensorSet *s, const char *name, int ndim, const int64_t *shape,
                       const float *values);
/* A copy of every tensor of a safetensors file but inputs and outputs (in.*, out.*). */
void memory_set_copy(TensorSet *s, const char *path);
/* Removes entry i. */
void memory_set_remove(TensorSet *s, int64_t i);

#endif
