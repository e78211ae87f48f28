/* SPDX-License-Identifier: Apache-2.0 */
#include "data/image/augment.h"
#include "data/loader.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"Identity",   "AutoContrast", "Brightness", "Sharpness",
                                    "Equalize",   "ShearX",       "ShearY",     "TranslateX",
                                    "TranslateY", "Rotate"};

static Image noise(int64_t width, int64_t height, uint64_t seed)
{
    Image image = image_new(width, height);
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    for (int64_t i = 0; i < width * height * 3; i++)
        image.rgb[i] = (uint8_t)(30 + rng_below(&rng, 200));
    return image;
}

static Image copy(const Image *in)
{
    Image out = image_new(in->width, in->height);
    memcpy(out.rgb, in->rgb, (size_t)(in->width * in->height * 3));
    return out;
}

static bool same(const Image *a, const Image *b)
{
    return memcmp(a->rgb, b->rgb, (size_t)(a->width * a->height * 3)) == 0;
}

static Image applied(const Image *in, const char *name, double value)
{
    Image out = copy(in);
    ck_assert_int_eq(augment_apply(&out, name, value, false), 0);
    return out;
}

static void stays(const char *name, double value)
{
    Image in = noise(13, 9, 1), out = applied(&in, name, value);
    ck_assert_msg(same(&in, &out), "%s %g", name, value);
    image_free(&in);
    image_free(&out);
}

START_TEST(neutral_values_change_nothing)
{
    stays("Identity", 0.0);
    stays("Brightness", 1.0);
    stays("Sharpness", 1.0);
    stays("ShearX", 0.0);
    stays("ShearY", 0.0);
    stays("TranslateX", 0.0);
    stays("TranslateY", 0.0);
    stays("Rotate", 0.0);
}
END_TEST

START_TEST(unknown_names_are_refused)
{
    Image in = noise(4, 4, 1);
    ck_assert_int_eq(augment_apply(&in, "Posterize", 1.0, false), -1);
    ck_assert_int_eq(augment_apply(&in, "rotate", 1.0, false), -1);
    ck_assert_int_eq(augment_apply(&in, "", 1.0, false), -1);
    image_free(&in);
}
END_TEST

START_TEST(brightness_truncates_and_clamps)
{
    Image in = image_new(2, 1);
    memcpy(in.rgb, (uint8_t[]){0, 3, 101, 200, 254, 255}, 6);
    Image dark = applied(&in, "Brightness", 0.5), light = applied(&in, "Brightness", 1.9);
    ck_assert_mem_eq(dark.rgb, ((uint8_t[]){0, 1, 50, 100, 127, 127}), 6);
    ck_assert_mem_eq(light.rgb, ((uint8_t[]){0, 5, 191, 255, 255, 255}), 6);
    image_free(&in);
    image_free(&dark);
    image_free(&light);
}
END_TEST

/* Red 10..20, green flat, blue 0..100: 100 * 2.55 is slightly below 255 and is truncated. */
START_TEST(autocontrast_of_the_reference_and_of_pillow)
{
    Image in = image_new(2, 1);
    memcpy(in.rgb, (uint8_t[]){10, 77, 0, 20, 77, 100}, 6);
    Image reference = applied(&in, "AutoContrast", 0.0), meant = copy(&in);
    ck_assert_int_eq(augment_apply(&meant, "AutoContrast", 0.0, true), 0);
    ck_assert_mem_eq(reference.rgb, ((uint8_t[]){255, 77, 0, 255, 77, 254}), 6);
    ck_assert_mem_eq(meant.rgb, ((uint8_t[]){0, 77, 0, 255, 77, 254}), 6);
    image_free(&in);
    image_free(&reference);
    image_free(&meant);
}
END_TEST

/* 512 pixels: 128 each of 10, 20, 30, 40. step = 384 / 255 = 1, so level p maps to the
 * number of pixels below p. */
START_TEST(equalize_by_hand)
{
    static const int level[] = {10, 20, 30, 40}, want[] = {0, 128, 255, 255};
    Image in = image_new(32, 16);
    for (int i = 0; i < 512; i++) memset(in.rgb + 3 * i, level[i % 4], 3);
    Image out = applied(&in, "Equalize", 0.0);
    for (int i = 0; i < 512 * 3; i++) ck_assert_int_eq(out.rgb[i], want[i / 3 % 4]);
    image_free(&in);
    image_free(&out);
}
END_TEST

