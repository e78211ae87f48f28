/* SPDX-License-Identifier: Apache-2.0 */
/* Maps of files: the bytes are those of the file, every change is found, and a file that
 * becomes shorter ends the program with a message. */
#include "core/io/file_map.h"

#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 3 * 4096 + 1000 };

static Scratch scratch;
static uint8_t bytes[SIZE];

static void setup(void)
{
    scratch_new(&scratch);
    for (int i = 0; i < SIZE; i++) bytes[i] = (uint8_t)(i * 7 + i / 256);
    scratch_write(&scratch, "x", bytes, SIZE);
}
static void teardown(void) { scratch_free(&scratch); }

static int map_part(uint64_t at, size_t n, const uint8_t *want, FileMap **out, Error *err)
{
    uint8_t hash[HASH_BYTES];
    hash_of(want, n, hash);
    const int fd = open(scratch.path, O_RDONLY);
    const int status = file_map_open(fd, scratch.path, at, n, hash, out, err);
    close(fd);
    return status;
}

static FileMap *map_good(uint64_t at, size_t n)
{
    FileMap *m = NULL;
    Error err = {0};
    ck_assert_msg(map_part(at, n, bytes + at, &m, &err) == 0, "%s", err.text);
    return m;
}

/* Parts at any place of a page. */
START_TEST(the_bytes_of_the_file)
{
    static const struct {
        uint64_t at;
        size_t n;
    } part[] = {{0, SIZE},    {0, 1},       {1, 1},       {4095, 2},
                {4096, 4096}, {4160, 8000}, {SIZE - 1, 1}};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        FileMap *m = map_good(part[i].at, part[i].n);
        ck_assert_mem_eq(file_map_data(m), bytes + part[i].at, part[i].n);
        ck_assert_int_eq(file_map_check(m, NULL), 0);
        file_map_free(m);
    }
    file_map_free(NULL);
}
END_TEST

