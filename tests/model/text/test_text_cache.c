/* SPDX-License-Identifier: Apache-2.0 */
/* Cached caption vectors: kept while they fit, with the same bits whether cached or not. */
#include "model/text/text_cache.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum { DIM = 16, EACH = DIM * sizeof(float) + 64 };

static TextEncoder *encoder;

static void setup(void)
{
    const TextEncoderConfig config = {.kind = TEXT_HASH, .dim = DIM};
    ck_assert_int_eq(text_encoder_new(&config, &encoder, NULL), 0);
}

static void teardown(void) { text_encoder_free(encoder); }

static void expect_vectors(TextCache *c, const char *const *text, int64_t n)
{
    float got[8 * DIM], want[8 * DIM];
    ck_assert_int_le(n, 8);
    ck_assert_int_eq(text_cache_encode(c, text, n, got, NULL), 0);
    ck_assert_int_eq(text_encoder_encode(encoder, text, n, want, NULL), 0);
    ck_assert_mem_eq(got, want, (size_t)n * DIM * sizeof *got);
}

START_TEST(test_kept_and_found)
{
    static const char *const first[] = {"red circle", "blue square", "red circle"};
    static const char *const second[] = {"", "blue square", "green", "red circle"};
    TextCache *c = text_cache_new(encoder, 100, 1 << 20);
    expect_vectors(c, first, 3);
    ck_assert_int_eq(text_cache_kept(c), 2);
    ck_assert_int_eq(text_cache_found(c), 1);
    expect_vectors(c, second, 4);
    ck_assert_int_eq(text_cache_kept(c), 4);
    ck_assert_int_eq(text_cache_found(c), 3);
    text_cache_free(c);
    text_cache_free(NULL);
}
END_TEST

/* The cache keeps neither more texts than announced nor more bytes than allowed; other vectors
 * are still correct. */
START_TEST(test_budget)
{
    static const char *const text[] = {"a", "b", "c", "d", "a", "d"};
    static const struct {
        int64_t most;
        size_t budget;
        int64_t kept;
    } limit[] = {{2, 1 << 20, 2}, {100, 3 * EACH, 3}, {100, 0, 0}, {0, 1 << 20, 0}};
    for (size_t i = 0; i < sizeof limit / sizeof *limit; i++) {
        TextCache *c = text_cache_new(encoder, limit[i].most, limit[i].budget);
        expect_vectors(c, text, 6);
        expect_vectors(c, text, 6);
        ck_assert_int_eq(text_cache_kept(c), limit[i].kept);
        text_cache_free(c);
    }
}
END_TEST

/* The cache grows beyond one block of vectors. */
START_TEST(test_many)
{
    enum { N = 1200, CALL = 8 };
    TextCache *c = text_cache_new(encoder, N, 1 << 24);
    for (int i = 0; i < 2 * N; i += CALL) {
        char text[CALL][32];
        const char *list[CALL];
        for (int k = 0; k < CALL; k++) {
            snprintf(text[k], sizeof text[k], "thing number %d", (i + k) % N);
            list[k] = text[k];
        }
        expect_vectors(c, list, CALL);
    }
    ck_assert_int_eq(text_cache_kept(c), N);
    ck_assert_int_eq(text_cache_found(c), N);
    text_cache_free(c);
}
END_TEST

Suite *test_text_cache_suite(void);
Suite *test_text_cache_suite(void)
{
    Suite *s = suite_create("text_cache");
    TCase *t = tcase_create("text_cache");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_test(t, test_kept_and_found);
    tcase_add_test(t, test_budget);
    tcase_add_test(t, test_many);
    return s;
}
