/* SPDX-License-Identifier: Apache-2.0 */
/* Members of tar files are found where they lie, and nothing else is taken for one. */
#include "core/io/tar.h"

#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/io/tar_index.h"
#include "core/mem.h"
#include "tests/core/io/tar_build.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

static Scratch scratch;
static Text tar;
static void setup(void)
{
    scratch_new(&scratch);
    tar = (Text){0};
}
static void teardown(void)
{
    text_free(&tar);
    scratch_free(&scratch);
}

/* One line for each member: "name@offset+bytes" or "name!why". */
static int note(void *to, const TarMember *m, Error *err)
{
    Text *lines = to;
    (void)err;
    if (m->why)
        text_add(lines, "%s!%s\n", m->name, m->why);
    else
        text_add(lines, "%s@%ld+%ld\n", m->name, m->offset, m->bytes);
    return 0;
}

/* Lists `bytes` bytes of the tar file. */
static int list(int64_t bytes, Text *lines, Error *torn, Error *err)
{
    const char *path = scratch_write(&scratch, "x.tar", tar.data, (size_t)bytes);
    const int fd = file_open_regular(path, NULL, err);
    ck_assert_int_ge(fd, 0);
    const int status = tar_list(fd, path, bytes, note, lines, torn, err);
    close(fd);
    return status;
}

static void expect_list(const char *want, const char *why_torn)
{
    Text lines = {0};
    Error torn, err = {0};
    ck_assert_msg(list((int64_t)tar.len, &lines, &torn, &err) == 0, "%s", err.text);
    ck_assert_str_eq(lines.data ? lines.data : "", want);
    if (why_torn)
        expect_error(&torn, ERROR_DATA, why_torn);
    else
        ck_assert_msg(torn.code == 0, "%s", torn.text);
    text_free(&lines);
}

START_TEST(members_lie_where_they_were_put)
{
    char want[200];
    tar_build_add(&tar, "./", '5', "", 0);
    const int64_t a = tar_build_text(&tar, "./a.jpg", "first");
    const int64_t b = tar_build_text(&tar, "sub//./b.jpg", "");
    char large[5000];
    memset(large, 'x', sizeof large);
    const int64_t c = tar_build_add(&tar, "c", '0', large, sizeof large);
    const int64_t d = tar_build_text(&tar, "d\xc3\xa4\xff.jpg", "d");
    tar_build_end(&tar);
    snprintf(want, sizeof want,
             "a.jpg@%ld+5\nsub/b.jpg@%ld+0\nc@%ld+5000\nd\xc3\xa4\xff.jpg@%ld+1\n", a, b, c, d);
    expect_list(want, NULL);
}
END_TEST

/* Names beyond 100 bytes, as GNU tar and pax write them. */
START_TEST(long_names_are_read)
{
    char name[301] = "", want[400], pax[400];
    memset(name, 'n', 300);
    tar_build_add(&tar, "././@LongLink", 'L', name, 301);
    const int64_t gnu = tar_build_text(&tar, "cut", "1");
    const int n = snprintf(pax, sizeof pax, "%d path=%s\n", 6 + 3 + 300 + 1, name);
    memcpy(pax + 9, "\xc3\xa4", 2);
    tar_build_add(&tar, "pax", 'x', pax, (size_t)n);
    const int64_t posix = tar_build_text(&tar, "cut", "22");
    tar_build_end(&tar);
    snprintf(want, sizeof want, "%s@%ld+1\n", name, gnu);
    char *both = mem_format("%s\xc3\xa4%s@%ld+2\n", want, name + 2, posix);
    expect_list(both, NULL);
    mem_free(both);
}
END_TEST

START_TEST(what_is_no_file_below_is_left_out)
{
    char want[600];
    char long_name[TAR_NAME_MAX + 3] = "";
    memset(long_name, 'l', TAR_NAME_MAX + 1);
    tar_build_link(&tar, "soft", '2', "/etc/passwd");
    tar_build_link(&tar, "hard", '1', "../other");
    tar_build_link(&tar, "pipe", '6', "");
    tar_build_link(&tar, "device", '3', "");
    tar_build_text(&tar, "/etc/passwd", "x");
    tar_build_text(&tar, "a/../../b", "x");
    tar_build_text(&tar, "..", "x");
    tar_build_text(&tar, "./.", "x");
    const int64_t good = tar_build_text(&tar, "..good..", "x");
    tar_build_end(&tar);
    snprintf(want, sizeof want,
             "soft!a symbolic link\nhard!a hard link\npipe!not a regular file\n"
             "device!not a regular file\n/etc/passwd!an absolute name\n"
             "a/../../b!a name with ..\n..!a name with ..\n./.!no name\n..good..@%ld+1\n",
             good);
    expect_list(want, NULL);
    text_free(&tar);
    tar_build_add(&tar, "././@LongLink", 'L', long_name, TAR_NAME_MAX + 2);
    tar_build_text(&tar, "cut", "1");
    tar_build_end(&tar);
    char *both = mem_format("%s!a name of more than 1024 bytes\n", long_name);
    expect_list(both, NULL);
    mem_free(both);
}
END_TEST

