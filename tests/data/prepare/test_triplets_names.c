/* SPDX-License-Identifier: Apache-2.0 */
/* Names of images that may not be read, and so not be copied. */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/image/image.h"
#include "data/prepare/triplets.h"
#include "tests/data/prepare/triplets_case.h"

#include <check.h>
#include <string.h>
#include <sys/stat.h>

static TripletsCase fixture;

static void setup(void) { triplets_case_new(&fixture); }

static void teardown(void) { triplets_case_free(&fixture); }

START_TEST(names_stay_below_the_root)
{
    static const char form[] =
        "[{\"image_path\": \"%s/a.png\", \"union_label_id\": [1], \"caption\": [\"c\"]}, "
        "{\"image_path\": \"../a.png\", \"union_label_id\": [1], \"caption\": [\"c\"]}, "
        "{\"image_path\": \"./a.png\", \"union_label_id\": [1], \"caption\": [\"c\"]}]";
    Error err = {0};
    TripletsReport r;
    char *records = mem_format(form, fixture.scratch.dir);
    char *file = mem_strdup(scratch_text(&fixture.scratch, "names.json", records));
    char *root = mem_strdup(scratch_path(&fixture.scratch, "below"));
    char *copy = file_join(fixture.out_dir, "images/00000001.jpg");
    ck_assert_int_eq(mkdir(root, 0700), 0);
    TripletsConfig config = {
        .tags = fixture.tags_path, .root = root, .images = true, .size = 16};
    ck_assert_int_eq(triplets_prepare(fixture.out_dir, &file, 1, &config, &r, &err), -1);
    expect_error(&err, ERROR_DATA, "no good records among 3");
    char *bad = triplets_case_text(&fixture, "bad.txt");
    ck_assert_ptr_nonnull(strstr(bad, "record 1 (line 1): "));
    ck_assert_ptr_nonnull(strstr(bad, "an absolute path, not below "));
    ck_assert_ptr_nonnull(strstr(bad, "(prepare triplets: --absolute"));
    ck_assert_ptr_nonnull(strstr(bad, "../a.png: leaves the folder "));
    ck_assert(!file_exists(copy));
    config.absolute = true;
    ck_assert_int_eq(triplets_prepare(fixture.out_dir, &file, 1, &config, &r, NULL), 0);
    ck_assert_int_eq(r.good, 1);
    ck_assert(file_exists(copy));
    mem_free(bad);
    mem_free(copy);
    mem_free(root);
    mem_free(file);
    mem_free(records);
}
END_TEST

Suite *test_triplets_names_suite(void);
Suite *test_triplets_names_suite(void)
{
    Suite *s = suite_create("triplets_names");
    TCase *t = tcase_create("triplets_names");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, names_stay_below_the_root);
    suite_add_tcase(s, t);
    return s;
}
