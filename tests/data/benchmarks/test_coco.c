/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up files in COCO's form: labels, captions, splits, faulty records, and that training and
 * evaluation read the result. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "data/annotations.h"
#include "data/benchmark.h"
#include "data/benchmarks/coco.h"
#include "data/benchmarks/coco_classes.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static char *path_of(const char *name) { return mem_strdup(scratch_path(&scratch, name)); }

static bool is_there(const char *name) { return file_exists(scratch_path(&scratch, name)); }

/* Prepares out/ with the files of the configuration, which are names in the folder. */
static int prepare(CocoConfig c, CocoCounts *counts, Error *err)
{
    char *out = path_of("out"), *file[5] = {NULL};
    const char **field[] = {&c.instances, &c.captions, &c.rules.images, &c.test_instances,
                            &c.rules.test_images};
    for (int i = 0; i < 5; i++)
        if (*field[i]) *field[i] = file[i] = path_of(*field[i]);
    const int status = coco_prepare(out, &c, counts, err);
    for (int i = 0; i < 5; i++) mem_free(file[i]);
    mem_free(out);
    return status;
}

static CocoCounts prepared(CocoConfig c)
{
    CocoCounts counts;
    Error err = {0};
    ck_assert_msg(prepare(c, &counts, &err) == 0, "%s", err.text);
    return counts;
}

/* Annotations first, ids with gaps, a crowd, a repeated label, an image without annotations, a
 * category without images. */
static const char INSTANCES[] =
    "{\"info\": {\"images\": 3}, \"annotations\": [\n"
    "{\"segmentation\": [[1.5, 2]], \"iscrowd\": 0, \"image_id\": 700, \"category_id\": 90, "
    "\"id\": 1},\n"
    "{\"segmentation\": {\"counts\": [1, 2], \"size\": [3, 3]}, \"iscrowd\": 1, \"image_id\": "
    "9,"
    " \"category_id\": 4},\n"
    "{\"image_id\": 700, \"category_id\": 4}, {\"image_id\": 700.0, \"category_id\": 90}],\n"
    "\"images\": [{\"id\": 700, \"file_name\": \"b.jpg\", \"height\": 4}, "
    "{\"file_name\": \"a, 1.jpg\", \"id\": 9}, {\"id\": 3, \"file_name\": \"none.jpg\"}],\n"
    "\"categories\": [{\"supercategory\": \"x\", \"id\": 4, \"name\": \"person\"}, "
    "{\"id\": 90, \"name\": \"hair drier\"}, {\"id\": 7, \"name\": \"sofa\"}]}\n";

static const char CAPTIONS[] =
    "{\"images\": [], \"annotations\": ["
    "{\"image_id\": 9, \"id\": 1, \"caption\": \"Two people.\"}, {\"image_id\": 3, "
    "\"caption\": \"Nothing\"}, {\"image_id\": 9, \"caption\": \"A crowd \\u00e9\"}]}";

START_TEST(trains_on_all_images)
{
    scratch_text(&scratch, "i.json", INSTANCES);
    scratch_text(&scratch, "c.json", CAPTIONS);
    const CocoCounts c = prepared((CocoConfig){.instances = "i.json", .captions = "c.json"});
    scratch_contains(&scratch, "out/train_tags.txt", "hair drier\nperson\nsofa\n");
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"a, 1.jpg\", \"union_label_id\": [1],"
        " \"caption\": [\"Two people.\", \"A crowd \xc3\xa9\"]},\n"
        "{\"image_path\": \"b.jpg\", \"union_label_id\": [0, 1], \"caption\": []},\n"
        "{\"image_path\": \"none.jpg\", \"union_label_id\": [], \"caption\": "
        "[\"Nothing\"]}]\n");
    scratch_contains(&scratch, "out/bad.txt", "");
    ck_assert(!is_there("out/test"));
    ck_assert(c.read.images == 3 && c.read.categories == 3 && c.read.annotations == 4);
    ck_assert(c.read.crowd == 1 && c.read.captions == 3 && c.read.bad == 0);
    ck_assert(c.own.train.images == 3 && c.own.train.labels == 3 && c.own.train.captions == 3);
    ck_assert(c.own.train.untagged == 1 && c.own.train.unused == 1);
    Annotations a;
    Error err = {0};
    char *json = path_of("out/train.json");
    ck_assert_msg(annotations_read((const char *const[]){json}, 1, 3, &a, &err) == 0, "%s",
                  err.text);
    ck_assert_int_eq(a.count, 3);
    annotations_free(&a);
    mem_free(json);
}
END_TEST

