/* SPDX-License-Identifier: Apache-2.0 */
/* Replays the committed inputs of every fuzz target, each in a process of its own: none
 * crashes, takes more than a second of computing or more than 512 MiB, or, with the leak
 * checker, loses memory. */
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 1, HANGS = 20 /* on the clock */, MEBIBYTES = 512 };

typedef struct Target {
    const char *name;
    int (*run)(const uint8_t *data, size_t size);
} Target;

#define TARGET(name) int fuzz_##name(const uint8_t *data, size_t size);
#include "targets.h"
#undef TARGET

#define TARGET(name) {#name, fuzz_##name},
static const Target targets[] = {
#include "targets.h"
};
#undef TARGET
enum { TARGETS = sizeof targets / sizeof *targets };

int __lsan_do_recoverable_leak_check(void) __attribute__((weak)); /* NULL in other builds */

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static _Noreturn void replay(const Target *t, const Bytes *input)
{
    const int to = open(scratch_path(&scratch, "output"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(to, STDOUT_FILENO);
    dup2(to, STDERR_FILENO);
    setenv("TMPDIR", scratch.dir, 1);
    setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS + 1, SECONDS + 1});
    signal(SIGALRM, SIG_DFL); /* libcheck's handler would end the test */
    alarm(HANGS);
    t->run(input->data, input->len);
    _exit(__lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check());
}

/* What was wrong with a replay, or NULL. */
static const char *fault(int status, const struct rusage *used)
{
    const double seconds = (double)(used->ru_utime.tv_sec + used->ru_stime.tv_sec) +
                           1e-6 * (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec);
    if (WIFSIGNALED(status)) return strsignal(WTERMSIG(status));
    if (WEXITSTATUS(status)) return "an exit of the program";
    if (seconds > SECONDS) return "more than a second";
    return used->ru_maxrss > MEBIBYTES << 10 ? "more than 512 MiB" : NULL;
}

static void print_output(void)
{
    Bytes text;
    if (file_read(scratch_path(&scratch, "output"), &text, NULL) != 0) return;
    fwrite(text.data, 1, text.len, stderr);
    bytes_free(&text);
}

static bool is_good(const Target *t, const char *path)
{
    Bytes input;
    struct rusage used;
    int status;
    Error err = {0};
    ck_assert_msg(file_read(path, &input, &err) == 0, "%s", err.text);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) replay(t, &input);
    ck_assert_int_eq(wait4(child, &status, 0, &used), child);
    bytes_free(&input);
    const char *why = fault(status, &used);
    if (!why) return true;
    print_output();
    fprintf(stderr, "%s: %s\n", path, why);
    return false;
}

START_TEST(holds)
{
    const Target *t = &targets[_i];
    char *folder = mem_format("tests/fuzz/corpus/%s", t->name);
    Lines files;
    size_t bad = 0;
    Error err = {0};
    ck_assert_msg(file_walk(folder, &files, &err) == 0, "%s", err.text);
    for (size_t i = 0; i < files.count; i++) {
        char *path = file_join(folder, files.line[i]);
        bad += !is_good(t, path);
        mem_free(path);
    }
    ck_assert_msg(files.count > 0, "%s: no inputs", folder);
    ck_assert_msg(bad == 0, "%s: %zu of %zu inputs", t->name, bad, files.count);
    lines_free(&files);
    mem_free(folder);
}
END_TEST

/* Every folder of inputs has a target. */
START_TEST(no_folder_is_left)
{
    Lines files;
    ck_assert_int_eq(file_walk("tests/fuzz/corpus", &files, NULL), 0);
    for (size_t i = 0; i < files.count; i++) {
        const size_t n = strcspn(files.line[i], "/");
        int k = 0;
        while (k < TARGETS &&
               (strncmp(targets[k].name, files.line[i], n) != 0 || targets[k].name[n]))
            k++;
        ck_assert_msg(k < TARGETS, "%s: no such target", files.line[i]);
    }
    lines_free(&files);
}
END_TEST

/* ---- the replay itself ---- */

static int crash(const uint8_t *data, size_t size)
{
    (void)data, (void)size;
    abort();
}

static int leave(const uint8_t *data, size_t size)
{
    (void)data, (void)size;
    mem_exhausted(0);
}

static int spin(const uint8_t *data, size_t size)
{
    (void)data, (void)size;
    for (volatile int on = 1; on;) continue;
    return 0;
}

static int grow(const uint8_t *data, size_t size)
{
    const size_t bytes = (size_t)(MEBIBYTES + 64) << 20;
    volatile char *all = mem_alloc(bytes);
    for (size_t i = 0; i < bytes; i += 4096) all[i] = (char)size;
    (void)data;
    mem_free((char *)all);
    return 0;
}

static int overrun(const uint8_t *data, size_t size)
{
    char *few = mem_alloc(10);
    volatile size_t behind = 10;
    few[behind] = (char)size;
    (void)data;
    mem_free(few);
    return 0;
}

static int lose(const uint8_t *data, size_t size)
{
    void *volatile lost = mem_alloc(1000);
    lost = NULL;
    (void)data, (void)size, (void)lost;
    return 0;
}

/* The last two only with sanitizers. */
static const Target bad[] = {{"crash", crash}, {"leave", leave},     {"spin", spin},
                             {"grow", grow},   {"overrun", overrun}, {"lose", lose}};
static int noticed(void) { return __lsan_do_recoverable_leak_check ? 6 : 4; }

START_TEST(notices)
{
    char *path = mem_strdup(scratch_text(&scratch, "input", "text"));
    ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr)); /* what it says */
    ck_assert(!is_good(&bad[_i], path));
    mem_free(path);
}
END_TEST

Suite *test_fuzz_corpus_suite(void);
Suite *test_fuzz_corpus_suite(void)
{
    Suite *s = suite_create("fuzz_corpus");
    TCase *t = tcase_create("replay");
    tcase_set_timeout(t, 600);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, notices, 0, noticed());
    tcase_add_test(t, no_folder_is_left);
    tcase_add_loop_test(t, holds, 0, TARGETS);
    suite_add_tcase(s, t);
    return s;
}
