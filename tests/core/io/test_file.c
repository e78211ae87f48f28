/* SPDX-License-Identifier: Apache-2.0 */
/* Files: reading, lines, atomic replacement, walking. */
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/io/file_writer.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static Scratch scratch;
static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static size_t files_in(const char *dir)
{
    Lines files;
    ck_assert_int_eq(file_walk(dir, &files, NULL), 0);
    size_t n = files.count;
    lines_free(&files);
    return n;
}

START_TEST(reads_what_was_written)
{
    Error err = {0};
    Bytes b;
    const char *path = scratch_path(&scratch, "x");
    ck_assert_int_eq(file_write(path, "a\0b", 3, &err), 0);
    ck_assert_int_eq(file_read(path, &b, &err), 0);
    ck_assert_uint_eq(b.len, 3);
    ck_assert_mem_eq(b.data, "a\0b", 4); /* including the NUL */
    bytes_free(&b);
    ck_assert_ptr_null(b.data);
    ck_assert_int_eq(file_write(path, "", 0, &err), 0);
    ck_assert_int_eq(file_read(path, &b, &err), 0);
    ck_assert_uint_eq(b.len, 0);
    bytes_free(&b);
    ck_assert_int_eq(file_bytes(path), 0);
    ck_assert_uint_eq(files_in(scratch.dir), 1);
}
END_TEST

START_TEST(reads_the_first_bytes)
{
    Error err = {0};
    char head[4];
    ck_assert_int_eq(file_head(scratch_write(&scratch, "x", "abcdef", 6), head, 4, NULL), 0);
    ck_assert_mem_eq(head, "abcd", 4);
    ck_assert_int_eq(file_head(scratch_write(&scratch, "x", "a", 1), head, 4, NULL), 0);
    ck_assert_mem_eq(head, "a\0\0\0", 4);
    ck_assert_int_eq(file_head("/nonexistent", head, 4, &err), -1);
    expect_error(&err, ERROR_DATA, "/nonexistent: cannot open: No such file");
    err = (Error){0};
    ck_assert_int_eq(file_head(scratch.dir, head, 4, &err), -1);
    expect_error(&err, ERROR_DATA, "not a regular file");
    err = (Error){0};
    ck_assert_int_eq(mkfifo(scratch_path(&scratch, "pipe"), 0600),
                     0); /* must not wait for a writer */
    ck_assert_int_eq(file_head(scratch.path, head, 4, &err), -1);
    expect_error(&err, ERROR_DATA, "pipe: not a regular file");
}
END_TEST

START_TEST(read_errors)
{
    Error err = {0};
    Bytes b;
    ck_assert_int_eq(file_read("/nonexistent", &b, &err), -1);
    expect_error(&err, ERROR_DATA, "/nonexistent: cannot open: No such file");
    err = (Error){0};
    ck_assert_int_eq(file_read(scratch.dir, &b, &err), -1);
    expect_error(&err, ERROR_DATA, "cannot read: Is a directory");
    ck_assert_ptr_null(b.data);
}
END_TEST

static void expect_lines(const char *text, size_t len, size_t n, const char *const *want)
{
    Lines l;
    Error err = {0};
    ck_assert_msg(lines_read(scratch_write(&scratch, "x", text, len), &l, &err) == 0, "%s",
                  err.text);
    ck_assert_uint_eq(l.count, n);
    for (size_t i = 0; i < n; i++) ck_assert_str_eq(l.line[i], want[i]);
    lines_free(&l);
}

START_TEST(lines)
{
    expect_lines("", 0, 0, NULL);
    expect_lines("a\nb\n", 4, 2, (const char *[]){"a", "b"});
    expect_lines("a\r\n\r\nb", 6, 3, (const char *[]){"a", "", "b"});
    expect_lines("a\r\r\nb\rc\r\r", 9, 2, (const char *[]){"a", "b\rc"});
    expect_lines("\xef\xbb\xbf"
                 "a\n\n",
                 6, 2, (const char *[]){"a", ""});
    expect_lines("\xef\xbb\xbf\xef\xbb\xbf\n", 7, 1, (const char *[]){""});
    expect_lines("<a> cat\npointer", 15, 2, (const char *[]){"<a> cat", "pointer"});
}
END_TEST

static void refuse_lines(const char *text, size_t len, const char *why)
{
    Error err = {0};
    Lines l;
    ck_assert_int_eq(lines_read(scratch_write(&scratch, "x", text, len), &l, &err), -1);
    expect_error(&err, ERROR_DATA, why);
}

START_TEST(other_files_are_no_lines)
{
    refuse_lines("ab\0c", 4, "byte 2: not a text file (NUL byte)");
    refuse_lines("\xff\xfer\0e\0d\0\n\0", 10, "looks like UTF-16 text: save it as UTF-8");
    refuse_lines("r\0e\0d\0\n\0b\0", 10, "looks like UTF-16 text: save it as UTF-8");
    refuse_lines("version https://git-lfs.github.com/spec/v1\noid", 46,
                 "not a list of texts: looks like a Git LFS pointer: run git lfs pull");
    refuse_lines("<!DOCTYPE html>\n", 16, "looks like a web page (HTML)");
}
END_TEST

