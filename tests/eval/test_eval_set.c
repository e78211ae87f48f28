/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluation folders of every layout: what is read from them, and the settings that replace
 * their files. */
#include "eval/eval_set.h"

#include "core/mem.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 64 };

/* The test does not decode images, so any bytes will do. */
static void setup(void)
{
    static const char *const images[] = {"open/imgs/a1.jpg",
                                         "open/imgs/a2.jpg",
                                         "open/imgs/a3.JPG",
                                         "open/imgs/a4.png",
                                         "open/imgs/a9",
                                         "a.jpg",
                                         "b.jpg",
                                         "c.jpg",
                                         "d.jpg",
                                         "e.jpg",
                                         "a.png",
                                         "b.png",
                                         "elsewhere/a.png",
                                         "elsewhere/b.png",
                                         "q"};
    tiny_new();
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) {
        char *image = mem_format("@/%s", images[i]);
        tiny_write(image, "x");
        mem_free(image);
    }
    tiny_write("@/open/open_rare_200_ram_taglist.txt", "red\nblue circle\nred\n3");
    tiny_write("@/open/open_rare_200_ram_annots.txt",
               "a1,red\na2,blue circle,green\na4,3\na9\n");
    tiny_write("@/open/open_rare_200_llm_tag_descriptions.json",
               "[{\"red\": [\"a photo of a red.\", \"like blood\"]}, {\"3\": [\"three\"]},"
               " {\"unused\": [\"x\"]}, {\"blue circle\": [\"round\", \"blue\", \"both\"]}]");
    tiny_write("@/hico/hico_taglist.txt",
               "ride a horse\nride a bike\nhold, a cup\nride a bike\n");
    tiny_write("@/hico/hico_annots.txt", "a.jpg,0 2\nb.jpg,1\nc.jpg,\nd.jpg\ne.jpg,3 0 0\n");
    tiny_write("@/own/tags.txt", "red\nblue\n");
    tiny_write("@/own/annotations.txt", "a.png,red\nb.png,blue,red\n");
    tiny_write("@/own/thresholds.txt", "0.25\n0.75\n");
    tiny_write("@/own/groups.txt", "warm\ncold\n");
    tiny_write("@/other_tags.txt", "blue\ngreen\nred\n");
}

static int open_with(const char *folder, const EvalPaths *paths, EvalSet *out, Error *err)
{
    TextEncoder *encoder;
    char *path = tiny_path(folder);
    const TextEncoderConfig config = {.kind = TEXT_HASH, .dim = WIDTH};
    ck_assert_int_eq(text_encoder_new(&config, &encoder, NULL), 0);
    int status = eval_set_open(path, paths, out, err);
    if (status == 0 && (status = eval_set_encode(out, encoder, err)) != 0) eval_set_free(out);
    text_encoder_free(encoder);
    mem_free(path);
    return status;
}

static EvalSet opened(const char *folder, const EvalPaths *paths)
{
    static const EvalPaths none = {0};
    EvalSet set;
    Error err = {0};
    ck_assert_msg(open_with(folder, paths ? paths : &none, &set, &err) == 0, "%s", err.text);
    ck_assert_int_eq(set.labels.bank->tags, set.labels.tags.count);
    ck_assert_int_eq(set.labels.bank->dim, WIDTH);
    return set;
}

/* rows: one text of 0 and 1 per image, separated by spaces. */
static void truth_is(const EvalSet *set, const char *rows)
{
    for (int64_t i = 0; i < set->benchmark.images * set->labels.tags.count; i++) {
        rows += *rows == ' ';
        ck_assert_msg(set->benchmark.truth[i] == *rows - '0', "label %ld", i);
        rows++;
    }
    ck_assert_int_eq(*rows, 0);
}

static void root_is(const EvalSet *set, const char *want)
{
    char *path = tiny_path(want);
    ck_assert_str_eq(set->root, path);
    mem_free(path);
}

static int64_t texts_of(const EvalSet *set, int64_t tag)
{
    return set->labels.bank->offset[tag + 1] - set->labels.bank->offset[tag];
}

