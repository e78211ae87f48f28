/* SPDX-License-Identifier: Apache-2.0 */
#include "core/mem.h"
#include "data/text/tokenizer.h"
#include "tests/data/text/token_cases.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char merges[] = "tests/data/text/merges.txt";
enum { CONTEXT = 77, CASES = sizeof token_cases / sizeof *token_cases };

static Tokenizer *tokenizer;

static void setup(void)
{
    Error err = {0};
    tokenizer = tokenizer_open(merges, &err);
    ck_assert_msg(tokenizer != NULL, "%s", err.text);
}

static void teardown(void) { tokenizer_free(tokenizer); }

/* Encodes into ids [context] followed by a sentinel; returns the length. */
static int64_t encode(const char *text, int64_t context, int32_t *ids)
{
    Error err = {0};
    int64_t length = -1;
    for (int64_t i = 0; i <= context; i++) ids[i] = -7;
    ck_assert_msg(tokenizer_encode(tokenizer, text, context, ids, &length, &err) == 0, "%s",
                  err.text);
    ck_assert_int_eq(ids[context], -7);
    for (int64_t i = length; i < context; i++) ck_assert_int_eq(ids[i], 0);
    return length;
}

START_TEST(equals_the_reference)
{
    int32_t ids[CONTEXT + 1];
    const int32_t *want = token_cases[_i].ids;
    const int64_t length = encode(token_cases[_i].text, CONTEXT, ids);
    int64_t n = 0;
    while (want[n] >= 0) n++;
    for (int64_t i = 0; i < length && i < n; i++)
        ck_assert_msg(ids[i] == want[i], "'%s': id %ld is %d, want %d", token_cases[_i].text, i,
                      (int)ids[i], (int)want[i]);
    ck_assert_int_eq(length, n);
}
END_TEST

START_TEST(knows_its_size)
{
    ck_assert_int_eq(tokenizer_size(tokenizer), TOKEN_CASE_SIZE);
    ck_assert_int_eq(tokenizer_start(tokenizer), TOKEN_CASE_SIZE - 2);
    ck_assert_int_eq(tokenizer_end(tokenizer), TOKEN_CASE_SIZE - 1);
    tokenizer_free(NULL);
}
END_TEST

/* A shorter context gives the beginning of a longer one, with the end marker last. */
START_TEST(truncates_before_the_end_marker)
{
    enum { LONG = 400 };
    int32_t whole[LONG + 1], ids[LONG + 1];
    const int64_t n = encode(token_cases[_i].text, LONG, whole);
    ck_assert_int_lt(n, LONG);
    for (int64_t context = 2; context <= n + 2; context++) {
        const int64_t length = encode(token_cases[_i].text, context, ids);
        ck_assert_int_eq(length, context < n ? context : n);
        ck_assert_int_eq(ids[0], tokenizer_start(tokenizer));
        ck_assert_int_eq(ids[length - 1], tokenizer_end(tokenizer));
        ck_assert_mem_eq(ids, whole, (size_t)(length - 1) * sizeof *ids);
    }
}
END_TEST

/* Words are encoded independently: the ids of `x y` are those of x and of y. */
START_TEST(words_are_independent)
{
    const char *words[] = {"photo",        "dogs", "it's", "42",
                           "\u65e5\u672c", "!!!",  "xyzx", "\U0001f436"};
    enum { WORDS = sizeof words / sizeof *words };
    int32_t one[CONTEXT + 1], other[CONTEXT + 1], both[CONTEXT + 1];
    for (int i = 0; i < WORDS * WORDS; i++) {
        char *text = mem_format(" %s\t %s", words[i / WORDS], words[i % WORDS]);
        const int64_t n = encode(words[i / WORDS], CONTEXT, one) - 1;
        const int64_t m = encode(words[i % WORDS], CONTEXT, other) - 1;
        ck_assert_int_eq(encode(text, CONTEXT, both), n + m);
        ck_assert_mem_eq(both, one, (size_t)n * sizeof *one);
        ck_assert_mem_eq(both + n, other + 1, (size_t)m * sizeof *one);
        mem_free(text);
    }
}
END_TEST

static void *encode_all(void *wrong)
{
    for (int round = 0; round < 50; round++)
        for (int i = 0; i < CASES; i++) {
            int32_t ids[CONTEXT];
            int64_t length;
            if (tokenizer_encode(tokenizer, token_cases[i].text, CONTEXT, ids, &length, NULL) ||
                memcmp(ids, token_cases[i].ids, (size_t)length * sizeof *ids) != 0)
                *(bool *)wrong = true;
        }
    return NULL;
}

START_TEST(serves_many_threads)
{
    pthread_t thread[4];
    bool wrong[4] = {0};
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, encode_all, &wrong[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(thread[i], NULL);
        ck_assert(!wrong[i]);
    }
}
END_TEST

/* A word of one megabyte, and nested references: neither takes long or recurses. */
START_TEST(takes_long_texts)
{
    const char *units[] = {"a",      "photo",        "!",  "&amp;", "&amp", "amp;&", "\u00c3 ",
                           "\u0301", "\u00c3\u00a9", "'s", "\u03a3"};
    int32_t ids[CONTEXT + 1];
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        const size_t n = strlen(units[u]), times = (1 << 17) / n;
        char *text = mem_calloc(n * times + 1, 1);
        for (size_t i = 0; i < times; i++) memcpy(text + n * i, units[u], n);
        ck_assert_int_ge(encode(text, CONTEXT, ids), 3);
        mem_free(text);
    }
}
END_TEST

START_TEST(refuses_what_is_not_utf8)
{
    int32_t ids[CONTEXT];
    int64_t length = 5;
    Error err = {0};
    ck_assert_int_eq(tokenizer_encode(tokenizer, "a dog\xff", CONTEXT, ids, &length, &err), -1);
    expect_error(&err, ERROR_DATA, "text: byte 6: not UTF-8");
    ck_assert_int_eq(length, 0);
}
END_TEST

START_TEST(refuses_missing_and_bad_files)
{
    Error err = {0};
    ck_assert_ptr_null(tokenizer_open("tests/data/no such file", &err));
    expect_error(&err, ERROR_DATA, "tests/data/no such file: cannot open");
    err = (Error){0};
    ck_assert_ptr_null(tokenizer_open("tests/data", &err));
    expect_error(&err, ERROR_DATA, "tests/data: cannot read");
}
END_TEST

START_TEST(needs_room_for_both_markers)
{
    int32_t ids[1];
    int64_t length;
    tokenizer_encode(tokenizer, "a", 1, ids, &length, NULL);
}
END_TEST

Suite *test_tokenizer_suite(void);
Suite *test_tokenizer_suite(void)
{
    Suite *s = suite_create("tokenizer");
    TCase *t = tcase_create("tokenizer");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, equals_the_reference, 0, CASES);
    tcase_add_test(t, knows_its_size);
    tcase_add_loop_test(t, truncates_before_the_end_marker, 0, CASES);
    tcase_add_test(t, words_are_independent);
    tcase_add_test(t, serves_many_threads);
    tcase_add_test(t, takes_long_texts);
    tcase_add_test(t, refuses_what_is_not_utf8);
    tcase_add_test(t, refuses_missing_and_bad_files);
    tcase_add_test_raise_signal(t, needs_room_for_both_markers, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
