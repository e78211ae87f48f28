/* SPDX-License-Identifier: Apache-2.0 */
/* Saving on a disk that fails: the last checkpoint stays, nothing half written is left,
 * training goes on and gives the same bits, and no result is missing without an exit code that
 * says so. */
#define _GNU_SOURCE
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/mem.h"
#include "tests/support/deny.h"
#include "tests/support/tiny.h"
#include "tests/train/run_log.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FOREVER = 1 << 30 };

static char whole[33]; /* content of @/whole, a run without faults */

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "whole", "eval.every=7"));
    tiny_content("whole", whole);
}

static void says(const char *messages, const char *what)
{
    ck_assert_msg(strstr(messages, what), "no '%s' in: %s", what, messages);
}

static void nothing_is_left(const char *run)
{
    char *name = mem_format("@/%s", run), *folder = tiny_path(name);
    Lines files;
    ck_assert_int_eq(file_walk(folder, &files, NULL), 0);
    for (size_t i = 0; i < files.count; i++)
        ck_assert_msg(!strstr(files.line[i], ".tmp"), "%s", files.line[i]);
    lines_free(&files);
    mem_free(folder);
    mem_free(name);
}

static const char all_evaluations[] = "seen@7 unseen@7 seen@14 unseen@14 seen@21 unseen@21 ";

static void same_as_whole(const char *run, const char *evaluated)
{
    char have[33], *line = mem_format("verify @/%s", run);
    tiny_content(run, have);
    ck_assert_str_eq(have, whole);
    mem_free(tiny_out(0, line));
    mem_free(line);
    RunLog log = run_log_check(run, TINY_EPOCHS), want = run_log_check("whole", TINY_EPOCHS);
    ck_assert_int_eq(log.steps, want.steps);
    ck_assert_str_eq(log.evaluated, evaluated);
    ck_assert(log.loss_sum == want.loss_sum);
    run_log_free(&want);
    run_log_free(&log);
    nothing_is_left(run);
}

static void same_file(const char *run, const char *name)
{
    char *a = mem_format("@/%s/%s", run, name), *b = mem_format("@/whole/%s", name);
    char *x = tiny_read(a), *y = tiny_read(b);
    ck_assert_str_eq(x, y);
    mem_free(y);
    mem_free(x);
    mem_free(b);
    mem_free(a);
}

/* ---- faults that pass -------------------------------------------------------------------- */

/* The save of step 7 is due; that of step 8 makes up for it. */
static const struct {
    long call;
    int error;
    const char *path;
} save_faults[] = {
    {SYS_pwrite64, ENOSPC, "/step_00000007.h5.tmp."},
    {SYS_pwrite64, EIO, "/bank_"},
    {SYS_ftruncate, EIO, "/step_00000007.h5.tmp."},
    {SYS_fsync, EIO, "/step_00000007.h5.tmp."},
    {SYS_openat, EMFILE, "/step_00000007.h5.tmp."},
    {SYS_rename, EIO, "/step_00000007.h5.tmp."},
    {SYS_symlink, ENOSPC, "/latest"},
    {SYS_rename, EIO, "/latest.tmp."},
};
enum { SAVE_FAULTS = sizeof save_faults / sizeof *save_faults };

START_TEST(a_failed_save_is_made_up_for)
{
    char run[16];
    snprintf(run, sizeof run, "again%d", _i);
    deny_some(save_faults[_i].call, save_faults[_i].error, save_faults[_i].path, 0, 1);
    char *messages = tiny_train(0, run, "eval.every=0");
    says(messages, "warning: step 7 is not saved (failure 1 of 3), training goes on; there is "
                   "no good checkpoint yet; ");
    says(messages, strerror(save_faults[_i].error));
    says(messages, "\nstep 8 is saved\n");
    mem_free(messages);
    same_as_whole(run, "seen@21 unseen@21 ");
}
END_TEST

