/* SPDX-License-Identifier: Apache-2.0 */
/* Captions: objects of one kind form a group, each group becomes a phrase, and the phrases
 * are arranged. */
#include "data/synth/synth_text.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Objects of one color, shape and texture. */
typedef struct Group {
    const SynthObject *kind;
    int count;
    double low[2], high[2]; /* range of the centers along x and y */
    bool says_color, says_shape;
} Group;

typedef struct Groups {
    Group group[SYNTH_OBJECTS];
    int count;
    bool textures; /* phrases include the texture */
} Groups;

enum Side { ABOVE, BELOW, LEFT, RIGHT, SIDES };

static const char *const side_words[SIDES] = {"above", "below", "to the left of",
                                              "to the right of"};
static const char *const number_word[SYNTH_OBJECTS + 1] = {"no", "a", "two", "three", "four"};

__attribute__((format(printf, 2, 3))) static void say(SynthCaption *c, const char *format, ...)
{
    const size_t used = strlen(c->text);
    va_list args;
    va_start(args, format);
    vsnprintf(c->text + used, sizeof c->text - used, format, args);
    va_end(args);
}

static bool same_kind(const SynthObject *a, const SynthObject *b)
{
    return a->color == b->color && a->shape == b->shape && a->texture == b->texture;
}

static void join(Group *g, const SynthObject *o)
{
    const double at[2] = {o->x, o->y};
    for (int axis = 0; axis < 2; axis++) {
        g->low[axis] = g->count ? fmin(g->low[axis], at[axis]) : at[axis];
        g->high[axis] = g->count ? fmax(g->high[axis], at[axis]) : at[axis];
    }
    g->count++;
}

static Group group_new(const SynthObject *o, Rng *rng)
{
    Group g = {.kind = o, .says_color = true, .says_shape = true};
    if (synth_unseen(o->color, (int)o->shape)) {
        g.says_color = rng_below(rng, 2) == 0;
        g.says_shape = !g.says_color;
    }
    return g;
}

static Groups collect(const SynthScene *s, Rng *rng)
{
    Groups all = {0};
    for (int i = 0; i < s->count; i++) {
        int k = 0;
        while (k < all.count && !same_kind(all.group[k].kind, &s->object[i])) k++;
        if (k == all.count) all.group[all.count++] = group_new(&s->object[i], rng);
        join(&all.group[k], &s->object[i]);
    }
    return all;
}

/* Writes a phrase such as "a red striped circle", "two squares" or "an orange shape". */
static void say_group(SynthCaption *c, const Groups *all, int k)
{
    static const char *const texture_word[SYNTH_TEXTURES] = {"", "striped ", "dotted "};
    const Group *g = &all->group[k];
    const bool plural = g->count > 1;
    const char *color = g->says_color ? synth_color(g->kind->color) : "";
    const char *texture = all->textures ? texture_word[g->kind->texture] : "";
    const char *shape = g->says_shape ? synth_shape((int)g->kind->shape, plural)
                        : plural      ? "shapes"
                                      : "shape";
    const char *number = !plural && *color == 'o' ? "an" : number_word[g->count];
    say(c, "%s %s%s%s%s", number, color, *color ? " " : "", texture, shape);
}

/* Writes the groups in this order: "A, B and C". */
static void say_list(SynthCaption *c, const Groups *all, const int *order, int count)
{
    for (int i = 0; i < count; i++) {
        if (i) say(c, i == count - 1 ? " and " : ", ");
        say_group(c, all, order[i]);
    }
}

/* Distance between the nearest members of a and b if a lies on that side of b; negative
 * otherwise. */
static double gap(const Group *a, const Group *b, enum Side side)
{
    const int axis = side == ABOVE || side == BELOW;
    if (side == ABOVE || side == LEFT) return b->low[axis] - a->high[axis];
    return a->low[axis] - b->high[axis];
}

/* The side on which group k is most clearly separated from all other groups; *clear receives
 * the gap. */
static enum Side clearest_side(const Groups *all, int k, double *clear)
{
    enum Side best = ABOVE;
    *clear = -1;
    for (int side = 0; side < SIDES; side++) {
        double nearest = 1;
        for (int i = 0; i < all->count; i++)
            if (i != k)
                nearest = fmin(nearest, gap(&all->group[k], &all->group[i], (enum Side)side));
        if (nearest <= *clear) continue;
        *clear = nearest;
        best = (enum Side)side;
    }
    return best;
}

static void say_place(SynthCaption *c, const Group *g)
{
    static const char *const place[3][3] = {
        {"in the top left corner", "at the top", "in the top right corner"},
        {"on the left", "in the middle", "on the right"},
        {"in the bottom left corner", "at the bottom", "in the bottom right corner"},
    };
    const int column = (g->low[0] > 0.4) + (g->low[0] > 0.6);
    const int row = (g->low[1] > 0.4) + (g->low[1] > 0.6);
    say(c, " %s", place[row][column]);
}

