/* SPDX-License-Identifier: Apache-2.0 */
#include "core/io/file.h"
#include "core/rng.h"
#include "tests/data/image/train_view.h"
#include "tests/data/loader_case.h"
#include "tests/support/allocations.h"

#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static LoaderCase f;

static void setup(void) { loader_case_new(&f); }

static void teardown(void) { loader_case_free(&f); }

START_TEST(an_epoch_is_a_permutation)
{
    for (int64_t epoch = 0; epoch < 2; epoch++) {
        int64_t seen[IMAGES] = {0}, order[IMAGES];
        Rng rng = rng_new(f.config.seed, (uint32_t)epoch, 0, RNG_SHUFFLE);
        rng_permutation(&rng, IMAGES, order);
        Loader *l = loader_new(&f.config, (LoaderPosition){epoch, 0});
        const Batch *b;
        for (int64_t n = 0; n < 5; n++) {
            ck_assert_int_eq(loader_next(l, &b, NULL), 0);
            ck_assert_ptr_nonnull(b);
            ck_assert_int_eq(b->size, BATCH);
            for (int i = 0; i < BATCH; i++) {
                ck_assert_int_eq(b->sample[i], order[n * BATCH + i]);
                seen[b->sample[i]]++;
            }
            ck_assert_int_eq(loader_position(l).next, (n + 1) * BATCH);
        }
        ck_assert_int_eq(loader_next(l, &b, NULL), 0);
        ck_assert_ptr_null(b);
        ck_assert_int_eq(loader_position(l).epoch, epoch + 1);
        ck_assert_int_eq(loader_position(l).next, 0);
        for (int i = 0; i < IMAGES; i++) ck_assert_int_le(seen[i], 1);
        loader_free(l);
    }
}
END_TEST

START_TEST(content_is_the_transform_of_the_sample)
{
    f.config.two_views = true;
    Loader *l = loader_new(&f.config, (LoaderPosition){3, 0});
    const Batch *b;
    ck_assert_int_eq(loader_next(l, &b, NULL), 0);
    for (int i = 0; i < BATCH; i++) {
        float view[VIEW], teacher[3 * TEACHER * TEACHER];
        const uint64_t sample = (uint64_t)b->sample[i];
        Image image;
        ck_assert_int_eq(
            image_read(scratch_path(&f.scratch, f.paths[sample]), NULL, &image, NULL, NULL), 0);
        Rng a = rng_new(5, 3, sample, RNG_AUGMENT), t = rng_new(5, 3, sample, RNG_TEACHER);
        train_view(&image, &f.config.transform, &a, view);
        train_view(&image, &f.config.teacher, &t, teacher);
        ck_assert_mem_eq(b->pixels + i * VIEW, view, sizeof view);
        ck_assert_mem_eq(b->teacher + i * 3 * TEACHER * TEACHER, teacher, sizeof teacher);
        image_free(&image);
        char want[64];
        Rng draw = rng_new(5, 3, sample, RNG_CAPTION);
        const char *which = rng_below(&draw, 2) ? "second" : "first";
        snprintf(want, sizeof want, "%s caption %d", which, (int)sample);
        ck_assert_str_eq(b->caption[i], want);
        ck_assert_int_eq(b->tag_offset[i + 1] - b->tag_offset[i], (int)sample % 4);
        for (int64_t k = 0; k < (int64_t)sample % 4; k++)
            ck_assert_int_eq(b->tag[b->tag_offset[i] + k], 10 * (int)sample + k);
    }
    loader_free(l);
}
END_TEST

/* With every image in the cache, nothing needs decoding. */
START_TEST(nothing_is_allocated_after_the_first_epochs)
{
    f.config.two_views = true;
    f.config.cache_bytes = 1 << 20;
    f.config.threads = 1;
    Loader *l = loader_new(&f.config, (LoaderPosition){0});
    const Batch *b;
    for (int i = 0; i < 60; i++) ck_assert_int_eq(loader_next(l, &b, NULL), 0);
    const int64_t before = allocations_count();
    for (int i = 0; i < 60; i++) ck_assert_int_eq(loader_next(l, &b, NULL), 0);
    ck_assert_int_eq(allocations_count(), before);
    loader_free(l);
}
END_TEST

START_TEST(both_captions_are_drawn)
{
    int first = 0, second = 0;
    Loader *l = loader_new(&f.config, (LoaderPosition){0});
    for (int i = 0; i < 24; i++) {
        const Batch *b;
        ck_assert_int_eq(loader_next(l, &b, NULL), 0);
        for (int k = 0; b && k < BATCH; k++) {
            first += b->caption[k][0] == 'f';
            second += b->caption[k][0] == 's';
        }
    }
    loader_free(l);
    ck_assert_int_eq(first + second, 80);
    ck_assert_int_ge(first, 20);
    ck_assert_int_ge(second, 20);
}
END_TEST

