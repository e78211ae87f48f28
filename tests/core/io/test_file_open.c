/* SPDX-License-Identifier: Apache-2.0 */
/* Opening to read: nothing blocks, devices stay closed, and faults of the machine are told from
 * those of a file. */
#include "core/io/file_open.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static void refused(const char *path, int code, const char *why)
{
    Error err = {0};
    Bytes b;
    ck_assert_int_eq(file_read(path, &b, &err), -1);
    expect_error(&err, code, why);
    ck_assert_ptr_null(b.data);
    err = (Error){0};
    ck_assert_ptr_null(file_stream(path, &err));
    expect_error(&err, code, why);
}

static const char *link_to(const char *target)
{
    const char *path = scratch_path(&scratch, "link");
    unlink(path);
    ck_assert_int_eq(symlink(target, path), 0);
    return path;
}

START_TEST(pipes_and_devices_stay_closed)
{
    static const char *const device[] = {"/dev/zero", "/dev/stdin", "/proc/self/fd/0",
                                         "/dev/tty", "/dev/null"};
    ck_assert_int_eq(mkfifo(scratch_path(&scratch, "pipe"), 0600), 0);
    refused(scratch.path, ERROR_DATA, "pipe: not a regular file: a named pipe (FIFO)");
    int unused[2];
    ck_assert_int_eq(pipe(unused), 0); /* nobody writes to it */
    dup2(unused[0], 0);
    for (size_t i = 0; i < sizeof device / sizeof *device; i++)
        refused(link_to(device[i]), ERROR_DATA, "link: not a regular file: a ");
    refused("/dev/no_such", ERROR_DATA, "cannot open: No such file");
    refused(link_to("/etc"), ERROR_DATA, "cannot read: Is a directory");
    refused(link_to("link"), ERROR_DATA, "cannot open");
}
END_TEST

START_TEST(links_to_files_are_followed)
{
    Bytes b;
    int64_t bytes = 0;
    const char *path = scratch_text(&scratch, "file", "text");
    char *target = mem_strdup(path);
    ck_assert_int_eq(file_read(link_to(target), &b, NULL), 0);
    ck_assert_str_eq((char *)b.data, "text");
    const int fd = file_open_regular(scratch.path, &bytes, NULL);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(bytes, 4);
    close(fd);
    bytes_free(&b);
    mem_free(target);
}
END_TEST

/* What a shell passes for `<(command)`. */
START_TEST(the_users_own_pipe_is_read)
{
    char path[64];
    Bytes b;
    int end[2];
    ck_assert_int_eq(pipe(end), 0);
    ck_assert_int_eq(write(end[1], "from a pipe", 11), 11);
    close(end[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", end[0]);
    ck_assert_int_eq(file_read(path, &b, NULL), 0);
    ck_assert_str_eq((char *)b.data, "from a pipe");
    bytes_free(&b);
    close(end[0]);
}
END_TEST

/* Links and pipes under names that are written: in a folder that somebody else packed. */
START_TEST(writing_follows_no_link)
{
    Error err = {0};
    char *victim = mem_strdup(scratch_text(&scratch, "victim", "mine"));
    char *path = mem_strdup(scratch_path(&scratch, "new"));
    char *temp = mem_format("%s.tmp.%ld", path, (long)getpid());
    ck_assert_int_eq(symlink(victim, temp), 0);
    ck_assert_int_eq(file_write(path, "x", 1, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "/new: cannot write: ");
    ck_assert_ptr_null(file_stream_new(temp));
    ck_assert_int_eq(file_open_new(temp, O_WRONLY | O_APPEND), -1);
    ck_assert_int_eq(file_bytes(victim), 4);
    unlink(temp);
    ck_assert_int_eq(mkfifo(temp, 0600), 0);
    ck_assert_int_eq(file_open_new(temp, O_WRONLY), -1);
    ck_assert_int_eq(file_open_new(temp, O_RDWR), -1);
    unlink(temp);
    ck_assert_int_eq(file_write(path, "x", 1, NULL), 0);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink(victim, path), 0);
    ck_assert_int_eq(file_write(path, "x", 1, NULL), 0); /* replaces the link */
    ck_assert_int_eq(file_bytes(victim), 4);
    ck_assert_int_eq(file_bytes(path), 1);
    mem_free(temp);
    mem_free(path);
    mem_free(victim);
}
END_TEST

START_TEST(size_is_limited)
{
    Error err = {0};
    Bytes b;
    ck_assert_int_eq(file_read_max(scratch_text(&scratch, "x", "12345"), 5, &b, &err), 0);
    bytes_free(&b);
    ck_assert_int_eq(file_read_max(scratch.path, 4, &b, &err), -1);
    expect_error(&err, ERROR_DATA, "x: more than 4 bytes");
    err = (Error){0};
    ck_assert_int_eq(file_read_max("/dev/zero", 1 << 20, &b, &err), -1);
    expect_error(&err, ERROR_DATA, "/dev/zero: more than 1048576 bytes");
}
END_TEST

START_TEST(faults_have_codes)
{
    static const int of_file[] = {ENOENT, EACCES, EISDIR, ELOOP, ENAMETOOLONG, ENXIO},
                     of_machine[] = {EMFILE, ENFILE, EIO, ENOSPC, ESTALE, ETIMEDOUT};
    for (size_t i = 0; i < sizeof of_file / sizeof *of_file; i++)
        ck_assert_int_eq(file_fault_code(of_file[i]), ERROR_DATA);
    for (size_t i = 0; i < sizeof of_machine / sizeof *of_machine; i++)
        ck_assert_int_eq(file_fault_code(of_machine[i]), ERROR_RUNTIME);
}
END_TEST

static void limit_files(rlim_t n)
{
    struct rlimit now;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &now), 0);
    now.rlim_cur = n ? n : now.rlim_max;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &now), 0);
}

static void *allow_files(void *unused)
{
    nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    limit_files(0);
    return unused;
}

START_TEST(waits_for_a_descriptor)
{
    pthread_t thread;
    Bytes b;
    scratch_text(&scratch, "x", "text");
    limit_files(1);
    refused(scratch.path, ERROR_RUNTIME, "x: cannot open: Too many open files");
    ck_assert_int_eq(pthread_create(&thread, NULL, allow_files, NULL), 0);
    const int status = file_read(scratch.path, &b, NULL);
    pthread_join(thread, NULL);
    ck_assert_int_eq(status, 0);
    bytes_free(&b);
}
END_TEST

Suite *test_file_open_suite(void);
Suite *test_file_open_suite(void)
{
    Suite *s = suite_create("file_open");
    TCase *t = tcase_create("file_open");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, pipes_and_devices_stay_closed);
    tcase_add_test(t, links_to_files_are_followed);
    tcase_add_test(t, the_users_own_pipe_is_read);
    tcase_add_test(t, writing_follows_no_link);
    tcase_add_test(t, size_is_limited);
    tcase_add_test(t, faults_have_codes);
    tcase_add_test(t, waits_for_a_descriptor);
    suite_add_tcase(s, t);
    return s;
}
