/* SPDX-License-Identifier: Apache-2.0 */
/* Geometric and neighborhood operations that read one image and write another of the same
 * size; used by data/image/augment.c. */
#ifndef RAMPLUS_DATA_IMAGE_WARP_H
#define RAMPLUS_DATA_IMAGE_WARP_H

#include "data/image/image.h"

/* Maps pixel (x, y) to (a x + b y + c, d x + e y + f). */
typedef struct WarpMatrix {
    double a, b, c, d, e, f;
} WarpMatrix;

/* OpenCV's warpAffine: bilinear interpolation with 5 fractional bits of position, gray 128
 * outside the image. The matrix must be invertible. */
void warp_affine(const Image *in, WarpMatrix forward, Image *out);

/* Blends with a smoothed copy: away from it for factor > 1, toward it for factor < 1; the
 * outermost pixels keep their value. As in the reference, only the low 8 bits of the result
 * are kept. */
void warp_sharpen(const Image *in, float factor, Image *out);

#endif
