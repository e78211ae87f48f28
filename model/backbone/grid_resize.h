/* SPDX-License-Identifier: Apache-2.0 */
/* Resampling square grids of vectors, such as position tables, to another number of cells. */
#ifndef RAMPLUS_MODEL_BACKBONE_GRID_RESIZE_H
#define RAMPLUS_MODEL_BACKBONE_GRID_RESIZE_H

#include <stdint.h>

/* in [A, A, C] -> out [B, B, C], separable. Along one axis, with s = max(A / B, 1) and the
 * center m = (i + 1/2) A / B of output cell i:
 *   out[i] = sum over j of w_j in[j] / sum over j of w_j,   w_j = k((j + 1/2 - m) / s),
 * where k is the cubic convolution kernel with a = -1/2 (Keys 1981, eq. 4), which is 0 from 2
 * on; cells outside the grid are left out of the sums. This equals Pillow's bicubic filter,
 * PyTorch's interpolate(mode="bicubic", antialias=True) and therefore timm's
 * resample_abs_pos_embed. Computed in double; agrees with PyTorch's float32 within 1e-6 for
 * values near 1. */
void grid_resize(int64_t A, int64_t C, const float *in, int64_t B, float *out);

#endif