START_TEST(a_caption_may_be_missing)
{
    for (int i = 0; i <= IMAGES; i++) f.caption_offset[i] = 0;
    Loader *l = loader_new(&f.config, (LoaderPosition){0});
    const Batch *b;
    ck_assert_int_eq(loader_next(l, &b, NULL), 0);
    for (int k = 0; k < BATCH; k++) ck_assert(*b->caption[k] == 0 && !b->captioned[k]);
    loader_free(l);
}
END_TEST

/* Threads, prefetch and the cache affect only speed, also with bad images. */
START_TEST(speed_options_change_no_bit)
{
    f.config.two_views = _i > 0;
    if (_i == 2)
        for (int i = 0; i < 5; i++) loader_case_spoil(&f, i * 4 + 1);
    f.config.threads = 1;
    const Trace want = trace(&f.config, 20);
    for (int threads = 1; threads <= 4; threads *= 2)
        for (int64_t prefetch = 1; prefetch <= 9; prefetch += 4)
            for (int cache = 0; cache < 3; cache++) {
                f.config.threads = threads;
                f.config.prefetch = prefetch;
                f.config.cache_bytes = (size_t)cache * 9000; /* none, a few, more */
                const Trace got = trace(&f.config, 20);
                same_traces(&want, &got, 20);
            }
}
END_TEST

START_TEST(resumes_from_every_position)
{
    if (_i)
        for (int i = 0; i < 6; i++) loader_case_spoil(&f, i * 3);
    const Trace whole = trace(&f.config, 20);
    for (int at = 0; at < 12; at++) {
        const Trace rest = trace_from(&f.config, whole.after[at], 20 - at - 1);
        ck_assert_mem_eq(rest.hash, whole.hash + at + 1,
                         sizeof *rest.hash * (size_t)(20 - at - 1));
        ck_assert_mem_eq(rest.after, whole.after + at + 1,
                         sizeof *rest.after * (size_t)(20 - at - 1));
    }
}
END_TEST

START_TEST(seeds_and_epochs_differ)
{
    const Trace a = trace(&f.config, 12);
    f.config.seed = 6;
    const Trace b = trace(&f.config, 12);
    ck_assert_uint_ne(a.hash[0], a.hash[6]);
    ck_assert_uint_ne(a.hash[0], b.hash[0]);
}
END_TEST

static size_t count_lines(const char *path)
{
    Lines lines;
    ck_assert_int_eq(lines_read(path, &lines, NULL), 0);
    const size_t n = lines.count;
    lines_free(&lines);
    return n;
}

START_TEST(bad_images_are_skipped_and_listed_once)
{
    f.config.bad_list = f.bad_list;
    loader_case_spoil(&f, 4);
    loader_case_spoil(&f, 9);
    unlink(scratch_path(&f.scratch, f.paths[17]));
    const Trace t = trace(&f.config, 18); /* 20 readable images: three epochs of 5 batches */
    for (int i = 0; i < 18; i++) ck_assert_int_eq(t.hash[i] == 0, i % 6 == 5);
    ck_assert_int_eq(t.skipped, 3);
    Lines lines;
    ck_assert_int_eq(lines_read(f.bad_list, &lines, NULL), 0);
    ck_assert_uint_eq(lines.count, 3);
    int missing = 0;
    for (size_t i = 0; i < 3; i++) {
        ck_assert_ptr_eq(strstr(lines.line[i], f.scratch.dir), lines.line[i]);
        missing += strstr(lines.line[i], "p17.jpg: cannot open") != NULL;
    }
    ck_assert_int_eq(missing, 1);
    lines_free(&lines);
    trace_from(&f.config, (LoaderPosition){1, 0}, 12); /* a resumed run extends the list */
    ck_assert_uint_eq(count_lines(f.bad_list), 3);
}
END_TEST

/* A truncated image stays in the batches, is counted once and listed. */
START_TEST(damaged_images_are_used_and_listed)
{
    Bytes file;
    char list[160];
    snprintf(list, sizeof list, "%s/damaged.txt", f.scratch.dir);
    f.config.bad_list = f.bad_list;
    f.config.damaged_list = list;
    ck_assert_int_eq(file_read(scratch_path(&f.scratch, f.paths[6]), &file, NULL), 0);
    scratch_write(&f.scratch, f.paths[6], file.data, file.len - 40);
    bytes_free(&file);
    Loader *l = loader_new(&f.config, (LoaderPosition){0});
    for (int epoch = 0; epoch < 2; epoch++)
        for (const Batch *b = NULL; loader_next(l, &b, NULL) == 0 && b;) continue;
    ck_assert_int_eq(loader_skipped(l)->count, 0);
    ck_assert_int_eq(loader_damaged(l)->count, 1);
    ck_assert_ptr_nonnull(strstr(loader_damaged(l)->first, "JPEG: the file is truncated"));
    loader_free(l);
    ck_assert_uint_eq(count_lines(list), 1);
    ck_assert(!file_exists(f.bad_list));
}
END_TEST

