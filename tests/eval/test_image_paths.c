/* SPDX-License-Identifier: Apache-2.0 */
/* Which files of a folder are images, and what is said about the others. */
#include "core/io/file.h"
#include "core/mem.h"
#include "eval/image_paths.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static int find(ImagePaths *out, Error *err)
{
    char *folder = scratch.dir;
    return image_paths_find(&folder, 1, out, err);
}

START_TEST(endings_of_images)
{
    static const char *const files[] = {"a.jpg", "b.JPEG", "c.jpe",   "d.jfif",
                                        "e.PNG", "f.webp", "g.pjpeg", "h.apng",
                                        "i.pjp", "j.gif",  "k.bmp"};
    enum { N = sizeof files / sizeof *files };
    ImagePaths p;
    for (int i = 0; i < N; i++) scratch_text(&scratch, files[i], "");
    scratch_text(&scratch, "notes.txt", "");
    scratch_text(&scratch, "jpg", "");
    ck_assert_int_eq(find(&p, NULL), 0);
    ck_assert_int_eq(p.count, N);
    for (int i = 0; i < N; i++) ck_assert_ptr_nonnull(strstr(p.path[i], files[i]));
    image_paths_free(&p);
}
END_TEST

START_TEST(no_image_names_what_was_seen)
{
    ImagePaths p;
    Error err = {0};
    ck_assert_int_eq(find(&p, &err), -1);
    expect_error(&err, ERROR_DATA, "contains no images");
    ck_assert_ptr_null(strstr(err.text, "no images:"));
    static const char *const files[] = {"a.TIF", "b.tif", "c",        "d.x\x1b[m", "e.tif",
                                        "f.txt", "g.txt", "h.jpg.gz", "i.b"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        scratch_text(&scratch, files[i], "");
    err = (Error){0};
    ck_assert_int_eq(find(&p, &err), -1);
    expect_error(&err, ERROR_DATA,
                 "contains no images: 9 files not named like images (3 .tif, 2 without an "
                 "ending, 2 .txt, ...): name them as arguments, or rename them");
    image_paths_free(&p);
}
END_TEST

Suite *test_image_paths_suite(void);
Suite *test_image_paths_suite(void)
{
    Suite *s = suite_create("image_paths");
    TCase *t = tcase_create("image_paths");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, endings_of_images);
    tcase_add_test(t, no_image_names_what_was_seen);
    suite_add_tcase(s, t);
    return s;
}
