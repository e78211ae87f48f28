/* SPDX-License-Identifier: Apache-2.0 */
/* Renders shapes as signed distance functions: each maps a point in the shape's frame, where
 * a circle of radius 1 encloses the shape, to the distance from its edge (negative inside).
 * Antialiasing maps distances of -0.5 to 0.5 pixels to coverages of 1 to 0. Heart and moon:
 * Inigo Quilez, "2D distance functions". */
#include "data/synth/synth_draw.h"

#include "core/mem.h"

#include <math.h>
#include <string.h>

enum { CORNERS = 12 };

typedef struct Point {
    double x, y;
} Point;

/* An object prepared for drawing at one size. */
typedef struct Brush {
    const SynthObject *object;
    Point center;  /* pixels */
    double radius; /* pixels */
    double c, s;   /* cosine and sine of the angle */
    double rim;    /* width of the darker edge, pixels */
    int corners;   /* of a polygon; 0: curved shape */
    Point corner[CORNERS];
} Brush;

/* n corners on alternating radii; the first points upward. */
static int regular(Point *corner, int n, double outer, double inner)
{
    for (int i = 0; i < n; i++) {
        const double radius = i % 2 ? inner : outer, turn = 6.283185307179586 * i / n;
        corner[i] = (Point){radius * sin(turn), -radius * cos(turn)};
    }
    return n;
}

static int cross(Point *corner)
{
    static const double a = 0.29, b = 0.93;
    const Point all[CORNERS] = {{-a, -b}, {a, -b}, {a, -a}, {b, -a}, {b, a},   {a, a},
                                {a, b},   {-a, b}, {-a, a}, {-b, a}, {-b, -a}, {-a, -a}};
    memcpy(corner, all, sizeof all);
    return CORNERS;
}

static int polygon(enum SynthShape shape, Point *corner)
{
    switch (shape) {
    case SYNTH_SQUARE:
        return regular(corner, 4, 1, 1);
    case SYNTH_TRIANGLE:
        return regular(corner, 3, 1, 1);
    case SYNTH_STAR:
        return regular(corner, 10, 1, 0.42);
    case SYNTH_CROSS:
        return cross(corner);
    default:
        return 0;
    }
}

static double clamp01(double x) { return x < 0 ? 0 : x > 1 ? 1 : x; }

static double square(double x) { return x * x; }

/* Distance to the nearest edge; counting the crossings of a ray gives the sign. */
static double polygon_distance(const Point *corner, int n, Point p)
{
    double nearest = HUGE_VAL;
    bool inside = false;
    for (int i = 0, j = n - 1; i < n; j = i++) {
        const Point a = corner[i], e = {corner[j].x - a.x, corner[j].y - a.y};
        const double wx = p.x - a.x, wy = p.y - a.y;
        const double t = clamp01((wx * e.x + wy * e.y) / (e.x * e.x + e.y * e.y));
        const double gap = square(wx - t * e.x) + square(wy - t * e.y);
        if (gap < nearest) nearest = gap;
        if ((a.y > p.y) != (corner[j].y > p.y) && wx < e.x * wy / e.y) inside = !inside;
    }
    return inside ? -sqrt(nearest) : sqrt(nearest);
}

static double circle_distance(Point p) { return hypot(p.x, p.y) - 0.9; }

static double ring_distance(Point p) { return fabs(hypot(p.x, p.y) - 0.7) - 0.22; }

static double heart_distance(Point p)
{
    const double scale = 0.6;
    const double x = fabs(p.x) * scale, y = 0.57 - p.y * scale;
    double d;
    if (x + y > 1) {
        d = hypot(x - 0.25, y - 0.75) - 0.3535533905932738;
    } else {
        const double half = 0.5 * fmax(x + y, 0);
        d = sqrt(fmin(square(x) + square(y - 1), square(x - half) + square(y - half)));
        if (x < y) d = -d;
    }
    return d / scale;
}

/* A disc of radius 0.94 minus a disc of radius 0.76 shifted by 0.46. */
static double moon_distance(Point p)
{
    const double outer = 0.94, inner = 0.76, shift = 0.46;
    const double x = p.x, y = fabs(p.y);
    const double a = (square(outer) - square(inner) + square(shift)) / (2 * shift);
    const double b = sqrt(square(outer) - square(a));
    if (shift * (x * b - y * a) > square(shift) * fmax(b - y, 0)) return hypot(x - a, y - b);
    return fmax(hypot(x, y) - outer, inner - hypot(x - shift, y));
}

static double distance(const Brush *b, Point p)
{
    if (b->corners) return polygon_distance(b->corner, b->corners, p);
    switch (b->object->shape) {
    case SYNTH_RING:
        return ring_distance(p);
    case SYNTH_HEART:
        return heart_distance(p);
    case SYNTH_MOON:
        return moon_distance(p);
    default:
        return circle_distance(p);
    }
}

