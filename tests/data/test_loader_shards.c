/* SPDX-License-Identifier: Apache-2.0 */
/* Images in shards: the same samples as from loose files, in an order of their own. */
#include "core/io/file.h"
#include "core/io/tar.h"
#include "core/mem.h"
#include "tests/data/loader_case.h"
#include "tests/support/deny.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Shards of 6 images; the last one has 5. */
enum { EACH = 6, SHARDS = 4 };

static LoaderCase f;

static void pack_shard(int shard)
{
    char name[40];
    TarWriter *w;
    snprintf(name, sizeof name, "%d.tar", shard);
    ck_assert_int_eq(tar_writer_new(scratch_path(&f.scratch, name), &w, NULL), 0);
    for (int i = shard * EACH; i < IMAGES && i < (shard + 1) * EACH; i++) {
        Bytes file;
        ck_assert_int_eq(file_read(scratch_path(&f.scratch, f.paths[i]), &file, NULL), 0);
        ck_assert_int_eq(tar_writer_put(w, f.paths[i], file.data, file.len, NULL), 0);
        bytes_free(&file);
    }
    ck_assert_int_eq(tar_writer_commit(w, NULL), 0);
}

static void setup(void)
{
    loader_case_new(&f);
    for (int i = 0; i < SHARDS; i++) pack_shard(i);
}

/* From now on the annotations name the members of the shards. */
static void use_shards(void)
{
    for (int i = 0; i < IMAGES; i++) {
        char *path = mem_format("%d.tar/%s", i / EACH, f.paths[i]);
        ck_assert_int_eq(unlink(scratch_path(&f.scratch, f.paths[i])), 0);
        mem_free(f.paths[i]);
        f.paths[i] = path;
    }
    f.config.window = 5;
    f.config.bad_list = f.bad_list;
}

static void teardown(void) { loader_case_free(&f); }

/* With a window of all images, the order is that of loose files, too. */
START_TEST(samples_are_those_of_the_files)
{
    f.config.two_views = true;
    const Trace loose = trace(&f.config, 20);
    use_shards();
    f.config.window = _i ? IMAGES : 0;
    const Trace packed = trace(&f.config, 20);
    same_traces(&loose, &packed, 20);
}
END_TEST

START_TEST(an_epoch_goes_shard_by_shard)
{
    use_shards();
    f.config.window = 1;
    Loader *l = loader_new(&f.config, (LoaderPosition){0});
    bool seen[IMAGES] = {false};
    int runs = 0;
    int64_t last = -1;
    for (int n = 0; n < 5; n++) {
        const Batch *b;
        ck_assert_int_eq(loader_next(l, &b, NULL), 0);
        for (int i = 0; i < BATCH; i++) {
            ck_assert(!seen[b->sample[i]]);
            seen[b->sample[i]] = true;
            runs += b->sample[i] / EACH != last;
            last = b->sample[i] / EACH;
        }
    }
    ck_assert_int_eq(runs, SHARDS);
    ck_assert_int_eq(loader_skipped(l)->count, 0);
    loader_free(l);
}
END_TEST

static void spoil_shard(int shard, int how)
{
    char name[40];
    Bytes file;
    snprintf(name, sizeof name, "%d.tar", shard);
    const char *path = scratch_path(&f.scratch, name);
    if (how == 0) ck_assert_int_eq(unlink(path), 0);
    if (how != 1) return;
    ck_assert_int_eq(file_read(path, &file, NULL), 0);
    ck_assert_int_eq(truncate(path, (off_t)file.len / 2), 0);
    bytes_free(&file);
}

START_TEST(threads_change_no_bit)
{
    use_shards();
    if (_i) spoil_shard(2, 1);
    f.config.threads = 1;
    const Trace want = trace(&f.config, 20);
    for (int threads = 2; threads <= 8; threads *= 2) {
        f.config.threads = threads;
        f.config.prefetch = threads;
        const Trace got = trace(&f.config, 20);
        same_traces(&want, &got, 20);
    }
}
END_TEST

START_TEST(resumes_from_every_position)
{
    use_shards();
    if (_i) spoil_shard(1, 0);
    const Trace whole = trace(&f.config, 20);
    for (int at = 0; at < 12; at++) {
        const Trace rest = trace_from(&f.config, whole.after[at], 20 - at - 1);
        ck_assert_mem_eq(rest.hash, whole.hash + at + 1,
                         sizeof *rest.hash * (size_t)(20 - at - 1));
    }
}
END_TEST

/* A shard that is missing, or torn, is one line of the list, and its images are counted. */
START_TEST(a_bad_shard_is_one_event)
{
    Lines lines;
    use_shards();
    spoil_shard(1, _i);
    const Trace t = trace(&f.config, 18);
    if (_i == 0) ck_assert_int_eq(t.skipped, EACH);
    if (_i == 1) ck_assert(t.skipped >= 1 && t.skipped < EACH);
    ck_assert_uint_ne(t.hash[0], 0);
    ck_assert_int_eq(lines_read(f.bad_list, &lines, NULL), 0);
    ck_assert_uint_eq(lines.count, 1);
    ck_assert_ptr_nonnull(strstr(lines.line[0], _i ? "/1.tar: byte " : "/1.tar: cannot open"));
    lines_free(&lines);
    trace(&f.config, 18); /* a resumed run does not repeat it */
    ck_assert_int_eq(lines_read(f.bad_list, &lines, NULL), 0);
    ck_assert_uint_eq(lines.count, 1);
    lines_free(&lines);
}
END_TEST

START_TEST(a_failing_disk_ends_the_run)
{
    Error err = {0};
    const Batch *b;
    use_shards();
    deny_some(SYS_pread64, EIO, "2.tar", 3, INT64_MAX);
    Loader *l = loader_new(&f.config, (LoaderPosition){0});
    int status = 0;
    for (int i = 0; i < 12 && status == 0; i++) status = loader_next(l, &b, &err);
    expect_error(&err, ERROR_RUNTIME, "2.tar: byte ");
    loader_free(l);
}
END_TEST

Suite *test_loader_shards_suite(void);
Suite *test_loader_shards_suite(void)
{
    Suite *s = suite_create("loader_shards");
    TCase *t = tcase_create("loader_shards");
    tcase_set_timeout(t, 20);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, samples_are_those_of_the_files, 0, 2);
    tcase_add_test(t, an_epoch_goes_shard_by_shard);
    tcase_add_loop_test(t, threads_change_no_bit, 0, 2);
    tcase_add_loop_test(t, resumes_from_every_position, 0, 2);
    tcase_add_loop_test(t, a_bad_shard_is_one_event, 0, 2);
    tcase_add_test(t, a_failing_disk_ends_the_run);
    suite_add_tcase(s, t);
    return s;
}