/* What a run writes beside its checkpoints. */
static const struct {
    long call;
    int error;
    const char *path;
    int times;
} other_faults[] = {
    {SYS_write, ENOSPC, "/metrics.jsonl", 4}, {SYS_openat, EMFILE, "/metrics.jsonl", 4},
    {SYS_write, EIO, "/log.txt", 1},          {SYS_fsync, EIO, "/metrics.jsonl", 1},
    {SYS_symlink, ENOSPC, "/best", 2},        {SYS_rename, EIO, "/best.json.tmp.", 2},
    {SYS_rename, EIO, "/ap.txt.tmp.", 3},     {SYS_pwrite64, EIO, "/scores.h5.tmp.", 3},
};
enum { OTHER_FAULTS = sizeof other_faults / sizeof *other_faults };

START_TEST(other_files_are_made_up_for)
{
    char run[16];
    snprintf(run, sizeof run, "other%d", _i);
    deny_some(other_faults[_i].call, other_faults[_i].error, other_faults[_i].path, 3,
              other_faults[_i].times);
    mem_free(tiny_train(0, run, "eval.every=7"));
    same_as_whole(run, all_evaluations);
    same_file(run, "best.json");
}
END_TEST

/* The last save has no later one: it is repeated at once. */
START_TEST(the_last_save_is_repeated)
{
    deny_some(SYS_pwrite64, EIO, "/step_00000021.h5.tmp.", 0, 2);
    mem_free(tiny_train(0, "last", "eval.every=7"));
    same_as_whole("last", all_evaluations);
}
END_TEST

/* ---- faults that last -------------------------------------------------------------------- */

/* Saves of steps 3, 6 and 9 succeed; 12, 15 and 18, and the tries between them, do not. A child
 * meets the faults, so that this process can resume without them. */
START_TEST(three_failures_end_the_run)
{
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        deny_some(SYS_pwrite64, ENOSPC, "/step_0000001", 0, FOREVER);
        char *messages = tiny_train(1, "three", "eval.every=7 save.every=3");
        says(messages,
             "warning: step 12 is not saved (failure 1 of 3), training goes on; last ");
        says(messages,
             "warning: step 15 is not saved (failure 2 of 3), training goes on; last ");
        says(messages, "three: step 18 cannot be saved, the third failure in a row; last good "
                       "checkpoint: ");
        says(messages, "/checkpoints/step_00000009.h5, from which the same command resumes; ");
        says(messages, ": No space left on device; a checkpoint takes ");
        _exit(0);
    }
    ck_assert_int_eq(tiny_wait(child), 0);
    nothing_is_left("three");
    mem_free(tiny_out(0, "verify @/three"));
    char *messages = tiny_train(0, "three", "eval.every=7 save.every=3");
    says(messages, "latest: step 9, epoch 1\n");
    mem_free(messages);
    same_as_whole("three", all_evaluations);
    same_file("three", "best.json");
}
END_TEST

START_TEST(a_last_save_that_fails)
{
    deny_some(SYS_pwrite64, ENOSPC, "/step_00000021.h5.tmp.", 0, FOREVER);
    char *messages = tiny_train(1, "never", "eval.every=7");
    says(messages, "never: step 21 cannot be saved; last good checkpoint: ");
    says(messages, "/step_00000014.h5, ");
    mem_free(messages);
    nothing_is_left("never");
    mem_free(tiny_out(0, "verify @/never"));
}
END_TEST

/* Results that are not made again: the rest is as without the fault, the exit code is not. */
START_TEST(missing_files_of_an_evaluation)
{
    deny_some(SYS_openat, ENOSPC, "/eval/step_00000014/unseen/ap.txt.tmp.", 0, FOREVER);
    char *messages = tiny_train(1, "missing", "eval.every=7");
    says(messages, "missing: trained and saved, but a result is missing: ");
    says(messages, "/eval/step_00000014/unseen/ap.txt: cannot write: No space left on device");
    mem_free(messages);
    same_as_whole("missing", all_evaluations);
    same_file("missing", "best.json");
}
END_TEST

START_TEST(a_best_step_that_cannot_be_kept)
{
    deny_some(SYS_rename, EIO, "/best.tmp.", 0, FOREVER);
    char *messages = tiny_train(1, "best", "eval.every=7");
    says(messages,
         "best: step 7 is the best so far, but cannot be saved: best stays as it is; ");
    says(messages, "best: trained and saved, but a result is missing: ");
    mem_free(messages);
    ck_assert(!tiny_exists("@/best/checkpoints/best"));
    char *json = tiny_read("@/best/best.json");
    says(json, "\"step\": null, \"mAP\": null");
    mem_free(json);
    same_as_whole("best", all_evaluations);
}
END_TEST

