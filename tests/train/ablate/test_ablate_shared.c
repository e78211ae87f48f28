/* SPDX-License-Identifier: Apache-2.0 */
/* One grid, trained by several processes, or by one that is stopped: the table is that of one
 * process that is left alone. */
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/tiny.h"
#include "tests/train/ablate/grid_case.h"
#include "train/run/run_lock.h"

#include <check.h>
#include <signal.h>
#include <string.h>

enum { STOPPED = 75 };

static char *table; /* of one process */

static void setup(void)
{
    tiny_new();
    table = tiny_out(0, GRID_IN("@/grid"));
}

static void teardown(void)
{
    mem_free(table);
    tiny_free();
}

/* A run that another process has is left to it, and taken over when that one has gone. */
START_TEST(a_run_of_another_process)
{
    RunLock lock;
    char *folder = tiny_path("@/shared/loss.tag=bce/seed_0");
    ck_assert_int_eq(run_lock(folder, &lock, NULL), 0);
    const pid_t child = tiny_spawn(GRID_IN("@/shared"));
    for (int i = 0;
         i < 60000 && !tiny_exists("@/shared/loss.tag=hill/seed_1/ablation_results.txt"); i++)
        tiny_sleep(1e-3);
    ck_assert(!tiny_exists("@/shared/loss.tag=bce/seed_0/metrics.jsonl"));
    ck_assert(!tiny_exists("@/shared/ablation.csv"));
    run_unlock(&lock);
    ck_assert_int_eq(tiny_wait(child), 0);
    char *out = tiny_out(0, GRID_IN("@/shared"));
    ck_assert_str_eq(out, table);
    mem_free(out);
    mem_free(folder);
}
END_TEST

/* Two processes at once, and the tasks of a job array, end in the table of one process. */
START_TEST(shared_work)
{
    pid_t child[2];
    for (int i = 0; i < 2; i++) child[i] = tiny_spawn(GRID_IN("@/both"));
    for (int i = 0; i < 2; i++) ck_assert_int_eq(tiny_wait(child[i]), 0);
    char *text = tiny_read("@/both/ablation.txt");
    ck_assert_str_eq(text, table);
    mem_free(text);
    for (int i = 3; i > 0; i--) {
        char *part = mem_format(GRID_IN("@/array") " --cell %d/3", i);
        ck_assert_int_eq(tiny_exists("@/array/ablation.txt"), 0);
        char *out = tiny_out(0, part);
        ck_assert_int_eq(*out != 0, i == 1); /* the last one prints the table */
        mem_free(out);
        mem_free(part);
    }
    text = tiny_read("@/array/ablation.txt");
    ck_assert_str_eq(text, table);
    mem_free(text);
}
END_TEST

/* A signal saves the current cell and stops the grid; the next call finishes with the same
 * table. */
START_TEST(stops_and_resumes)
{
    const pid_t child = tiny_spawn(GRID_IN("@/stop"));
    for (int i = 0; i < 60000 && tiny_bytes("@/stop/loss.tag=bce/seed_0/metrics.jsonl") <= 0;
         i++)
        tiny_sleep(1e-3);
    kill(child, SIGTERM);
    ck_assert_int_eq(tiny_wait(child), STOPPED);
    ck_assert(!tiny_exists("@/stop/lock") && !tiny_exists("@/stop/ablation.csv"));
    char *out = tiny_out(0, GRID_IN("@/stop")), have[33], want[33];
    ck_assert_str_eq(out, table);
    tiny_content("stop/loss.tag=bce/seed_0", have);
    tiny_content("grid/loss.tag=bce/seed_0", want);
    ck_assert_str_eq(have, want);
    mem_free(out);
}
END_TEST

Suite *test_ablate_shared_suite(void);
Suite *test_ablate_shared_suite(void)
{
    Suite *suite = suite_create("ablate_shared");
    TCase *c = tcase_create("ablate_shared");
    tcase_add_unchecked_fixture(c, setup, teardown);
    tcase_add_test(c, a_run_of_another_process);
    tcase_add_test(c, shared_work);
    tcase_add_test(c, stops_and_resumes);
    suite_add_tcase(suite, c);
    return suite;
}
