/* SPDX-License-Identifier: Apache-2.0 */
/* Where the images of an evaluation folder are looked for. */
#include "eval/eval_images.h"

#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* What is there, and where the image 1.png is found; @ is the folder of the test. */
static const struct {
    const char *file[4], *stated, *data_root, *found;
} places[] = {
    {{"set/test/imgs/1.png", "set/1.png", "far/1.png"}, "far", NULL, "set/test/imgs"},
    {{"set/1.png", "far/1.png", "other/1.png"}, "far", "other", "far"},
    {{"set/1.png", "other/1.png"}, NULL, "other", "set/test/.."},
    {{"set/1.png"}, "far", NULL, "set/test/.."}, /* the folder was moved */
    {{"set/test/1.png", "other/1.png"}, "far", "other", "set/test"},
    {{"other/1.png"}, "far", "other", "other"},
    {{"far/1.png"}, "bad", NULL, "set/test/.."},
};
enum { PLACES = sizeof places / sizeof *places };

static void write_settings(const char *stated)
{
    if (strcmp(stated, "bad") == 0) {
        scratch_text(&scratch, "set/dataset.yaml", "nc: 80\n");
        return;
    }
    char *text = mem_format("eval: {root: \"%s/%s\"}\n", scratch.dir, stated);
    scratch_text(&scratch, "set/dataset.yaml", text);
    mem_free(text);
}

START_TEST(one_place)
{
    char *image = (char[]){"1.png"}, *name[] = {image};
    const Benchmark b = {.images = 1, .image = name};
    char *folder = mem_format("%s/set/test", scratch.dir), *data = NULL;
    char *want = mem_format("%s/%s", scratch.dir, places[_i].found);
    scratch_text(&scratch, "set/test/tags.txt", "a\n");
    for (int i = 0; places[_i].file[i]; i++) scratch_text(&scratch, places[_i].file[i], "x");
    if (places[_i].stated) write_settings(places[_i].stated);
    if (places[_i].data_root) data = mem_format("%s/%s", scratch.dir, places[_i].data_root);
    char *found = eval_images_root(folder, NULL, data, &b);
    ck_assert_str_eq(found, want);
    mem_free(found);
    found = eval_images_root(folder, "asked", data, &b);
    ck_assert_str_eq(found, "asked");
    mem_free(found);
    mem_free(want);
    mem_free(data);
    mem_free(folder);
}
END_TEST

Suite *test_eval_images_suite(void);
Suite *test_eval_images_suite(void)
{
    Suite *s = suite_create("eval_images");
    TCase *t = tcase_create("eval_images");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, one_place, 0, PLACES);
    suite_add_tcase(s, t);
    return s;
}