/* A failed write leaves the old file and no other. */
START_TEST(full_disk)
{
    char data[4096] = {0};
    Error err = {0};
    Bytes b;
    const char *path = scratch_path(&scratch, "x");
    ck_assert_int_eq(file_write(path, "old", 3, NULL), 0);
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){1000, RLIM_INFINITY});
    ck_assert_int_eq(file_write(path, data, sizeof data, &err), -1);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    expect_error(&err, ERROR_RUNTIME, "cannot write: File too large");
    ck_assert_int_eq(file_read(path, &b, NULL), 0);
    ck_assert_mem_eq(b.data, "old", 4);
    bytes_free(&b);
    ck_assert_uint_eq(files_in(scratch.dir), 1);
}
END_TEST

START_TEST(writes_in_pieces)
{
    FileWriter *w;
    Bytes b;
    const char *path = scratch_path(&scratch, "x");
    ck_assert_int_eq(file_writer_new(path, &w, NULL), 0);
    ck_assert_int_eq(file_writer_put(w, "ab", 2), 0);
    ck_assert_int_eq(file_writer_put(w, NULL, 0), 0);
    ck_assert_int_eq(file_writer_put(w, "c", 1), 0);
    ck_assert_uint_eq(file_writer_at(w), 3);
    ck_assert(!file_exists(path));
    ck_assert_int_eq(file_writer_commit(w, NULL), 0);
    ck_assert_int_eq(file_read(path, &b, NULL), 0);
    ck_assert_str_eq((char *)b.data, "abc");
    bytes_free(&b);
    ck_assert_int_eq(file_writer_new(path, &w, NULL), 0);
    file_writer_put(w, "new", 3);
    file_writer_abandon(w);
    ck_assert_int_eq(file_bytes(path), 3);
    ck_assert_uint_eq(files_in(scratch.dir), 1);
    Error err = {0};
    ck_assert_int_eq(file_writer_new("/nonexistent/x", &w, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "/nonexistent/x: cannot write: No such file");
    file_writer_abandon(w);
}
END_TEST

/* A file size limit is detected when pieces are written or when the buffer is flushed at the
 * end. */
START_TEST(keeps_the_first_failure)
{
    static const char piece[5000];
    const char *path = scratch_text(&scratch, "x", "old");
    signal(SIGXFSZ, SIG_IGN);
    for (int pieces = 1; pieces <= 3; pieces++) {
        Error err = {0};
        FileWriter *w;
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, RLIM_INFINITY});
        ck_assert_int_eq(file_writer_new(path, &w, NULL), 0);
        for (int i = 0; i < pieces; i++) file_writer_put(w, piece, sizeof piece);
        const int status = file_writer_commit(w, &err);
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
        ck_assert_int_eq(status, -1);
        expect_error(&err, ERROR_RUNTIME, "x: cannot write: File too large");
        ck_assert_int_eq(file_bytes(path), 3);
        ck_assert_uint_eq(files_in(scratch.dir), 1);
    }
}
END_TEST

/* A rename would put a file in place of a device or a pipe, also behind a link. */
START_TEST(replaces_no_special_file)
{
    struct stat info;
    char *pipe = mem_strdup(scratch_path(&scratch, "pipe"));
    char *link = mem_strdup(scratch_path(&scratch, "link"));
    ck_assert_int_eq(mkfifo(pipe, 0600), 0);
    ck_assert_int_eq(symlink("/dev/null", link), 0);
    char *const path[] = {pipe, link};
    for (int i = 0; i < 2; i++) {
        Error err = {0};
        ck_assert_int_eq(file_write(path[i], "x", 1, &err), -1);
        ck_assert_ptr_nonnull(strstr(err.text, "cannot save: not a regular file"));
        ck_assert_int_eq(lstat(path[i], &info), 0);
        ck_assert(i == 0 ? S_ISFIFO(info.st_mode) : S_ISLNK(info.st_mode));
    }
    mem_free(link);
    mem_free(pipe);
}
END_TEST