START_TEST(a_size_that_no_file_has_is_a_tear)
{
    static const uint64_t size[] = {513, 1 << 20, UINT64_C(1) << 40, INT64_MAX, UINT64_MAX};
    char want[60];
    const int64_t a = tar_build_text(&tar, "a", "1");
    tar_build_size(&tar, "b", size[_i]);
    tar_build_text(&tar, "", "");
    snprintf(want, sizeof want, "a@%ld+1\n", a);
    expect_list(want, "byte 1024: ");
}
END_TEST

/* Wherever a file is cut, the members before the cut are listed as they are, and the cut is
 * told. */
START_TEST(a_torn_file_keeps_what_is_before_the_tear)
{
    enum { MEMBERS = 3 };
    char want[200] = "";
    int64_t end[MEMBERS];
    size_t length[MEMBERS];
    for (int i = 0; i < MEMBERS; i++) {
        char name[] = "0.jpg", text[700];
        name[0] = (char)('0' + i);
        memset(text, 'x', sizeof text);
        const int64_t at = tar_build_add(&tar, name, '0', text, 100 + 200 * (size_t)i);
        end[i] = at + 100 + 200 * i;
        snprintf(want + strlen(want), 40, "%s@%ld+%d\n", name, at, 100 + 200 * i);
        length[i] = strlen(want);
    }
    const int64_t data = (int64_t)tar.len;
    tar_build_end(&tar);
    expect_list(want, NULL);
    for (int64_t cut = 1; cut < (int64_t)tar.len; cut += 37) {
        Text lines = {0};
        Error torn, err = {0};
        int whole = 0;
        while (whole < MEMBERS && end[whole] <= cut) whole++;
        const int status = list(cut, &lines, &torn, &err);
        if (whole == 0) {
            ck_assert(status != 0 || torn.code == ERROR_DATA);
            ck_assert_ptr_null(lines.data);
        } else {
            ck_assert_msg(status == 0, "%s", err.text);
            ck_assert_uint_eq(lines.len, length[whole - 1]);
            ck_assert_int_eq(strncmp(lines.data, want, lines.len), 0);
            if (cut < data + 512) ck_assert_int_eq(torn.code, ERROR_DATA);
        }
        text_free(&lines);
    }
}
END_TEST

START_TEST(damage_in_a_header_ends_the_list)
{
    char want[60];
    const int64_t a = tar_build_text(&tar, "a", "1");
    tar_build_text(&tar, "b", "2");
    tar_build_end(&tar);
    tar.data[1024 + 3] ^= 1;
    snprintf(want, sizeof want, "a@%ld+1\n", a);
    expect_list(want, "byte 1024: Damaged tar archive; 1 member before it");
}
END_TEST

START_TEST(files_after_one_another_are_one)
{
    char want[60];
    const int64_t a = tar_build_text(&tar, "a", "1");
    tar_build_end(&tar);
    const int64_t b = tar_build_text(&tar, "b", "2");
    tar_build_end(&tar);
    snprintf(want, sizeof want, "a@%ld+1\nb@%ld+1\n", a, b);
    expect_list(want, NULL);
}
END_TEST

START_TEST(an_empty_archive_has_no_member)
{
    tar_build_end(&tar);
    expect_list("", NULL);
}
END_TEST

static const struct {
    const char *bytes;
    size_t n;
    const char *why;
} no_tar[] = {
    {"", 0, "not a tar file: it is empty"},
    {"text", 4, "not a tar file"},
    {"\x1f\x8b\x08\0\0\0\0\0", 8, "compressed, so that no member can be read alone: gzip data"},
    {"\x28\xb5\x2f\xfd\0\0\0\0", 8, "Zstandard data: unpack it first"},
    {"BZh91AY&SY", 10, "bzip2 data"},
    {"\xfd\x37zXZ\0", 6, "xz data"},
};

START_TEST(other_files_are_refused)
{
    Text lines = {0};
    Error torn, err = {0};
    text_put_bytes(&tar, no_tar[_i].bytes, no_tar[_i].n);
    ck_assert_int_eq(list((int64_t)no_tar[_i].n, &lines, &torn, &err), -1);
    expect_error(&err, ERROR_DATA, no_tar[_i].why);
    ck_assert_ptr_null(lines.data);
}
END_TEST

/* ---- writing ----------------------------------------------------------------------------- */