/* Signed distance to the light parts of the texture. */
static double texture_distance(enum SynthTexture texture, Point p)
{
    const double period = texture == SYNTH_STRIPED ? 0.56 : 0.6;
    const double x = p.x - period * nearbyint(p.x / period);
    const double y = p.y - period * nearbyint(p.y / period);
    switch (texture) {
    case SYNTH_STRIPED:
        return fabs(x) - period / 4;
    case SYNTH_DOTTED:
        return hypot(x, y) - 0.19;
    default:
        return HUGE_VAL;
    }
}

static Brush brush(const SynthObject *o, int64_t size)
{
    const double side = (double)size;
    Brush b = {.object = o,
               .center = {o->x * side, o->y * side},
               .radius = o->radius * side,
               .c = cos(o->angle),
               .s = sin(o->angle),
               .rim = 0.4 + 0.01 * side};
    b.corners = polygon(o->shape, b.corner);
    return b;
}

/* The center of a pixel in the object's frame. */
static Point local(const Brush *b, int64_t column, int64_t row)
{
    const double x = ((double)column + 0.5 - b->center.x) / b->radius;
    const double y = ((double)row + 0.5 - b->center.y) / b->radius;
    return (Point){b->c * x + b->s * y, b->c * y - b->s * x};
}

static double covered(double pixels) { return clamp01(0.5 - pixels); }

static double mix(double from, double to, double share) { return from + (to - from) * share; }

/* rgb: the pixel of the image, 0..255. */
static void paint_pixel(const Brush *b, int64_t column, int64_t row, double rgb[static 3])
{
    const Point p = local(b, column, row);
    const double d = distance(b, p) * b->radius, cover = covered(d);
    if (cover <= 0) return;
    const double light = 0.4 * covered(texture_distance(b->object->texture, p) * b->radius);
    const double dark = 1 - 0.35 * covered(-d - b->rim);
    for (int i = 0; i < 3; i++)
        rgb[i] = mix(rgb[i], dark * mix(b->object->rgb[i], 255, light), cover);
}

static int64_t bound(double pixel, int64_t size)
{
    return pixel < 0 ? 0 : pixel > (double)size ? size : (int64_t)pixel;
}

static void paint(const SynthObject *o, int64_t size, double *rgb)
{
    const Brush b = brush(o, size);
    const double reach = b.radius + 1;
    const int64_t bottom = bound(b.center.y + reach + 1, size);
    const int64_t right = bound(b.center.x + reach + 1, size);
    for (int64_t y = bound(b.center.y - reach, size); y < bottom; y++)
        for (int64_t x = bound(b.center.x - reach, size); x < right; x++)
            paint_pixel(&b, x, y, rgb + 3 * (y * size + x));
}

static void paint_background(const SynthScene *s, int64_t size, double *rgb)
{
    const double c = cos(s->slope), d = sin(s->slope), side = (double)size;
    for (int64_t y = 0; y < size; y++)
        for (int64_t x = 0; x < size; x++) {
            const double along = c * ((double)x / side - 0.5) + d * ((double)y / side - 0.5);
            for (int i = 0; i < 3; i++, rgb++)
                *rgb = mix(s->back[0][i], s->back[1][i], clamp01(along + 0.5));
        }
}

/* Adds noise and rounds. The sum of two random bytes is triangular noise in -1..1; one
 * 32-bit word serves two values. */
static Image finish(const double *rgb, int64_t size, double noise, const Rng *rng)
{
    Image image = image_new(size, size);
    const int64_t n = 3 * size * size;
    uint32_t *random = mem_alloc((size_t)(n + 1) / 2 * sizeof *random);
    rng_fill(rng, 0, (n + 1) / 2, random);
    for (int64_t i = 0; i < n; i++) {
        const uint32_t word = random[i / 2] >> (i % 2 * 16);
        const double grain = (double)((word & 255) + (word >> 8 & 255)) / 255 - 1;
        image.rgb[i] = (uint8_t)(255 * clamp01((rgb[i] + noise * grain) / 255) + 0.5);
    }
    mem_free(random);
    return image;
}

Image synth_draw(const SynthScene *scene, int64_t size, Rng *rng)
{
    double *rgb = mem_alloc((size_t)(3 * size * size) * sizeof *rgb);
    paint_background(scene, size, rgb);
    for (int i = 0; i < scene->count; i++) paint(&scene->object[i], size, rgb);
    Image image = finish(rgb, size, scene->noise, rng);
    mem_free(rgb);
    return image;
}

double synth_cover(const SynthObject *object, int64_t size, int64_t column, int64_t row)
{
    const Brush b = brush(object, size);
    return covered(distance(&b, local(&b, column, row)) * b.radius);
}
