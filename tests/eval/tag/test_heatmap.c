/* SPDX-License-Identifier: Apache-2.0 */
/* Heat maps, compared byte by byte: enlarging, colors, blending. */
#include "eval/tag/heatmap.h"

#include "core/mem.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Keys' kernel with a = -1/2, written as its two pieces. */
static double keys(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x <= 1) return (a + 2) * x * x * x - (a + 3) * x * x + 1;
    if (x < 2) return a * x * x * x - 5 * a * x * x + 8 * a * x - 4 * a;
    return 0;
}

/* One pixel as a sum over an infinite map that is mirrored at the outermost centers: 2 1 0 1 2
 * 1 0 ... */
static double enlarged(int64_t side, const float *map, double x, double y)
{
    double sum = 0;
    for (int64_t r = -2; r < side + 2; r++)
        for (int64_t c = -2; c < side + 2; c++) {
            const int64_t row = labs(r) < side ? labs(r) : labs(2 * (side - 1) - labs(r));
            const int64_t column = labs(c) < side ? labs(c) : labs(2 * (side - 1) - labs(c));
            sum += keys(x - (double)c) * keys(y - (double)r) * (double)map[row * side + column];
        }
    return fmax(sum, 0);
}

static const float MAP[9] = {0.1F, 0, 0.9F, 0.02F, 0.05F, 0, 0.3F, 0.3F, 0};

static const int64_t SIZE[][2] = {{3, 3}, {7, 5}, {2, 40}, {1, 1}, {64, 48}};
enum { SIZES = sizeof SIZE / sizeof *SIZE };

START_TEST(enlarges)
{
    const int64_t width = SIZE[_i][0], height = SIZE[_i][1];
    float out[64 * 48];
    double want[64 * 48], greatest = 0;
    heatmap_enlarge(3, MAP, width, height, out);
    for (int64_t i = 0; i < width * height; i++) {
        want[i] = enlarged(3, MAP, ((double)(i % width) + 0.5) * 3 / (double)width - 0.5,
                           ((double)(i / width) + 0.5) * 3 / (double)height - 0.5);
        greatest = fmax(greatest, want[i]);
    }
    for (int64_t i = 0; i < width * height; i++)
        ck_assert_double_eq_tol((double)out[i], want[i] / greatest, 1e-6);
}
END_TEST

/* The maximum is at the center of its cell, also for the smallest maps and at the border. */
START_TEST(highest_in_the_center)
{
    static const float map[4] = {0.1F, 0.2F, 0.05F, 0.9F};
    float out[50 * 50];
    int64_t highest = 0;
    heatmap_enlarge(2, map, 50, 50, out);
    for (int64_t i = 0; i < 50 * 50; i++)
        if (out[i] > out[highest]) highest = i;
    ck_assert_int_eq(highest / 50, 37);
    ck_assert_int_eq(highest % 50, 37);
}
END_TEST

/* A map of one cell or of equal cells is constant after enlarging; zero stays zero. */
START_TEST(enlarges_flat_maps)
{
    float out[12];
    heatmap_enlarge(1, (float[]){0.25F}, 4, 3, out);
    for (int i = 0; i < 12; i++) ck_assert_double_eq_tol((double)out[i], 1, 1e-6);
    heatmap_enlarge(2, (float[]){2, 2, 2, 2}, 3, 4, out);
    for (int i = 0; i < 12; i++) ck_assert_double_eq_tol((double)out[i], 1, 1e-6);
    heatmap_enlarge(2, (float[]){0, 0, 0, 0}, 3, 4, out);
    for (int i = 0; i < 12; i++) ck_assert_double_eq((double)out[i], 0);
}
END_TEST

/* Values computed by a separate program. */
static const struct {
    int level;
    uint8_t rgb[3];
} COLOR[] = {{0, {25, 3, 65}},     {32, {68, 0, 96}},     {64, {119, 0, 107}},
             {96, {172, 0, 98}},   {128, {217, 38, 72}},  {160, {247, 92, 23}},
             {192, {255, 147, 0}}, {224, {254, 199, 79}}, {255, {249, 243, 158}}};
enum { COLORS = sizeof COLOR / sizeof *COLOR };

START_TEST(colors)
{
    uint8_t rgb[3];
    heatmap_color(COLOR[_i].level / 255.0, rgb);
    ck_assert_mem_eq(rgb, COLOR[_i].rgb, 3);
}
END_TEST

static double linear(uint8_t byte)
{
    const double v = byte / 255.0;
    return v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

/* The OKLab lightness of the bytes, computed with the published inverse, rises linearly from
 * 0.2 to 0.95. */
START_TEST(lightness_rises_evenly)
{
    for (int level = 0; level < 256; level++) {
        uint8_t c[3];
        heatmap_color(level / 255.0, c);
        const double r = linear(c[0]), g = linear(c[1]), b = linear(c[2]);
        const double L =
            0.2104542553 * cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) +
            0.7936177850 * cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) -
            0.0040720468 * cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
        ck_assert_double_eq_tol(L, 0.2 + 0.75 * level / 255, 0.007);
    }
}
END_TEST

/* As many pixels as cells, so that nothing is interpolated: levels 255, 0, 64, 128. */
START_TEST(draws)
{
    static const float map[4] = {1, 0, 64 / 255.0F, 128 / 255.0F};
    static const uint8_t level[4] = {255, 0, 64, 128};
    Image image = image_new(2, 2);
    for (int i = 0; i < 12; i++) image.rgb[i] = (uint8_t)(i * 20);
    Image drawn = heatmap_draw(&image, 2, map);
    ck_assert(drawn.width == 2 && drawn.height == 2);
    for (int i = 0; i < 12; i++) {
        uint8_t color[3];
        heatmap_color(level[i / 3] / 255.0, color);
        const double a = 0.8 - 0.5 * level[i / 3] / 255.0;
        ck_assert_int_eq(drawn.rgb[i], (int)floor((1 - a) * i * 20 + a * color[i % 3] + 0.5));
    }
    /* color (0, 20, 40) at the maximum: 0.7 of it plus 0.3 of (249, 243, 158) */
    static const uint8_t highest[3] = {75, 87, 75};
    ck_assert_mem_eq(drawn.rgb, highest, 3);
    image_free(&drawn);
    image_free(&image);
}
END_TEST

Suite *test_heatmap_suite(void);
Suite *test_heatmap_suite(void)
{
    Suite *s = suite_create("heatmap");
    TCase *t = tcase_create("heatmap");
    tcase_add_loop_test(t, enlarges, 0, SIZES);
    tcase_add_test(t, highest_in_the_center);
    tcase_add_test(t, enlarges_flat_maps);
    tcase_add_loop_test(t, colors, 0, COLORS);
    tcase_add_test(t, lightness_rises_evenly);
    tcase_add_test(t, draws);
    suite_add_tcase(s, t);
    return s;
}
