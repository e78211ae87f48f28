/* SPDX-License-Identifier: Apache-2.0 */
/* Scaling to a side: sizes are compared with floating-point arithmetic, pixels with
 * resize_crop. */
#include "data/image/fit.h"

#include <check.h>
#include <math.h>
#include <string.h>

static Image ramp(int64_t width, int64_t height)
{
    Image image = image_new(width, height);
    for (int64_t i = 0; i < width * height * 3; i++) image.rgb[i] = (uint8_t)(i * 31 % 251);
    return image;
}

static int64_t nearest(int64_t length, int64_t side, int64_t from)
{
    const int64_t n = (int64_t)floor((double)(length * side) / (double)from + 0.5);
    return n > 1 ? n : 1;
}

/* width, height, side */
static const int64_t sizes[][3] = {{37, 20, 11},  {20, 37, 11},  {8, 8, 5},     {200, 1, 16},
                                   {3, 150, 100}, {100, 25, 10}, {100, 75, 50}, {5, 3, 40}};

static void check_scaled(const Image *in, enum FitSide which, int64_t from, int64_t side)
{
    Image got, want;
    const int64_t width = nearest(in->width, side, from),
                  height = nearest(in->height, side, from);
    image_scale(in, which, side, RESIZE_BILINEAR, &got);
    ck_assert_int_eq(got.width, width);
    ck_assert_int_eq(got.height, height);
    resize_crop(in, (Box){0, 0, in->width, in->height}, width, height, RESIZE_BILINEAR, &want);
    ck_assert_int_eq(memcmp(got.rgb, want.rgb, (size_t)(3 * width * height)), 0);
    image_free(&want);
    image_free(&got);
}

START_TEST(scales_to_the_side)
{
    const int64_t width = sizes[_i][0], height = sizes[_i][1], side = sizes[_i][2];
    Image in = ramp(width, height);
    check_scaled(&in, FIT_LONGEST, width > height ? width : height, side);
    check_scaled(&in, FIT_SHORTEST, width > height ? height : width, side);
    image_free(&in);
}
END_TEST

static void check_fit(enum FitSide which, int64_t side, int64_t width, int64_t height)
{
    Image image = ramp(90, 60);
    image_fit(&image, which, side, RESIZE_BICUBIC);
    ck_assert_int_eq(image.width, width);
    ck_assert_int_eq(image.height, height);
    image_free(&image);
}

START_TEST(fits_only_what_is_larger)
{
    check_fit(FIT_LONGEST, 90, 90, 60);
    check_fit(FIT_LONGEST, 91, 90, 60);
    check_fit(FIT_LONGEST, 89, 89, 59);
    check_fit(FIT_SHORTEST, 60, 90, 60);
    check_fit(FIT_SHORTEST, 70, 90, 60);
    check_fit(FIT_SHORTEST, 21, 32, 21); /* 31.5 rounds up */
}
END_TEST

Suite *test_fit_suite(void);
Suite *test_fit_suite(void)
{
    Suite *s = suite_create("fit");
    TCase *t = tcase_create("fit");
    tcase_add_loop_test(t, scales_to_the_side, 0, sizeof sizes / sizeof *sizes);
    tcase_add_test(t, fits_only_what_is_larger);
    suite_add_tcase(s, t);
    return s;
}
