/* SPDX-License-Identifier: Apache-2.0 */
/* The memory that a machine grants, read from the files of made-up machines. */
#include "core/io/memory_free.h"

#include "core/mem.h"
#include "tests/support/machine.h"

#include <check.h>
#include <sys/resource.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

#define INFO "proc/meminfo"
#define V1   "sys/fs/cgroup/memory/"

/* granted: bytes of memory. */
static const Machine machine[] = {
    {"nothing is known", {{NULL, NULL}}, 0},
    {"the kernel alone",
     {{INFO,
       "MemTotal:       2000 kB\nMemFree:  9 kB\nMemAvailable:    1000 kB\nBuffers: 1 kB\n"}},
     1000 << 10},
    {"a kernel that does not say", {{INFO, "MemTotal:       2000 kB\nMemFree:  9 kB\n"}}, 0},
    {"a kernel without any left", {{INFO, "MemAvailable:  0 kB\n"}}, 1},
    {"a name that begins alike",
     {{INFO, "MemAvailable:x  7 kB\nMemAvailable: 5 kB\n"}},
     5 << 10},
    {"version 2",
     {{GROUP, "0::/\n"}, {TOP "memory.max", "3000000\n"}, {TOP "memory.current", "1000000\n"}},
     2000000},
    {"version 2, with cached files",
     {{GROUP, "0::/a\n"},
      {TOP "a/memory.max", "5000\n"},
      {TOP "a/memory.current", "4000\n"},
      {TOP "a/memory.stat", "anon 9\nactive_file 500\ninactive_file 700\n"}},
     1700},
    {"version 2, no limit",
     {{GROUP, "0::/\n"},
      {TOP "memory.max", "max\n"},
      {TOP "memory.high", "max\n"},
      {TOP "memory.current", "4000\n"},
      {INFO, "MemAvailable:  70 kB\n"}},
     70 << 10},
    {"version 2, slowed down from some amount on",
     {{GROUP, "0::/\n"},
      {TOP "memory.max", "9000\n"},
      {TOP "memory.high", "6000\n"},
      {TOP "memory.current", "4000\n"}},
     2000},
    {"version 2, more in use than allowed",
     {{GROUP, "0::/\n"}, {TOP "memory.max", "3000\n"}, {TOP "memory.current", "4000\n"}},
     1},
    {"version 2, nothing allowed",
     {{GROUP, "0::/\n"}, {TOP "memory.max", "0\n"}, {TOP "memory.current", "0\n"}},
     1},
    {"version 2, a group above",
     {{GROUP, "0::/a/b\n"},
      {TOP "a/b/memory.max", "9000\n"},
      {TOP "a/b/memory.current", "1000\n"},
      {TOP "a/memory.max", "8000\n"},
      {TOP "a/memory.current", "6000\n"},
      {INFO, "MemAvailable:  900 kB\n"}},
     2000},
    {"version 2, more than the kernel has",
     {{GROUP, "0::/\n"},
      {TOP "memory.max", "9000000\n"},
      {TOP "memory.current", "1000\n"},
      {INFO, "MemAvailable:  900 kB\n"}},
     900 << 10},
    {"version 1",
     {{GROUP, "4:memory:/job\n0::/\n"},
      {V1 "job/memory.limit_in_bytes", "7000\n"},
      {V1 "job/memory.usage_in_bytes", "5000\n"},
      {V1 "job/memory.stat", "inactive_file 1\ntotal_inactive_file 600\n"}},
     2600},
    {"version 1, no limit",
     {{GROUP, "4:memory:/\n"},
      {V1 "memory.limit_in_bytes", "9223372036854771712\n"},
      {V1 "memory.usage_in_bytes", "5000\n"}},
     0},
    {"version 1, a group above",
     {{GROUP, "4:memory:/a/b\n"},
      {V1 "a/b/memory.limit_in_bytes", "9223372036854771712\n"},
      {V1 "a/b/memory.usage_in_bytes", "5000\n"},
      {V1 "a/memory.limit_in_bytes", "6000\n"},
      {V1 "a/memory.usage_in_bytes", "5000\n"}},
     1000},
    {"another controller",
     {{GROUP, "4:cpu,cpuacct:/\n"},
      {V1 "memory.limit_in_bytes", "6000\n"},
      {V1 "memory.usage_in_bytes", "5000\n"}},
     0},
    {"a limit without a use", {{GROUP, "0::/\n"}, {TOP "memory.max", "3000\n"}}, 0},
    {"empty files",
     {{GROUP, "0::/\n"}, {TOP "memory.max", ""}, {TOP "memory.current", ""}, {INFO, ""}},
     0},
};

START_TEST(the_least_of_all_limits)
{
    const Machine *m = &machine[_i];
    machine_make(&scratch, m);
    ck_assert_msg(memory_free(scratch.dir) == m->granted, "%s: %ld, expected %ld", m->what,
                  memory_free(scratch.dir), m->granted);
}
END_TEST

/* Limits of the process itself. They are so large that nothing of the test meets them. */
START_TEST(limits_of_the_process)
{
    static const int resource[] = {RLIMIT_AS, RLIMIT_DATA};
    const rlim_t limit = (rlim_t)1 << 46;
    ck_assert_int_eq(setrlimit(resource[_i], &(struct rlimit){limit, RLIM_INFINITY}), 0);
    const int64_t left = memory_free(scratch.dir);
    ck_assert_int_lt(left, (int64_t)limit);
    ck_assert_int_gt(left, (int64_t)limit / 2);
    unsigned char *more = mem_calloc(1, 64 << 20);
    ck_assert_int_le(memory_free(scratch.dir), left - (64 << 20));
    mem_free(more);
}
END_TEST

START_TEST(what_is_written_to_is_resident)
{
    const int64_t before = memory_resident();
    unsigned char *more = mem_calloc(1, 64 << 20);
    ck_assert_int_gt(before, 1 << 20);
    ck_assert_int_ge(memory_resident(), before + (60 << 20));
    mem_free(more);
}
END_TEST

START_TEST(this_machine) { ck_assert_int_gt(memory_free(""), 1 << 20); }
END_TEST

Suite *test_memory_free_suite(void);
Suite *test_memory_free_suite(void)
{
    Suite *s = suite_create("memory_free");
    TCase *c = tcase_create("memory_free");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, the_least_of_all_limits, 0, sizeof machine / sizeof *machine);
    tcase_add_loop_test(c, limits_of_the_process, 0, 2);
    tcase_add_test(c, what_is_written_to_is_resident);
    tcase_add_test(c, this_machine);
    suite_add_tcase(s, c);
    return s;
}
