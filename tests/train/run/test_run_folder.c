/* SPDX-License-Identifier: Apache-2.0 */
/* What is removed from a run folder, and what is not. */
#include "train/run/run_folder.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static void put(const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "checkpoints/%s", name);
    scratch_text(&scratch, path, name);
}

static bool is_there(const char *name)
{
    char path[96];
    snprintf(path, sizeof path, "checkpoints/%s", name);
    return file_exists(scratch_path(&scratch, path));
}

/* A parent is a living process; no process has a number of nine digits. */
START_TEST(what_a_living_process_writes_stays)
{
    char living[64], mine[64];
    file_mkdirs(scratch_path(&scratch, "checkpoints"), NULL);
    snprintf(living, sizeof living, "step_00000003.h5.tmp.%ld", (long)getppid());
    snprintf(mine, sizeof mine, "step_00000003.h5.tmp.%ld", (long)getpid());
    put("step_00000003.h5");
    put("step_00000003.h5.tmp.999999999");
    put("step_00000004.h5.tmp.999999999");
    put(living);
    put(mine);
    put("notes.txt");
    put("notes.tmp");
    scratch_text(&scratch, "bank_1.h5.tmp.999999999", "");
    run_folder_sweep(scratch.dir);
    ck_assert(!file_exists(scratch_path(&scratch, "bank_1.h5.tmp.999999999")));
    ck_assert(is_there("step_00000003.h5") && is_there("notes.tmp") && is_there(living) &&
              is_there("notes.txt"));
    ck_assert(!is_there(mine) && !is_there("step_00000003.h5.tmp.999999999"));
    ck_assert(!is_there("step_00000004.h5.tmp.999999999"));
}
END_TEST

START_TEST(the_newest_and_the_linked_checkpoints_stay)
{
    char name[32];
    file_mkdirs(scratch_path(&scratch, "checkpoints"), NULL);
    for (int i = 1; i <= 8; i++) {
        snprintf(name, sizeof name, "step_%08d.h5", i);
        put(name);
    }
    run_folder_prune(scratch.dir, 1); /* no link: nothing is known about the run */
    ck_assert(is_there("step_00000001.h5"));
    ck_assert_int_eq(run_folder_link(scratch.dir, "best", 2, NULL), 0);
    ck_assert_int_eq(run_folder_link(scratch.dir, "latest", 6, NULL), 0);
    run_folder_prune(scratch.dir, 2);
    for (int i = 1; i <= 8; i++) {
        snprintf(name, sizeof name, "step_%08d.h5", i);
        ck_assert_int_eq(is_there(name), i == 2 || i >= 5);
    }
}
END_TEST

Suite *test_run_folder_suite(void);
Suite *test_run_folder_suite(void)
{
    Suite *s = suite_create("run_folder");
    TCase *t = tcase_create("run_folder");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, what_a_living_process_writes_stays);
    tcase_add_test(t, the_newest_and_the_linked_checkpoints_stay);
    suite_add_tcase(s, t);
    return s;
}
