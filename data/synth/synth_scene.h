/* SPDX-License-Identifier: Apache-2.0 */
/* Content of a synthetic image: the vocabulary, a random scene, and the tags that are true
 * of it. */
#ifndef RAMPLUS_DATA_SYNTH_SYNTH_SCENE_H
#define RAMPLUS_DATA_SYNTH_SYNTH_SCENE_H

#include "core/rng.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    SYNTH_COLORS = 8,
    SYNTH_SHAPES = 8,
    SYNTH_PAIRS = SYNTH_COLORS * SYNTH_SHAPES,
    SYNTH_UNSEEN = 13,
    SYNTH_SEEN = SYNTH_COLORS + SYNTH_SHAPES + SYNTH_PAIRS - SYNTH_UNSEEN,
    SYNTH_OBJECTS = 4, /* most objects in one image */
    SYNTH_NAME = 32,   /* bytes that hold the longest tag */
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

/* Lengths are fractions of the image's side; x points right, y down. */
typedef struct SynthObject {
    int color; /* 0..SYNTH_COLORS-1 */
    enum SynthShape shape;
    enum SynthTexture texture;
    double x, y, radius; /* of the circle around the shape */
    double angle;        /* radians, clockwise from upright */
    double rgb[3];       /* 0..255: the color with a slight random variation */
} SynthObject;

/* Objects are drawn in order; a later object may slightly cover an earlier one. */
typedef struct SynthScene {
    int count; /* 1..SYNTH_OBJECTS */
    SynthObject object[SYNTH_OBJECTS];
    double back[2][3]; /* background colors at the two ends of the gradient, 0..255 */
    double slope;      /* direction of the gradient, radians */
    double noise;      /* amplitude, 0..255 */
} SynthScene;

/* Draws a scene of 1 to `max` objects, each count equally likely; max: 1..SYNTH_OBJECTS. */
SynthScene synth_scene(Rng *rng, int max);

const char *synth_color(int color);
const char *synth_shape(int shape, bool plural);
/* Whether the pair of color and shape is unseen: no training tag names it. Every color and
 * every shape occurs in one or two unseen pairs and in six or seven seen pairs. */
bool synth_unseen(int color, int shape);

/* Writes the name of tag k of the seen list (colors, shapes, seen pairs: SYNTH_SEEN) or of
 * the unseen list (SYNTH_UNSEEN). */
void synth_tag_name(bool unseen, int k, char out[static SYNTH_NAME]);
/* Writes the tags of that list that are true of the scene, ascending, and returns their
 * count. out has room for 3 * SYNTH_OBJECTS. */
int synth_scene_tags(const SynthScene *s, bool unseen, int32_t *out);
/* Position of the pair of color and shape in its list, seen or unseen. */
int synth_pair_tag(int color, int shape);

#endif
