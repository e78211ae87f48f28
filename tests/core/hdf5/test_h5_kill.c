/* SPDX-License-Identifier: Apache-2.0 */
/* Kills while saving: a child saves one checkpoint after the other into a run folder and is
 * killed with SIGKILL. The target of `latest` is complete, and no older than the last reported
 * step. */
#include "core/hdf5/h5_file.h"
#include "core/hdf5/h5_write.h"
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/mem.h"
#include "core/rng.h"
#include "model/weights/run_checkpoint.h"
#include "tests/support/scratch.h"
#include "train/run/run_folder.h"

#include <check.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 20, LEN = 1 << 16 };

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static void save(int64_t step, const float *data)
{
    H5Writer *w;
    char *path = run_checkpoint_path(scratch.dir, step);
    const int64_t shape = LEN;
    if (h5_create(path, "checkpoint", &w, NULL) != 0) _exit(1);
    for (int i = 0; i < 4; i++) {
        char *name = mem_format("param/%d", i);
        h5_put(w, name, H5_F32, 1, &shape, data, NULL);
        mem_free(name);
    }
    h5_put(w, "step", H5_I64, 0, NULL, &step, NULL);
    if (h5_commit(w, NULL) != 0) _exit(1);
    if (run_folder_link(scratch.dir, "latest", step, NULL) != 0) _exit(1);
    run_folder_prune(scratch.dir, 2);
    mem_free(path);
}

/* Saves forever and reports each finished step through the pipe. */
static void child(int64_t step, int reported)
{
    float *data = mem_calloc(LEN, sizeof *data);
    run_folder_sweep(scratch.dir);
    for (;; step++) {
        for (int i = 0; i < LEN; i++) data[i] = (float)(step + i);
        save(step, data);
        if (write(reported, &step, sizeof step) != sizeof step) _exit(1);
    }
}

static void expect_sound(const char *path, int64_t *step)
{
    Error err = {0};
    H5File *f = NULL;
    ck_assert_msg(h5_open(path, &f, &err) == 0, "%s", err.text);
    ck_assert_msg(h5_verify(f, &err) == 0, "%s", err.text);
    ck_assert_int_eq(h5_read(f, h5_find(f, "step"), step, NULL), 0);
    h5_close(f);
}

/* Checks that every committed file is valid; returns the number of files left by interrupted
 * saves. */
static int look_at_files(void)
{
    int cut = 0;
    int64_t step;
    Lines files;
    ck_assert_int_eq(file_walk(scratch.dir, &files, NULL), 0);
    for (size_t i = 0; i < files.count; i++) {
        char *path = file_join(scratch.dir, files.line[i]);
        if (strstr(path, ".tmp."))
            cut++;
        else
            expect_sound(path, &step);
        mem_free(path);
    }
    ck_assert_int_le(cut, 1); /* older ones were removed */
    lines_free(&files);
    return cut;
}

static int64_t run_and_kill(int64_t first, Rng *rng)
{
    int ends[2], status;
    int64_t reported = 0, step;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) child(first, ends[1]);
    close(ends[1]);
    ck_assert_int_eq(read(ends[0], &reported, sizeof reported), sizeof reported);
    nanosleep(&(struct timespec){0, 1000 * rng_below(rng, 30000)}, NULL);
    kill(pid, SIGKILL);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFSIGNALED(status)); /* not ended by a failed save */
    while (read(ends[0], &step, sizeof step) == sizeof step) reported = step;
    close(ends[0]);
    return reported;
}

START_TEST(newest_checkpoint_survives)
{
    int64_t next = 0;
    int cut = 0;
    Rng rng = rng_new(1, 0, 0, RNG_TEST);
    char *folder = file_join(scratch.dir, "checkpoints");
    ck_assert_int_eq(file_mkdirs(folder, NULL), 0);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t reported = run_and_kill(next, &rng), step;
        char *latest = run_checkpoint_latest(scratch.dir);
        ck_assert_ptr_nonnull(latest);
        expect_sound(latest, &step);
        ck_assert_int_ge(step, reported);
        mem_free(latest);
        cut += look_at_files();
        next = step + 1;
    }
    ck_assert_msg(cut > 0, "no save was interrupted: the test shows nothing");
    mem_free(folder);
}
END_TEST

Suite *test_h5_kill_suite(void);
Suite *test_h5_kill_suite(void)
{
    Suite *s = suite_create("h5_kill");
    TCase *c = tcase_create("h5_kill");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, newest_checkpoint_survives);
    suite_add_tcase(s, c);
    return s;
}
