/* SPDX-License-Identifier: Apache-2.0 */
/* A file with a part of its entries in a companion reads like one file, and never with a wrong
 * companion. */
#include "core/hdf5/h5_companion.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

static Scratch scratch;
static char content[33]; /* of part.h5 */

static const float rows[4] = {1, 2, 3, 4}, weight[2] = {5, 6};

static void put_rows(H5Writer *w, const float *data)
{
    h5_put(w, "embed", H5_F32, 2, (int64_t[]){2, 2}, data, NULL);
    h5_put_text(w, "tags", "red\nblue\n", NULL);
    h5_put_text(w, "info/origin", "the part", NULL);
}

static void put_rest(H5Writer *w)
{
    h5_put(w, "a/weight", H5_F32, 1, (int64_t[]){2}, weight, NULL);
    h5_put_text(w, "zone", "last", NULL);
}

static H5Writer *begun(const char *name, const char *kind)
{
    H5Writer *w;
    ck_assert_int_eq(h5_create(scratch_path(&scratch, name), kind, &w, NULL), 0);
    return w;
}

static void content_of(const char *name, char out[33])
{
    H5File *f;
    Error err = {0};
    ck_assert_msg(h5_open(scratch_path(&scratch, name), &f, &err) == 0, "%s", err.text);
    ck_assert_int_eq(h5_content(f, out, NULL), 0);
    h5_close(f);
}

static void write_whole_of(const char *folder, const char *name, const char *companion,
                           const char *want)
{
    H5Writer *w = begun(name, "checkpoint");
    put_rest(w);
    ck_assert_int_eq(h5_put_companion(w, companion, folder, want, NULL), 0);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
}

static void write_whole(const char *name, const char *companion, const char *want)
{
    write_whole_of("/nowhere", name, companion, want);
}

static void write_part(const char *name, float change)
{
    float data[4];
    memcpy(data, rows, sizeof data);
    data[3] += change;
    H5Writer *w = begun(name, "bank");
    put_rows(w, data);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
}

/* d/part.h5, d/whole.h5 that names it, d/one.h5 with all of it inside. */
static void setup(void)
{
    scratch_new(&scratch);
    ck_assert_int_eq(file_mkdirs(scratch_path(&scratch, "d"), NULL), 0);
    write_part("d/part.h5", 0);
    content_of("d/part.h5", content);
    write_whole("d/whole.h5", "part.h5", content);
    H5Writer *w = begun("d/one.h5", "checkpoint");
    put_rest(w);
    put_rows(w, rows);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
}

static void teardown(void) { scratch_free(&scratch); }

/* The entries, numbers and content hash are the same; the kind is that of the file. */
START_TEST(two_files_are_as_one)
{
    H5File *two, *one;
    char want[33], have[33];
    float data[4] = {0}, more[2] = {0};
    content_of("d/one.h5", want);
    content_of("d/whole.h5", have);
    ck_assert_str_eq(have, want);
    ck_assert_int_eq(h5_open(scratch_path(&scratch, "d/one.h5"), &one, NULL), 0);
    ck_assert_int_eq(h5_open(scratch_path(&scratch, "d/whole.h5"), &two, NULL), 0);
    ck_assert_str_eq(h5_kind(two), "checkpoint");
    ck_assert_int_eq(h5_count(two), h5_count(one));
    for (int64_t i = 0; i < h5_count(one); i++)
        ck_assert_str_eq(h5_entry(two, i)->name, h5_entry(one, i)->name);
    ck_assert_int_eq(h5_read(two, h5_find(two, "embed"), data, NULL), 0);
    ck_assert_mem_eq(data, rows, sizeof rows);
    ck_assert_int_eq(h5_read(two, h5_find(two, "a/weight"), more, NULL), 0);
    ck_assert_mem_eq(more, weight, sizeof weight);
    ck_assert_int_eq(h5_verify(two, NULL), 0);
    h5_close(one);
    h5_close(two);
}
END_TEST

