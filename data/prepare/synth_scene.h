/* SPDX-License-Identifier: Apache-2.0 */
/* What a built-in image shows: its vocabulary, a random scene, the tags that are true of it. */
#ifndef RAMPLUS_DATA_PREPARE_SYNTH_SCENE_H
#define RAMPLUS_DATA_PREPARE_SYNTH_SCENE_H

#include "core/rng.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    SYNTH_COLORS = 8,
    SYNTH_SHAPES = 8,
    SYNTH_PAIRS = SYNTH_COLORS * SYNTH_SHAPES,
    SYNTH_UNSEEN = 13,
    SYNTH_SEEN = SYNTH_COLORS + SYNTH_SHAPES + SYNTH_PAIRS - SYNTH_UNSEEN,
    SYNTH_OBJECTS = 4, /* at most, in one image */
    SYNTH_NAME = 32,   /* bytes that hold any tag */
};

enum SynthShape {
    SYNTH_CIRCLE,
    SYNTH_SQUARE,
    SYNTH_TRIANGLE,
    SYNTH_STAR,
    SYNTH_CROSS,
    SYNTH_HEART,
    SYNTH_RING,
    SYNTH_MOON
};

enum SynthTexture { SYNTH_PLAIN, SYNTH_STRIPED, SYNTH_DOTTED, SYNTH_TEXTURES };

/* Lengths are shares of the image's side, x to the right, y down. */
typedef struct SynthObject {
    int color; /* 0..SYNTH_COLORS-1 */
    enum SynthShape shape;
    enum SynthTexture texture;
    double x, y, radius; /* of the circle around the shape */
    double angle;        /* radians, clockwise from upright */
    double rgb[3];       /* 0..255: the color, slightly varied */
} SynthObject;

/* Objects are drawn in order: later ones cover earlier ones, a little. */
typedef struct SynthScene {
    int count; /* 1..SYNTH_OBJECTS */
    SynthObject object[SYNTH_OBJECTS];
    double back[2][3]; /* background at both ends of its gradient, 0..255 */
    double slope;      /* direction of the gradient, radians */
    double noise;      /* amplitude, 0..255 */
} SynthScene;

/* One to `most` objects, 1..SYNTH_OBJECTS, every number as likely. */
SynthScene synth_scene(Rng *rng, int most);

const char *synth_color(int color);
const char *synth_shape(int shape, bool plural);
/* The pairs of color and shape that no training tag names. Every color and every shape is in one or two of
 * them, and in six or seven seen pairs. */
bool synth_unseen(int color, int shape);

/* Tag k of the seen list (colors, shapes, seen pairs: SYNTH_SEEN) or of the unseen list (SYNTH_UNSEEN). */
void synth_tag_name(bool unseen, int k, char out[static SYNTH_NAME]);
/* Which tags of that list are true of the scene, rising. out has room for 3 * SYNTH_OBJECTS; returns the count. */
int synth_scene_tags(const SynthScene *s, bool unseen, int32_t *out);
/* Position of a color and shape in its list. */
int synth_pair_tag(int color, int shape);

#endif