START_TEST(write_errors)
{
    Error err = {0};
    ck_assert_int_eq(file_write("/nonexistent/x", "a", 1, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "/nonexistent/x: cannot write: No such file");
    err = (Error){0};
    ck_assert_int_eq(mkdir(scratch_path(&scratch, "d"), 0700), 0);
    ck_assert_int_eq(file_write(scratch.path, "a", 1, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "cannot save: Is a directory");
    ck_assert_uint_eq(files_in(scratch.dir), 0);
}
END_TEST

START_TEST(folders)
{
    Error err = {0};
    ck_assert_int_eq(file_mkdirs(scratch_path(&scratch, "a/b//c"), &err), 0);
    ck_assert_int_eq(file_mkdirs(scratch.path, &err), 0);
    ck_assert(file_is_dir(scratch.path));
    scratch_write(&scratch, "f", "123", 3);
    ck_assert(file_exists(scratch.path) && !file_is_dir(scratch.path));
    ck_assert_int_eq(file_bytes(scratch.path), 3);
    ck_assert_int_eq(file_mkdirs(scratch_path(&scratch, "f/g"), &err), -1);
    expect_error(&err, ERROR_RUNTIME, "/f: cannot make folder");
    ck_assert(!file_exists("/nonexistent"));
}
END_TEST

START_TEST(walks_in_order)
{
    static const char *const want[] = {"B", "a.txt", "d/e/z", "d/x", "link"};
    Lines files;
    char *below = file_join(scratch.dir, "d/e");
    ck_assert_int_eq(file_mkdirs(below, NULL), 0);
    for (int i = 0; i < 4; i++) scratch_write(&scratch, want[i], "", 0);
    ck_assert_int_eq(symlink("a.txt", scratch_path(&scratch, "link")), 0);
    ck_assert_int_eq(symlink(".", scratch_path(&scratch, "loop")), 0);
    ck_assert_int_eq(symlink("nothing", scratch_path(&scratch, "broken")), 0);
    ck_assert_int_eq(file_walk(scratch.dir, &files, NULL), 0);
    ck_assert_uint_eq(files.count, 5);
    for (int i = 0; i < 5; i++) ck_assert_str_eq(files.line[i], want[i]);
    lines_free(&files);
    mem_free(below);
    Error err = {0};
    ck_assert_int_eq(file_walk("/nonexistent", &files, &err), -1);
    expect_error(&err, ERROR_DATA, "/nonexistent: cannot list");
}
END_TEST

START_TEST(joins)
{
    static const char *const joined[][3] = {{"a", "b", "a/b"},
                                            {"a/", "b", "a/b"},
                                            {"", "b", "b"},
                                            {"a", "/b", "/b"},
                                            {"/", "b", "/b"}};
    for (int i = 0; i < 5; i++) {
        char *path = file_join(joined[i][0], joined[i][1]);
        ck_assert_str_eq(path, joined[i][2]);
        mem_free(path);
    }
}
END_TEST

START_TEST(reads_at_a_place)
{
    char out[4] = "";
    Error err = {0};
    const char *path = scratch_write(&scratch, "x", "0123456789", 10);
    const int fd = open(path, O_RDONLY);
    ck_assert_int_eq(file_read_at(fd, path, 6, out, 3, ERROR_DATA, &err), 0);
    ck_assert_str_eq(out, "678");
    ck_assert_int_eq(file_read_at(fd, path, 8, out, 3, ERROR_CHECKPOINT, &err), -1);
    expect_error(&err, ERROR_CHECKPOINT,
                 "x: byte 10: cannot read: the file has become shorter");
    close(fd);
}
END_TEST

START_TEST(folders_of_paths)
{
    static const char *const path[][2] = {
        {"synth/seen", "synth"}, {"seen", "."}, {"/a", "/"}, {"/a/b", "/a"}, {"../a", ".."}};
    for (int i = 0; i < 5; i++) {
        char *folder = file_folder(path[i][0]);
        ck_assert_str_eq(folder, path[i][1]);
        mem_free(folder);
    }
}
END_TEST

START_TEST(same_files)
{
    char one[160];
    scratch_text(&scratch, "one", "x");
    scratch_text(&scratch, "two", "x");
    ck_assert_int_eq(symlink("one", scratch_path(&scratch, "link")), 0);
    strcpy(one, scratch_path(&scratch, "one"));
    static const char *const other[] = {"link", "two", "none"};
    for (int i = 0; i < 3; i++) {
        bool same;
        ck_assert_int_eq(file_is_same(one, scratch_path(&scratch, other[i]), &same, NULL), 0);
        ck_assert_int_eq(same, i == 0);
    }
}
END_TEST

START_TEST(last_parts)
{
    static const char *const path[][2] = {
        {"synth/seen/", "seen"}, {"seen", "seen"}, {"/a/b//", "b"}, {"/", ""}, {"", ""},
        {"a/.b.c", ".b.c"}};
    for (int i = 0; i < 6; i++) {
        char *part = file_last_part(path[i][0]);
        ck_assert_str_eq(part, path[i][1]);
        mem_free(part);
    }
}
END_TEST

Suite *test_file_suite(void);
Suite *test_file_suite(void)
{
    Suite *s = suite_create("file");
    TCase *c = tcase_create("file");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, reads_at_a_place);
    tcase_add_test(c, last_parts);
    tcase_add_test(c, folders);
    tcase_add_test(c, same_files);
    tcase_add_test(c, reads_what_was_written);
    tcase_add_test(c, reads_the_first_bytes);
    tcase_add_test(c, read_errors);
    tcase_add_test(c, lines);
    tcase_add_test(c, other_files_are_no_lines);
    tcase_add_test(c, full_disk);
    tcase_add_test(c, writes_in_pieces);
    tcase_add_test(c, keeps_the_first_failure);
    tcase_add_test(c, replaces_no_special_file);
    tcase_add_test(c, write_errors);
    tcase_add_test(c, folders_of_paths);
    tcase_add_test(c, walks_in_order);
    tcase_add_test(c, joins);
    suite_add_tcase(s, c);
    return s;
}