START_TEST(lines_that_cannot_be_written)
{
    deny_some(SYS_write, ENOSPC, "/metrics.jsonl", 3, FOREVER);
    char *messages = tiny_train(1, "lines", "eval.every=7 save.every=5");
    says(messages, "metrics.jsonl: cannot write: No space left on device; its lines wait in "
                   "memory until they can be written\n");
    says(messages, "step 15 cannot be saved, the third failure in a row; there is no good "
                   "checkpoint yet; ");
    mem_free(messages);
    ck_assert(!tiny_exists("@/lines/checkpoints/latest"));
}
END_TEST

/* ---- what killed processes left ---------------------------------------------------------- */

START_TEST(leftovers_are_removed)
{
    static const char *const left[] = {"config.yaml", "metrics.jsonl", "checkpoints/latest",
                                       "eval/step_00000007/seen/scores.h5", "bank_1.h5"};
    mem_free(tiny_train(0, "swept", "train.max_steps=1 data.eval="));
    char *living = mem_format("@/swept/eval/scores/scores.h5.tmp.%ld", (long)getpid());
    tiny_write(living, "");
    for (int i = 0; i < 5; i++) {
        char *name = mem_format("@/swept/%s.tmp.999999999", left[i]), *path = tiny_path(name);
        tiny_write(name, "");
        if (i == 2) ck_assert(unlink(path) == 0 && symlink("step_00000001.h5", path) == 0);
        mem_free(path);
        mem_free(name);
    }
    mem_free(tiny_train(0, "swept", "train.max_steps=2 data.eval="));
    ck_assert(tiny_exists(living));
    char *path = tiny_path(living);
    unlink(path);
    nothing_is_left("swept");
    mem_free(path);
    mem_free(living);
}
END_TEST

/* ---- order ------------------------------------------------------------------------------- */

/* A run that saves, evaluates, moves both links and removes old checkpoints. */
START_TEST(what_a_power_cut_relies_on)
{
    if (system("strace -o /dev/null true > /dev/null 2>&1") != 0) {
        fprintf(stderr, "note: no strace: the order of fsync and rename is not tested\n");
        return;
    }
    char *line = tiny_path(
        "ASAN_OPTIONS=detect_leaks=0 strace -f -y -o @/calls -e "
        "trace=write,pwrite64,ftruncate,fsync,rename,unlink "
        "${RAMPLUS:-build/fast/ramplus} train -c @/tiny.yaml run=@/order save.every=2 "
        "eval.every=5 save.keep=1 2> /dev/null && "
        "awk -f tests/train/save_order.awk @/calls > @/order.txt");
    ck_assert_int_eq(system(line), 0);
    mem_free(line);
    char *result = tiny_read("@/order.txt");
    int renames = 0, removed = 0;
    ck_assert_msg(
        sscanf(result, "0 faults, %d renames, 2 links, %d removed", &renames, &removed) == 2,
        "%.500s", result);
    ck_assert_int_ge(renames, 50);
    ck_assert_int_ge(removed, 5);
    mem_free(result);
}
END_TEST

Suite *test_save_suite(void);
Suite *test_save_suite(void)
{
    Suite *suite = suite_create("save");
    TCase *c = tcase_create("save");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_loop_test(c, a_failed_save_is_made_up_for, 0, SAVE_FAULTS);
    tcase_add_loop_test(c, other_files_are_made_up_for, 0, OTHER_FAULTS);
    tcase_add_test(c, the_last_save_is_repeated);
    tcase_add_test(c, three_failures_end_the_run);
    tcase_add_test(c, a_last_save_that_fails);
    tcase_add_test(c, missing_files_of_an_evaluation);
    tcase_add_test(c, a_best_step_that_cannot_be_kept);
    tcase_add_test(c, lines_that_cannot_be_written);
    tcase_add_test(c, leftovers_are_removed);
    tcase_add_test(c, what_a_power_cut_relies_on);
    suite_add_tcase(suite, c);
    return suite;
}
