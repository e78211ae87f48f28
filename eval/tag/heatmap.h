/* SPDX-License-Identifier: Apache-2.0 */
/* A map of numbers as a colored veil over an image. */
#ifndef RAMPLUS_EVAL_TAG_HEATMAP_H
#define RAMPLUS_EVAL_TAG_HEATMAP_H

#include "data/image/image.h"

/* map [side, side] (not negative, not all zero) enlarged to out [height, width], as if its
 * numbers stood in the middles of equal cells: cubic interpolation (Keys 1981, a = -1/2),
 * beyond the outermost middles mirrored; then cut at 0 and divided by the greatest: 0..1. All
 * zero stays zero. */
void heatmap_enlarge(int64_t side, const float *map, int64_t width, int64_t height, float *out);

/* The color of v in 0..1, from dark violet over red to light yellow. Lightness rises evenly and
 * so does the hue's angle (in OKLCH: Ottosson 2020), so that equal steps look equal, also in
 * gray. */
void heatmap_color(double v, uint8_t rgb[static 3]);

/* The image under the colors of its map: image (1 - a) + color a with a = 0.8 - 0.5 v, so that
 * it keeps its own colors where the map is high; v is rounded to 1/255 first. Owned by the
 * caller (image_free). */
Image heatmap_draw(const Image *image, int64_t side, const float *map);

#endif
