/* SPDX-License-Identifier: Apache-2.0 */
/* Enlarging a map, its colors, and blending with the image. */
#include "eval/tag/heatmap.h"

#include "core/mem.h"

#include <math.h>

/* The four cells that contribute to a pixel, and their weights. */
typedef struct Taps {
    int64_t cell[4];
    double weight[4];
} Taps;

/* Keys' kernel with a = -1/2 at distance x in 0..2. */
static double cubic(double x)
{
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/* Maps an index outside the map to a cell: the map is mirrored about the centers of its
 * outermost cells, so that a high cell at the border has its maximum at its center, not at the
 * edge of the image. */
static int64_t inside(int64_t cell, int64_t side)
{
    const int64_t period = 2 * (side - 1);
    if (period == 0) return 0;
    cell = ((cell % period) + period) % period;
    return cell < side ? cell : period - cell;
}

static Taps taps(int64_t pixel, int64_t pixels, int64_t side)
{
    Taps t;
    const double at = ((double)pixel + 0.5) * (double)side / (double)pixels - 0.5;
    const double left = floor(at);
    for (int i = 0; i < 4; i++) {
        t.cell[i] = inside((int64_t)left + i - 1, side);
        t.weight[i] = cubic(fabs(at - (left + i - 1)));
    }
    return t;
}

/* One output row from the rows of the map, which are already enlarged to the width. */
static void mix_rows(const Taps *t, const double *rows, int64_t width, float *out)
{
    for (int64_t x = 0; x < width; x++) {
        double sum = 0;
        for (int i = 0; i < 4; i++) sum += t->weight[i] * rows[t->cell[i] * width + x];
        out[x] = (float)fmax(sum, 0);
    }
}

void heatmap_enlarge(int64_t side, const float *map, int64_t width, int64_t height, float *out)
{
    double *rows = mem_calloc((size_t)(side * width), sizeof *rows); /* [side, width] */
    for (int64_t x = 0; x < width; x++) {
        const Taps t = taps(x, width, side);
        for (int64_t r = 0; r < side; r++)
            for (int i = 0; i < 4; i++)
                rows[r * width + x] += t.weight[i] * (double)map[r * side + t.cell[i]];
    }
    float max = 0;
    for (int64_t y = 0; y < height; y++) {
        const Taps t = taps(y, height, side);
        mix_rows(&t, rows, width, out + y * width);
        for (int64_t x = 0; x < width; x++) max = fmaxf(max, out[y * width + x]);
    }
    for (int64_t i = 0; max > 0 && i < width * height; i++) out[i] /= max;
    mem_free(rows);
}

/* Linear light in 0..1 as an sRGB byte. */
static uint8_t srgb(double x)
{
    const double v = x <= 0.0031308 ? 12.92 * x : 1.055 * pow(x, 1 / 2.4) - 0.055;
    return (uint8_t)lround(255 * fmin(fmax(v, 0), 1));
}

void heatmap_color(double v, uint8_t rgb[static 3])
{
    static const double DEGREE = 0.017453292519943295; /* one degree in radians */
    const double L = 0.2 + 0.75 * v, C = 0.06 + 0.15 * sin((0.1 + 0.8 * v) * 180 * DEGREE);
    const double angle = (290 + 175 * v) * DEGREE, a = C * cos(angle), b = C * sin(angle);
    const double l = pow(L + 0.3963377774 * a + 0.2158037573 * b, 3);
    const double m = pow(L - 0.1055613458 * a - 0.0638541728 * b, 3);
    const double s = pow(L - 0.0894841775 * a - 1.2914855480 * b, 3);
    rgb[0] = srgb(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s);
    rgb[1] = srgb(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s);
    rgb[2] = srgb(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s);
}

Image heatmap_draw(const Image *image, int64_t side, const float *map)
{
    const int64_t pixels = image->width * image->height;
    uint8_t color[256][3];
    for (int i = 0; i < 256; i++) heatmap_color(i / 255.0, color[i]);
    float *v = mem_alloc((size_t)pixels * sizeof *v);
    heatmap_enlarge(side, map, image->width, image->height, v);
    Image out = image_new(image->width, image->height);
    for (int64_t i = 0; i < pixels; i++) {
        const int level = (int)lround(255 * (double)v[i]);
        const double a = 0.8 - 0.5 * level / 255;
        for (int c = 0; c < 3; c++)
            out.rgb[3 * i + c] =
                (uint8_t)lround((1 - a) * image->rgb[3 * i + c] + a * color[level][c]);
    }
    mem_free(v);
    return out;
}
