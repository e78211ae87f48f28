/* SPDX-License-Identifier: Apache-2.0 */
#include "core/mem.h"
#include "core/rng.h"
#include "data/image/resize.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static Image noise(int64_t width, int64_t height, Rng *rng, bool extreme)
{
    Image image = image_new(width, height);
    for (int64_t i = 0; i < width * height * 3; i++)
        image.rgb[i] = (uint8_t)(extreme ? 255 * rng_below(rng, 2) : rng_below(rng, 256));
    return image;
}

static double weight_at(double x, bool cubic)
{
    x = fabs(x);
    if (!cubic) return x < 1 ? 1 - x : 0;
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? -0.5 * (((x - 5) * x + 8) * x - 4) : 0;
}

/* Resizes one line of n values, `step` apart, to m values: Pillow's arithmetic, one value at
 * a time. */
static void naive_line(const uint8_t *in, int64_t n, uint8_t *out, int64_t m, int64_t step,
                       bool cubic)
{
    const double scale = (double)n / (double)m, stretch = scale > 1 ? scale : 1;
    const double support = (cubic ? 2 : 1) * stretch;
    for (int64_t i = 0; i < m; i++) {
        if (n == m) {
            out[i * step] = in[i * step];
            continue;
        }
        const double center = ((double)i + 0.5) * scale;
        const int64_t first = (int64_t)fmax((double)(int64_t)(center - support + 0.5), 0);
        const int64_t last =
            (int64_t)fmin((double)(int64_t)(center + support + 0.5), (double)n);
        double total = 0;
        int64_t sum = 1 << 21;
        for (int64_t x = first; x < last; x++)
            total += weight_at(((double)x - center + 0.5) / stretch, cubic);
        for (int64_t x = first; x < last; x++) {
            const double w = weight_at(((double)x - center + 0.5) / stretch, cubic) / total;
            sum += (int64_t)(w * 4194304 + (w < 0 ? -0.5 : 0.5)) * in[x * step];
        }
        sum = sum < 0 ? 0 : sum >> 22;
        out[i * step] = (uint8_t)(sum > 255 ? 255 : sum);
    }
}

static Image naive(const Image *in, Box box, int64_t width, int64_t height, bool cubic)
{
    Image middle = image_new(width, box.height), out = image_new(width, height);
    for (int64_t y = 0; y < box.height; y++)
        for (int c = 0; c < 3; c++)
            naive_line(in->rgb + 3 * ((box.top + y) * in->width + box.left) + c, box.width,
                       middle.rgb + 3 * y * width + c, width, 3, cubic);
    for (int64_t x = 0; x < 3 * width; x++)
        naive_line(middle.rgb + x, box.height, out.rgb + x, height, 3 * width, cubic);
    image_free(&middle);
    return out;
}

static void compare(const Image *in, Box box, int64_t width, int64_t height,
                    enum ResizeFilter filter)
{
    Image got, want = naive(in, box, width, height, filter == RESIZE_BICUBIC);
    resize_crop(in, box, width, height, filter, &got);
    ck_assert_int_eq(got.width, width);
    ck_assert_int_eq(got.height, height);
    for (int64_t i = 0; i < 3 * width * height; i++)
        ck_assert_msg(got.rgb[i] == want.rgb[i],
                      "%d x %d to %d x %d, filter %d, number %d: %d, want %d", (int)box.width,
                      (int)box.height, (int)width, (int)height, (int)filter, (int)i, got.rgb[i],
                      want.rgb[i]);
    image_free(&got);
    image_free(&want);
}

START_TEST(equals_the_naive_arithmetic)
{
    Rng rng = rng_new(3, 0, (uint64_t)_i, RNG_TEST);
    for (int round = 0; round < 60; round++) {
        const int64_t w = 1 + rng_below(&rng, 90), h = 1 + rng_below(&rng, 90);
        Image in = noise(w, h, &rng, round % 3 == 0);
        Box box = {0, 0, 1 + rng_below(&rng, w), 1 + rng_below(&rng, h)};
        box.left = rng_below(&rng, w - box.width + 1);
        box.top = rng_below(&rng, h - box.height + 1);
        const int64_t ow = round % 5 ? 1 + rng_below(&rng, 70) : box.width;
        const int64_t oh = round % 7 ? 1 + rng_below(&rng, 70) : box.height;
        compare(&in, box, ow, oh, _i ? RESIZE_BICUBIC : RESIZE_BILINEAR);
        image_free(&in);
    }
}
END_TEST

