/* SPDX-License-Identifier: Apache-2.0 */
/* Perceptual hashes: images that look alike differ in few of 64 bits. */
#ifndef RAMPLUS_DATA_IMAGE_PHASH_H
#define RAMPLUS_DATA_IMAGE_PHASH_H

#include "data/image/image.h"

enum { PHASH_COLORS = 4 * 4 * 3, PHASH_COLOR_DISTANCE = 24 };

typedef struct Phash {
    uint64_t bits;
    uint8_t color[PHASH_COLORS]; /* mean RGB of 4 x 4 fields */
    bool flat; /* the image has next to no contrast, so that the bits say nothing */
} Phash;

/* The image is resized to 32 x 32 (bilinear, antialiased) and turned gray (ITU-R BT.601). Bit
 * 8 u + v is set if the coefficient (u + 1, v + 1) of its cosine transform exceeds the median
 * of these 64. flat: the standard deviation of the gray values is below 2 of 255.
 *
 * Source: Zauner 2010, "Implementation and Benchmarking of Perceptual Image Hash Functions",
 * section 3.2.1. The colors are an addition: drawings of different things often agree in all
 * low frequencies. */
Phash image_phash(const Image *image);

/* Bits that differ. */
int phash_distance(uint64_t a, uint64_t b);
/* Whether no mean of a field differs by more than PHASH_COLOR_DISTANCE. */
bool phash_same_colors(const Phash *a, const Phash *b);

#endif
