/* SPDX-License-Identifier: Apache-2.0 */
#include "core/mem.h"
#include "data/image/augment.h"
#include "data/image/transform.h"
#include "data/loader.h"
#include "tests/data/image/train_view.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const TransformConfig plain = {
    .size = 20,
    .augment = {.scale_lo = 1.0, .scale_hi = 1.0, .ratio_lo = 0.75, .ratio_hi = 4.0 / 3.0},
    .mean = {0.5, 0.25, 0.125},
    .std = {0.25, 0.5, 0.75}};
enum { LEN = 3 * 20 * 20 };

static Image noise(int64_t width, int64_t height)
{
    Image image = image_new(width, height);
    Rng rng = rng_new(2, 0, 0, RNG_TEST);
    for (int64_t i = 0; i < width * height * 3; i++)
        image.rgb[i] = (uint8_t)rng_below(&rng, 256);
    return image;
}

static Rng stream(uint64_t sample) { return rng_new(7, 1, sample, RNG_AUGMENT); }

START_TEST(normalizes_channel_by_channel)
{
    Image in = noise(20, 20);
    float out[LEN + 1];
    Rng rng = stream(0);
    out[LEN] = 1234.5f;
    train_view(&in, &plain, &rng, out);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 400; i++) {
            const double want = (in.rgb[3 * i + c] / 255.0 - plain.mean[c]) / plain.std[c];
            ck_assert_double_eq_tol((double)out[400 * c + i], want, 1e-6);
        }
    ck_assert(out[LEN] == 1234.5f);
    image_free(&in);
}
END_TEST

START_TEST(flip_mirrors)
{
    Image in = noise(20, 20);
    float straight[LEN], mirrored[LEN];
    TransformConfig config = plain;
    Rng a = stream(0), b = a;
    train_view(&in, &config, &a, straight);
    config.augment.flip = 1.0;
    train_view(&in, &config, &b, mirrored);
    for (int r = 0; r < 60; r++)
        for (int x = 0; x < 20; x++)
            ck_assert(straight[20 * r + x] == mirrored[20 * r + 19 - x]);
    image_free(&in);
}
END_TEST

START_TEST(eval_is_the_whole_image)
{
    Image in = noise(45, 31), small;
    float out[LEN];
    transform_eval(&in, 20, plain.mean, plain.std, out);
    resize_crop(&in, (Box){0, 0, 45, 31}, 20, 20, RESIZE_BILINEAR, &small);
    for (int i = 0; i < LEN; i++) {
        const int c = i / 400;
        const double p = small.rgb[3 * (i % 400) + c] / 255.0;
        ck_assert_double_eq_tol((double)out[i], (p - plain.mean[c]) / plain.std[c], 1e-6);
    }
    image_free(&small);
    image_free(&in);
}
END_TEST

/* Whole image, or the middle of it, with either filter: the same as resizing all of it first.
 * Of a very long image only the middle is resized, with the same result. */
static const struct {
    int64_t width, height, wide, tall, left, top; /* image, resized image, first pixel */
} views[] = {
    {45, 31, 29, 20, 4, 0}, /* 4.5 rounds to even */
    {31, 47, 20, 30, 0, 5}, {33, 33, 20, 20, 0, 0},
    {7, 9, 20, 25, 0, 2},   {3, 600, 20, 4000, 0, 1990},
};
enum { VIEWS = sizeof views / sizeof *views };

START_TEST(view_of_the_middle)
{
    const enum ResizeFilter filter = _i % 2 ? RESIZE_BICUBIC : RESIZE_BILINEAR;
    const int64_t width = views[_i / 2].width, height = views[_i / 2].height;
    const int64_t wide = views[_i / 2].wide, tall = views[_i / 2].tall;
    Image in = noise(width, height), all;
    float out[LEN];
    const EvalView view = {20, filter, true, plain.mean, plain.std};
    transform_view(&in, &view, out);
    resize_crop(&in, (Box){0, 0, width, height}, wide, tall, filter, &all);
    for (int i = 0; i < LEN; i++) {
        const int c = i / 400, x = i % 20, y = i % 400 / 20;
        const int64_t at = (views[_i / 2].top + y) * wide + views[_i / 2].left + x;
        const double p = all.rgb[3 * at + c] / 255.0;
        ck_assert_double_eq_tol((double)out[i], (p - plain.mean[c]) / plain.std[c], 1e-6);
    }
    image_free(&all);
    image_free(&in);
}
END_TEST

START_TEST(view_of_everything)
{
    Image in = noise(45, 31), small;
    float out[LEN], want[LEN];
    EvalView view = {20, RESIZE_BILINEAR, false, plain.mean, plain.std};
    transform_view(&in, &view, out);
    transform_eval(&in, 20, plain.mean, plain.std, want);
    ck_assert_mem_eq(out, want, sizeof want);
    view.filter = RESIZE_BICUBIC;
    transform_view(&in, &view, out);
    resize_crop(&in, (Box){0, 0, 45, 31}, 20, 20, RESIZE_BICUBIC, &small);
    ck_assert_double_eq_tol((double)out[7],
                            (small.rgb[21] / 255.0 - plain.mean[0]) / plain.std[0], 1e-6);
    image_free(&small);
    image_free(&in);
}
END_TEST

