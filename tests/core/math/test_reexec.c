/* SPDX-License-Identifier: Apache-2.0 */
/* Which environments cause an execv, and what the executed program receives. A forked process
 * with the environment of a row calls the function. If that executes this test program again,
 * the new process runs the case `executed` alone, and its exit code tells the result. */
#include "core/math/reexec.h"

#include "core/io/file.h"
#include "core/math/gemm.h"
#include "core/mem.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RETURNED = 42 };

/* "" stands for a variable that is not set. */
static const struct {
    const char *spin, *policy, *kernels; /* the environment of the call */
    bool executes;                       /* whatever the processor is */
    const char *spin_after;
} row[] = {
    {"", "", "Nehalem", true, "5000"},     {"77", "", "Nehalem", false, ""},
    {"", "passive", "Nehalem", false, ""}, {"", "", "", true, "5000"},
    {"77", "", "", false, "77"}, /* executes where there are better kernels */
};
enum { ROWS = sizeof row / sizeof *row };

static void set(const char *name, const char *value)
{
    if (*value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

static const char *get(const char *name) { return getenv(name) ? getenv(name) : ""; }

/* In the forked process. */
static void call(int i)
{
    char number[8], *argv[] = {(char[]){"name"}, (char[]){"two words"}, number, NULL};
    snprintf(number, sizeof number, "%d", i);
    set("GOMP_SPINCOUNT", row[i].spin);
    set("OMP_WAIT_POLICY", row[i].policy);
    set("OPENBLAS_CORETYPE", row[i].kernels);
    set("REEXEC_ROW", number);
    set("CK_RUN_SUITE", "reexec");
    set("CK_RUN_CASE", "executed");
    set("CK_FORK", "no");
    dup2(open("/dev/null", O_WRONLY), STDOUT_FILENO);
    reexec_with_settings(argv);
    _exit(RETURNED);
}

START_TEST(executes_if_a_setting_is_missing)
{
    int status;
    const bool kernels = !*row[_i].kernels && gemm_better_kernels();
    const pid_t child = fork();
    if (child == 0) call(_i);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status),
                     row[_i].executes || kernels ? EXIT_SUCCESS : RETURNED);
}
END_TEST

/* In the executed program: the settings, those of the user unchanged; the arguments; and the
 * name of the program rather than that of a link to it. A further call returns. */
START_TEST(executed)
{
    Bytes line;
    const int i = atoi(get("REEXEC_ROW"));
    ck_assert_str_eq(get("GOMP_SPINCOUNT"), row[i].spin_after);
    ck_assert_str_eq(get("OMP_WAIT_POLICY"), row[i].policy);
    if (*row[i].kernels) ck_assert_str_eq(get("OPENBLAS_CORETYPE"), row[i].kernels);
    ck_assert_int_eq(file_read("/proc/self/cmdline", &line, NULL), 0);
    char *want = mem_format("name|two words|%d|", i);
    for (size_t k = 0; k < line.len; k++)
        if (!line.data[k]) line.data[k] = '|';
    ck_assert_uint_eq(line.len, strlen(want));
    ck_assert_mem_eq(line.data, want, line.len);
    bytes_free(&line);
    mem_free(want);
    ck_assert_int_eq(file_read("/proc/self/comm", &line, NULL), 0);
    ck_assert_mem_eq(line.data, "check\n", 6);
    bytes_free(&line);
    reexec_with_settings((char *[]){(char[]){"again"}, NULL});
}
END_TEST

Suite *test_reexec_suite(void);
Suite *test_reexec_suite(void)
{
    Suite *s = suite_create("reexec");
    TCase *t = tcase_create("reexec");
    tcase_add_loop_test(t, executes_if_a_setting_is_missing, 0, ROWS);
    suite_add_tcase(s, t);
    if (!getenv("REEXEC_ROW")) return s;
    t = tcase_create("executed");
    tcase_add_test(t, executed);
    suite_add_tcase(s, t);
    return s;
}