START_TEST(own_entries_win)
{
    H5File *f;
    char *text;
    H5Writer *w = begun("d/own.h5", "checkpoint");
    h5_put_text(w, "info/origin", "my own", NULL);
    h5_put_companion(w, "part.h5", "", content, NULL);
    ck_assert_int_eq(h5_commit(w, NULL), 0);
    ck_assert_int_eq(h5_open(scratch.path, &f, NULL), 0);
    ck_assert_int_eq(h5_count(f), 3);
    ck_assert_int_eq(h5_read_text(f, "info/origin", &text, NULL), 0);
    ck_assert_str_eq(text, "my own");
    mem_free(text);
    h5_close(f);
}
END_TEST

/* The companion is searched in the folder of the file, not in that of a link to it. */
START_TEST(through_links)
{
    char want[33], have[33];
    content_of("d/one.h5", want);
    ck_assert_int_eq(symlink("d/whole.h5", scratch_path(&scratch, "link")), 0);
    ck_assert_int_eq(symlink("link", scratch_path(&scratch, "second")), 0);
    content_of("second", have);
    ck_assert_str_eq(have, want);
    char here[1024];
    ck_assert_ptr_nonnull(getcwd(here, sizeof here));
    ck_assert_int_eq(chdir(scratch_path(&scratch, "d")), 0);
    H5File *f;
    ck_assert_int_eq(h5_open("whole.h5", &f, NULL), 0);
    h5_close(f);
    ck_assert_int_eq(chdir(here), 0);
}
END_TEST

static void refused(const char *name, const char *words)
{
    H5File *f = NULL;
    Error err = {0};
    ck_assert_int_eq(h5_open(scratch_path(&scratch, name), &f, &err), -1);
    ck_assert_ptr_null(f);
    expect_error(&err, ERROR_CHECKPOINT, words);
}

/* A copy that was taken out of the run folder finds the companion where it was written, also
 * when that folder was named from another one; a copy beside the file comes first. */
START_TEST(where_it_was_written)
{
    char want[33], have[33];
    char *folder = mem_format("%s/../d", scratch_path(&scratch, "d"));
    content_of("d/one.h5", want);
    write_whole_of(folder, "taken.h5", "part.h5", content);
    mem_free(folder);
    content_of("taken.h5", have);
    ck_assert_str_eq(have, want);
    write_part("part.h5", 1);
    refused("taken.h5", "part.h5: not the file that ");
}
END_TEST

START_TEST(missing_and_wrong_parts)
{
    Bytes b;
    write_whole("alone.h5", "part.h5", content);
    refused("alone.h5", "part.h5, which is missing: copy that file along, or convert ");
    write_part("part.h5", 1);
    refused("alone.h5", "part.h5: not the file that ");
    write_part("part.h5", 0);
    content_of("alone.h5", (char[33]){0});
    ck_assert_int_eq(file_read(scratch_path(&scratch, "part.h5"), &b, NULL), 0);
    b.data[b.len / 2] ^= 1;
    scratch_write(&scratch, "part.h5", b.data, b.len);
    bytes_free(&b);
    refused("alone.h5", "part.h5: checksum of the whole file: does not match");
    /* whoever wrote the file chooses the folder: what stands there may be a device */
    write_whole_of("/dev", "device.h5", "zero", content);
    refused("device.h5", "/dev/zero: not a regular file: a device");
    write_whole("far.h5", "d/part.h5", content);
    refused("far.h5", "far.h5: info/companion: not a file name");
    /* a companion of a companion is not part of the file */
    write_whole("chain.h5", "alone.h5", content);
    refused("chain.h5", "alone.h5: not the file that ");
}
END_TEST

Suite *test_h5_companion_suite(void);
Suite *test_h5_companion_suite(void)
{
    Suite *s = suite_create("h5_companion");
    TCase *c = tcase_create("h5_companion");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, two_files_are_as_one);
    tcase_add_test(c, own_entries_win);
    tcase_add_test(c, through_links);
    tcase_add_test(c, where_it_was_written);
    tcase_add_test(c, missing_and_wrong_parts);
    suite_add_tcase(s, c);
    return s;
}
