/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of one's own: equal files in any order, what is known of each image, the division, the
 * lists. */
#include "data/folder/own_set.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "core/rng.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static Scratch scratch;
static char *out;

static void setup(void)
{
    scratch_new(&scratch);
    out = file_join(scratch.dir, "out");
}

static void teardown(void)
{
    mem_free(out);
    scratch_free(&scratch);
}

static void begin(OwnSet *s, const OwnRules *rules)
{
    Error err = {0};
    ck_assert_msg(own_set_begin(out, rules, s, &err) == 0, "%s", err.text);
}

static OwnCounts end(OwnSet *s)
{
    OwnCounts counts;
    Error err = {0};
    int status = own_set_write(s, &counts, &err);
    status = own_set_end(s, status, &err);
    ck_assert_msg(status == 0, "%s", err.text);
    return counts;
}

static void end_badly(OwnSet *s, const char *why)
{
    OwnCounts counts;
    Error err = {0};
    ck_assert_int_eq(own_set_end(s, own_set_write(s, &counts, &err), NULL), -1);
    expect_error(&err, ERROR_DATA, why);
    ck_assert(!file_exists(scratch_path(&scratch, "out/train.json")));
}

/* An image of this name and role with tags and captions, separated by |. */
static int64_t image(OwnSet *s, const char *name, enum OwnRole role, const char *tags,
                     const char *captions)
{
    Error why = {0};
    const int64_t i = own_set_image(s, name, NULL);
    char *text[] = {mem_strdup(tags), mem_strdup(captions)}, *rest = text[0];
    for (char *tag; (tag = strtok_r(rest, "|", &rest));)
        ck_assert_msg(own_set_tag(s, i, tag, &why) == 0, "%s", why.text);
    rest = text[1];
    for (char *caption; (caption = strtok_r(rest, "|", &rest));) own_set_caption(s, i, caption);
    own_set_role(s, i, role);
    mem_free(text[0]);
    mem_free(text[1]);
    return i;
}

/* ---- order ------------------------------------------------------------------------------- */

enum { IMAGES = 60, FACTS = 5 * IMAGES };

/* Says one of the facts of the set: name, tags, unknown tag, caption, role. */
static void say(OwnSet *s, int fact)
{
    static const char *const tags[] = {"dog", "Cat", "hot dog", "\xc3\xa9t\xc3\xa9", "zebra"};
    const int n = fact % IMAGES;
    char name[16], caption[16];
    snprintf(name, sizeof name, "%d/%d.jpg", n % 3, n);
    snprintf(caption, sizeof caption, "caption %d", n);
    const int64_t i = own_set_image(s, name, NULL);
    switch (fact / IMAGES) {
    case 0:
        own_set_tag(s, i, tags[n % 5], NULL);
        return;
    case 1:
        own_set_tag(s, i, tags[(n / 5) % 5], NULL);
        return;
    case 2:
        own_set_unknown(s, i, tags[(n / 7) % 5], NULL);
        return;
    case 3:
        own_set_caption(s, i, caption);
        return;
    default:
        own_set_role(s, i, n % 4 ? OWN_ROLE_DRAWN : OWN_ROLE_TEST);
    }
}

/* All files of the folder as one text, owned. */
static char *all_files(void)
{
    static const char *const names[] = {
        "train.json",     "train_tags.txt",       "descriptions.json",
        "tag_counts.csv", "dataset.yaml",         "bad.txt",
        "test/tags.txt",  "test/annotations.txt", "test/unknown.txt"};
    Text t = {0};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = file_join("out", names[i]), *text = scratch_read(&scratch, path);
        text_add(&t, "%s:\n%s", names[i], text);
        mem_free(text);
        mem_free(path);
    }
    return t.data;
}

/* The facts in an order of their own. */
static char *files_of_order(uint64_t seed)
{
    OwnSet s;
    int fact[FACTS];
    for (int i = 0; i < FACTS; i++) fact[i] = i;
    for (int i = FACTS - 1; seed && i > 0; i--) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        const int k = (int)((seed >> 33) % (uint64_t)(i + 1)), swap = fact[i];
        fact[i] = fact[k];
        fact[k] = swap;
    }
    begin(&s, &(OwnRules){.test = 0.3, .seed = 4, .least = 1, .images = scratch.dir});
    for (int i = 0; i < FACTS; i++) say(&s, fact[i]);
    end(&s);
    return all_files();
}

