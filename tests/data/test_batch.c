/* SPDX-License-Identifier: Apache-2.0 */
/* Batches built from synthetic annotations. */
#include "data/batch.h"
#include "tests/support/allocations.h"

#include <check.h>
#include <string.h>

enum { SAMPLES = 4, B = 3 };

static char first[] = "a red star", second[] = "", third[] = "two circles the longest caption",
            fourth[] = "blue";
static char *caption[] = {first, second, third, fourth};
static int64_t tag_offset[] = {0, 2, 2, 5, 6}, caption_offset[] = {0, 1, 2, 3, 4};
static int32_t tag[] = {3, 8, 0, 5, 7, 6};
static const Annotations notes = {.count = SAMPLES,
                                  .tag_offset = tag_offset,
                                  .tag = tag,
                                  .caption_offset = caption_offset,
                                  .caption = caption};

static void expect_sample(const Batch *b, int64_t i, int64_t sample)
{
    const int64_t n = tag_offset[sample + 1] - tag_offset[sample];
    ck_assert_int_eq(b->sample[i], sample);
    ck_assert(b->tagged[i] && b->captioned[i] && !b->unknown_offset);
    ck_assert_str_eq(b->caption[i], caption[sample]);
    ck_assert_int_eq(b->tag_offset[i + 1] - b->tag_offset[i], n);
    for (int64_t k = 0; k < n; k++)
        ck_assert_int_eq(b->tag[b->tag_offset[i] + k], tag[tag_offset[sample] + k]);
}

/* Every combination of samples, built one after another in the same memory. */
START_TEST(every_batch_has_its_samples)
{
    Batch b = batch_new(&notes, B, 12, 0);
    ck_assert_ptr_null(b.teacher);
    const int64_t before = allocations_count();
    for (int n = 0; n < SAMPLES * SAMPLES * SAMPLES; n++) {
        const int64_t sample[B] = {n % 4, n / 4 % 4, n / 16};
        for (int64_t i = 0; i < B; i++) batch_put(&b, i, &notes, sample[i], caption[sample[i]]);
        ck_assert_int_eq(b.tag_offset[0], 0);
        for (int64_t i = 0; i < B; i++) expect_sample(&b, i, sample[i]);
    }
    ck_assert_int_eq(allocations_count(), before);
    batch_free(&b);
}
END_TEST

/* Samples that lack tags, captions, or single tags. */
START_TEST(what_is_not_annotated_is_marked)
{
    static bool tagged[] = {true, false, true, true};
    static int64_t unknown_offset[] = {0, 1, 1, 1, 4};
    static int32_t unknown[] = {9, 0, 1, 2};
    Annotations half = notes;
    half.tagged = tagged;
    half.unknown_offset = unknown_offset;
    half.unknown = unknown;
    Batch b = batch_new(&half, B, 12, 0);
    const int64_t before = allocations_count();
    for (int n = 0; n < SAMPLES * SAMPLES * SAMPLES; n++) {
        const int64_t sample[B] = {n % 4, n / 4 % 4, n / 16};
        for (int64_t i = 0; i < B; i++)
            batch_put(&b, i, &half, sample[i], sample[i] ? caption[sample[i]] : NULL);
        for (int64_t i = 0; i < B; i++) {
            const int64_t s = sample[i], from = b.unknown_offset[i];
            ck_assert_int_eq(b.tagged[i], tagged[s]);
            ck_assert_int_eq(b.captioned[i], s != 0);
            ck_assert_str_eq(b.caption[i], s ? caption[s] : "");
            ck_assert_int_eq(b.unknown_offset[i + 1] - from,
                             unknown_offset[s + 1] - unknown_offset[s]);
            ck_assert_mem_eq(b.unknown + from, unknown + unknown_offset[s],
                             (size_t)(unknown_offset[s + 1] - unknown_offset[s]) *
                                 sizeof *unknown);
        }
    }
    ck_assert_int_eq(allocations_count(), before);
    batch_free(&b);
}
END_TEST

/* The sanitizers check the last elements. */
START_TEST(views_have_room)
{
    Batch b = batch_new(&notes, B, 12, 27);
    memset(b.pixels, 1, B * 12 * sizeof *b.pixels);
    memset(b.teacher, 1, B * 27 * sizeof *b.teacher);
    batch_free(&b);
    ck_assert_ptr_null(b.pixels);
    batch_free(&b);
}
END_TEST

START_TEST(annotations_may_be_empty)
{
    const Annotations none = {.count = 0};
    Batch b = batch_new(&none, 1, 3, 0);
    ck_assert_int_eq(b.size, 1);
    batch_free(&b);
}
END_TEST

Suite *test_batch_suite(void);
Suite *test_batch_suite(void)
{
    Suite *s = suite_create("batch");
    TCase *t = tcase_create("batch");
    tcase_add_test(t, every_batch_has_its_samples);
    tcase_add_test(t, what_is_not_annotated_is_marked);
    tcase_add_test(t, views_have_room);
    tcase_add_test(t, annotations_may_be_empty);
    suite_add_tcase(s, t);
    return s;
}
