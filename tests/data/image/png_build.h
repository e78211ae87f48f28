/* SPDX-License-Identifier: Apache-2.0 */
/* PNG files of any color type and depth, valid or deliberately invalid, built byte by byte. */
#ifndef RAMPLUS_TESTS_DATA_IMAGE_PNG_BUILD_H
#define RAMPLUS_TESTS_DATA_IMAGE_PNG_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct PngBuild {
    uint32_t width, height;
    int depth, color; /* as in IHDR */
    const uint8_t *palette, *transparent;
    size_t palette_len, transparent_len; /* bytes; 0: no such chunk */
    const uint8_t *rows; /* [height] packed rows without filter bytes; NULL: no IDAT */
    size_t row_len;
    uint32_t stored_rows; /* 0: height */
    bool interlaced;      /* for pixels of whole bytes; stored_rows is not used */
} PngBuild;

/* Builds the file; the caller owns it (free). */
uint8_t *png_build(const PngBuild *b, size_t *len);

#endif