/* Boxes lie inside the image, area share and ratio are within their limits (up to rounding),
 * and the whole range is used. */
START_TEST(boxes_keep_their_limits)
{
    TransformConfig config = plain;
    config.augment.scale_lo = 0.2;
    double min = 1, max = 0, flattest = 9, tallest = 0;
    for (uint64_t i = 0; i < 2000; i++) {
        Rng rng = stream(i);
        const Box b = transform_crop_box(640, 480, &config, &rng);
        ck_assert(b.left >= 0 && b.top >= 0 && b.left + b.width <= 640 &&
                  b.top + b.height <= 480);
        const double share = (double)(b.width * b.height) / (640.0 * 480.0);
        const double ratio = (double)b.width / (double)b.height;
        min = fmin(min, share), max = fmax(max, share);
        flattest = fmin(flattest, ratio), tallest = fmax(tallest, ratio);
    }
    ck_assert_double_ge(min, 0.198);
    ck_assert_double_le(min, 0.22);
    ck_assert_double_ge(max, 0.95);
    ck_assert_double_ge(flattest, 0.745);
    ck_assert_double_le(flattest, 0.77);
    ck_assert_double_le(tallest, 1.34);
    ck_assert_double_ge(tallest, 1.30);
}
END_TEST

/* If ten draws do not fit, the box is the largest centered one within the ratio limits. */
START_TEST(long_images_fall_back_to_the_center)
{
    TransformConfig config = plain;
    config.augment.scale_lo = 0.9;
    Rng rng = stream(0);
    Box b = transform_crop_box(3000, 100, &config, &rng);
    ck_assert_int_eq(b.width, 133); /* 100 * 4 / 3 */
    ck_assert_int_eq(b.height, 100);
    ck_assert_int_eq(b.left, (3000 - 133) / 2);
    ck_assert_int_eq(b.top, 0);
    b = transform_crop_box(100, 3000, &config, &rng);
    ck_assert_int_eq(b.width, 100);
    ck_assert_int_eq(b.height, 133); /* 100 / 0.75 */
    ck_assert_int_eq(b.top, (3000 - 133) / 2);
    b = transform_crop_box(1, 1, &config, &rng);
    ck_assert_int_eq(b.width * b.height, 1);
}
END_TEST

START_TEST(no_crop_at_scale_one)
{
    Rng rng = stream(0);
    const Box b = transform_crop_box(300, 20, &plain, &rng);
    ck_assert_int_eq(b.width, 300);
    ck_assert_int_eq(b.height, 20);
}
END_TEST

/* Reusing one scratch for images and sizes of all kinds gives the same result as fresh
 * memory. */
START_TEST(scratch_may_be_reused)
{
    static const int64_t side[][3] = {{30, 40, 20}, {7, 5, 20}, {90, 33, 12}, {16, 16, 20}};
    TransformScratch s = {0};
    TransformConfig config = plain;
    config.augment.scale_lo = 0.3;
    config.augment.flip = 0.5;
    config.augment.operations = 2;
    config.augment.level = 5;
    for (uint64_t i = 0; i < 40; i++) {
        Image in = noise(side[i % 4][0], side[i % 4][1]);
        float with[LEN], fresh[LEN];
        config.size = side[i % 4][2];
        const size_t bytes = sizeof(float) * (size_t)(3 * config.size * config.size);
        Rng a = stream(i), b = a;
        transform_train(&in, &config, &a, &s, with);
        train_view(&in, &config, &b, fresh);
        ck_assert_mem_eq(with, fresh, bytes);
        transform_eval_with(&in, config.size, plain.mean, plain.std, &s, with);
        transform_eval(&in, config.size, plain.mean, plain.std, fresh);
        ck_assert_mem_eq(with, fresh, bytes);
        image_free(&in);
    }
    transform_scratch_free(&s);
    transform_scratch_free(&s);
}
END_TEST

START_TEST(wrong_limits_are_bugs)
{
    TransformConfig config = plain;
    if (_i == 0) config.augment.scale_lo = 0.0;
    if (_i == 1) config.augment.scale_hi = 0.5;
    if (_i == 2) config.augment.ratio_lo = 2.0;
    if (_i == 3) config.size = 0;
    Image in = noise(8, 8);
    float out[LEN];
    Rng rng = stream(0);
    train_view(&in, &config, &rng, out);
}
END_TEST

Suite *test_transform_suite(void);
Suite *test_transform_suite(void)
{
    Suite *s = suite_create("transform");
    TCase *t = tcase_create("transform");
    tcase_add_test(t, normalizes_channel_by_channel);
    tcase_add_test(t, flip_mirrors);
    tcase_add_test(t, eval_is_the_whole_image);
    tcase_add_loop_test(t, view_of_the_middle, 0, 2 * VIEWS);
    tcase_add_test(t, view_of_everything);
    tcase_add_test(t, boxes_keep_their_limits);
    tcase_add_test(t, long_images_fall_back_to_the_center);
    tcase_add_test(t, no_crop_at_scale_one);
    tcase_add_test(t, scratch_may_be_reused);
    tcase_add_loop_test_raise_signal(t, wrong_limits_are_bugs, SIGABRT, 0, 4);
    suite_add_tcase(s, t);
    return s;
}
