/* SPDX-License-Identifier: Apache-2.0 */
/* Perceptual hashes and the search for near ones. */
#include "core/mem.h"
#include "core/rng.h"
#include "data/image/near_hashes.h"
#include "data/image/phash.h"
#include "data/image/resize.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A smooth image of a few waves. */
static Image waves(int64_t width, int64_t height, uint64_t seed)
{
    Rng rng = rng_new(seed, 0, 0, 0);
    Image image = image_new(width, height);
    double a[3][4];
    for (int c = 0; c < 3; c++)
        for (int k = 0; k < 4; k++) a[c][k] = (double)rng_below(&rng, 1000) / 30;
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) {
                const double u = (double)x / (double)width, v = (double)y / (double)height;
                const double wave = sin(a[c][0] * u + a[c][1] * v + a[c][2]) +
                                    cos(a[c][3] * u * v + a[c][1] * u);
                image.rgb[3 * (y * width + x) + c] = (uint8_t)(127.5 + 60 * wave);
            }
    return image;
}

/* The definition, term by term. */
static uint64_t slow_hash(const Image *image)
{
    Image s;
    double value[64], sorted[64];
    uint64_t bits = 0;
    resize_crop(image, (Box){0, 0, image->width, image->height}, 32, 32, RESIZE_BILINEAR, &s);
    for (int i = 0; i < 64; i++) {
        const double pi = acos(-1.0), u = i / 8 + 1, v = i % 8 + 1;
        value[i] = 0;
        for (int y = 0; y < 32; y++)
            for (int x = 0; x < 32; x++) {
                const uint8_t *p = s.rgb + 3 * (32 * y + x);
                value[i] += (0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2]) *
                            cos(pi * u * (y + 0.5) / 32) * cos(pi * v * (x + 0.5) / 32);
            }
    }
    memcpy(sorted, value, sizeof sorted);
    for (int i = 1; i < 64; i++)
        for (int k = i; k > 0 && sorted[k - 1] > sorted[k]; k--) {
            const double swap = sorted[k];
            sorted[k] = sorted[k - 1];
            sorted[k - 1] = swap;
        }
    for (int i = 0; i < 64; i++)
        bits |= (uint64_t)(value[i] > (sorted[31] + sorted[32]) / 2) << i;
    image_free(&s);
    return bits;
}

START_TEST(equals_its_definition)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        Image image = waves(40 + (int64_t)seed, 90 - (int64_t)seed, seed);
        const Phash h = image_phash(&image);
        ck_assert_uint_eq(h.bits, slow_hash(&image));
        ck_assert_int_eq(__builtin_popcountll(h.bits), 32);
        ck_assert(!h.flat);
        image_free(&image);
    }
}
END_TEST

START_TEST(survives_scaling_and_compression)
{
    for (uint64_t seed = 0; seed < 20; seed++) {
        Bytes jpeg;
        Image image = waves(200, 150, seed), half, packed;
        resize_crop(&image, (Box){0, 0, 200, 150}, 100, 75, RESIZE_BICUBIC, &half);
        ck_assert_int_eq(image_encode_jpeg(&half, 80, &jpeg, NULL), 0);
        ck_assert_int_eq(image_decode(jpeg.data, jpeg.len, NULL, &packed, NULL, NULL), 0);
        const Phash a = image_phash(&image), b = image_phash(&packed);
        ck_assert_int_le(phash_distance(a.bits, b.bits), 8);
        ck_assert(phash_same_colors(&a, &b) && phash_same_colors(&b, &a));
        bytes_free(&jpeg);
        image_free(&packed);
        image_free(&half);
        image_free(&image);
    }
}
END_TEST

START_TEST(tells_images_apart)
{
    Phash h[30];
    for (uint64_t i = 0; i < 30; i++) {
        Image image = waves(64, 64, i);
        h[i] = image_phash(&image);
        for (uint64_t k = 0; k < i; k++)
            ck_assert(phash_distance(h[i].bits, h[k].bits) > 4 ||
                      !phash_same_colors(&h[i], &h[k]));
        image_free(&image);
    }
}
END_TEST