START_TEST(no_bad_image_reaches_a_batch)
{
    bool bad[IMAGES] = {false};
    for (int i = 0; i < IMAGES; i += 3) loader_case_spoil(&f, i), bad[i] = true;
    Loader *l = loader_new(&f.config, (LoaderPosition){0});
    for (int n = 0; n < 16; n++) {
        const Batch *b;
        ck_assert_int_eq(loader_next(l, &b, NULL), 0);
        for (int i = 0; b && i < BATCH; i++) ck_assert(!bad[b->sample[i]]);
    }
    ck_assert_int_eq(loader_skipped(l)->count, 8);
    loader_free(l);
}
END_TEST

START_TEST(an_epoch_without_a_batch_is_an_error)
{
    for (int i = 3; i < IMAGES; i++) loader_case_spoil(&f, i);
    loader_case_no_batch(
        &f, "20 of 23 unreadable: not enough for one batch of 4; the first: /tmp/");
    f.notes.count = 2;
    loader_case_no_batch(&f, "0 of 2 unreadable");
    f.notes.count = 0;
    loader_case_no_batch(&f, "0 of 0 unreadable");
}
END_TEST

/* The batches come nevertheless. */
START_TEST(an_unwritable_list_is_an_error_when_it_is_needed)
{
    f.config.bad_list = "/nonexistent/bad.txt";
    loader_case_spoil(&f, 0);
    Loader *l = loader_new(&f.config, (LoaderPosition){0});
    const Batch *b = NULL;
    Error err = {0};
    do ck_assert_int_eq(loader_next(l, &b, &err), 0);
    while (b);
    ck_assert_int_eq(loader_skipped(l)->count, 1);
    ck_assert_int_eq(loader_sync_notes(l, &err), -1);
    ck_assert_int_eq(err.code, ERROR_RUNTIME);
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/bad.txt: cannot write"));
    loader_free(l);
}
END_TEST

START_TEST(may_be_freed_at_any_moment)
{
    loader_free(NULL);
    for (int i = 0; i < 30; i++) {
        Loader *l = loader_new(&f.config, (LoaderPosition){0, i % IMAGES});
        const Batch *b;
        for (int k = 0; k < i % 4; k++) ck_assert_int_eq(loader_next(l, &b, NULL), 0);
        ck_assert(loader_waited(l) >= 0.0);
        loader_free(l);
    }
}
END_TEST

START_TEST(wrong_configurations_are_bugs)
{
    LoaderPosition start = {0};
    if (_i == 0) f.config.batch = 0;
    if (_i == 1) f.config.threads = 0;
    if (_i == 2) f.config.prefetch = 0;
    if (_i == 3) start.next = IMAGES + 1;
    if (_i == 4) start.epoch = -1;
    loader_new(&f.config, start);
}
END_TEST

Suite *test_loader_suite(void);
Suite *test_loader_suite(void)
{
    Suite *s = suite_create("loader");
    TCase *t = tcase_create("loader");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, an_epoch_is_a_permutation);
    tcase_add_test(t, content_is_the_transform_of_the_sample);
    tcase_add_test(t, nothing_is_allocated_after_the_first_epochs);
    tcase_add_test(t, both_captions_are_drawn);
    tcase_add_test(t, a_caption_may_be_missing);
    tcase_add_loop_test(t, speed_options_change_no_bit, 0, 3);
    tcase_add_loop_test(t, resumes_from_every_position, 0, 2);
    tcase_add_test(t, seeds_and_epochs_differ);
    tcase_add_test(t, bad_images_are_skipped_and_listed_once);
    tcase_add_test(t, damaged_images_are_used_and_listed);
    tcase_add_test(t, no_bad_image_reaches_a_batch);
    tcase_add_test(t, an_epoch_without_a_batch_is_an_error);
    tcase_add_test(t, an_unwritable_list_is_an_error_when_it_is_needed);
    tcase_add_test(t, may_be_freed_at_any_moment);
    suite_add_tcase(s, t);
    TCase *m = tcase_create("misuse");
    tcase_add_unchecked_fixture(m, setup, teardown);
    tcase_add_loop_test_raise_signal(m, wrong_configurations_are_bugs, SIGABRT, 0, 5);
    suite_add_tcase(s, m);
    return s;
}
