/* SPDX-License-Identifier: Apache-2.0 */
/* Renders a scene. */
#ifndef RAMPLUS_DATA_SYNTH_SYNTH_DRAW_H
#define RAMPLUS_DATA_SYNTH_SYNTH_DRAW_H

#include "data/image/image.h"
#include "data/synth/synth_scene.h"

/* Renders size x size pixels, antialiased. rng provides the noise. The caller owns the image
 * (image_free). */
Image synth_draw(const SynthScene *scene, int64_t size, Rng *rng);

/* Fraction of the pixel (column, row) of a size x size image that the object covers, 0..1,
 * ignoring all other objects. */
double synth_cover(const SynthObject *object, int64_t size, int64_t column, int64_t row);

#endif