START_TEST(a_data_folder)
{
    EvalSet set = opened("@/data/seen/", NULL);
    ck_assert_str_eq(set.name, "seen");
    root_is(&set, "@/data/seen/..");
    ck_assert_int_eq(set.labels.tags.count, 67);
    ck_assert_int_eq(set.benchmark.images, 20);
    ck_assert_int_eq(set.benchmark.unknown, 0);
    ck_assert_uint_eq(set.groups.count, 67);
    ck_assert_double_eq((double)set.threshold[66], 0.5);
    int64_t positives = 0, sum = 0;
    for (int64_t i = 0; i < 20 * 67; i++) positives += set.benchmark.truth[i];
    char *text = tiny_read("@/data/seen/annotations.txt");
    for (const char *p = text; *p; p++) sum += *p == ',';
    ck_assert_int_eq(positives, sum);
    mem_free(text);
    eval_set_free(&set);
}
END_TEST

/* Names without .jpg, a repeated tag, a tag that is a number, labels outside the list, and
 * several texts per tag. */
START_TEST(an_open_images_benchmark)
{
    EvalSet set = opened("@/open", NULL);
    ck_assert_str_eq(set.name, "open");
    root_is(&set, "@/open/imgs");
    truth_is(&set, "1010 0100 0001 0000");
    ck_assert_int_eq(set.benchmark.unknown, 1);
    ck_assert_int_eq(texts_of(&set, 0), 2);
    ck_assert_int_eq(texts_of(&set, 1), 3);
    ck_assert_int_eq(texts_of(&set, 2), 2);
    ck_assert_int_eq(texts_of(&set, 3), 1);
    ck_assert_uint_eq(set.groups.count, 0);
    char *path = benchmark_image_path(set.root, &set.benchmark, 0, NULL);
    ck_assert_str_eq(path + strlen(set.root), "/a1.jpg");
    mem_free(path);
    eval_set_free(&set);
}
END_TEST

START_TEST(a_benchmark_of_ids)
{
    EvalSet set = opened("@/hico", NULL);
    truth_is(&set, "1010 0100 0000 0000 1001");
    ck_assert_str_eq(set.benchmark.image[4], "e.jpg");
    root_is(&set, "@/hico/..");
    ck_assert_int_eq(texts_of(&set, 2), 1);
    eval_set_free(&set);
}
END_TEST

START_TEST(thresholds_and_groups)
{
    EvalSet set = opened("@/own", NULL);
    ck_assert_double_eq((double)set.threshold[0], 0.25);
    ck_assert_double_eq((double)set.threshold[1], 0.75);
    ck_assert_str_eq(set.groups.line[1], "cold");
    eval_set_free(&set);
}
END_TEST

/* Positions count in the folder's own list, in its order. */
START_TEST(positions_need_their_own_list)
{
    char *tags = tiny_path("@/order.txt");
    const EvalPaths other = {.tags = tags};
    tiny_write("@/order.txt", "ride a bike\nride a horse\nhold, a cup\nride a bike\n");
    EvalSet set;
    Error err = {0};
    ck_assert_int_eq(open_with("@/hico", &other, &set, &err), -1);
    expect_error(&err, ERROR_DATA, "tag 0 (from 0) is 'ride a bike', not 'ride a horse'");
    tiny_write("@/order.txt", "ride a horse\nride a bike\nhold, a cup\n");
    Error shorter = {0};
    ck_assert_int_eq(open_with("@/hico", &other, &set, &shorter), -1);
    tiny_write("@/order.txt", "ride a horse\nride a bike\nhold, a cup\nride a bike\n");
    set = opened("@/hico", &other); /* the same list in another file */
    eval_set_free(&set);
    mem_free(tags);
}
END_TEST

/* With another tag list, the folder's own thresholds and groups do not apply. */
START_TEST(settings_replace_files)
{
    char *tags = tiny_path("@/other_tags.txt"), *labels = tiny_path("@/open/none");
    char *root = tiny_path("@/elsewhere");
    tiny_write("@/open/none", "q,green\n");
    const EvalPaths other = {.tags = tags, .root = root};
    EvalSet set = opened("@/own", &other);
    truth_is(&set, "001 101");
    root_is(&set, "@/elsewhere");
    ck_assert_double_eq((double)set.threshold[0], 0.5);
    ck_assert_uint_eq(set.groups.count, 0);
    eval_set_free(&set);
    const EvalPaths both = {.tags = tags, .annotations = labels};
    set = opened("@/own", &both);
    truth_is(&set, "010");
    eval_set_free(&set);
    tiny_write("@/three.txt", "0\n0.5\n1");
    char *thresholds = tiny_path("@/three.txt");
    const EvalPaths with = {.tags = tags, .thresholds = thresholds};
    set = opened("@/own", &with);
    ck_assert_double_eq((double)set.threshold[2], 1);
    eval_set_free(&set);
    mem_free(thresholds);
    mem_free(root);
    mem_free(labels);
    mem_free(tags);
}
END_TEST

