/* SPDX-License-Identifier: Apache-2.0 */
/* Packing of texts: truncation, shared prefixes, assignment of rows. */
#include "model/clip/clip_pack.h"

#include "core/mem.h"
#include "core/rng.h"

#include <check.h>
#include <signal.h>
#include <string.h>

enum { STRIDE = 6, END = 9 };

static Tape *tape;

static void setup(void) { tape = tape_new(); }
static void teardown(void) { tape_free(tape); }

START_TEST(test_texts_end_at_the_first_largest_id)
{
    static const int32_t id[] = {1, 2, 9, 0, 0, 0, /* padded */
                                 1, 9, 3, 9, 0, 0, /* the first end token counts */
                                 9, 1, 1, 1, 1, 1, /* only the end token */
                                 5, 4, 3, 2, 1, 9};
    ClipTokens t[4];
    clip_pack_sort(4, id, STRIDE, t);
    static const int64_t text[] = {0, 1, 3, 2}, length[] = {3, 2, 6, 1};
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(t[i].text, text[i]);
        ck_assert_int_eq(t[i].length, length[i]);
        ck_assert_ptr_eq(t[i].id, id + text[i] * STRIDE);
    }
}
END_TEST

START_TEST(test_equal_beginnings_are_shared)
{
    static const int32_t id[] = {1, 2, 3, 9, 0, 0, 1, 2, 4, 5, 9, 0, 1, 2, 3, 9, 0, 0};
    static const int32_t want_id[] = {1, 2, 3, 9, 9, 4, 5, 9},
                         want_at[] = {0, 1, 2, 3, 3, 2, 3, 4};
    static const int64_t want_row[] = {0, 1, 2, 3, 0, 1, 2, 4, 0, 1, 5, 6, 7};
    ClipTokens t[3];
    ClipPack p;
    clip_pack_sort(3, id, STRIDE, t); /* 0, its double 2, then 1 */
    ck_assert_int_eq(clip_pack_fill(tape, t, 3, 100, &p), 3);
    ck_assert_int_eq(p.rows, 8);
    ck_assert_mem_eq(p.id, want_id, sizeof want_id);
    ck_assert_mem_eq(p.at, want_at, sizeof want_at);
    ck_assert_mem_eq(p.sequences.row, want_row, sizeof want_row);
    static const int64_t first[] = {0, 3, 2}, before_end[] = {3, 3, 4}, last[] = {3, 4, 7};
    ck_assert_mem_eq(p.sequences.first, first, sizeof first);
    ck_assert_mem_eq(p.ends.first, before_end, sizeof before_end);
    ck_assert_mem_eq(p.last, last, sizeof last);
}
END_TEST

START_TEST(test_room)
{
    static const int32_t id[] = {1, 2, 3, 4, 5, 9, 1, 2, 3, 4, 6, 9, 2, 9, 0, 0, 0, 0};
    ClipTokens t[3];
    ClipPack p;
    clip_pack_sort(3, id, STRIDE, t);
    ck_assert_int_eq(clip_pack_fill(tape, t, 3, 1, &p), 1); /* one always fits */
    ck_assert_int_eq(clip_pack_fill(tape, t, 3, 7, &p), 1);
    ck_assert_int_eq(clip_pack_fill(tape, t, 3, 8, &p), 2); /* it needs two rows of its own */
    ck_assert_int_eq(p.rows, 8);
    ck_assert_int_eq(clip_pack_fill(tape, t + 1, 2, 8, &p), 2);
    ck_assert_int_eq(p.rows, 8); /* a pack shares nothing with the previous one */
}
END_TEST

/* For any texts: the rows contain them, every row is a query once, and the indices of the texts
 * are kept. */
START_TEST(test_any_texts)
{
    enum { N = 300 };
    int32_t *id = mem_calloc(N * STRIDE, sizeof *id);
    ClipTokens t[N];
    bool seen[N] = {0};
    Rng rng = rng_new(1, 0, (uint64_t)_i, RNG_TEST);
    for (int i = 0; i < N * STRIDE; i++) id[i] = (int32_t)rng_below(&rng, 2 + _i);
    for (int i = 0; i < N; i++) id[i * STRIDE + rng_below(&rng, STRIDE)] = END;
    clip_pack_sort(N, id, STRIDE, t);
    int64_t done = 0;
    while (done < N) {
        ClipPack p;
        const int64_t S = clip_pack_fill(tape, t + done, N - done, 50, &p);
        int64_t asked = 0;
        for (int64_t s = 0; s < S; s++) {
            const ClipTokens *text = &t[done + s];
            const int64_t at = p.sequences.offset[s];
            ck_assert_int_eq(p.sequences.offset[s + 1] - at, text->length);
            for (int64_t k = 0; k < text->length; k++) {
                const int64_t row = p.sequences.row[at + k];
                ck_assert_int_eq(p.id[row], id[text->text * STRIDE + k]);
                ck_assert_int_eq(p.at[row], k);
            }
            for (int64_t k = p.sequences.first[s]; k < p.sequences.end[s]; k++)
                ck_assert_int_eq(p.sequences.row[at + k], asked++);
            ck_assert_int_eq(p.last[s], asked - 1);
            ck_assert(!seen[text->text]);
            seen[text->text] = true;
        }
        ck_assert_int_eq(asked, p.rows);
        done += S;
    }
    mem_free(id);
}
END_TEST

START_TEST(test_no_texts)
{
    ClipPack p;
    clip_pack_fill(tape, NULL, 0, 10, &p);
}
END_TEST

Suite *test_clip_pack_suite(void);
Suite *test_clip_pack_suite(void)
{
    Suite *s = suite_create("clip_pack");
    TCase *t = tcase_create("clip_pack");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_test(t, test_texts_end_at_the_first_largest_id);
    tcase_add_test(t, test_equal_beginnings_are_shared);
    tcase_add_test(t, test_room);
    tcase_add_loop_test(t, test_any_texts, 0, 5);
    tcase_add_test_raise_signal(t, test_no_texts, SIGABRT);
    return s;
}
