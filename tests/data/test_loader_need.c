/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of a loader. */
#include "data/loader_need.h"

#include "tests/data/loader_case.h"

#include <check.h>

static LoaderCase f;

static void setup(void) { loader_case_new(&f); }
static void teardown(void) { loader_case_free(&f); }

/* Bytes of all images, decoded, and of the largest one. */
static double decoded(double *largest)
{
    double sum = 0;
    *largest = 0;
    for (int i = 0; i < IMAGES; i++) {
        Image image;
        ck_assert_int_eq(
            image_read(scratch_path(&f.scratch, f.paths[i]), NULL, &image, NULL, NULL), 0);
        const double bytes = (double)(3 * image.width * image.height);
        if (bytes > *largest) *largest = bytes;
        sum += bytes;
        image_free(&image);
    }
    return sum;
}

START_TEST(views_are_counted_and_images_sampled)
{
    double largest;
    const double all = decoded(&largest);
    f.config.two_views = _i;
    LoaderNeed need = loader_need(&f.config);
    const int view = VIEW * 4, teacher = 3 * TEACHER * TEACHER * 4;
    ck_assert_double_eq(need.prepared, view + _i * teacher);
    ck_assert_double_ge(need.decoded, 0.8 * all);
    ck_assert_double_le(need.decoded, 1.2 * all);
    ck_assert_double_gt(need.decoding, largest);
    const double one = need.decoding / f.config.threads;
    f.config.threads = 5;
    need = loader_need(&f.config);
    ck_assert_double_eq(need.decoding, 5 * one);
}
END_TEST

START_TEST(images_that_cannot_be_read_count_as_nothing)
{
    for (int i = 0; i < IMAGES; i++) loader_case_spoil(&f, i);
    const LoaderNeed need = loader_need(&f.config);
    ck_assert_double_eq(need.decoded + need.decoding, 0);
    ck_assert_double_gt(need.prepared, 0);
}
END_TEST

START_TEST(no_images)
{
    Annotations none = {0};
    f.config.annotations = &none;
    const LoaderNeed need = loader_need(&f.config);
    ck_assert_double_eq(need.decoded + need.decoding, 0);
}
END_TEST

Suite *test_loader_need_suite(void);
Suite *test_loader_need_suite(void)
{
    Suite *s = suite_create("loader_need");
    TCase *c = tcase_create("loader_need");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, views_are_counted_and_images_sampled, 0, 2);
    tcase_add_test(c, images_that_cannot_be_read_count_as_nothing);
    tcase_add_test(c, no_images);
    suite_add_tcase(s, c);
    return s;
}