START_TEST(knows_flat_images_and_colors)
{
    Image image = image_new(1, 1);
    ck_assert(image_phash(&image).flat);
    image_free(&image);
    image = image_new(33, 70);
    memset(image.rgb, 200, 3 * 33 * 70);
    image.rgb[0] = 0; /* one pixel */
    const Phash gray = image_phash(&image);
    ck_assert(gray.flat);
    for (int64_t i = 0; i < 33 * 70; i++) image.rgb[3 * i + 2] = 170;
    const Phash yellow = image_phash(&image);
    ck_assert_int_eq(yellow.color[5 * 3 + 2], 170);
    ck_assert_int_eq(yellow.color[5 * 3], 200);
    ck_assert(!phash_same_colors(&gray, &yellow));
    image_free(&image);
}
END_TEST

/* ---- pairs ------------------------------------------------------------------------------- */

enum { HASHES = 400 };

typedef struct Found {
    const uint64_t *hash;
    uint8_t times[HASHES][HASHES];
} Found;

static void note(void *to, int64_t a, int64_t b, int distance)
{
    Found *f = to;
    ck_assert(a < b);
    ck_assert_int_eq(distance, phash_distance(f->hash[a], f->hash[b]));
    f->times[a][b]++;
}

/* Random hashes, and some that differ from others in up to 20 bits. */
static void draw(uint64_t seed, uint64_t hash[HASHES])
{
    Rng rng = rng_new(seed, 0, 0, 0);
    for (int i = 0; i < HASHES; i++) {
        hash[i] = 0;
        for (int k = 0; k < 4; k++) hash[i] = hash[i] << 16 | (uint64_t)rng_below(&rng, 65536);
        if (i < HASHES / 4) continue;
        hash[i] = hash[rng_below(&rng, i)];
        for (int64_t n = rng_below(&rng, 21); n > 0; n--)
            hash[i] ^= UINT64_C(1) << rng_below(&rng, 64);
    }
}

START_TEST(finds_the_pairs_of_a_plain_search)
{
    uint64_t hash[HASHES];
    Found *f = mem_alloc(sizeof *f);
    f->hash = hash;
    draw((uint64_t)_i, hash);
    memset(f->times, 0, sizeof f->times);
    near_hashes(hash, HASHES, _i, note, f);
    for (int a = 0; a < HASHES; a++)
        for (int b = a + 1; b < HASHES; b++)
            ck_assert_int_eq(f->times[a][b], phash_distance(hash[a], hash[b]) <= _i);
    mem_free(f);
}
END_TEST

START_TEST(takes_few_hashes)
{
    const uint64_t hash[2] = {5, 5};
    Found *f = mem_calloc(1, sizeof *f);
    f->hash = hash;
    near_hashes(NULL, 0, 3, note, f);
    near_hashes(hash, 1, 3, note, f);
    near_hashes(hash, 2, 0, note, f);
    ck_assert_int_eq(f->times[0][1], 1);
    mem_free(f);
}
END_TEST

START_TEST(misuse) { near_hashes(NULL, 0, NEAR_DISTANCE + 1, note, NULL); }
END_TEST

Suite *test_phash_suite(void);
Suite *test_phash_suite(void)
{
    Suite *s = suite_create("phash");
    TCase *t = tcase_create("phash");
    tcase_add_test(t, equals_its_definition);
    tcase_add_test(t, survives_scaling_and_compression);
    tcase_add_test(t, tells_images_apart);
    tcase_add_test(t, knows_flat_images_and_colors);
    tcase_add_loop_test(t, finds_the_pairs_of_a_plain_search, 0, NEAR_DISTANCE + 1);
    tcase_add_test(t, takes_few_hashes);
    tcase_add_test_raise_signal(t, misuse, 6);
    suite_add_tcase(s, t);
    return s;
}