START_TEST(any_order_gives_equal_files)
{
    char *first = files_of_order(0);
    ck_assert_ptr_nonnull(strstr(first, "\"unknown_label_id\": ["));
    ck_assert_ptr_nonnull(strstr(first, "\"image_path\": \"0/3.jpg\""));
    for (uint64_t seed = 1; seed <= 5; seed++) {
        char *other = files_of_order(seed);
        ck_assert_str_eq(first, other);
        text_free(&(Text){.data = other});
    }
    text_free(&(Text){.data = first});
}
END_TEST

/* ---- what is known ----------------------------------------------------------------------- */

START_TEST(known_and_unknown_tags)
{
    OwnSet s;
    Error why = {0};
    begin(&s, &(OwnRules){.least = 1});
    int64_t i = image(&s, "a", OWN_ROLE_TRAIN, "cat", "");
    ck_assert_int_eq(own_set_unknown(&s, i, "dog", &why), 0);
    ck_assert_int_eq(own_set_unknown(&s, i, "dog", &why), 0);
    ck_assert_int_eq(own_set_unknown(&s, i, "cat", &why), 0); /* it is known to be there */
    i = image(&s, "b", OWN_ROLE_TRAIN, "dog|dog", "");
    i = image(&s, "c", OWN_ROLE_TRAIN, "", ""); /* told that it has none */
    own_set_told(&s, i);
    i = image(&s, "d", OWN_ROLE_TRAIN, "", "a text"); /* nothing told */
    ck_assert_int_eq(own_set_unknown(&s, i, "dog", &why), 0);
    image(&s, "e", OWN_ROLE_TRAIN, "", ""); /* nothing at all */
    i = image(&s, "f", OWN_ROLE_TEST, "cat", "");
    ck_assert_int_eq(own_set_unknown(&s, i, "dog", &why), 0);
    image(&s, "g", OWN_ROLE_TEST, "", "not evaluated"); /* nothing told */
    own_set_told(&s, image(&s, "h", OWN_ROLE_TEST, "", ""));
    const OwnCounts c = end(&s);
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"a\", \"union_label_id\": [0], \"unknown_label_id\": [1], "
        "\"caption\": []},\n"
        "{\"image_path\": \"b\", \"union_label_id\": [1], \"caption\": []},\n"
        "{\"image_path\": \"c\", \"union_label_id\": [], \"caption\": []},\n"
        "{\"image_path\": \"d\", \"union_label_id\": null, \"caption\": [\"a text\"]}]\n");
    scratch_contains(&scratch, "out/test/annotations.txt", "f,cat\nh\n");
    scratch_contains(&scratch, "out/test/unknown.txt", "f,dog\n");
    ck_assert(c.images == 8 && c.tags == 2 && c.rare == 0 && c.useless == 1);
    ck_assert(c.train.images == 4 && c.train.labels == 2 && c.train.unknowns == 1);
    ck_assert(c.train.untold == 1 && c.train.untagged == 2 && c.train.captions == 1);
    ck_assert(c.test.images == 2 && c.test.labels == 1 && c.test.unknowns == 1);
    ck_assert(c.test.untagged == 1 && c.test.untold == 0 && c.untold == 1);
}
END_TEST

/* A folder that was made before has no list of unknown tags afterwards. */
START_TEST(no_unknown_tags)
{
    OwnSet s;
    for (int twice = 0; twice < 2; twice++) {
        begin(&s, &(OwnRules){.least = 1});
        image(&s, "a", OWN_ROLE_TRAIN, "cat|dog", "");
        const int64_t i = image(&s, "b", OWN_ROLE_TEST, "cat", "");
        if (!twice) ck_assert_int_eq(own_set_unknown(&s, i, "dog", NULL), 0);
        end(&s);
        ck_assert_int_eq(file_exists(scratch_path(&scratch, "out/test/unknown.txt")), !twice);
    }
}
END_TEST

START_TEST(names_of_tags)
{
    OwnSet s;
    Error why = {0};
    begin(&s, &(OwnRules){.least = 1});
    const int64_t a = own_set_find_tag(&s, " hot   dog ", &why);
    ck_assert_int_eq(own_set_find_tag(&s, "hot dog", &why), a);
    ck_assert_int_ne(own_set_find_tag(&s, "Hot dog", &why), a);
    ck_assert_int_eq(own_set_find_tag(&s, "e\xcc\x81", &why),
                     own_set_find_tag(&s, "\xc3\xa9", &why));
    static const char *const bad[] = {"", "  ", "a\nb", "\xff"};
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(own_set_find_tag(&s, bad[i], &why), -1);
        ck_assert_int_eq(why.code, ERROR_DATA);
        why = (Error){0};
        ck_assert_int_eq(own_set_tag(&s, own_set_image(&s, "x", NULL), bad[i], &why), -1);
        why = (Error){0};
    }
    bool added;
    const int64_t x = own_set_image(&s, "x", &added);
    ck_assert(!added && own_set_image(&s, "y", &added) != x && added);
    end_badly(&s, "nothing left");
}
END_TEST