static const char *write_two(const char *name)
{
    TarWriter *w;
    char large[3000];
    memset(large, 'y', sizeof large);
    const char *path = scratch_path(&scratch, name);
    ck_assert_int_eq(tar_writer_new(path, &w, NULL), 0);
    ck_assert(!file_exists(path));
    ck_assert_int_eq(tar_writer_put(w, "0/a.jpg", large, sizeof large, NULL), 0);
    ck_assert_int_eq(tar_writer_put(w, "empty", "", 0, NULL), 0);
    ck_assert_int_eq(tar_writer_commit(w, NULL), 0);
    return path;
}

START_TEST(what_is_written_is_read)
{
    Bytes a, b;
    ck_assert_int_eq(file_read(write_two("a.tar"), &a, NULL), 0);
    sleep(1); /* a time in the file would differ */
    ck_assert_int_eq(file_read(write_two("b.tar"), &b, NULL), 0);
    ck_assert_uint_eq(a.len, b.len);
    ck_assert_mem_eq(a.data, b.data, a.len);
    text_put_bytes(&tar, (const char *)a.data, a.len);
    expect_list("0/a.jpg@512+3000\nempty@4096+0\n", NULL);
    char *command = mem_format("tar tf %s", scratch_path(&scratch, "a.tar"));
    FILE *p = popen(command, "r");
    char line[64] = "";
    ck_assert_uint_eq(fread(line, 1, sizeof line - 1, p), 14);
    ck_assert_str_eq(line, "0/a.jpg\nempty\n");
    ck_assert_int_eq(pclose(p), 0);
    mem_free(command);
    bytes_free(&a);
    bytes_free(&b);
}
END_TEST

START_TEST(an_abandoned_file_is_gone)
{
    TarWriter *w;
    const char *path = scratch_path(&scratch, "a.tar");
    tar_writer_abandon(NULL);
    ck_assert_int_eq(tar_writer_new(path, &w, NULL), 0);
    ck_assert_int_eq(tar_writer_put(w, "a", "1", 1, NULL), 0);
    tar_writer_abandon(w);
    ck_assert(!file_exists(path));
    ck_assert_int_eq(rmdir(scratch.dir), 0); /* no temporary file either */
    ck_assert_int_eq(file_mkdirs(scratch.dir, NULL), 0);
}
END_TEST

START_TEST(a_folder_that_is_missing_is_told)
{
    TarWriter *w;
    Error err = {0};
    ck_assert_int_eq(tar_writer_new(scratch_path(&scratch, "none/a.tar"), &w, &err), -1);
    expect_error(&err, ERROR_RUNTIME, "none/a.tar: cannot write");
    ck_assert_ptr_null(w);
}
END_TEST

/* ---- index ------------------------------------------------------------------------------- */

START_TEST(the_first_of_a_name_counts)
{
    TarIndex index;
    const int64_t a = tar_build_text(&tar, "a", "1");
    tar_build_text(&tar, "b", "2");
    tar_build_text(&tar, "./a", "333");
    tar_build_link(&tar, "c", '2', "a");
    tar_build_end(&tar);
    const char *path = scratch_write(&scratch, "x.tar", tar.data, tar.len);
    const int fd = file_open_regular(path, NULL, NULL);
    ck_assert_int_eq(tar_index_read(fd, path, (int64_t)tar.len, NULL, &index, NULL), 0);
    close(fd);
    ck_assert_int_eq(index.count, 2);
    ck_assert_int_eq(index.left_out, 2);
    ck_assert_int_eq(tar_index_find(&index, "a")->offset, a);
    ck_assert_int_eq(tar_index_find(&index, "a")->bytes, 1);
    ck_assert_ptr_nonnull(tar_index_find(&index, "b"));
    ck_assert_ptr_null(tar_index_find(&index, "c"));
    ck_assert_ptr_null(tar_index_find(&index, ""));
    tar_index_free(&index);
    ck_assert_ptr_null(tar_index_find(&index, "a"));
}
END_TEST

Suite *test_tar_suite(void);
Suite *test_tar_suite(void)
{
    Suite *s = suite_create("tar");
    TCase *t = tcase_create("tar");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, members_lie_where_they_were_put);
    tcase_add_test(t, long_names_are_read);
    tcase_add_test(t, what_is_no_file_below_is_left_out);
    tcase_add_loop_test(t, a_size_that_no_file_has_is_a_tear, 0, 5);
    tcase_add_test(t, a_torn_file_keeps_what_is_before_the_tear);
    tcase_add_test(t, damage_in_a_header_ends_the_list);
    tcase_add_test(t, files_after_one_another_are_one);
    tcase_add_test(t, an_empty_archive_has_no_member);
    tcase_add_loop_test(t, other_files_are_refused, 0, sizeof no_tar / sizeof *no_tar);
    tcase_add_test(t, what_is_written_is_read);
    tcase_add_test(t, an_abandoned_file_is_gone);
    tcase_add_test(t, a_folder_that_is_missing_is_told);
    tcase_add_test(t, the_first_of_a_name_counts);
    suite_add_tcase(s, t);
    return s;
}
