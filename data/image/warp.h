/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that read one image and write another of the same size. Used by data/image/augment.c. */
#ifndef RAMPLUS_DATA_IMAGE_WARP_H
#define RAMPLUS_DATA_IMAGE_WARP_H

#include "data/image/image.h"

/* Where a pixel goes: (a x + b y + c, d x + e y + f). */
typedef struct WarpMatrix {
    double a, b, c, d, e, f;
} WarpMatrix;

/* OpenCV's warpAffine: bilinear with 5 bits of position, 128 gray outside. The matrix has an
 * inverse. */
void warp_affine(const Image *in, WarpMatrix forward, Image *out);

/* Away from a smoothed image (factor > 1) or towards it; the outermost pixels stay. As in the
 * reference the result keeps only its low 8 bits. */
void warp_sharpen(const Image *in, float factor, Image *out);

#endif