/* Kept apart, with a warning; tags that are left out do not count. */
START_TEST(similar_tags)
{
    static const char *const tags[] = {
        "hot dog",           "Hot-Dog", "hot_dog", "\xc3\x89t\xc3\xa9",
        "\xc3\xa9t\xc3\xa9", "hotdog",  "cat",     "CAT"};
    OwnSet s;
    bool kept[8];
    begin(&s, &(OwnRules){0});
    for (int i = 0; i < 8; i++) {
        ck_assert_int_eq(own_set_find_tag(&s, tags[i], NULL), i);
        kept[i] = i < 7;
    }
    ck_assert_int_eq(own_set_warn_similar(&s, kept), 3);
    own_set_end(&s, -1, NULL);
}
END_TEST

START_TEST(captions_once)
{
    OwnSet s;
    begin(&s, &(OwnRules){.least = 1});
    image(&s, "b", OWN_ROLE_TRAIN, "cat", "two|one|two |  two|three");
    image(&s, "a", OWN_ROLE_TRAIN, "cat", "two| \t");
    image(&s, "b", OWN_ROLE_TRAIN, "", "one|a\n  b");
    const OwnCounts c = end(&s);
    scratch_contains(
        &scratch, "out/train.json",
        "[{\"image_path\": \"a\", \"union_label_id\": [0], \"caption\": [\"two\"]},\n"
        "{\"image_path\": \"b\", \"union_label_id\": [0], \"caption\": [\"two\", \"one\", "
        "\"three\", \"a b\"]}]\n");
    ck_assert_int_eq(c.train.captions, 5);
}
END_TEST

/* ---- the list of tags -------------------------------------------------------------------- */

/* Those of a list, in its order, whether they are on images or not. */
START_TEST(a_given_list)
{
    OwnSet s;
    scratch_text(&scratch, "mine.txt", "zebra\ndog\nbird\n");
    char *list = mem_strdup(scratch_path(&scratch, "mine.txt"));
    begin(&s, &(OwnRules){.tags = list, .least = 5});
    image(&s, "a", OWN_ROLE_TRAIN, "ant|bird", "");
    image(&s, "b", OWN_ROLE_TRAIN, "zebra", "");
    image(&s, "c", OWN_ROLE_TRAIN, "ant", "");
    image(&s, "d", OWN_ROLE_TEST, "bird|ant", "");
    const OwnCounts c = end(&s);
    scratch_contains(&scratch, "out/train_tags.txt", "zebra\ndog\nbird\n");
    scratch_contains(&scratch, "out/test/tags.txt", "zebra\ndog\nbird\n");
    scratch_contains(&scratch, "out/test/annotations.txt", "d,bird\n");
    scratch_contains(&scratch, "out/train.json",
                     "[{\"image_path\": \"a\", \"union_label_id\": [2], \"caption\": []},\n"
                     "{\"image_path\": \"b\", \"union_label_id\": [0], \"caption\": []},\n"
                     "{\"image_path\": \"c\", \"union_label_id\": [], \"caption\": []}]\n");
    scratch_contains(&scratch, "out/tag_counts.csv",
                     "tag,training images,test images,kept\nant,2,1,no\nbird,1,1,yes\n"
                     "zebra,1,0,yes\ndog,0,0,yes\n");
    ck_assert(c.rare == 1 && c.train.unused == 1);
    scratch_text(&scratch, "mine.txt", "\n");
    Error err = {0};
    ck_assert_int_eq(own_set_begin(out, &(OwnRules){.tags = list}, &s, &err), -1);
    ck_assert_int_eq(err.code, ERROR_DATA);
    ck_assert_int_eq(own_set_end(&s, -1, NULL), -1);
    mem_free(list);
}
END_TEST

