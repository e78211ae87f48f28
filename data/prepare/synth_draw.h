/* SPDX-License-Identifier: Apache-2.0 */
/* Draws a scene. */
#ifndef RAMPLUS_DATA_PREPARE_SYNTH_DRAW_H
#define RAMPLUS_DATA_PREPARE_SYNTH_DRAW_H

#include "data/image/image.h"
#include "data/prepare/synth_scene.h"

/* size x size pixels, antialiased. rng drives the noise. Owned by the caller (image_free). */
Image synth_draw(const SynthScene *scene, int64_t size, Rng *rng);

/* How much of the pixel (column, row) of a size x size image the object covers, 0..1, as if it stood alone. */
double synth_cover(const SynthObject *object, int64_t size, int64_t column, int64_t row);

#endif
