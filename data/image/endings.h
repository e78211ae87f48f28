/* SPDX-License-Identifier: Apache-2.0 */
/* How image files are named. What is inside, their first bytes decide (data/image/image.h). */
#ifndef RAMPLUS_DATA_IMAGE_ENDINGS_H
#define RAMPLUS_DATA_IMAGE_ENDINGS_H

#include <stdbool.h>

/* ".jpg", ".png", ...; NULL ends the list. */
extern const char *const image_endings[];

bool image_ending_in(const char *name); /* whether the name has one of them, in any case */

#endif
