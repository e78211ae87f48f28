/* SPDX-License-Identifier: Apache-2.0 */
/* RandAugment's operations as the reference computes them (OpenCV and numpy arithmetic). */
#ifndef RAMPLUS_DATA_IMAGE_AUGMENT_H
#define RAMPLUS_DATA_IMAGE_AUGMENT_H

#include "core/rng.h"
#include "data/image/image.h"

#include <stdbool.h>

/* Applies one operation in place. name: Identity, AutoContrast, Brightness, Sharpness,
 * Equalize, ShearX, ShearY, TranslateX, TranslateY, Rotate. value: factor, shear, pixels or
 * degrees, within -1e6..1e6; some operations ignore it. pillow_autocontrast: computes
 * AutoContrast as Pillow does, which the reference intended, instead of as the reference
 * does. Returns -1 for an unknown name. */
int augment_apply(Image *image, const char *name, double value, bool pillow_autocontrast);

/* RandAugment: draws `operations` of the ten operations; each is applied with probability 0.5
 * at `level` out of 10, with a random sign where the operation has one. spare: work memory, an
 * image of the same size; the two images may exchange their pixel buffers. */
void augment_random(Image *image, Image *spare, int operations, double level,
                    bool pillow_autocontrast, Rng *rng);

#endif
