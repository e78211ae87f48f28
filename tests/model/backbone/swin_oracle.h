/* SPDX-License-Identifier: Apache-2.0 */
/* Swin Transformer in plain loops and double. Parameters are looked up by name. */
#ifndef RAMPLUS_TESTS_MODEL_BACKBONE_SWIN_ORACLE_H
#define RAMPLUS_TESTS_MODEL_BACKBONE_SWIN_ORACLE_H

#include "model/backbone/swin.h"

/* image [3, S, S] of one image -> out [1 + (S/32)^2, 8C]. The prefix of the names is "v". */
void swin_oracle(const SwinConfig *c, const ParamSet *ps, const Tensor *image, double *out);

/* Helpers shared with other oracles. */
void oracle_linear(const ParamSet *ps, const char *name, int64_t rows, int64_t in, int64_t out,
                   const double *x, double *y);
void oracle_norm(const ParamSet *ps, const char *name, int64_t rows, int64_t C, double eps,
                 const double *x, double *y);
double oracle_gelu(double x);
void oracle_softmax(int64_t n, double *x);

#endif