START_TEST(sharpness_by_hand)
{
    Image in = image_new(3, 3);
    memset(in.rgb, 100, 27);
    memset(in.rgb + 12, 230, 3); /* the center: blurred = (800 + 5 * 230) / 13 = 150 */
    Image more = applied(&in, "Sharpness", 1.9), less = applied(&in, "Sharpness", 0.1);
    ck_assert_int_eq(more.rgb[12], (150 + 152) - 256); /* 302 wraps */
    ck_assert_int_eq(less.rgb[13], 158);
    for (int i = 0; i < 27; i++)
        if (i / 3 != 4) ck_assert_int_eq(more.rgb[i], 100);
    image_free(&in);
    image_free(&more);
    image_free(&less);
}
END_TEST

START_TEST(tiny_images_keep_their_border)
{
    static const int64_t size[][2] = {{1, 1}, {2, 5}, {5, 2}, {1, 7}};
    for (size_t i = 0; i < 4; i++) {
        Image in = noise(size[i][0], size[i][1], i), out = applied(&in, "Sharpness", 1.5);
        ck_assert(same(&in, &out));
        image_free(&in);
        image_free(&out);
    }
}
END_TEST

START_TEST(translates_whole_pixels)
{
    Image in = noise(9, 7, 3), x = applied(&in, "TranslateX", 2.0),
          y = applied(&in, "TranslateY", -3.0);
    for (int64_t r = 0; r < 7; r++)
        for (int64_t k = 0; k < 9; k++)
            for (int c = 0; c < 3; c++) {
                const int wx = k + 2 < 9 ? in.rgb[3 * (r * 9 + k + 2) + c] : 128;
                const int wy = r >= 3 ? in.rgb[3 * ((r - 3) * 9 + k) + c] : 128;
                ck_assert_int_eq(x.rgb[3 * (r * 9 + k) + c], wx);
                ck_assert_int_eq(y.rgb[3 * (r * 9 + k) + c], wy);
            }
    image_free(&in);
    image_free(&x);
    image_free(&y);
}
END_TEST

/* Row y moves by s y: by whole pixels for s = 1; a shift of half a pixel averages two
 * neighbors. */
START_TEST(shears_rows)
{
    Image in = noise(8, 8, 4), one = applied(&in, "ShearX", 1.0),
          half = applied(&in, "ShearX", 0.5);
    for (int64_t r = 0; r < 8; r++)
        for (int64_t k = 0; k < 8; k++) {
            const int w = k >= r ? in.rgb[3 * (r * 8 + k - r)] : 128;
            ck_assert_int_eq(one.rgb[3 * (r * 8 + k)], w);
        }
    for (int64_t k = 1; k < 8; k++)
        ck_assert_int_eq(half.rgb[3 * (8 + k)],
                         (in.rgb[3 * (8 + k)] + in.rgb[3 * (8 + k - 1)] + 1) / 2);
    image_free(&in);
    image_free(&one);
    image_free(&half);
}
END_TEST

/* Positions are rounded to 1/32 pixel, halves up: 1/64 becomes 1/32. */
START_TEST(rounds_positions)
{
    Image in = noise(8, 3, 9), out = applied(&in, "TranslateX", 1.0 / 64.0);
    for (int i = 0; i < 7 * 3; i++)
        ck_assert_int_eq(out.rgb[i], (31 * in.rgb[i] + in.rgb[i + 3] + 16) / 32);
    image_free(&in);
    image_free(&out);
}
END_TEST

/* A quarter turn about (W/2, H/2), with the fill color where no source pixel exists. */
START_TEST(rotates_a_quarter)
{
    Image in = noise(6, 6, 5), out = applied(&in, "Rotate", 90.0);
    for (int64_t y = 0; y < 6; y++)
        for (int64_t x = 0; x < 6; x++) {
            const int64_t from_x = 6 - y, from_y = x; /* forward: (x, y) -> (y, 6 - x) */
            const int w = from_x < 6 ? in.rgb[3 * (from_y * 6 + from_x)] : 128;
            ck_assert_int_eq(out.rgb[3 * (y * 6 + x)], w);
        }
    image_free(&in);
    image_free(&out);
}
END_TEST

