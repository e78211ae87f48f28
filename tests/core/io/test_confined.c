/* SPDX-License-Identifier: Apache-2.0 */
/* A child process that can compute and little else. */
#define _GNU_SOURCE
#include "core/io/confined.h"

#include "core/mem.h"
#include "tests/support/sanitized.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static Scratch scratch;
static int file;

static void setup(void)
{
    scratch_new(&scratch);
    file = open(scratch_text(&scratch, "x", "hello"), O_RDONLY);
    ck_assert_int_ge(file, 0);
}

static void teardown(void)
{
    close(file);
    scratch_free(&scratch);
}

static void expect_no_memory(ConfinedWork work)
{
    Text answer = {0};
    Error err = {0};
    ck_assert_int_eq(confined_run(file, work, &scratch, 1000, &answer, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "cannot read: out of memory, or a failing disk");
    ck_assert_uint_eq(answer.len, 0);
}

static void expect_answer(ConfinedWork work, const char *want)
{
    Text answer = {0};
    Error err = {0};
    ck_assert_int_eq(confined_run(file, work, &scratch, 1000, &answer, &err), 0);
    ck_assert_str_eq(answer.data ? answer.data : "", want);
    text_free(&answer);
}

static void read_file(void *context, Text *answer)
{
    char text[6] = "";
    if (pread(file, text, 5, 0) == 5)
        text_add(answer, "%s %s", text, ((Scratch *)context)->dir);
}

static void fault(void *context, Text *answer)
{
    (void)context;
    text_put(answer, "lost");
    raise(SIGSEGV); /* refused */
    abort();
}

static void turn(void *context, Text *answer)
{
    (void)context, (void)answer;
    for (volatile unsigned i = 0;; i++) continue;
}

static pid_t tester;

static void speak(void)
{
    if (getpid() == tester) return;
    for (int i = 0; i < 64; i++)
        if (write(i, "x", 1) < 0) continue;
}

static void fill_memory(void *context, Text *answer)
{
    (void)context;
    text_put(answer, "lost");
    mem_alloc((size_t)1 << 40); /* exits */
}

static void fill_library(void *context, Text *answer)
{
    (void)context, (void)answer;
    while (strdup("x")) continue;
}

START_TEST(answers)
{
    char *want = mem_format("hello %s", scratch.dir);
    expect_answer(read_file, want);
    if (SANITIZED_MEMORY)
        fputs("skipped under sanitizers, which answer to signals themselves: a fault\n",
              stderr);
    else
        expect_answer(fault, "");
    expect_answer(turn, "");
    mem_free(want);
}
END_TEST

static void *map(size_t bytes, int protection)
{
    return mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void see_memory(void *context, Text *answer)
{
    (void)context;
    size_t mib = 0;
    while (mib < 4096 && map(1 << 20, PROT_READ | PROT_WRITE) != MAP_FAILED) mib++;
    text_put(answer, mib > 500 && mib < 1200 ? "at a gibibyte" : "elsewhere");
}

START_TEST(memory)
{
    expect_answer(see_memory, "at a gibibyte");
    if (SANITIZED_MEMORY) {
        fputs("skipped under sanitizers, which keep more addresses than the limit\n", stderr);
        return;
    }
    tester = getpid();
    atexit(speak);
    expect_no_memory(fill_memory); /* without messages and handlers of the parent */
    expect_no_memory(fill_library);
}
END_TEST

static void say_much(void *context, Text *answer)
{
    (void)context;
    for (int i = 0; i < 1 << 20; i++) text_put(answer, "x");
}

START_TEST(long_answers_are_cut)
{
    Text answer = {0};
    ck_assert_int_eq(confined_run(file, say_much, NULL, 1000, &answer, NULL), 0);
    ck_assert_uint_gt(answer.len, 1000);
    ck_assert_uint_lt(answer.len, 100000);
    text_free(&answer);
}
END_TEST

static int descriptors(void)
{
    int n = 0;
    for (int i = 0; i < 1000; i++) n += lseek(i, 0, SEEK_CUR) >= 0 || errno != EBADF;
    return n;
}

static void break_out(void *context, Text *answer)
{
    Scratch *s = context;
    char name[] = "true", *const argv[] = {name, NULL};
    void *plain = map(4096, PROT_READ | PROT_WRITE);
    text_add(answer, "descriptors %d;", descriptors());
    if (open("/dev/null", O_RDONLY) >= 0) text_put(answer, " open");
    if (unlink(s->path) == 0) text_put(answer, " unlink");
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0) text_put(answer, " socket");
    if (dup(file) >= 0) text_put(answer, " dup");
    if (kill(getppid(), 0) == 0 || kill(-1, 0) == 0) text_put(answer, " kill");
    if (fork() >= 0) text_put(answer, " fork");
    if (execv("/bin/true", argv) >= 0) text_put(answer, " exec");
    if (map(4096, PROT_READ | PROT_EXEC) != MAP_FAILED) text_put(answer, " code");
    if (plain == MAP_FAILED) text_put(answer, " no memory");
    if (mprotect(plain, 4096, PROT_READ | PROT_EXEC) == 0) text_put(answer, " mprotect");
}

START_TEST(nothing_else)
{
    expect_answer(break_out, "descriptors 2;");
    ck_assert_int_eq(access(scratch.path, F_OK), 0);
}
END_TEST

/* The locks in the allocators of sanitizers stay locked in a child. */
enum { THREADS = SANITIZED_MEMORY ? 0 : 3 };

static atomic_bool done;

static void *allocate(void *none)
{
    (void)none;
    while (!done) mem_free(mem_format("%0*d", 1 + rand() % 5000, 1));
    return NULL;
}

static void allocate_more(void *context, Text *answer)
{
    (void)context;
    for (int i = 0; i < 100; i++) mem_free(mem_alloc((size_t)i * 1000));
    text_put(answer, "good");
}

/* Threads that allocate while the process forks. */
START_TEST(beside_threads)
{
    pthread_t thread[THREADS + 1];
    for (int i = 0; i < THREADS; i++) pthread_create(&thread[i], NULL, allocate, NULL);
    for (int i = 0; i < 200; i++) expect_answer(allocate_more, "good");
    done = true;
    for (int i = 0; i < THREADS; i++) pthread_join(thread[i], NULL);
}
END_TEST

START_TEST(no_process)
{
    Text answer = {0};
    Error err = {0};
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){4, files.rlim_max});
    ck_assert_int_eq(confined_run(file, read_file, &scratch, 1000, &answer, &err), -1);
    setrlimit(RLIMIT_NOFILE, &files);
    expect_error(&err, ERROR_RUNTIME, "cannot create a pipe: Too many open files");
    ck_assert_uint_eq(answer.len, 0);
}
END_TEST

/* Handlers of fork end the child before it works. */
START_TEST(ended_before_it_works)
{
    ck_assert_int_eq(pthread_atfork(NULL, NULL, abort), 0);
    expect_no_memory(read_file);
}
END_TEST

Suite *test_confined_suite(void);
Suite *test_confined_suite(void)
{
    Suite *s = suite_create("confined");
    TCase *c = tcase_create("confined");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, answers);
    tcase_add_test(c, memory);
    tcase_add_test(c, long_answers_are_cut);
    tcase_add_test(c, nothing_else);
    tcase_add_test(c, beside_threads);
    tcase_add_test(c, no_process);
    tcase_add_test(c, ended_before_it_works);
    suite_add_tcase(s, c);
    return s;
}
