/* SPDX-License-Identifier: Apache-2.0 */
/* Members are read by any number of threads, out of any number of tar files. */
#include "core/io/tar_cache.h"

#include "core/io/tar_path.h"
#include "core/mem.h"
#include "core/parallel.h"
#include "tests/core/io/tar_build.h"
#include "tests/support/deny.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static Scratch scratch;
static TarCache *cache;
static void setup(void)
{
    scratch_new(&scratch);
    cache = tar_cache_new();
}
static void teardown(void)
{
    tar_cache_free(cache);
    scratch_free(&scratch);
}

enum { FILES = 90, MEMBERS = 7 };

/* Member k of file i holds "I-K". */
static void make_file(int i)
{
    char name[40], text[40];
    Text tar = {0};
    for (int k = 0; k < MEMBERS; k++) {
        snprintf(name, sizeof name, "%d.jpg", k);
        snprintf(text, sizeof text, "%d-%d", i, k);
        tar_build_text(&tar, name, text);
    }
    tar_build_text(&tar, "text.json", "{}");
    tar_build_end(&tar);
    snprintf(name, sizeof name, "%02d.tar", i);
    scratch_write(&scratch, name, tar.data, tar.len);
    text_free(&tar);
}

static int read_name(TarCache *c, const char *name, Bytes *out, Error *err)
{
    char *path = mem_format("%s/%s", scratch.dir, name);
    const char *member = tar_path_member(path);
    ck_assert_ptr_nonnull(member);
    const int status = tar_cache_read(c, path, member, 1000, out, err);
    mem_free(path);
    return status;
}

static void expect(TarCache *c, const char *name, const char *want)
{
    Bytes b;
    Error err = {0};
    ck_assert_msg(read_name(c, name, &b, &err) == 0, "%s", err.text);
    ck_assert_str_eq((char *)b.data, want);
    ck_assert_uint_eq(b.len, strlen(want));
    bytes_free(&b);
}

static void expect_fault(const char *name, int code, const char *why)
{
    Bytes b;
    Error err = {0};
    ck_assert_int_eq(read_name(cache, name, &b, &err), -1);
    expect_error(&err, code, why);
    ck_assert_ptr_null(b.data);
}

static void expect_same_fault(const char *a, const char *b)
{
    Bytes none;
    Error x = {0}, y = {0};
    ck_assert_int_eq(read_name(cache, a, &none, &x), -1);
    ck_assert_int_eq(read_name(cache, b, &none, &y), -1);
    ck_assert_str_eq(x.text, y.text);
}

START_TEST(paths_are_split_at_the_tar_file)
{
    ck_assert_uint_eq(tar_path_split("a/00.tar/1.jpg", 0), 8);
    ck_assert_uint_eq(tar_path_split("a/00.TAR/b/1.jpg", 0), 8);
    ck_assert_uint_eq(tar_path_split("a.tar.gz/1.jpg", 0), 8);
    ck_assert_uint_eq(tar_path_split("a.tar", 0), 0);
    ck_assert_uint_eq(tar_path_split("a.tar/", 0), 0);
    ck_assert_uint_eq(tar_path_split(".tar/1.jpg", 0), 0);
    ck_assert_uint_eq(tar_path_split("atar/1.jpg", 0), 0);
    ck_assert_uint_eq(tar_path_split("a.tar/b.tar/1.jpg", 5), 11);
    scratch_text(&scratch, "folder.tar/in.tar", "x");
    char *inside = mem_format("%s/folder.tar/in.tar/1.jpg", scratch.dir);
    ck_assert_str_eq(tar_path_member(inside), "1.jpg"); /* a folder may be called so */
    mem_free(inside);
    ck_assert_ptr_null(tar_path_member(scratch_path(&scratch, "folder.tar/in.tar")));
}
END_TEST

START_TEST(members_are_read)
{
    make_file(3);
    expect(cache, "03.tar/5.jpg", "3-5");
    expect(cache, "03.tar/./0.jpg", "3-0");
    expect(NULL, "03.tar/6.jpg", "3-6");
}
END_TEST

static void read_one(int64_t i, void *context)
{
    char name[40], want[40];
    const int file = (int)(i * 31 % FILES), member = (int)(i % MEMBERS);
    (void)context;
    snprintf(name, sizeof name, "%02d.tar/%d.jpg", file, member);
    snprintf(want, sizeof want, "%d-%d", file, member);
    expect(cache, name, want);
}

static int descriptors(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/fd");
    while (readdir(d)) n++;
    closedir(d);
    return n;
}