/* An image without annotations has no tag, or is left out. */
START_TEST(evaluates_another_file)
{
    scratch_text(&scratch, "i.json", INSTANCES);
    CocoCounts c = prepared((CocoConfig){.test_instances = "i.json"});
    scratch_contains(&scratch, "out/test/tags.txt", "hair drier\nperson\nsofa\n");
    scratch_contains(&scratch, "out/test/annotations.txt",
                     "\"a, 1.jpg\",person\nb.jpg,hair drier,person\nnone.jpg\n");
    ck_assert(!is_there("out/train.json"));
    ck_assert(c.own.test.images == 3 && c.own.test.labels == 3 && c.own.test.untagged == 1);
    c = prepared((CocoConfig){.test_instances = "i.json", .rules.labeled_only = true});
    scratch_contains(&scratch, "out/test/annotations.txt",
                     "\"a, 1.jpg\",person\nb.jpg,hair drier,person\n");
    c = prepared((CocoConfig){.instances = "i.json", .test_instances = "i.json"});
    ck_assert(c.own.train.images == 3 && c.own.test.images == 3);
    ck_assert(c.read.images == 6 && c.read.categories == 3);
}
END_TEST

/* Hair drier, on one image, and sofa, on none, are no tags; b.jpg keeps its other one. */
START_TEST(rare_categories)
{
    scratch_text(&scratch, "i.json", INSTANCES);
    CocoCounts c = prepared((CocoConfig){.instances = "i.json", .rules.least = 2});
    scratch_contains(&scratch, "out/train_tags.txt", "person\n");
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"a, 1.jpg\", \"union_label_id\": [0], \"caption\": []},\n"
        "{\"image_path\": \"b.jpg\", \"union_label_id\": [0], \"caption\": []},\n"
        "{\"image_path\": \"none.jpg\", \"union_label_id\": [], \"caption\": []}]\n");
    ck_assert(c.own.rare == 2 && c.own.train.labels == 2 && c.own.train.unused == 0);
    c = prepared((CocoConfig){.test_instances = "i.json", .rules = {.labeled_only = true}});
    scratch_contains(&scratch, "out/test/tags.txt", "hair drier\nperson\nsofa\n");
    c = prepared(
        (CocoConfig){.test_instances = "i.json", .rules = {.least = 2, .labeled_only = true}});
    scratch_contains(&scratch, "out/test/tags.txt", "person\n");
    scratch_contains(&scratch, "out/test/annotations.txt",
                     "\"a, 1.jpg\",person\nb.jpg,person\n");
}
END_TEST

/* ---- bad records ------------------------------------------------------------------------- */

static const char FAULTY[] =
    "{\"categories\": [{\"id\": 1, \"name\": \"cat\"}, {\"id\": 1, \"name\": \"dog\"}, "
    "{\"id\": 2}, {\"id\": 3, \"name\": \" \"}, {\"id\": 4, \"name\": \"a\\nb\"}, "
    "{\"id\": 5, \"name\": \"cat\"}],\n"
    "\"images\": [{\"id\": 1, \"file_name\": \"a.jpg\"}, {\"id\": 1, \"file_name\": "
    "\"b.jpg\"}, "
    "{\"id\": \"2\", \"file_name\": \"b.jpg\"}, {\"id\": 3.5, \"file_name\": \"b.jpg\"}, "
    "{\"id\": NaN, \"file_name\": \"b.jpg\"}, {\"id\": 6, \"file_name\": 7}, 5, "
    "{\"id\": 7, \"file_name\": \"../b.jpg\"}, {\"id\": 8, \"file_name\": \"c.jpg\"}, "
    "{\"file_name\": \"b.jpg\"}],\n"
    "\"annotations\": [{\"image_id\": 1, \"category_id\": 5}, {\"image_id\": 2, "
    "\"category_id\": 1}, {\"image_id\": 1, \"category_id\": 2}, {\"image_id\": 8, "
    "\"category_id\": 1}, {\"category_id\": 1}]}";

