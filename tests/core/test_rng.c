/* SPDX-License-Identifier: Apache-2.0 */
/* Random numbers: the known answers of Philox4x32-10, independence of streams,
 * distributions. */
#include "core/rng.h"

#include "core/autograd/param.h"
#include "core/ops/ops.h"
#include "data/chat/retry.h"
#include "data/loader.h"
#include "data/synth/synth.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* kat_vectors of the Random123 distribution: counter, key, output. */
static const struct {
    uint32_t counter[4], key[2], out[4];
} known[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

START_TEST(known_answers)
{
    uint32_t out[4];
    Rng rng = {.used = 4};
    memcpy(rng.counter, known[_i].counter, sizeof rng.counter);
    memcpy(rng.key, known[_i].key, sizeof rng.key);
    rng_fill(&rng, 0, 4, out);
    ck_assert_mem_eq(out, known[_i].out, sizeof out);
    for (int i = 0; i < 4; i++) ck_assert_uint_eq(rng_u32(&rng), known[_i].out[i]);
}
END_TEST

START_TEST(fill_is_the_stream)
{
    Rng rng = rng_new(7, 3, 11, RNG_TEST);
    const Rng start = rng;
    uint32_t all[23], some[6];
    for (int i = 0; i < 23; i++) all[i] = rng_u32(&rng);
    for (uint64_t block = 0; block < 4; block++) {
        rng_fill(&start, block, 6, some);
        ck_assert_mem_eq(some, all + 4 * block, sizeof some);
    }
}
END_TEST

/* Every component of a stream's identity changes its numbers. */
START_TEST(streams_differ)
{
    Rng stream[] = {rng_new(1, 0, 0, RNG_TEST), rng_new(2, 0, 0, RNG_TEST),
                    rng_new(1, 1, 0, RNG_TEST), rng_new(1, 0, 1, RNG_TEST),
                    rng_new(1, 0, 0, RNG_INIT), rng_new(1, 0, UINT64_C(1) << 32, RNG_TEST)};
    enum { N = sizeof stream / sizeof *stream };
    uint32_t first[N];
    for (int i = 0; i < N; i++) first[i] = rng_u32(&stream[i]);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < i; k++) ck_assert_uint_ne(first[i], first[k]);
}
END_TEST

/* A changed purpose number would change every resumed run and every generated data set. */
START_TEST(purposes_keep_their_numbers)
{
    static const int purpose[] = {RNG_INIT,    RNG_SHUFFLE,   RNG_AUGMENT, RNG_CAPTION,
                                  RNG_DROPOUT, RNG_DROP_PATH, RNG_SYNTH,   RNG_TEACHER,
                                  RNG_TEST,    RNG_RETRY};
    for (int i = 0; i < 10; i++) ck_assert_int_eq(purpose[i], i + 1);
}
END_TEST

START_TEST(moments)
{
    enum { N = 100000 };
    Rng rng = rng_new(1, 0, 0, RNG_TEST);
    double u = 0, u2 = 0, z = 0, z2 = 0, z4 = 0;
    for (int i = 0; i < N; i++) {
        double x = rng_uniform(&rng), y = rng_normal(&rng);
        ck_assert(x >= 0 && x < 1);
        u += x, u2 += x * x, z += y, z2 += y * y, z4 += y * y * y * y;
    }
    ck_assert_double_eq_tol(u / N, 0.5, 0.005);
    ck_assert_double_eq_tol(u2 / N, 1.0 / 3, 0.005);
    ck_assert_double_eq_tol(z / N, 0, 0.015);
    ck_assert_double_eq_tol(z2 / N, 1, 0.02);
    ck_assert_double_eq_tol(z4 / N, 3, 0.15);
    double x = rng_range(&rng, -2, 3);
    ck_assert(x >= -2 && x < 3);
}
END_TEST

START_TEST(below_is_even)
{
    int count[7] = {0};
    Rng rng = rng_new(1, 0, 0, RNG_TEST);
    for (int i = 0; i < 70000; i++) count[rng_below(&rng, 7)]++;
    for (int i = 0; i < 7; i++) ck_assert_int_lt(abs(count[i] - 10000), 400);
    for (int i = 0; i < 100; i++) ck_assert_int_eq(rng_below(&rng, 1), 0);
}
END_TEST

START_TEST(permutations)
{
    int64_t order[5];
    int first[5] = {0};
    for (uint64_t seed = 0; seed < 5000; seed++) {
        Rng rng = rng_new(seed, 0, 0, RNG_TEST);
        int seen = 0;
        rng_permutation(&rng, 5, order);
        for (int i = 0; i < 5; i++) seen |= 1 << order[i];
        ck_assert_int_eq(seen, 31);
        first[order[0]]++;
    }
    for (int i = 0; i < 5; i++) ck_assert_int_lt(abs(first[i] - 1000), 150);
}
END_TEST

/* Published vectors of FNV-1a 64. */
START_TEST(hashes)
{
    ck_assert_uint_eq(rng_hash(""), 0xcbf29ce484222325u);
    ck_assert_uint_eq(rng_hash("a"), 0xaf63dc4c8601ec8cu);
    ck_assert_uint_eq(rng_hash("foobar"), 0x85944171f73967e8u);
}
END_TEST

Suite *test_rng_suite(void);
Suite *test_rng_suite(void)
{
    Suite *s = suite_create("rng");
    TCase *c = tcase_create("rng");
    tcase_add_loop_test(c, known_answers, 0, 3);
    tcase_add_test(c, fill_is_the_stream);
    tcase_add_test(c, streams_differ);
    tcase_add_test(c, purposes_keep_their_numbers);
    tcase_add_test(c, moments);
    tcase_add_test(c, below_is_even);
    tcase_add_test(c, permutations);
    tcase_add_test(c, hashes);
    suite_add_tcase(s, c);
    return s;
}
