/* SPDX-License-Identifier: Apache-2.0 */
/* Low frequencies of the cosine transform against their median. */
#include "data/image/phash.h"

#include "data/image/resize.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 32, FIELD = 8, LOW = 8, BITS = LOW * LOW };

static const double FLAT = 2; /* gray levels */
static const double PI = 3.14159265358979323846;

static double gray_of(const uint8_t *p) { return 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]; }

/* Fills the gray values; whether they have next to no contrast. */
static bool read_gray(const Image *small, double gray[SIDE][SIDE])
{
    double sum = 0, squares = 0;
    for (int i = 0; i < SIDE * SIDE; i++) {
        const double g = gray_of(small->rgb + 3 * i);
        gray[i / SIDE][i % SIDE] = g;
        sum += g;
        squares += g * g;
    }
    const double mean = sum / (SIDE * SIDE);
    return squares / (SIDE * SIDE) - mean * mean < FLAT * FLAT;
}

static void read_colors(const Image *small, uint8_t out[PHASH_COLORS])
{
    int sum[PHASH_COLORS] = {0};
    for (int y = 0; y < SIDE; y++)
        for (int x = 0; x < SIDE; x++)
            for (int c = 0; c < 3; c++)
                sum[3 * (y / FIELD * (SIDE / FIELD) + x / FIELD) + c] +=
                    small->rgb[3 * (y * SIDE + x) + c];
    for (int i = 0; i < PHASH_COLORS; i++) out[i] = (uint8_t)(sum[i] / (FIELD * FIELD));
}

/* The coefficients 1..LOW along both axes, up to a common factor. */
static void transform(double gray[SIDE][SIDE], double out[BITS])
{
    double wave[LOW][SIDE], rows[SIDE][LOW] = {{0}};
    for (int u = 0; u < LOW; u++)
        for (int x = 0; x < SIDE; x++)
            wave[u][x] = cos(PI * (u + 1) * (2 * x + 1) / (2 * SIDE));
    for (int y = 0; y < SIDE; y++)
        for (int v = 0; v < LOW; v++)
            for (int x = 0; x < SIDE; x++) rows[y][v] += wave[v][x] * gray[y][x];
    for (int u = 0; u < LOW; u++)
        for (int v = 0; v < LOW; v++) {
            double sum = 0;
            for (int y = 0; y < SIDE; y++) sum += wave[u][y] * rows[y][v];
            out[LOW * u + v] = sum;
        }
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double value[BITS])
{
    double sorted[BITS];
    memcpy(sorted, value, sizeof sorted);
    qsort(sorted, BITS, sizeof *sorted, by_value);
    return (sorted[BITS / 2 - 1] + sorted[BITS / 2]) / 2;
}

Phash image_phash(const Image *image)
{
    double gray[SIDE][SIDE], value[BITS];
    Image small;
    Phash h = {0};
    resize_crop(image, (Box){0, 0, image->width, image->height}, SIDE, SIDE, RESIZE_BILINEAR,
                &small);
    h.flat = read_gray(&small, gray);
    read_colors(&small, h.color);
    transform(gray, value);
    const double middle = median(value);
    for (int i = 0; i < BITS; i++) h.bits |= (uint64_t)(value[i] > middle) << i;
    image_free(&small);
    return h;
}

int phash_distance(uint64_t a, uint64_t b) { return __builtin_popcountll(a ^ b); }

bool phash_same_colors(const Phash *a, const Phash *b)
{
    for (int i = 0; i < PHASH_COLORS; i++)
        if (abs(a->color[i] - b->color[i]) > PHASH_COLOR_DISTANCE) return false;
    return true;
}
