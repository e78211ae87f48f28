/* SPDX-License-Identifier: Apache-2.0 */
/* A map of non-negative numbers, drawn over an image in colors. */
#ifndef RAMPLUS_EVAL_TAG_HEATMAP_H
#define RAMPLUS_EVAL_TAG_HEATMAP_H

#include "data/image/image.h"

/* Enlarges map [side, side] (no negative value, not all zero) to out [height, width]. The
 * values of the map belong to the centers of equal cells; between centers they are interpolated
 * by cubic convolution (Keys 1981, a = -1/2), and outside the outermost centers the map is
 * mirrored. The result is clipped at 0 and divided by its maximum: 0..1. A result that is zero
 * everywhere stays zero. */
void heatmap_enlarge(int64_t side, const float *map, int64_t width, int64_t height, float *out);

/* The color of v in 0..1, from dark violet through red to light yellow. Lightness and hue angle
 * rise linearly (in OKLCH: Ottosson 2020), so that equal steps look equal, also in
 * grayscale. */
void heatmap_color(double v, uint8_t rgb[static 3]);

/* The image blended with the colors of its map: image (1 - a) + color a with a = 0.8 - 0.5 v,
 * so that the image keeps its own colors where the map is high; v is rounded to multiples of
 * 1/255 first. Owned by the caller (image_free). */
Image heatmap_draw(const Image *image, int64_t side, const float *map);

#endif
