/* SPDX-License-Identifier: Apache-2.0 */
/* The end without memory: one line, exit code 1, nothing left, whichever library wanted it. */
#include "core/hash.h"
#include "core/io/file_writer.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "tests/support/sanitized.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static void leave_a_mark(void) { close(creat(scratch_path(&scratch, "mark"), 0600)); }

/* Runs the function in a child, whose messages go to a file, and expects it to end for want of
 * memory. */
static void expect_end(void (*use)(void))
{
    const pid_t child = fork();
    if (child == 0) {
        ck_assert_ptr_nonnull(freopen(scratch_path(&scratch, "messages"), "w", stderr));
        atexit(leave_a_mark);
        use();
        _exit(99);
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), ERROR_RUNTIME);
    char *left = mem_format("%s/out.tmp.%ld", scratch.dir, (long)child);
    ck_assert_int_ne(access(left, F_OK), 0);
    mem_free(left);
    ck_assert_int_ne(access(scratch_path(&scratch, "mark"), F_OK), 0);
    char line[200] = "";
    FILE *messages = fopen(scratch_path(&scratch, "messages"), "r");
    ck_assert_ptr_nonnull(fgets(line, sizeof line, messages));
    ck_assert_ptr_nonnull(strstr(line, "error: out of memory: "));
    fclose(messages);
}

/* The stack cannot grow later. Inline, the page would stay below the frames of the callers. */
__attribute__((noinline)) static void grow_stack(void)
{
    volatile char page[1 << 18];
    for (size_t i = 0; i < sizeof page; i += 1 << 10) page[i] = 0;
}

/* Volatile: a compiler may leave out an allocation that nobody uses. */
static void *volatile taken;

static void take_all(void)
{
    grow_stack();
    setrlimit(RLIMIT_AS, &(struct rlimit){1 << 20, RLIM_INFINITY});
    for (size_t n = 1 << 20; n > 0; n /= 2)
        while ((taken = malloc(n))) continue;
}

static void while_writing(void)
{
    FileWriter *w;
    ck_assert_int_eq(file_writer_new(scratch_path(&scratch, "out"), &w, NULL), 0);
    file_writer_put(w, "x", 1);
    char *temp = mem_format("%s/out.tmp.%ld", scratch.dir, (long)getpid());
    ck_assert_int_eq(access(temp, F_OK), 0);
    mem_exhausted(5);
}

static void in_mem_alloc(void) { mem_alloc((size_t)1 << 62); }

static void in_jansson(void)
{
    take_all();
    for (;;) json_object();
}

static void in_xxhash(void)
{
    take_all();
    for (;;) hash_new();
}

/* The C library's own, in a call whose failure looks like the end of a file. */
static void in_stdio(void)
{
    char *text;
    size_t len;
    take_all();
    for (FILE *f; (f = open_memstream(&text, &len));) fprintf(f, "%0*d", 1 << 10, 0);
}

static void in_strings(void)
{
    take_all();
    while ((taken = strdup("x")) && (taken = realpath("/", NULL))) continue;
}

/* The allocators of sanitizers end the program themselves. */
enum { WAYS = SANITIZED_MEMORY ? 1 : 6 };

START_TEST(nothing_is_left)
{
    static void (*const use[])(void) = {while_writing, in_mem_alloc, in_jansson,
                                        in_xxhash,     in_stdio,     in_strings};
    expect_end(use[_i]);
}
END_TEST

Suite *test_mem_suite(void);
Suite *test_mem_suite(void)
{
    Suite *s = suite_create("mem");
    TCase *t = tcase_create("mem");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, nothing_is_left, 0, WAYS);
    suite_add_tcase(s, t);
    return s;
}