/* Where the images are: each place wins over the later ones, and an image has to be there. */
static const char *const places[] = {"@/places/p/imgs", "@/places", "@/places/p", "@/away"};
enum { PLACES = sizeof places / sizeof *places };

START_TEST(finds_the_images)
{
    static const char *const want[] = {"@/places/p/imgs", "@/places/p/..", "@/places/p",
                                       "@/away"};
    char *away = tiny_path("@/away");
    const EvalPaths paths = {.data_root = away};
    tiny_write("@/places/p/tags.txt", "red\n");
    tiny_write("@/places/p/annotations.txt", "x1,red\nx2\n");
    for (int i = PLACES - 1; i >= _i; i--) { /* also in all later places */
        char *one = mem_format("%s/x1.png", places[i]), *two = mem_format("%s/x2", places[i]);
        tiny_write(one, "x");
        tiny_write(two, "x");
        mem_free(one);
        mem_free(two);
    }
    EvalSet set = opened("@/places/p", &paths);
    root_is(&set, want[_i]);
    char *path = tiny_path(want[_i]), *first = mem_format("%s/x1.png", path);
    ck_assert_str_eq(set.path[0], first);
    mem_free(first);
    mem_free(path);
    eval_set_free(&set);
    char *clean = tiny_path("rm -r @/places; rm -rf @/away");
    ck_assert_int_eq(system(clean), 0);
    mem_free(clean);
    mem_free(away);
}
END_TEST

START_TEST(missing_images)
{
    EvalSet set;
    Error err = {0};
    tiny_write("@/some/tags.txt", "red\nblue\n");
    tiny_write("@/some/annotations.txt", "no1,red\nb.png,blue,red\nno2\na.png,red\n");
    ck_assert_int_eq(open_with("@/some", &(EvalPaths){.allow_missing = 1}, &set, &err), -1);
    expect_error(&err, ERROR_DATA, "some: 2 of 4 images are missing below ");
    set = opened("@/some", &(EvalPaths){.allow_missing = 2});
    ck_assert_int_eq(set.missing, 2);
    truth_is(&set, "11 10"); /* the labels of the others stay with their images */
    ck_assert_str_eq(set.benchmark.image[1], "a.png");
    ck_assert_ptr_nonnull(strstr(set.path[1], "/a.png"));
    eval_set_free(&set);
    set = opened("@/some", &(EvalPaths){.allow_missing = 1, .images = 2}); /* the first two */
    truth_is(&set, "11");
    eval_set_free(&set);
    Error all = {0};
    tiny_write("@/some/annotations.txt", "no1,red\n");
    ck_assert_int_eq(open_with("@/some", &(EvalPaths){.allow_missing = 9}, &set, &all), -1);
    expect_error(&all, ERROR_DATA, "1 of 1 images are missing");
}
END_TEST

/* A name that leaves the root is a missing image, and the error says what would allow it. */
START_TEST(names_that_leave_the_root)
{
    EvalSet set;
    Error err = {0};
    tiny_write("@/names/tags.txt", "red\nblue\n");
    tiny_write("@/names/annotations.txt", "/etc/passwd,red\na.png,red\n../../etc/group,blue\n");
    EvalPaths paths = {.root = "/tmp/ramplus-test-none"};
    ck_assert_int_eq(open_with("@/names", &paths, &set, &err), -1);
    expect_error(
        &err, ERROR_DATA,
        "3 of 3 images are missing below /tmp/ramplus-test-none: /etc/passwd: an absolute "
        "path, not below /tmp/ramplus-test-none; to allow these: data.absolute=true");
    paths.absolute = true;
    paths.allow_missing = 2;
    ck_assert_int_eq(open_with("@/names", &paths, &set, NULL), 0);
    ck_assert_int_eq(set.missing, 2);
    ck_assert_str_eq(set.path[0], "/etc/passwd");
    eval_set_free(&set);
}
END_TEST