START_TEST(lists_bad_records)
{
    static const char *const lines[] = {
        "record 2 (line 1): id 1: given twice\n",
        "record 3 (line 1): no name\n",
        "record 4 (line 1): name: blank\n",
        "record 5 (line 1): name: has characters that cannot be printed\n",
        "record 2 (line 2): id 1: given twice\n",
        "record 3 (line 2): id: expected a whole number\n",
        "record 4 (line 2): id: expected a whole number\n",
        "record 5 (line 2): id: holds NaN\n",
        "record 6 (line 2): file_name: expected a string\n",
        "record 7 (line 2): '5' instead of an object",
        "record 8 (line 2): ../b.jpg: ",
        "record 9 (line 2): c.jpg: no such image\n",
        "record 10 (line 2): no id\n",
        "record 2 (line 3): image_id 2: no such image\n",
        "record 3 (line 3): category_id 2: no such category\n",
        "record 5 (line 3): no image_id\n"};
    enum { LINES = sizeof lines / sizeof *lines };
    scratch_text(&scratch, "f.json", FAULTY);
    scratch_text(&scratch, "images/a.jpg", "x");
    scratch_text(&scratch, "b.jpg", "x");
    const CocoCounts c =
        prepared((CocoConfig){.instances = "f.json", .rules.images = "images"});
    char *bad = scratch_read(&scratch, "out/bad.txt"), *at = bad;
    for (int i = 0; i < LINES; i++) {
        at = strstr(at, lines[i]);
        ck_assert_msg(at != NULL, "%s\nlacks %s", bad, lines[i]);
    }
    ck_assert_int_eq(c.read.bad, LINES);
    ck_assert_int_eq(c.read.orphan, 1);
    scratch_contains(&scratch, "out/train_tags.txt", "cat\n"); /* one tag for both categories */
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"a.jpg\", \"union_label_id\": [0], \"caption\": []}]\n");
    mem_free(bad);
}
END_TEST

static const struct {
    const char *text, *message;
} refused[] = {
    {"[]", "not a JSON object"},
    {"{\"images\": [], \"annotations\": []}", "has no \"categories\""},
    {"{\"categories\": [], \"images\": [{\"id\": 1,",
     "no JSON after \"categories\": the end of the file"},
    {"{\"categories\": [], \"images\": [{\"id\": 1,}], \"annotations\": []}", "record 1"},
    {"{\"categories\": [{\"id\": 1, \"name\": \"a\"}], \"images\": [{\"id\": 1, \"file_name\": "
     "\"a\"}], \"annotations\": []}",
     "1 tags, 1 images, 0 labels: nothing left"},
};

/* Nothing then looks like a data folder, not even what was there before. */
START_TEST(refuses_files)
{
    CocoCounts c;
    Error err = {0};
    scratch_text(&scratch, "out/train.json", "[]");
    scratch_text(&scratch, "f.json", refused[_i].text);
    ck_assert_int_eq(prepare((CocoConfig){.instances = "f.json"}, &c, &err), -1);
    expect_error(&err, ERROR_DATA, refused[_i].message);
    ck_assert(!is_there("out/train.json") && !is_there("out/bad.txt"));
}
END_TEST

/* Lists that start with a bracket look like JSON: an image is quoted, a tag refused. */
START_TEST(names_with_brackets)
{
    static const char format[] =
        "{\"categories\": [{\"id\": 1, \"name\": \"%s\"}], \"images\": "
        "[{\"id\": 1, \"file_name\": \"[a].jpg\"}], "
        "\"annotations\": [{\"image_id\": 1, \"category_id\": 1}]}";
    char *good = mem_format(format, "cat [1]"), *bad = mem_format(format, " [cat]");
    scratch_text(&scratch, "i.json", good);
    prepared((CocoConfig){.test_instances = "i.json"});
    scratch_contains(&scratch, "out/test/annotations.txt", "\"[a].jpg\",cat [1]\n");
    scratch_text(&scratch, "i.json", bad);
    CocoCounts c;
    Error err = {0};
    ck_assert_int_eq(prepare((CocoConfig){.test_instances = "i.json"}, &c, &err), -1);
    expect_error(&err, ERROR_DATA, "tag '[cat]': a list of tags that starts with a bracket");
    mem_free(bad);
    mem_free(good);
}
END_TEST

/* ---- division ---------------------------------------------------------------------------- */