START_TEST(many_files_need_few_descriptors)
{
    const int before = descriptors();
    for (int i = 0; i < FILES; i++) make_file(i);
    parallel_for(FILES * 40, read_one, NULL);
    ck_assert_int_le(descriptors(), before + 64);
    ck_assert_int_ge(descriptors(), before + 60);
}
END_TEST

/* A list of faults has one line for all members of a file. */
START_TEST(a_file_has_one_fault)
{
    Text tar = {0};
    make_file(1);
    expect_fault("01.tar/9.jpg", ERROR_DATA, "01.tar/9.jpg: no such member");
    expect_fault("01.tar/text.json", ERROR_DATA, "01.tar/text.json: no such member");
    expect_fault("01.tar/../9.jpg", ERROR_DATA, "no such member");
    expect_fault("02.tar/1.jpg", ERROR_DATA, "02.tar: cannot open: No such file");
    expect_same_fault("02.tar/1.jpg", "02.tar/2.jpg");
    tar_build_text(&tar, "a", "1");
    tar_build_text(&tar, "b", "2");
    scratch_write(&scratch, "torn.tar", tar.data, tar.len - 512);
    expect(cache, "torn.tar/a", "1");
    expect_fault("torn.tar/b", ERROR_DATA,
                 "torn.tar: byte 1024: the file ends inside a member");
    expect_same_fault("torn.tar/b", "torn.tar/c");
    scratch_text(&scratch, "no.tar", "text");
    expect_fault("no.tar/b", ERROR_DATA, "no.tar: not a tar file");
    ck_assert_int_eq(mkfifo(scratch_path(&scratch, "pipe.tar"), 0600), 0);
    expect_fault("pipe.tar/b", ERROR_DATA, "pipe.tar: not a regular file: a named pipe");
    text_free(&tar);
}
END_TEST

START_TEST(a_large_member_is_refused)
{
    Text tar = {0};
    char large[1001];
    memset(large, 'x', sizeof large);
    tar_build_add(&tar, "a", '0', large, 1001);
    tar_build_add(&tar, "b", '0', large, 1000);
    tar_build_end(&tar);
    scratch_write(&scratch, "x.tar", tar.data, tar.len);
    expect_fault("x.tar/a", ERROR_DATA, "x.tar/a: more than 1000 bytes");
    Bytes b;
    ck_assert_int_eq(read_name(cache, "x.tar/b", &b, NULL), 0);
    bytes_free(&b);
    text_free(&tar);
}
END_TEST

/* Places that were kept while the file was closed are not those of a file that replaced it. */
START_TEST(a_file_that_changed_is_listed_again)
{
    for (int i = 0; i < FILES; i++) make_file(i);
    expect(cache, "00.tar/1.jpg", "0-1");
    for (int i = 1; i < FILES; i++) { /* 00.tar is closed */
        char name[40], want[40];
        snprintf(name, sizeof name, "%02d.tar/1.jpg", i);
        snprintf(want, sizeof want, "%d-1", i);
        expect(cache, name, want);
    }
    Text tar = {0};
    tar_build_text(&tar, "0.jpg", "new");
    tar_build_text(&tar, "1.jpg", "other");
    tar_build_end(&tar);
    scratch_write(&scratch, "00.tar", tar.data, tar.len);
    text_free(&tar);
    expect(cache, "00.tar/1.jpg", "other");
}
END_TEST

/* A disk that fails says nothing about the file: it is tried again. */
START_TEST(a_disk_error_is_no_fault_of_the_file)
{
    make_file(4);
    deny_some(SYS_pread64, EIO, "04.tar", _i, 4);
    expect_fault("04.tar/1.jpg", ERROR_RUNTIME, "cannot read: Input/output error");
    expect(cache, "04.tar/1.jpg", "4-1");
}
END_TEST

Suite *test_tar_cache_suite(void);
Suite *test_tar_cache_suite(void)
{
    Suite *s = suite_create("tar_cache");
    TCase *t = tcase_create("tar_cache");
    tcase_set_timeout(t, 20);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, paths_are_split_at_the_tar_file);
    tcase_add_test(t, members_are_read);
    tcase_add_test(t, many_files_need_few_descriptors);
    tcase_add_test(t, a_file_has_one_fault);
    tcase_add_test(t, a_large_member_is_refused);
    tcase_add_test(t, a_file_that_changed_is_listed_again);
    tcase_add_loop_test(t, a_disk_error_is_no_fault_of_the_file, 0, 3);
    suite_add_tcase(s, t);
    return s;
}
