/* SPDX-License-Identifier: Apache-2.0 */
/* RandAugment's operations as the reference computes them (OpenCV and numpy arithmetic). */
#ifndef RAMPLUS_DATA_IMAGE_AUGMENT_H
#define RAMPLUS_DATA_IMAGE_AUGMENT_H

#include "core/rng.h"
#include "data/image/image.h"

#include <stdbool.h>

/* Applies one operation in place. name: Identity, AutoContrast, Brightness, Sharpness, Equalize, ShearX, ShearY,
 * TranslateX, TranslateY, Rotate. value: factor, shear, pixels or degrees, at most 1e6 either way;
 * unused by some. pillow_autocontrast: the intended AutoContrast instead of the reference's.
 * Returns -1 for an unknown name. */
int augment_apply(Image *image, const char *name, double value, bool pillow_autocontrast);

/* RandAugment: `operations` draws out of the ten, each applied with probability 0.5 at `level` of 10, with
 * random sign where the operation has one. */
void augment_random(Image *image, int operations, double level, bool pillow_autocontrast,
                    Rng *rng);

/* The same with a spare image of the same size, which may come back with the other's pixels. */
void augment_random_with(Image *image, Image *spare, int operations, double level,
                         bool pillow_autocontrast, Rng *rng);

#endif