/* An instances file of n images of two classes, in this order of the images. */
static void write_many(const char *name, int n, bool reversed)
{
    Text t = {0};
    text_put(&t, "{\"categories\": [{\"id\": 1, \"name\": \"x\"}], \"images\": [");
    for (int i = 0; i < n; i++)
        text_add(&t, "%s{\"id\": %d, \"file_name\": \"%d.jpg\"}", i ? "," : "", i,
                 reversed ? n - 1 - i : i);
    text_put(&t, "], \"annotations\": [");
    for (int i = 0; i < n; i++)
        text_add(&t, "%s{\"image_id\": %d, \"category_id\": 1}", i ? "," : "", i);
    text_put(&t, "]}");
    scratch_text(&scratch, name, t.data);
    text_free(&t);
}

/* Marks in test [n] the images that the evaluation set has. */
static int64_t test_images(bool *test, int n)
{
    char *text = scratch_read(&scratch, "out/test/annotations.txt"), *rest = text;
    int64_t count = 0;
    memset(test, 0, (size_t)n);
    for (char *line; (line = strtok_r(rest, "\n", &rest)); count++) test[atoi(line)] = true;
    mem_free(text);
    return count;
}

/* The share is chosen by name and seed, whatever the order of the file, and does not train. */
START_TEST(a_share_is_evaluated)
{
    enum { N = 2000 };
    static bool first[N], again[N], other[N];
    write_many("a.json", N, false);
    write_many("b.json", N, true);
    const CocoConfig c = {.instances = "a.json", .rules.test = 0.2};
    const CocoCounts counts = prepared(c);
    const int64_t n = test_images(first, N);
    ck_assert(n > 340 && n < 460); /* 400, standard deviation 18 */
    ck_assert(counts.own.test.images == n && counts.own.train.images == N - n);
    char *train = scratch_read(&scratch, "out/train.json");
    for (int i = 0; i < N; i++) {
        char *record = mem_format("\"%d.jpg\"", i);
        ck_assert((strstr(train, record) == NULL) == first[i]);
        mem_free(record);
    }
    mem_free(train);
    prepared((CocoConfig){.instances = "b.json", .rules.test = 0.2});
    ck_assert_int_eq(test_images(again, N), n);
    ck_assert_mem_eq(first, again, N);
    prepared((CocoConfig){.instances = "a.json", .rules = {.test = 0.2, .seed = 1}});
    test_images(other, N);
    ck_assert_mem_ne(first, other, N);
}
END_TEST

/* The 80 categories: three images with person, person and cat, and potted plant (neither). */
static void write_classes(const char *name, const char *first)
{
    static const char *const some[] = {
        "bicycle",  "car",      "motorcycle", "airplane",     "bus",        "train",
        "truck",    "boat",     "bench",      "bird",         "dog",        "horse",
        "sheep",    "cow",      "elephant",   "bear",         "zebra",      "giraffe",
        "backpack", "umbrella", "handbag",    "tie",          "suitcase",   "frisbee",
        "skis",     "kite",     "snowboard",  "surfboard",    "skateboard", "bottle",
        "cup",      "fork",     "knife",      "spoon",        "bowl",       "banana",
        "apple",    "sandwich", "orange",     "broccoli",     "carrot",     "pizza",
        "donut",    "cake",     "chair",      "couch",        "bed",        "toilet",
        "tv",       "laptop",   "mouse",      "remote",       "keyboard",   "microwave",
        "oven",     "toaster",  "sink",       "refrigerator", "book",       "clock",
        "vase",     "scissors", "toothbrush"};
    Text t = {0};
    text_add(&t,
             "{\"categories\": [{\"id\": 1, \"name\": \"%s\"}, {\"id\": 2, \"name\": \"cat\"}, "
             "{\"id\": 3, \"name\": \"potted plant\"}",
             first);
    for (int i = 0; i < (int)(sizeof some / sizeof *some); i++)
        text_add(&t, ", {\"id\": %d, \"name\": \"%s\"}", 10 + i, some[i]);
    text_put(&t,
             "], \"images\": [{\"id\": 1, \"file_name\": \"p.jpg\"}, {\"id\": 2, "
             "\"file_name\": \"pc.jpg\"}, {\"id\": 3, \"file_name\": \"n.jpg\"}], "
             "\"annotations\": [{\"image_id\": 1, \"category_id\": 1}, {\"image_id\": 2, "
             "\"category_id\": 1}, {\"image_id\": 2, \"category_id\": 2}, {\"image_id\": 2, "
             "\"category_id\": 3}, {\"image_id\": 3, \"category_id\": 3}]}");
    scratch_text(&scratch, name, t.data);
    text_free(&t);
}