/* Only training images count; the most frequent come first, equal ones by their bytes. */
START_TEST(rare_tags)
{
    OwnSet s;
    begin(&s, &(OwnRules){.least = 2});
    image(&s, "a", OWN_ROLE_TRAIN, "y|x|rare", "");
    image(&s, "b", OWN_ROLE_TRAIN, "x|y|y", "");
    image(&s, "c", OWN_ROLE_TRAIN, "\"q\", z|x", "");
    image(&s, "d", OWN_ROLE_TEST, "rare|x", "");
    image(&s, "e", OWN_ROLE_TEST, "rare", "");
    const OwnCounts c = end(&s);
    scratch_contains(&scratch, "out/train_tags.txt", "x\ny\n");
    scratch_contains(&scratch, "out/tag_counts.csv",
                     "tag,training images,test images,kept\nx,3,1,yes\nrare,1,2,no\n"
                     "y,2,0,yes\n\"\"\"q\"\", z\",1,0,no\n");
    scratch_contains(&scratch, "out/test/annotations.txt", "d,x\ne\n");
    ck_assert(c.rare == 2 && c.train.labels == 5 && c.test.untagged == 1);
    ck_assert_int_eq(c.test.unused, 1);
}
END_TEST

START_TEST(only_labeled_images)
{
    OwnSet s;
    begin(&s, &(OwnRules){.least = 1, .labeled_only = true});
    image(&s, "a", OWN_ROLE_TRAIN, "x", "");
    own_set_told(&s, image(&s, "b", OWN_ROLE_TRAIN, "", ""));
    own_set_told(&s, image(&s, "c", OWN_ROLE_TEST, "", ""));
    image(&s, "d", OWN_ROLE_TEST, "new", ""); /* a tag that training has not */
    image(&s, "e", OWN_ROLE_TEST, "x", "");
    const OwnCounts c = end(&s);
    scratch_contains(&scratch, "out/test/annotations.txt", "e,x\n");
    ck_assert(c.train.images == 2 && c.test.images == 1);
}
END_TEST

/* ---- the division ------------------------------------------------------------------------ */

START_TEST(a_share_by_name)
{
    enum { N = 4000 };
    OwnSet s;
    int64_t same = 0, test[2] = {0};
    bool is_test[2][N];
    for (int64_t seed = 0; seed < 2; seed++) {
        begin(&s, &(OwnRules){.test = 0.25, .seed = seed});
        for (int i = 0; i < N; i++) {
            char name[16];
            snprintf(name, sizeof name, "%04d.jpg", i);
            image(&s, name, OWN_ROLE_DRAWN, "x", "");
        }
        own_set_divide(&s);
        for (int i = 0; i < N; i++) {
            is_test[seed][i] = s.test[i];
            test[seed] += s.test[i];
            ck_assert(s.test[i] != s.train[i]);
            ck_assert_int_eq(own_set_draw(s.set.image[i].name, seed) < 0.25, s.test[i]);
        }
        ck_assert_int_eq(own_set_end(&s, -1, NULL), -1);
    }
    for (int i = 0; i < N; i++) same += is_test[0][i] == is_test[1][i];
    /* 1000 and 2500 are expected; five standard deviations. */
    ck_assert_msg(fabs((double)test[0] - 1000) < 137, "%ld", test[0]);
    ck_assert_msg(fabs((double)test[1] - 1000) < 137, "%ld", test[1]);
    ck_assert_msg(fabs((double)same - 2500) < 153, "%ld", same);
}
END_TEST

/* A role that is stated is not drawn. */
START_TEST(stated_roles)
{
    OwnSet s;
    begin(&s, &(OwnRules){.test = 1});
    image(&s, "a", OWN_ROLE_TRAIN, "x", "");
    image(&s, "b", OWN_ROLE_TEST, "x", "");
    image(&s, "c", OWN_ROLE_DRAWN, "x", "");
    own_set_divide(&s);
    ck_assert(s.train[0] && s.test[1] && s.test[2]);
    own_set_end(&s, -1, NULL);
    begin(&s, &(OwnRules){.test = 0});
    image(&s, "b", OWN_ROLE_TEST, "x", "");
    image(&s, "c", OWN_ROLE_DRAWN, "x", "");
    ck_assert(own_set_role(&s, 0, OWN_ROLE_TEST) && own_set_role(&s, 0, OWN_ROLE_DRAWN));
    ck_assert(!own_set_role(&s, 0, OWN_ROLE_TRAIN)); /* the first one remains */
    own_set_divide(&s);
    ck_assert(s.test[0] && s.train[1]);
    own_set_end(&s, -1, NULL);
}
END_TEST

/* What cannot be evaluated trains. */
START_TEST(unknown_tags_are_not_drawn)
{
    OwnSet s;
    begin(&s, &(OwnRules){.test = 1});
    image(&s, "a", OWN_ROLE_DRAWN, "", "a text");
    image(&s, "b", OWN_ROLE_DRAWN, "x", "a text");
    own_set_divide(&s);
    ck_assert(s.train[0] && s.test[1]);
    own_set_end(&s, -1, NULL);
}
END_TEST

