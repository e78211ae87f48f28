/* SPDX-License-Identifier: Apache-2.0 */
/* Square grids of vectors, such as tables of positions, for another number of cells. */
#ifndef RAMPLUS_MODEL_BACKBONE_GRID_RESIZE_H
#define RAMPLUS_MODEL_BACKBONE_GRID_RESIZE_H

#include <stdint.h>

/* in [A, A, C] -> out [B, B, C], separable. Along an axis, with s = max(A / B, 1) and the middle
 * m = (i + 1/2) A / B of output cell i:
 *   out[i] = sum over j of w_j in[j] / sum over j of w_j,   w_j = k((j + 1/2 - m) / s),
 * where k is the cubic convolution kernel with a = -1/2 (Keys 1981, eq. 4), zero from 2 on, and cells outside the grid
 * do not count. So do Pillow's bicubic filter, PyTorch's interpolate(mode="bicubic", antialias=True) and with it
 * timm's resample_abs_pos_embed. Computed in double; agrees with PyTorch's float32 within 1e-6 for values near 1. */
void grid_resize(int64_t A, int64_t C, const float *in, int64_t B, float *out);

#endif
