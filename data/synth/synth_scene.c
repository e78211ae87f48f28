/* SPDX-License-Identifier: Apache-2.0 */
/* Random scenes of colored, textured shapes. */
#include "data/synth/synth_scene.h"

#include "core/error.h"

#include <math.h>
#include <stdio.h>

static const char *const color_name[SYNTH_COLORS] = {"red",  "orange", "yellow", "green",
                                                     "blue", "purple", "pink",   "brown"};
static const double color_rgb[SYNTH_COLORS][3] = {
    {214, 38, 38}, {244, 132, 20}, {243, 212, 38},  {42, 158, 66},
    {38, 92, 214}, {128, 52, 176}, {242, 138, 182}, {122, 74, 40},
};
static const char *const shape_name[SYNTH_SHAPES][2] = {
    {"circle", "circles"}, {"square", "squares"}, {"triangle", "triangles"}, {"star", "stars"},
    {"cross", "crosses"},  {"heart", "hearts"},   {"ring", "rings"},         {"moon", "moons"},
};

/* Largest radius by number of objects, and the smallest radius. */
static const double radius_max[SYNTH_OBJECTS + 1] = {0, 0.34, 0.28, 0.25, 0.23};
static const double RADIUS_MIN = 0.17;
/* Centers are at least this fraction of the sum of two radii apart, so neighbors overlap
 * slightly at most. */
static const double DISTANCE = 0.85;
/* Largest tilt of an object to either side, radians. */
static const double TILT = 0.3;
static const double TWO_PI = 6.283185307179586;

const char *synth_color(int color) { return color_name[color]; }

const char *synth_shape(int shape, bool plural) { return shape_name[shape][plural]; }

/* Two diagonals of the table of pairs, with 8 and 5 pairs. */
bool synth_unseen(int color, int shape)
{
    return shape == (3 * color + 1) % SYNTH_SHAPES ||
           (color < SYNTH_UNSEEN - SYNTH_COLORS && shape == (3 * color + 4) % SYNTH_SHAPES);
}

int synth_pair_tag(int color, int shape)
{
    const bool unseen = synth_unseen(color, shape);
    int k = unseen ? 0 : SYNTH_COLORS + SYNTH_SHAPES;
    for (int pair = 0; pair < color * SYNTH_SHAPES + shape; pair++)
        k += synth_unseen(pair / SYNTH_SHAPES, pair % SYNTH_SHAPES) == unseen;
    return k;
}

void synth_tag_name(bool unseen, int k, char out[static SYNTH_NAME])
{
    CHECK(k >= 0 && k < (unseen ? SYNTH_UNSEEN : SYNTH_SEEN), "tag %d", k);
    if (!unseen && k < SYNTH_COLORS + SYNTH_SHAPES) {
        snprintf(out, SYNTH_NAME, "%s",
                 k < SYNTH_COLORS ? color_name[k] : shape_name[k - SYNTH_COLORS][0]);
        return;
    }
    int color = 0, shape = 0;
    while (synth_unseen(color, shape) != unseen || synth_pair_tag(color, shape) != k) {
        shape = (shape + 1) % SYNTH_SHAPES;
        color += shape == 0;
    }
    snprintf(out, SYNTH_NAME, "%s %s", color_name[color], shape_name[shape][0]);
}

int synth_scene_tags(const SynthScene *s, bool unseen, int32_t *out)
{
    bool holds[SYNTH_SEEN] = {false};
    for (int i = 0; i < s->count; i++) {
        const int color = s->object[i].color, shape = (int)s->object[i].shape;
        if (!unseen) holds[color] = holds[SYNTH_COLORS + shape] = true;
        if (synth_unseen(color, shape) == unseen) holds[synth_pair_tag(color, shape)] = true;
    }
    int count = 0;
    for (int k = 0; k < SYNTH_SEEN; k++)
        if (holds[k]) out[count++] = k;
    return count;
}

/* With probability 1/6 the object repeats the previous object's kind: "two blue squares". */
static void choose_kind(SynthObject *o, const SynthObject *before, Rng *rng)
{
    const bool repeats = rng_below(rng, 6) == 0;
    o->color = (int)rng_below(rng, SYNTH_COLORS);
    o->shape = (enum SynthShape)rng_below(rng, SYNTH_SHAPES);
    o->texture = (enum SynthTexture)rng_below(rng, SYNTH_TEXTURES);
    if (before && repeats) {
        o->color = before->color;
        o->shape = before->shape;
        o->texture = before->texture;
    }
    for (int c = 0; c < 3; c++)
        o->rgb[c] = fmin(fmax(color_rgb[o->color][c] + rng_range(rng, -12, 12), 0), 255);
}

static bool is_clear(const SynthObject *o, const SynthObject *others, int count)
{
    for (int i = 0; i < count; i++) {
        const double dx = o->x - others[i].x, dy = o->y - others[i].y;
        const double min = DISTANCE * (o->radius + others[i].radius);
        if (dx * dx + dy * dy < min * min) return false;
    }
    return true;
}

/* Draws positions until one is free; after every 32 failed draws the object shrinks. */
static void place(SynthScene *s, int i, Rng *rng)
{
    SynthObject *o = &s->object[i];
    o->angle = rng_range(rng, -TILT, TILT);
    o->radius = rng_range(rng, RADIUS_MIN, radius_max[s->count]);
    for (int try = 1;; try++) {
        o->x = rng_range(rng, o->radius, 1 - o->radius);
        o->y = rng_range(rng, o->radius, 1 - o->radius);
        if (is_clear(o, s->object, i)) return;
        if (try % 32 == 0) o->radius *= 0.95;
    }
}

/* Draws a nearly gray background that is light, dark or of medium brightness. */
static void choose_background(SynthScene *s, Rng *rng)
{
    static const double bright[3][2] = {{190, 250}, {15, 60}, {95, 150}};
    const double *range = bright[rng_below(rng, 3)];
    for (int end = 0; end < 2; end++) {
        const double level = rng_range(rng, range[0], range[1]);
        for (int c = 0; c < 3; c++)
            s->back[end][c] = fmin(fmax(level + rng_range(rng, -14, 14), 0), 255);
    }
    s->slope = rng_range(rng, 0, TWO_PI);
    s->noise = rng_range(rng, 0, 12);
}

SynthScene synth_scene(Rng *rng, int max)
{
    SynthScene s = {.count = 1 + (int)rng_below(rng, (uint32_t)max)};
    choose_background(&s, rng);
    for (int i = 0; i < s.count; i++) {
        choose_kind(&s.object[i], i ? &s.object[i - 1] : NULL, rng);
        place(&s, i, rng);
    }
    return s;
}