START_TEST(far_away_is_gray)
{
    static const char *const far[] = {"TranslateX", "TranslateY"};
    for (int i = 0; i < 2; i++) {
        Image in = noise(5, 5, 6), out = applied(&in, far[i], 1e6);
        for (int k = 0; k < 75; k++) ck_assert_int_eq(out.rgb[k], 128);
        image_free(&in);
        image_free(&out);
    }
}
END_TEST

static void random_alone(Image *image, int operations, double level, Rng *rng)
{
    Image spare = image_new(image->width, image->height);
    augment_random(image, &spare, operations, level, false, rng);
    image_free(&spare);
}

/* With one operation, half of the draws are not applied, and a tenth of the others are
 * Identity. */
START_TEST(random_draws_depend_on_the_stream)
{
    int unchanged = 0;
    Image in = noise(16, 16, 7);
    for (uint64_t i = 0; i < 1000; i++) {
        Image a = copy(&in), b = copy(&in), spare = image_new(16, 16);
        Rng ra = rng_new(1, 2, i, RNG_AUGMENT), rb = ra;
        random_alone(&a, 1, 5.0, &ra);
        augment_random(&b, &spare, 1, 5.0, false, &rb);
        ck_assert(same(&a, &b));
        unchanged += same(&a, &in);
        image_free(&a);
        image_free(&b);
        image_free(&spare);
    }
    /* Brightness and Sharpness at level 5 have factor 1, so they change nothing either: 0.5
     * + 0.15 */
    ck_assert_int_ge(unchanged, 590);
    ck_assert_int_le(unchanged, 710);
    image_free(&in);
}
END_TEST

/* Every draw equals one of the ten operations at the level's value, with either sign where
 * the operation has one. */
START_TEST(random_values_follow_the_level)
{
    static const double value[] = {0, 0, 1.36, 1.36, 0, 0.21, 0.21, 7, 7, 21};
    Image in = noise(24, 24, 8);
    int seen[10][2] = {{0}};
    for (uint64_t i = 0; i < 600; i++) {
        Image got = copy(&in);
        Rng rng = rng_new(3, 0, i, RNG_AUGMENT);
        random_alone(&got, 1, 7.0, &rng);
        bool found = same(&got, &in);
        for (int k = 1; k < 10 && !found; k++)
            for (int sign = 0; sign < 2 && !found; sign++) {
                Image want = applied(&in, names[k], sign ? -value[k] : value[k]);
                found = same(&got, &want);
                seen[k][sign] += found;
                image_free(&want);
            }
        ck_assert_msg(found, "draw %d is none of the ten", (int)i);
        image_free(&got);
    }
    for (int k = 1; k < 10; k++) {
        ck_assert_msg(seen[k][0] > 0, "%s never drawn", names[k]);
        ck_assert_msg((seen[k][1] > 0) == (k >= 5), "%s: %d negative", names[k], seen[k][1]);
    }
    image_free(&in);
}
END_TEST

START_TEST(huge_values_are_bugs)
{
    Image in = noise(4, 4, 1);
    augment_apply(&in, "ShearX", 1e7, false);
}
END_TEST

START_TEST(level_above_ten_is_a_bug)
{
    Image in = noise(4, 4, 1);
    Rng rng = rng_new(1, 0, 0, RNG_TEST);
    random_alone(&in, 2, 11.0, &rng);
}
END_TEST

Suite *test_augment_suite(void);
Suite *test_augment_suite(void)
{
    Suite *s = suite_create("augment");
    TCase *t = tcase_create("augment");
    tcase_add_test(t, neutral_values_change_nothing);
    tcase_add_test(t, unknown_names_are_refused);
    tcase_add_test(t, brightness_truncates_and_clamps);
    tcase_add_test(t, autocontrast_of_the_reference_and_of_pillow);
    tcase_add_test(t, equalize_by_hand);
    tcase_add_test(t, sharpness_by_hand);
    tcase_add_test(t, tiny_images_keep_their_border);
    tcase_add_test(t, translates_whole_pixels);
    tcase_add_test(t, shears_rows);
    tcase_add_test(t, rounds_positions);
    tcase_add_test(t, rotates_a_quarter);
    tcase_add_test(t, far_away_is_gray);
    tcase_add_test(t, random_draws_depend_on_the_stream);
    tcase_add_test(t, random_values_follow_the_level);
    tcase_add_test_raise_signal(t, huge_values_are_bugs, SIGABRT);
    tcase_add_test_raise_signal(t, level_above_ten_is_a_bug, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