/* A benchmark in two forms: no guess which files are meant. */
START_TEST(two_lists_in_a_folder)
{
    EvalSet set;
    Error err = {0};
    tiny_write("@/two/a_taglist.txt", "red\n");
    tiny_write("@/two/b_taglist.txt", "blue\n");
    tiny_write("@/two/c_annots.txt", "a.png,red\n");
    ck_assert_int_eq(open_with("@/two", &(EvalPaths){0}, &set, &err), -1);
    expect_error(&err, ERROR_DATA, "two/a_taglist.txt and b_taglist.txt: which one?");
    char *tags = tiny_path("@/two/a_taglist.txt");
    set = opened("@/two", &(EvalPaths){.tags = tags});
    eval_set_free(&set);
    mem_free(tags);
}
END_TEST

static const struct {
    const char *file, *text; /* written over a copy of @/own; NULL: removed */
    const char *message;
} bad[] = {
    {"tags.txt", NULL, "no tags.txt: not an evaluation folder"},
    {"annotations.txt", NULL, "no annotations.txt: not an evaluation folder"},
    {"tags.txt", "red\n\nblue", "tags.txt: line 2: empty"},
    {"annotations.txt", "a.png,green\n", "annotations.txt: no label is in the tag list"},
    {"annotations.txt", "a.png,red\n,blue\n", "annotations.txt: line 2: no image name"},
    {"annotations.txt", "a.png,0 2\n", "annotations.txt: line 1: id 2"},
    {"thresholds.txt", "0.5\n", "1 thresholds for 2 tags"},
    {"thresholds.txt", "0.5\n1.5\n", "thresholds.txt: line 2: 1.5 is outside 0..1"},
    {"groups.txt", "warm\n", "groups.txt: expected one line per tag: 1 lines for 2 tags"},
    {"descriptions.json", "[{\"red\": [\"x\"]}]", "blue"},
    {"descriptions.json", "[{\"red\": [\"x\"", "descriptions.json"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses)
{
    EvalSet set;
    Error err = {0};
    char *command = tiny_path("rm -rf @/bad && cp -r @/own @/bad");
    ck_assert_int_eq(system(command), 0);
    mem_free(command);
    char *path = mem_format("@/bad/%s", bad[_i].file), *full = tiny_path(path);
    if (bad[_i].text)
        tiny_write(path, bad[_i].text);
    else
        ck_assert_int_eq(remove(full), 0);
    ck_assert_int_eq(open_with("@/bad", &(EvalPaths){0}, &set, &err), -1);
    expect_error(&err, ERROR_DATA, bad[_i].message);
    mem_free(full);
    mem_free(path);
}
END_TEST

START_TEST(refuses_what_is_no_folder)
{
    EvalSet set;
    Error err = {0}, other = {0};
    ck_assert_int_eq(open_with("@/none", &(EvalPaths){0}, &set, &err), -1);
    expect_error(&err, ERROR_DATA, "none: no such folder");
    ck_assert_int_eq(open_with("@/other_tags.txt", &(EvalPaths){0}, &set, &other), -1);
    expect_error(&other, ERROR_DATA, "other_tags.txt: no such folder");
    eval_set_free(&set); /* an empty set */
}
END_TEST

Suite *test_eval_set_suite(void);
Suite *test_eval_set_suite(void)
{
    Suite *suite = suite_create("eval_set");
    TCase *c = tcase_create("eval_set");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, a_data_folder);
    tcase_add_test(c, an_open_images_benchmark);
    tcase_add_test(c, a_benchmark_of_ids);
    tcase_add_test(c, thresholds_and_groups);
    tcase_add_test(c, positions_need_their_own_list);
    tcase_add_test(c, settings_replace_files);
    tcase_add_loop_test(c, finds_the_images, 0, PLACES);
    tcase_add_test(c, missing_images);
    tcase_add_test(c, names_that_leave_the_root);
    tcase_add_test(c, two_lists_in_a_folder);
    tcase_add_loop_test(c, refuses, 0, BAD);
    tcase_add_test(c, refuses_what_is_no_folder);
    suite_add_tcase(suite, c);
    return suite;
}
