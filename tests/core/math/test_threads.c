/* SPDX-License-Identifier: Apache-2.0 */
/* The number of threads that a machine grants, read from the files of made-up machines. */
#include "core/math/threads.h"

#include "tests/support/machine.h"

#include <check.h>
#include <omp.h>
#include <stdbool.h>
#include <stdlib.h>

static Scratch scratch;

static void setup(void)
{
    scratch_new(&scratch);
    unsetenv("OMP_NUM_THREADS");
    unsetenv("OMP_THREAD_LIMIT");
}

static void teardown(void) { scratch_free(&scratch); }

/* granted: processors, by the quota. */
static const Machine machine[] = {
    {"no control groups", {{NULL, NULL}}, 0},
    {"version 2, top", {{GROUP, "0::/\n"}, {TOP "cpu.max", "200000 100000\n"}}, 2},
    {"rounded up", {{GROUP, "0::/\n"}, {TOP "cpu.max", "250000 100000\n"}}, 3},
    {"less than one", {{GROUP, "0::/\n"}, {TOP "cpu.max", "5000 100000\n"}}, 1},
    {"none", {{GROUP, "0::/\n"}, {TOP "cpu.max", "max 100000\n"}}, 0},
    {"another period", {{GROUP, "0::/\n"}, {TOP "cpu.max", "400000 50000\n"}}, 8},
    {"of the group", {{GROUP, "0::/a/b\n"}, {TOP "a/b/cpu.max", "300000 100000\n"}}, 3},
    {"of a group above",
     {{GROUP, "0::/a/b/c\n"},
      {TOP "a/b/c/cpu.max", "max 100000\n"},
      {TOP "a/b/cpu.max", "700000 100000\n"},
      {TOP "a/cpu.max", "400000 100000\n"},
      {TOP "cpu.max", "900000 100000\n"}},
     4},
    {"path of the host in a container",
     {{GROUP, "0::/docker/4b1f\n"}, {TOP "cpu.max", "150000 100000\n"}},
     2},
    {"version 1",
     {{GROUP, "12:pids:/x\n4:cpu,cpuacct:/job\n0::/\n"},
      {TOP "cpu/job/cpu.cfs_quota_us", "350000\n"},
      {TOP "cpu/job/cpu.cfs_period_us", "100000\n"}},
     4},
    {"version 1, another order of controllers",
     {{GROUP, "4:cpuacct,cpu:/\n"},
      {TOP "cpu/cpu.cfs_quota_us", "100000\n"},
      {TOP "cpu/cpu.cfs_period_us", "100000\n"}},
     1},
    {"version 1, a folder of both controllers only",
     {{GROUP, "4:cpu,cpuacct:/job\n"},
      {TOP "cpu,cpuacct/job/cpu.cfs_quota_us", "250000\n"},
      {TOP "cpu,cpuacct/job/cpu.cfs_period_us", "100000\n"}},
     3},
    {"both versions",
     {{GROUP, "1:cpu:/\n0::/\n"},
      {TOP "cpu/cpu.cfs_quota_us", "700000\n"},
      {TOP "cpu/cpu.cfs_period_us", "100000\n"},
      {TOP "cpu.max", "300000 100000\n"}},
     3},
    {"version 1, none",
     {{GROUP, "1:cpu:/\n"},
      {TOP "cpu/cpu.cfs_quota_us", "-1\n"},
      {TOP "cpu/cpu.cfs_period_us", "100000\n"}},
     0},
    {"version 1, a group above",
     {{GROUP, "1:cpu:/a/b\n"},
      {TOP "cpu/a/b/cpu.cfs_quota_us", "-1\n"},
      {TOP "cpu/a/b/cpu.cfs_period_us", "100000\n"},
      {TOP "cpu/a/cpu.cfs_quota_us", "200000\n"},
      {TOP "cpu/a/cpu.cfs_period_us", "100000\n"}},
     2},
    {"cpuset and cpuacct are other controllers",
     {{GROUP, "2:cpuset:/\n3:cpuacct:/\n"},
      {TOP "cpu/cpu.cfs_quota_us", "100000\n"},
      {TOP "cpu/cpu.cfs_period_us", "100000\n"}},
     0},
    {"no period", {{GROUP, "0::/\n"}, {TOP "cpu.max", "100000\n"}}, 0},
    {"a period of 0", {{GROUP, "0::/\n"}, {TOP "cpu.max", "100000 0\n"}}, 0},
    {"huge", {{GROUP, "0::/\n"}, {TOP "cpu.max", "9223372036854775807 1\n"}}, 0},
    {"no file of times", {{GROUP, "0::/a\n1:cpu:/a\n"}}, 0},
    {"empty files", {{GROUP, "\n"}, {TOP "cpu.max", ""}}, 0},
};

START_TEST(quota)
{
    const Machine *m = &machine[_i];
    const int processors = omp_get_num_procs();
    machine_make(&scratch, m);
    ck_assert_msg(threads_quota(scratch.dir) == m->granted, "%s: %d, expected %ld", m->what,
                  threads_quota(scratch.dir), m->granted);
    const ThreadLimit limit = threads_limit(scratch.dir);
    const bool lower = m->granted > 0 && m->granted < processors;
    ck_assert_int_eq(limit.count, lower ? m->granted : processors);
    ck_assert_str_eq(limit.reason, lower ? "cgroup quota" : "one per processor");
}
END_TEST

typedef struct Environment {
    const char *name, *value;
    int count; /* 0: the variable is ignored */
} Environment;

static const Environment environment[] = {
    {"OMP_NUM_THREADS", "1", 1},      {"OMP_NUM_THREADS", "1,4", 1},
    {"OMP_NUM_THREADS", " 1 , 4", 1}, {"OMP_NUM_THREADS", "", 0},
    {"OMP_NUM_THREADS", "0", 0},      {"OMP_NUM_THREADS", "-1", 0},
    {"OMP_NUM_THREADS", "1x", 0},     {"OMP_NUM_THREADS", "all", 0},
    {"OMP_NUM_THREADS", "99999", 0},  {"OMP_THREAD_LIMIT", "1", 1},
    {"OMP_THREAD_LIMIT", "1e", 0},    {"OMP_NUM_THREADS", "99999999999999999999", 0},
};

START_TEST(variables)
{
    const Environment *e = &environment[_i];
    const int processors = omp_get_num_procs();
    setenv(e->name, e->value, 1);
    const ThreadLimit limit = threads_limit(scratch.dir);
    ck_assert_int_eq(limit.count, e->count ? e->count : processors);
    ck_assert_str_eq(limit.reason, e->count && processors > 1 ? e->name : "one per processor");
}
END_TEST

/* What the user names wins; a usual number is an upper limit of the default only. */
START_TEST(choice)
{
    setenv("OMP_NUM_THREADS", "1", 1);
    ck_assert_int_eq(threads_choose(3, 2).count, 3);
    ck_assert_str_eq(threads_choose(3, 2).reason, "as set");
    ck_assert_int_eq(threads_choose(0, 2).count, 1);
    unsetenv("OMP_NUM_THREADS");
    ck_assert_int_le(threads_choose(0, 2).count, 2);
    ck_assert_int_eq(threads_choose(0, 1).count, 1);
}
END_TEST

Suite *test_threads_suite(void);
Suite *test_threads_suite(void)
{
    Suite *s = suite_create("threads");
    TCase *c = tcase_create("threads");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, quota, 0, sizeof machine / sizeof *machine);
    tcase_add_loop_test(c, variables, 0, sizeof environment / sizeof *environment);
    tcase_add_test(c, choice);
    suite_add_tcase(s, c);
    return s;
}
