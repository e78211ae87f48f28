/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles cover a product once; how many there are; the check that says whether they matter. */
#include "core/math/tile_check.h"
#include "tests/core/math/matrix_case.h"

#include <check.h>

static const Size SIZE[] = {{1, 1, 1},         {10, 4096, 512}, {196, 1024, 4096},
                            {12544, 384, 128}, {33, 31, 3000},  {1030, 9, 1030},
                            {4585, 512, 768},  {49, 49, 32},    {784, 31, 512},
                            {2304, 4585, 512}, {63, 65, 4000}};
enum { SIZES = sizeof SIZE / sizeof *SIZE };
static const TileLimits ANY = {1, 1, INT64_MAX / 2};

static int64_t area(const Tiles *t, int64_t *smallest)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < tiles_count(t); i++) {
        const Tile part = tiles_at(t, i);
        const int64_t next = i + 1 < tiles_count(t) ? tiles_at(t, i + 1).row : t->M;
        ck_assert_int_ge(part.rows, 1);
        ck_assert_int_ge(part.cols, 1);
        ck_assert(part.col + part.cols == t->N || next == part.row);
        ck_assert(part.col + part.cols < t->N || next == part.row + part.rows);
        sum += part.rows * part.cols;
        if (part.rows * part.cols < *smallest) *smallest = part.rows * part.cols;
    }
    return sum;
}

START_TEST(test_tiles_cover_the_product_once)
{
    const Size s = SIZE[_i];
    for (int threads = 1; threads <= 64; threads++) {
        int64_t smallest = s.M * s.N;
        const Tiles t = tiles_shared(s.M, s.N, s.K, threads, ANY);
        ck_assert_int_eq(area(&t, &smallest), s.M * s.N);
        ck_assert(tiles_count(&t) == 1 || smallest * s.K >= TILE_WORK);
    }
    int64_t any = INT64_MAX;
    const Tiles fixed = tiles_of(s.M, s.N, s.K, 1 << 18);
    ck_assert_int_eq(area(&fixed, &any), s.M * s.N);
}
END_TEST

START_TEST(test_tiles_of_limited_size)
{
    const Size s = SIZE[_i];
    const TileLimits some = {104, 208, 512};
    for (int threads = 1; threads <= 64; threads++) {
        const Tiles t = tiles_shared(s.M, s.N, s.K, threads, some);
        int64_t smallest = s.M * s.N;
        ck_assert_int_eq(area(&t, &smallest), s.M * s.N);
        for (int64_t i = 0; i < tiles_count(&t); i++) {
            const Tile part = tiles_at(&t, i);
            ck_assert(part.rows < 512 + 16 && part.cols < 512 + 16);
            ck_assert(part.rows >= 104 || s.M < 104);
            ck_assert(part.cols >= 208 || s.N < 208);
        }
    }
}
END_TEST

/* A thread alone copies each factor once; 64 threads find work in the products of a training
 * step, four images of 224 pixels through Swin-B. */
START_TEST(test_number_of_tiles)
{
    static const Size step[] = {{12544, 384, 128}, {12544, 512, 128}, {3136, 768, 256},
                                {784, 1536, 512},  {784, 2048, 512},  {784, 512, 2048},
                                {196, 3072, 1024}, {196, 1024, 4096}, {18340, 768, 512}};
    for (size_t i = 0; i < sizeof step / sizeof *step; i++) {
        const Tiles one = tiles_shared(step[i].M, step[i].N, step[i].K, 1, ANY);
        const Tiles many = tiles_shared(step[i].M, step[i].N, step[i].K, 64, ANY);
        ck_assert_int_eq(tiles_count(&one), 1);
        ck_assert_int_ge(tiles_count(&many), 64);
    }
}
END_TEST

/* ---- the check --------------------------------------------------------------------------- */

static int64_t kernel; /* columns that the library below computes at once; 0: any number */

/* A library that adds up terms one after the other, or, in columns that do not fill a kernel,
 * from the last to the first. */
static void multiply(Tiles tiles, int64_t K, Real alpha, Matrix a, Matrix b, Real beta, Real *c)
{
    for (int64_t n = 0; n < tiles_count(&tiles); n++) {
        const Tile t = tiles_at(&tiles, n);
        for (int64_t i = (t.row + 36) / 37 * 37; i < t.row + t.rows; i += 37) /* some rows */
            for (int64_t j = t.col; j < t.col + t.cols; j++) {
                const bool rest = kernel && j - t.col >= t.cols / kernel * kernel;
                float sum = 0;
                for (int64_t k = 0; k < K; k++) {
                    const int64_t at = rest ? K - 1 - k : k;
                    sum += (float)(matrix_at(a, i, at) * matrix_at(b, at, j));
                }
                Real *out = &c[i * tiles.N + j];
                *out = alpha * (Real)sum + beta * *out;
            }
    }
}

static TileLimits any(Matrix a, Matrix b)
{
    (void)a, (void)b;
    return ANY;
}

/* Leaves out products a b. */
static TileLimits transposed(Matrix a, Matrix b)
{
    return a.transposed || b.transposed ? ANY : (TileLimits){1 << 20, 1, INT64_MAX / 2};
}

/* Like multiply, but for products a b. */
static void multiply_nn(Tiles tiles, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                        Real *c)
{
    kernel = a.transposed || b.transposed ? 0 : 24;
    multiply(tiles, K, alpha, a, b, beta, c);
}

START_TEST(test_check_tells_libraries_apart)
{
    kernel = 0;
    ck_assert(tile_check(multiply, any));
    kernel = 24;
    ck_assert(!tile_check(multiply, any));
    ck_assert(!tile_check(multiply_nn, any));
    ck_assert(tile_check(multiply_nn, transposed));
}
END_TEST

Suite *test_tiles_suite(void);
Suite *test_tiles_suite(void)
{
    Suite *s = suite_create("tiles");
    TCase *t = tcase_create("tiles");
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, test_tiles_cover_the_product_once, 0, SIZES);
    tcase_add_loop_test(t, test_tiles_of_limited_size, 0, SIZES);
    tcase_add_test(t, test_number_of_tiles);
    tcase_add_test(t, test_check_tells_libraries_apart);
    suite_add_tcase(s, t);
    return s;
}
