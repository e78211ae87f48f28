/* SPDX-License-Identifier: Apache-2.0 */
/* Names of images as people write them. */
#include "data/folder/image_name.h"

#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>
#include <unistd.h>

static Scratch scratch;

/* photos/ with files, and link -> photos. */
static void setup(void)
{
    scratch_new(&scratch);
    scratch_text(&scratch, "photos/a.jpg", "x");
    scratch_text(&scratch, "photos/sub/b.PNG", "x");
    scratch_text(&scratch, "photos/c.jpeg", "x");
    scratch_text(&scratch, "photos/d\\e.jpg", "x");
    scratch_text(&scratch, "photos/no_ending", "x");
    scratch_text(&scratch, "outside.jpg", "x");
    char *link = mem_strdup(scratch_path(&scratch, "link"));
    ck_assert_int_eq(symlink("photos", link), 0);
    mem_free(link);
    link = mem_strdup(scratch_path(&scratch, "photos/out"));
    ck_assert_int_eq(symlink("..", link), 0);
    mem_free(link);
}

static void teardown(void) { scratch_free(&scratch); }

static int64_t missing; /* counted in one test */

/* root and name: @ is the folder. */
static char *name_below(const char *root, const char *name, bool exists, Error *why)
{
    char *folder = mem_strdup(scratch_path(&scratch, root));
    char *full = *name == '@' ? mem_format("%s%s", scratch.dir, name + 1) : mem_strdup(name);
    char *have = image_name_below(folder, full, exists, &missing, why);
    mem_free(full);
    mem_free(folder);
    return have;
}

static const struct {
    const char *root, *name, *want;
} good[] = {
    {"photos", "a.jpg", "a.jpg"},
    {"photos/", "a.jpg", "a.jpg"},
    {"photos", "./a.jpg", "a.jpg"},
    {"photos", ".//./a.jpg", "a.jpg"},
    {"photos", "sub/../a.jpg", "a.jpg"}, /* one image has one name */
    {"photos", "sub//b.PNG", "sub/b.PNG"},
    {"photos", "sub\\b.PNG", "sub/b.PNG"},
    {"photos", "d\\e.jpg", "d\\e.jpg"}, /* there is such a file */
    {"photos", "@/photos/a.jpg", "a.jpg"},
    {"photos", "@/photos//sub/b.PNG", "sub/b.PNG"},
    {"link", "@/link/a.jpg", "a.jpg"},
    {"link", "@/photos/a.jpg", "a.jpg"}, /* as the folder really is called */
    {"photos", "a", "a.jpg"},
    {"photos", "c", "c.jpeg"},
    {"photos", "no_ending", "no_ending"},
};

START_TEST(finds)
{
    Error why = {0};
    char *have = name_below(good[_i].root, good[_i].name, true, &why);
    ck_assert_msg(have != NULL, "%s", why.text);
    ck_assert_str_eq(have, good[_i].want);
    mem_free(have);
}
END_TEST

static const struct {
    const char *name, *why;
} bad[] = {
    {"", "no name of an image"},
    {"  ", "no name of an image"},
    {"x.jpg", "no such image in "},
    {"A.jpg", "no such image in "},
    {"sub", "no such image in "}, /* a folder */
    {"a.jpg.jpg", "no such image in "},
    {"../outside.jpg", "leaves the folder"},
    {"sub/../../outside.jpg", "leaves the folder"},
    {"out/outside.jpg", ""},
    {"@/outside.jpg", "choose the folder with --images"},
    {"@/photos2/a.jpg", "choose the folder with --images"},
    {"/etc/passwd", "choose the folder with --images"},
    {"https://example.com/a.jpg", "an address"},
    {"a\nb.jpg", "cannot be printed"},
};

START_TEST(refuses)
{
    Error why = {0};
    ck_assert_ptr_null(name_below("photos", bad[_i].name, true, &why));
    expect_error(&why, ERROR_DATA, bad[_i].why);
    ck_assert_int_eq(missing, strncmp(bad[_i].why, "no such image", 13) == 0);
}
END_TEST

/* Without a look, names are as written, but stay below the root. */
START_TEST(unchecked)
{
    Error why = {0};
    char *have = name_below("photos", "./none/x", false, &why);
    ck_assert_str_eq(have, "none/x");
    mem_free(have);
    ck_assert_ptr_null(name_below("photos", "../x", false, &why));
    expect_error(&why, ERROR_DATA, "leaves the folder");
}
END_TEST

Suite *test_image_name_suite(void);
Suite *test_image_name_suite(void)
{
    Suite *s = suite_create("image_name");
    TCase *t = tcase_create("image_name");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, finds, 0, sizeof good / sizeof *good);
    tcase_add_loop_test(t, refuses, 0, sizeof bad / sizeof *bad);
    tcase_add_test(t, unchecked);
    return s;
}