START_TEST(refuses)
{
    Error err = {0};
    FileMap *m;
    ck_assert_int_eq(map_part(1, 100, bytes, &m, &err), -1);
    ck_assert_ptr_null(m);
    expect_error(&err, ERROR_CHECKPOINT, "x: checksum of the mapped bytes: does not match");
    err = (Error){0};
    ck_assert_int_eq(map_part(SIZE - 10, 11, bytes, &m, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "x: the file has become shorter");
    err = (Error){0};
    ck_assert_int_eq(map_part(UINT64_MAX - 10, 8, bytes, &m, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT, "x: the file has become shorter");
}
END_TEST

/* A file that is replaced, or of which only the time, the mode or other bytes change. */
START_TEST(what_does_not_matter)
{
    FileMap *m = map_good(4000, 5000);
    const struct timespec times[2] = {{.tv_sec = 5}, {.tv_sec = 6}};
    ck_assert_int_eq(utimensat(AT_FDCWD, scratch.path, times, 0), 0);
    ck_assert_int_eq(file_map_check(m, NULL), 0);
    ck_assert_int_eq(chmod(scratch.path, 0400), 0);
    ck_assert_int_eq(file_map_check(m, NULL), 0);
    ck_assert_int_eq(chmod(scratch.path, 0600), 0);
    const int fd = open(scratch.path, O_RDWR);
    ck_assert_int_eq(pwrite(fd, "abc", 3, 3997), 3);
    ck_assert_int_eq(ftruncate(fd, 9000), 0);
    close(fd);
    ck_assert_int_eq(file_map_check(m, NULL), 0);
    char *path = mem_strdup(scratch.path);
    ck_assert_int_eq(rename(scratch_text(&scratch, "y", "other"), path), 0);
    ck_assert_int_eq(file_map_check(m, NULL), 0);
    ck_assert_mem_eq(file_map_data(m), bytes + 4000, 5000);
    mem_free(path);
    file_map_free(m);
}
END_TEST

START_TEST(a_change_is_found)
{
    FileMap *m = map_good(100, SIZE - 200);
    const int fd = open(scratch.path, O_RDWR);
    ck_assert_int_eq(pwrite(fd, "abc", 3, 5000), 3);
    for (int twice = 0; twice < 2; twice++) {
        Error err = {0};
        ck_assert_int_eq(file_map_check(m, &err), -1);
        expect_error(&err, ERROR_CHECKPOINT, "x: the file was changed while it was in use");
    }
    ck_assert_int_eq(pwrite(fd, bytes + 5000, 3, 5000), 3);
    ck_assert_int_eq(file_map_check(m, NULL), 0);
    close(fd);
    file_map_free(m);
}
END_TEST

/* By one byte, whose page remains, and by all pages. */
START_TEST(a_cut_is_found)
{
    FileMap *m = map_good(100, SIZE - 100);
    for (int i = 0; i < 2; i++) {
        Error err = {0};
        ck_assert_int_eq(truncate(scratch.path, i ? 0 : SIZE - 1), 0);
        ck_assert_int_eq(file_map_check(m, &err), -1);
        expect_error(&err, ERROR_CHECKPOINT,
                     "x: the file has become shorter while it was in use");
    }
    file_map_free(m);
}
END_TEST

/* Runs act in a child whose messages go to the file "messages"; returns its wait status. */
static int in_child(void (*act)(FileMap *m), FileMap *m)
{
    fflush(NULL);
    const pid_t child = fork();
    int status = 0;
    if (child == 0) {
        char *messages = mem_format("%s/messages", scratch.dir);
        if (!freopen(messages, "w", stderr)) _exit(99);
        act(m);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return status;
}

/* A byte of each page. */
static void read_all(FileMap *m)
{
    const volatile uint8_t *p = file_map_data(m);
    int sum = 0;
    for (int i = 0; i < SIZE; i += 2048) sum += p[i];
    (void)sum;
}

/* While a file is being written. */
static void read_and_write(FileMap *m)
{
    char *name = mem_format("%s/new.tmp.%ld", scratch.dir, (long)getpid());
    if (open(name, O_CREAT | O_RDWR, 0600) < 0) _exit(98);
    read_all(m);
}

START_TEST(a_file_that_becomes_shorter)
{
    char text[4600] = "", *messages = mem_format("%s/messages", scratch.dir);
    FileMap *m = map_good(0, SIZE);
    ck_assert_int_eq(in_child(read_and_write, m), 0);
    ck_assert_int_eq(truncate(scratch.path, 5000), 0);
    const int status = in_child(read_and_write, m);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), ERROR_CHECKPOINT);
    FILE *f = fopen(messages, "r");
    ck_assert_uint_gt(fread(text, 1, sizeof text - 1, f), 0);
    fclose(f);
    char *want = mem_format("error: %s: the file has become shorter while it was in use\n",
                            scratch.path);
    ck_assert_str_eq(text, want);
    char *list = mem_format("ls %s | grep -c tmp > %s/count", scratch.dir, scratch.dir);
    ck_assert_int_eq(system(list), 0); /* that of the first child alone */
    char *count = mem_format("%s/count", scratch.dir);
    f = fopen(count, "r");
    ck_assert_int_eq(fgetc(f), '1');
    fclose(f);
    mem_free(count);
    mem_free(list);
    mem_free(want);
    mem_free(messages);
    file_map_free(m);
}
END_TEST

/* A file without a name is not there to ask. */
START_TEST(a_file_that_is_gone)
{
    FileMap *m = map_good(0, SIZE);
    const int fd = open(scratch.path, O_RDWR);
    ck_assert_int_eq(unlink(scratch.path), 0);
    ck_assert_int_eq(ftruncate(fd, 0), 0);
    close(fd);
    const int status = in_child(read_all, m);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), ERROR_RUNTIME);
    file_map_free(m);
}
END_TEST

static void send(FileMap *m)
{
    (void)m;
    raise(SIGBUS);
}

/* The signal from elsewhere ends the process as it always does. */
START_TEST(the_signal_alone)
{
    FileMap *m = map_good(0, SIZE);
    const int status = in_child(send, m);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGBUS);
    file_map_free(m);
}
END_TEST

Suite *test_file_map_suite(void);
Suite *test_file_map_suite(void)
{
    Suite *s = suite_create("file_map");
    TCase *c = tcase_create("file_map");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, the_bytes_of_the_file);
    tcase_add_test(c, refuses);
    tcase_add_test(c, what_does_not_matter);
    tcase_add_test(c, a_change_is_found);
    tcase_add_test(c, a_cut_is_found);
    tcase_add_test(c, a_file_that_becomes_shorter);
    tcase_add_test(c, a_file_that_is_gone);
    tcase_add_test(c, the_signal_alone);
    suite_add_tcase(s, c);
    return s;
}