/* An image in an archive falls where the same file outside falls. */
START_TEST(names_in_archives)
{
    OwnSet s;
    begin(&s, &(OwnRules){.test = 0.5});
    for (int i = 0; i < 200; i++) {
        char name[3][48];
        snprintf(name[0], sizeof name[0], "d/%03d.jpg", i);
        snprintf(name[1], sizeof name[1], "shard-%d.tar/d/%03d.jpg", i / 50, i);
        snprintf(name[2], sizeof name[2], "x/y.tar/d/%03d.jpg", i);
        for (int k = 0; k < 3; k++) image(&s, name[k], OWN_ROLE_DRAWN, "x", "");
    }
    own_set_divide(&s);
    int64_t in_test = 0;
    for (int64_t i = 0; i < 200; i++) { /* by bytes: d/, then shard-, then x/ */
        ck_assert_int_eq(s.test[i], s.test[200 + i]);
        ck_assert_int_eq(s.test[i], s.test[400 + i]);
        in_test += s.test[i];
    }
    ck_assert(in_test > 50 && in_test < 150);
    own_set_end(&s, -1, NULL);
}
END_TEST

/* ---- what is left ------------------------------------------------------------------------ */

START_TEST(nothing_left)
{
    OwnSet s;
    scratch_text(&scratch, "out/train.json", "of an earlier run");
    begin(&s, &(OwnRules){0});
    record_list_add(&s.bad, "a.csv: record 1: why");
    end_badly(&s, "out: nothing left: 1 lines in bad.txt");
    scratch_contains(&scratch, "out/bad.txt", "a.csv: record 1: why\n");
    begin(&s, &(OwnRules){0});
    image(&s, "a", OWN_ROLE_TRAIN, "", "a text");
    end_badly(&s, "1 images, but no tag: to train on captions alone, give a list");
}
END_TEST

/* Without images for evaluation, or for training, there are no such files, and no settings
 * about them. */
START_TEST(one_part_alone)
{
    OwnSet s;
    begin(&s, &(OwnRules){.least = 1, .images = scratch.dir});
    image(&s, "a", OWN_ROLE_TRAIN, "x", "");
    end(&s);
    ck_assert(!file_exists(scratch_path(&scratch, "out/test/annotations.txt")));
    char *yaml = scratch_read(&scratch, "out/dataset.yaml");
    ck_assert(strstr(yaml, "train.json") && !strstr(yaml, "/out/test"));
    mem_free(yaml);
    begin(&s, &(OwnRules){.least = 1, .test_images = scratch.dir});
    image(&s, "a", OWN_ROLE_TEST, "x", "");
    const OwnCounts c = end(&s);
    ck_assert(!file_exists(scratch_path(&scratch, "out/train.json")));
    scratch_contains(&scratch, "out/test/annotations.txt", "a,x\n");
    yaml = scratch_read(&scratch, "out/dataset.yaml");
    ck_assert(!strstr(yaml, "train.json") && strstr(yaml, "/out/test"));
    mem_free(yaml);
    ck_assert(c.train.images == 0 && c.test.images == 1);
}
END_TEST

/* No image of the evaluation has a tag of the training: it is left out, and the rest
 * written. */
START_TEST(no_label_to_evaluate)
{
    OwnSet s;
    begin(&s, &(OwnRules){.least = 1});
    image(&s, "a", OWN_ROLE_TRAIN, "x", "");
    image(&s, "b", OWN_ROLE_TEST, "y", "");
    const OwnCounts c = end(&s);
    ck_assert(c.train.images == 1 && c.test.images == 0);
    ck_assert(!file_exists(scratch_path(&scratch, "out/test/annotations.txt")));
}
END_TEST

Suite *test_own_set_suite(void);
Suite *test_own_set_suite(void)
{
    Suite *s = suite_create("own_set");
    TCase *t = tcase_create("own_set");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_test(t, any_order_gives_equal_files);
    tcase_add_test(t, known_and_unknown_tags);
    tcase_add_test(t, no_unknown_tags);
    tcase_add_test(t, names_of_tags);
    tcase_add_test(t, similar_tags);
    tcase_add_test(t, captions_once);
    tcase_add_test(t, a_given_list);
    tcase_add_test(t, rare_tags);
    tcase_add_test(t, only_labeled_images);
    tcase_add_test(t, a_share_by_name);
    tcase_add_test(t, stated_roles);
    tcase_add_test(t, unknown_tags_are_not_drawn);
    tcase_add_test(t, names_in_archives);
    tcase_add_test(t, nothing_left);
    tcase_add_test(t, one_part_alone);
    tcase_add_test(t, no_label_to_evaluate);
    return s;
}