START_TEST(halves_by_hand)
{
    Image in = image_new(2, 1), out;
    memcpy(in.rgb, (uint8_t[]){0, 10, 255, 255, 20, 255}, 6);
    resize_crop(&in, (Box){0, 0, 2, 1}, 1, 1, RESIZE_BILINEAR, &out);
    ck_assert_int_eq(out.rgb[0], 128); /* 127.5 rounds up */
    ck_assert_int_eq(out.rgb[1], 15);
    ck_assert_int_eq(out.rgb[2], 255);
    image_free(&out);
    image_free(&in);
}
END_TEST

START_TEST(flat_stays_flat)
{
    static const int64_t size[][2] = {{1, 1}, {3, 200}, {300, 7}, {64, 64}, {65, 22}};
    Image in = image_new(61, 43);
    memset(in.rgb, 201, 61 * 43 * 3);
    for (size_t i = 0; i < sizeof size / sizeof *size; i++)
        for (int filter = 0; filter < 2; filter++) {
            Image out;
            resize_crop(&in, (Box){0, 0, 61, 43}, size[i][0], size[i][1],
                        (enum ResizeFilter)filter, &out);
            for (int64_t k = 0; k < 3 * size[i][0] * size[i][1]; k++)
                ck_assert_int_eq(out.rgb[k], 201);
            image_free(&out);
        }
    image_free(&in);
}
END_TEST

START_TEST(ignores_pixels_outside_the_box)
{
    Rng rng = rng_new(4, 0, 0, RNG_TEST);
    Image a = noise(40, 30, &rng, false), b = image_new(40, 30), ra, rb;
    const Box box = {7, 5, 21, 17};
    for (int64_t i = 0; i < 40 * 30 * 3; i++) b.rgb[i] = (uint8_t)~a.rgb[i];
    for (int64_t y = box.top; y < box.top + box.height; y++)
        memcpy(b.rgb + 3 * (y * 40 + box.left), a.rgb + 3 * (y * 40 + box.left), 21 * 3);
    resize_crop(&a, box, 13, 50, RESIZE_BICUBIC, &ra);
    resize_crop(&b, box, 13, 50, RESIZE_BICUBIC, &rb);
    ck_assert_mem_eq(ra.rgb, rb.rgb, 13 * 50 * 3);
    image_free(&a);
    image_free(&b);
    image_free(&ra);
    image_free(&rb);
}
END_TEST

START_TEST(scratch_may_be_reused)
{
    static const int64_t size[][2] = {{50, 40}, {5, 3}, {64, 64}, {1, 90}};
    ResizeScratch s = {0};
    Rng rng = rng_new(6, 0, 0, RNG_TEST);
    for (size_t i = 0; i < sizeof size / sizeof *size; i++) {
        Image in = noise(size[i][0], size[i][1], &rng, false), fresh, out = image_new(24, 24);
        const Box whole = {0, 0, in.width, in.height};
        resize_crop(&in, whole, 24, 24, RESIZE_BILINEAR, &fresh);
        resize_crop_into(&in, whole, RESIZE_BILINEAR, &s, &out);
        ck_assert_mem_eq(fresh.rgb, out.rgb, 24 * 24 * 3);
        image_free(&in);
        image_free(&fresh);
        image_free(&out);
    }
    resize_scratch_free(&s);
    resize_scratch_free(&s);
}
END_TEST

START_TEST(box_must_lie_inside)
{
    static const Box bad[] = {
        {0, 0, 11, 10}, {5, 0, 6, 10}, {-1, 0, 4, 4}, {0, 3, 4, 8}, {0, 0, 0, 4}};
    Image in = image_new(10, 10), out;
    resize_crop(&in, bad[_i], 4, 4, RESIZE_BILINEAR, &out);
}
END_TEST

Suite *test_resize_suite(void);
Suite *test_resize_suite(void)
{
    Suite *s = suite_create("resize");
    TCase *t = tcase_create("resize");
    tcase_add_loop_test(t, equals_the_naive_arithmetic, 0, 2);
    tcase_add_test(t, halves_by_hand);
    tcase_add_test(t, flat_stays_flat);
    tcase_add_test(t, ignores_pixels_outside_the_box);
    tcase_add_test(t, scratch_may_be_reused);
    tcase_add_loop_test_raise_signal(t, box_must_lie_inside, SIGABRT, 0, 5);
    suite_add_tcase(s, t);
    return s;
}
