/* SPDX-License-Identifier: Apache-2.0 */
/* RandAugment: the table of operations, and the operations that change colors in place.
 * Geometric operations and sharpening, which read one image and write another, are in
 * data/image/warp.c. */
#include "data/image/augment.h"

#include "data/image/warp.h"

#include <math.h>
#include <string.h>

enum { CHANNELS = 3, LEVELS = 256 };

/* Arguments of an operation, which may swap the pixels of image and spare. */
typedef struct Job {
    Image *image, *spare;
    double value;
    bool pillow; /* AutoContrast as Pillow computes it */
} Job;

static void swap_pixels(const Job *job)
{
    uint8_t *pixels = job->image->rgb;
    job->image->rgb = job->spare->rgb;
    job->spare->rgb = pixels;
}

static uint8_t truncated(double x) { return (uint8_t)(x < 0.0 ? 0.0 : x > 255.0 ? 255.0 : x); }

static void map_levels(Image *image, uint8_t table[CHANNELS][LEVELS])
{
    const int64_t pixels = image->width * image->height;
    for (int64_t i = 0; i < pixels; i++)
        for (int c = 0; c < CHANNELS; c++)
            image->rgb[3 * i + c] = table[c][image->rgb[3 * i + c]];
}

static void histograms(const Image *image, int64_t count[CHANNELS][LEVELS])
{
    memset(count, 0, CHANNELS * sizeof count[0]);
    const int64_t pixels = image->width * image->height;
    for (int64_t i = 0; i < pixels; i++)
        for (int c = 0; c < CHANNELS; c++) count[c][image->rgb[3 * i + c]]++;
}

static void identity(const Job *job) { (void)job; }

static void brightness(const Job *job)
{
    uint8_t table[CHANNELS][LEVELS];
    for (int p = 0; p < LEVELS; p++)
        table[0][p] = truncated((double)((float)p * (float)job->value));
    memcpy(table[1], table[0], LEVELS);
    memcpy(table[2], table[0], LEVELS);
    map_levels(job->image, table);
}

/* The reference negates the darkest level in 8-bit arithmetic, which turns a channel without
 * black white. */
static void stretch_table(const int64_t count[LEVELS], bool pillow, uint8_t table[LEVELS])
{
    int low = 0, high = LEVELS - 1;
    while (low < LEVELS - 1 && !count[low]) low++;
    while (high > 0 && !count[high]) high--;
    const double scale = high > low ? 255.0 / (high - low) : 1.0;
    const int negated = high <= low ? 0 : pillow ? -low : (LEVELS - low) % LEVELS;
    const double offset = negated * scale;
    for (int p = 0; p < LEVELS; p++) table[p] = truncated(p * scale + offset);
}

static void autocontrast(const Job *job)
{
    int64_t count[CHANNELS][LEVELS];
    uint8_t table[CHANNELS][LEVELS];
    histograms(job->image, count);
    for (int c = 0; c < CHANNELS; c++) stretch_table(count[c], job->pillow, table[c]);
    map_levels(job->image, table);
}

static void equalize_table(const int64_t count[LEVELS], uint8_t table[LEVELS])
{
    int64_t total = 0, last = 0;
    for (int p = 0; p < LEVELS; p++) {
        total += count[p];
        if (count[p]) last = count[p];
    }
    const int64_t step = (total - last) / 255;
    int64_t below = step / 2;
    for (int p = 0; p < LEVELS; p++) {
        const int64_t level = step ? below / step : p;
        table[p] = (uint8_t)(level < 255 ? level : 255);
        below += count[p];
    }
}

static void equalize(const Job *job)
{
    int64_t count[CHANNELS][LEVELS];
    uint8_t table[CHANNELS][LEVELS];
    histograms(job->image, count);
    for (int c = 0; c < CHANNELS; c++) equalize_table(count[c], table[c]);
    map_levels(job->image, table);
}

static void sharpness(const Job *job)
{
    if (job->value == 1.0) return;
    warp_sharpen(job->image, (float)job->value, job->spare);
    swap_pixels(job);
}

static void move(const Job *job, WarpMatrix forward)
{
    warp_affine(job->image, forward, job->spare);
    swap_pixels(job);
}

static void shear_x(const Job *job)
{
    move(job, (WarpMatrix){1, (double)(float)job->value, 0, 0, 1, 0});
}
static void shear_y(const Job *job)
{
    move(job, (WarpMatrix){1, 0, 0, (double)(float)job->value, 1, 0});
}
static void shift_x(const Job *job)
{
    move(job, (WarpMatrix){1, 0, -(double)(float)job->value, 0, 1, 0});
}
static void shift_y(const Job *job)
{
    move(job, (WarpMatrix){1, 0, 0, 0, 1, -(double)(float)job->value});
}

static void rotate(const Job *job)
{
    const double turn = job->value * (3.1415926535897932384626433832795 / 180.0);
    const double c = cos(turn), s = sin(turn);
    const double x = (double)job->image->width / 2.0, y = (double)job->image->height / 2.0;
    move(job, (WarpMatrix){c, s, (1 - c) * x - s * y, -s, c, s * x + (1 - c) * y});
}

/* value = level / 10 * slope + base; the sign is random where either_sign is set. */
typedef struct Operation {
    const char *name;
    void (*apply)(const Job *job);
    double slope, base;
    bool either_sign;
    bool needs_spare;
} Operation;

static const Operation operation_table[] = {
    {"Identity", identity, 0.0, 0.0, false, false},
    {"AutoContrast", autocontrast, 0.0, 0.0, false, false},
    {"Brightness", brightness, 1.8, 0.1, false, false},
    {"Sharpness", sharpness, 1.8, 0.1, false, true},
    {"Equalize", equalize, 0.0, 0.0, false, false},
    {"ShearX", shear_x, 0.3, 0.0, true, true},
    {"ShearY", shear_y, 0.3, 0.0, true, true},
    {"TranslateX", shift_x, 10.0, 0.0, true, true},
    {"TranslateY", shift_y, 10.0, 0.0, true, true},
    {"Rotate", rotate, 30.0, 0.0, true, true},
};
enum { OPERATIONS = sizeof operation_table / sizeof *operation_table };

int augment_apply(Image *image, const char *name, double value, bool pillow_autocontrast)
{
    CHECK(fabs(value) <= 1e6, "%s by %g", name, value);
    for (int i = 0; i < OPERATIONS; i++) {
        if (strcmp(operation_table[i].name, name) != 0) continue;
        Image spare = {0};
        if (operation_table[i].needs_spare) spare = image_new(image->width, image->height);
        operation_table[i].apply(&(Job){image, &spare, value, pillow_autocontrast});
        image_free(&spare);
        return 0;
    }
    return -1;
}

void augment_random(Image *image, Image *spare, int operations, double level,
                    bool pillow_autocontrast, Rng *rng)
{
    CHECK(operations >= 0 && level >= 0.0 && level <= 10.0, "%d at level %g", operations,
          level);
    CHECK(spare->width == image->width && spare->height == image->height, "%ld x %ld",
          spare->width, spare->height);
    for (int i = 0; i < operations; i++) {
        const Operation *op = &operation_table[rng_below(rng, OPERATIONS)];
        if (rng_uniform(rng) >= 0.5) continue;
        double value = level / 10.0 * op->slope + op->base;
        if (op->either_sign && rng_uniform(rng) >= 0.5) value = -value;
        op->apply(&(Job){image, spare, value, pillow_autocontrast});
    }
}