START_TEST(seen_and_unseen_classes)
{
    write_classes("i.json", "person");
    CocoConfig c = {
        .instances = "i.json", .test_instances = "i.json", .split = COCO_SPLIT_GENERALIZED};
    CocoCounts counts = prepared(c);
    scratch_contains(&scratch, "out/seen/annotations.txt", "pc.jpg,person\n");
    scratch_contains(&scratch, "out/unseen/annotations.txt", "pc.jpg,cat\n");
    scratch_contains(&scratch, "out/all/annotations.txt", "pc.jpg,cat,person\n");
    scratch_contains(
        &scratch, "out/train.json", /* n.jpg has no seen class, and pc.jpg an unseen one */
        "[{\"image_path\": \"p.jpg\", \"union_label_id\": [30], \"caption\": []}]\n");
    ck_assert(counts.seen.tags == COCO_SEEN && counts.unseen.tags == COCO_UNSEEN);
    ck_assert(counts.all.tags == 65 && counts.own.train.tags == COCO_SEEN);
    c.split = COCO_SPLIT_ZERO_SHOT;
    prepared(c);
    ck_assert(is_there("out/unseen/annotations.txt") && !is_there("out/all/annotations.txt"));
    Error err = {0};
    write_classes("i.json", "human");
    ck_assert_int_eq(prepare(c, &counts, &err), -1);
    expect_error(&err, ERROR_DATA, "no category is named 'person'");
}
END_TEST

/* ---- the command ------------------------------------------------------------------------- */

/* Runs the program; every @ in the arguments is the folder. */
static int run(const char *arguments, char **out, char **messages)
{
    Text line = {0};
    for (const char *p = arguments; *p; p++)
        text_put_bytes(&line, *p == '@' ? scratch.dir : p, *p == '@' ? strlen(scratch.dir) : 1);
    const int status = run_program(&scratch, line.data, out, messages);
    text_free(&line);
    return status;
}

START_TEST(the_command)
{
    char *out, *messages;
    scratch_text(&scratch, "i.json", INSTANCES);
    scratch_text(&scratch, "images/b.jpg", "x");
    scratch_text(&scratch, "images/a, 1.jpg", "x");
    scratch_text(&scratch, "others/b.jpg", "x");
    scratch_text(&scratch, "others/a, 1.jpg", "x");
    ck_assert_int_eq(run("prepare coco @/out --instances @/i.json --images @/images --test 0 "
                         "--test-instances @/i.json --test-images @/others --json",
                         &out, &messages),
                     0);
    json_t *json = json_loads(out, 0, NULL);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "bad_records")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "train_images")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "test_images")), 2);
    ck_assert_ptr_nonnull(strstr(messages, "none.jpg: no such image\n"));
    json_decref(json);
    mem_free(messages);
    mem_free(out);
    ck_assert_int_eq(run("config -c @/out/dataset.yaml", &out, &messages), 0);
    char *root = path_of("images");
    ck_assert_msg(strstr(out, root) && strstr(out, "/out/train_tags.txt"), "%s", out);
    ck_assert_msg(strstr(out, "loss.weight.align: 0\n") != NULL, "%s", out); /* no captions */
    mem_free(root);
    mem_free(messages);
    mem_free(out);
    ck_assert_int_eq(run("prepare coco @/out --instances @/i.json --images @/images --strict "
                         "--test 0",
                         &out, &messages),
                     ERROR_DATA);
    ck_assert_ptr_nonnull(strstr(messages, "1 records are bad: see "));
    mem_free(messages);
    mem_free(out);
    ck_assert_int_eq(run("prepare coco @/out", &out, &messages), ERROR_USAGE);
    mem_free(messages);
    mem_free(out);
}
END_TEST

Suite *test_coco_suite(void);
Suite *test_coco_suite(void)
{
    Suite *s = suite_create("coco");
    TCase *t = tcase_create("coco");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, trains_on_all_images);
    tcase_add_test(t, evaluates_another_file);
    tcase_add_test(t, rare_categories);
    tcase_add_test(t, lists_bad_records);
    tcase_add_loop_test(t, refuses_files, 0, sizeof refused / sizeof *refused);
    tcase_add_test(t, names_with_brackets);
    tcase_add_test(t, a_share_is_evaluated);
    tcase_add_test(t, seen_and_unseen_classes);
    tcase_add_test(t, the_command);
    suite_add_tcase(s, t);
    return s;
}
