/* SPDX-License-Identifier: Apache-2.0 */
/* The one thing of interest in EXIF data. */
#ifndef RAMPLUS_DATA_IMAGE_EXIF_H
#define RAMPLUS_DATA_IMAGE_EXIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the content of a JPEG's APP1 segment is EXIF data that ask for a rotation or flip. */
bool exif_rotates(const uint8_t *segment, size_t len);

#endif