static void say_alone(SynthCaption *c, const Groups *all)
{
    const Group *g = &all->group[0];
    say_group(c, all, 0);
    if (g->count == 1)
        say_place(c, g);
    else if (g->high[0] - g->low[0] > g->high[1] - g->low[1])
        say(c, " side by side");
    else
        say(c, " one above the other");
}

/* Sorts groups by their middle along the axis with the largest spread, and returns that
 * axis. */
static int sort_by_place(const Groups *all, int *order)
{
    double low[2] = {1, 1}, high[2] = {0, 0};
    for (int k = 0; k < all->count; k++)
        for (int axis = 0; axis < 2; axis++) {
            low[axis] = fmin(low[axis], all->group[k].low[axis]);
            high[axis] = fmax(high[axis], all->group[k].high[axis]);
        }
    const int axis = high[1] - low[1] > high[0] - low[0];
    for (int k = 0; k < all->count; k++) {
        const Group *g = &all->group[k];
        int i = k;
        for (; i > 0; i--) {
            const Group *before = &all->group[order[i - 1]];
            if (before->low[axis] + before->high[axis] <= g->low[axis] + g->high[axis]) break;
            order[i] = order[i - 1];
        }
        order[i] = k;
    }
    return axis;
}

static void say_order(SynthCaption *c, const Groups *all)
{
    int order[SYNTH_OBJECTS];
    const int axis = sort_by_place(all, order);
    say_list(c, all, order, all->count);
    say(c, axis == 0 ? " from left to right" : " from top to bottom");
}

/* Relates one group to all others, which are listed in order of position. */
static void say_relation(SynthCaption *c, const Groups *all, int k, enum Side side)
{
    int order[SYNTH_OBJECTS], others = 0;
    sort_by_place(all, order);
    for (int i = 0; i < all->count; i++)
        if (order[i] != k) order[others++] = order[i];
    say_group(c, all, k);
    say(c, " %s ", side_words[side]);
    say_list(c, all, order, others);
}

/* Writes a relation that clearly holds, starting with a random group, or else the order of
 * positions. */
static void say_arranged(SynthCaption *c, const Groups *all, Rng *rng)
{
    const double MIN_GAP = 0.1;
    const int first = (int)rng_below(rng, all->count);
    for (int i = 0; i < all->count; i++) {
        const int k = (first + i) % all->count;
        double clear;
        const enum Side side = clearest_side(all, k, &clear);
        if (clear < MIN_GAP) continue;
        say_relation(c, all, k, side);
        return;
    }
    say_order(c, all);
}

static void say_listed(SynthCaption *c, const Groups *all, const SynthScene *s, Rng *rng)
{
    static const char *const opening[] = {"", "a picture of ", "a drawing of ", "there is "};
    int64_t order[SYNTH_OBJECTS];
    int shuffled[SYNTH_OBJECTS];
    rng_permutation(rng, all->count, order);
    for (int i = 0; i < all->count; i++) shuffled[i] = (int)order[i];
    say(c, "%s", opening[rng_below(rng, 4)]);
    say_list(c, all, shuffled, all->count);
    const double level = (s->back[0][1] + s->back[1][1]) / 2;
    if (rng_below(rng, 2) == 0)
        say(c, " on a %s background", level > 170 ? "light" : level < 80 ? "dark" : "grey");
}

static void name_tags(SynthCaption *c, const Groups *all)
{
    bool named[SYNTH_SEEN] = {false};
    for (int k = 0; k < all->count; k++) {
        const Group *g = &all->group[k];
        const int color = g->kind->color, shape = (int)g->kind->shape;
        if (g->says_color) named[color] = true;
        if (g->says_shape) named[SYNTH_COLORS + shape] = true;
        if (g->says_color && g->says_shape) named[synth_pair_tag(color, shape)] = true;
    }
    for (int k = 0; k < SYNTH_SEEN; k++)
        if (named[k]) c->tag[c->tags++] = k;
}

SynthCaption synth_caption(const SynthScene *s, enum SynthStyle style, Rng *rng)
{
    SynthCaption c = {0};
    Groups all = collect(s, rng);
    all.textures = style == SYNTH_ARRANGED;
    if (style == SYNTH_LISTED)
        say_listed(&c, &all, s, rng);
    else if (all.count == 1)
        say_alone(&c, &all);
    else
        say_arranged(&c, &all, rng);
    name_tags(&c, &all);
    return c;
}

void synth_description(bool unseen, int k, int i, char out[static SYNTH_DESCRIPTION])
{
    static const char *const of_color[SYNTH_DESCRIPTIONS] = {
        "a photo of something %s.", "%s", "a picture with something %s", "a shape that is %s",
        "the colour %s"};
    static const char *const of_thing[SYNTH_DESCRIPTIONS] = {
        "a photo of %s %s.", "%.0s%s", "a picture with %s %s", "a drawing of %s %s",
        "there is %s %s"};
    char name[SYNTH_NAME];
    synth_tag_name(unseen, k, name);
    if (!unseen && k < SYNTH_COLORS)
        snprintf(out, SYNTH_DESCRIPTION, of_color[i], name);
    else
        snprintf(out, SYNTH_DESCRIPTION, of_thing[i], *name == 'o' ? "an" : "a", name);
}
