/* SPDX-License-Identifier: Apache-2.0 */
/* One set of images in every form that people have: a table, COCO's files, a tree with texts
 * beside the images, JSON Lines, a shard. The data folders are equal. */
#include "core/json/json.h"
#include "core/mem.h"
#include "tests/core/io/tar_build.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

enum { MOST = 3 };

typedef struct Item {
    const char *name; /* of the image, without its ending */
    const char *tag[MOST + 1], *caption[MOST + 1];
} Item;

/* In no order; names with blanks and letters beyond ASCII, tags with blanks and parentheses,
 * captions with commas and quotes, several captions, images without tags. */
static const Item set[] = {
    {"b/02", {"dog", "hot dog"}, {"A dog, \"asleep\"."}},
    {"a/10", {"cat"}, {"A cat.", "Two cats, one is black."}},
    {"a/1", {"cat", "dog", "x (series)"}, {NULL}},
    {"b/01", {NULL}, {"Nothing to see"}},
    {"c d/\xc3\xa9t\xc3\xa9", {"caf\xc3\xa9"}, {"Un caf\xc3\xa9"}},
    {"a/2", {"long_hair", "cat"}, {"He said \"no\"", "A cat."}},
    {"a/3", {"cat"}, {NULL}},
    {"z", {NULL}, {NULL}},
    {"b/03", {"dog"}, {"Dog"}},
    {"b/04", {"dog", "cat"}, {"Dog & cat"}},
    {"b/05", {"caf\xc3\xa9", "hot dog"}, {"A \xe2\x80\x9clunch\xe2\x80\x9d"}},
    {"b/06", {"x (series)"}, {NULL}},
    {"b/07", {"dog"}, {"One, two; three | four"}},
};
enum { ITEMS = sizeof set / sizeof *set };

static void write(const char *name, Text *t)
{
    scratch_text(&scratch, name, t->data ? t->data : "");
    text_free(t);
}

/* An image as far as its first bytes tell. */
static const char PICTURE[] = "GIF89a";

static void write_images(void)
{
    for (int i = 0; i < ITEMS; i++) {
        char *name = mem_format("images/%s.jpg", set[i].name);
        scratch_text(&scratch, name, PICTURE);
        mem_free(name);
    }
}

/* Tags in a cell, with semicolons; a row for each caption. */
static void write_table(void)
{
    Text t = {0};
    text_put(&t, "image,tags,caption\n");
    for (int i = 0; i < ITEMS; i++) {
        const Item *item = &set[i];
        for (int c = 0; c == 0 || item->caption[c]; c++) {
            text_add(&t, "%s.jpg,%s", item->name, item->tag[0] ? "" : "[]");
            for (int k = 0; item->tag[k]; k++) text_add(&t, "%s%s", k ? ";" : "", item->tag[k]);
            text_put(&t, ",");
            if (item->caption[c]) text_csv(&t, item->caption[c]);
            text_put(&t, "\r\n");
        }
    }
    write("set.csv", &t);
}

/* The number of the category, which is added if it is new. */
static int category_of(const char *tag, json_t *categories)
{
    size_t i;
    json_t *known;
    json_array_foreach(categories, i, known)
    {
        if (strcmp(json_string_value(json_object_get(known, "name")), tag) == 0) return (int)i;
    }
    json_array_append_new(categories, json_pack("{s:i, s:s}", "id", (int)i, "name", tag));
    return (int)i;
}

static void add_to_coco(const Item *item, int id, json_t *categories, json_t *labels,
                        json_t *captions)
{
    for (int k = 0; item->tag[k]; k++)
        json_array_append_new(labels, json_pack("{s:i, s:i}", "image_id", id, "category_id",
                                                category_of(item->tag[k], categories)));
    for (int c = 0; item->caption[c]; c++)
        json_array_append_new(
            captions, json_pack("{s:i, s:s}", "image_id", id, "caption", item->caption[c]));
}

static void write_coco(void)
{
    json_t *images = json_array(), *categories = json_array(), *labels = json_array(),
           *captions = json_array();
    for (int i = 0; i < ITEMS; i++) {
        char *name = mem_format("%s.jpg", set[i].name);
        json_array_append_new(images,
                              json_pack("{s:i, s:s}", "id", 100 + i, "file_name", name));
        add_to_coco(&set[i], 100 + i, categories, labels, captions);
        mem_free(name);
    }
    Text t = {0};
    json_put(&t, json_pack("{s:o, s:o, s:o}", "annotations", labels, "images", images,
                           "categories", categories));
    write("instances.json", &t);
    json_put(&t, json_pack("{s:o}", "annotations", captions));
    write("captions.json", &t);
}

/* Beside the images, as a tagger writes them, and captions for those that have some. */
static void write_texts(void)
{
    for (int i = 0; i < ITEMS; i++) {
        Text tags = {0}, captions = {0};
        char *name = mem_format("images/%s.txt", set[i].name),
             *other = mem_format("images/%s.caption", set[i].name);
        for (int k = 0; set[i].tag[k]; k++) {
            text_put(&tags, k ? ", " : "");
            for (const char *p = set[i].tag[k]; *p; p++)
                text_add(&tags, "%s%c", *p == '(' || *p == ')' ? "\\" : "", *p);
        }
        for (int c = 0; set[i].caption[c]; c++) text_add(&captions, "%s\n", set[i].caption[c]);
        write(name, &tags);
        if (captions.data) write(other, &captions);
        mem_free(other);
        mem_free(name);
    }
}

static json_t *list_of(const char *const *text)
{
    json_t *list = json_array();
    for (; *text; text++) json_array_append_new(list, json_string(*text));
    return list;
}

static void write_lines(void)
{
    Text t = {0};
    for (int i = 0; i < ITEMS; i++) {
        char *name = mem_format("%s.jpg", set[i].name);
        json_put(&t, json_pack("{s:s, s:o, s:o}", "file_name", name, "tags",
                               list_of(set[i].tag), "text", list_of(set[i].caption)));
        text_put(&t, "\n");
        mem_free(name);
    }
    write("metadata.jsonl", &t);
}

static void write_shard(void)
{
    Text tar = {0};
    for (int i = 0; i < ITEMS; i++) {
        Text t = {0};
        char *image = mem_format("%s.jpg", set[i].name),
             *json = mem_format("%s.json", set[i].name);
        json_put(&t, json_pack("{s:o, s:o}", "tags", list_of(set[i].tag), "caption",
                               list_of(set[i].caption)));
        tar_build_add(&tar, image, '0', PICTURE, strlen(PICTURE));
        tar_build_text(&tar, json, t.data);
        text_free(&t);
        mem_free(json);
        mem_free(image);
    }
    tar_build_end(&tar);
    scratch_write(&scratch, "set.tar", tar.data, tar.len);
    text_free(&tar);
}

static const struct {
    const char *kind, *arguments; /* @ is the folder */
    void (*write)(void);
} form[] = {
    {"csv", "@/set.csv --images @/images", write_table},
    {"coco",
     "--instances @/instances.json --captions @/captions.json --images @/images "
     "--least 1",
     write_coco},
    {"jsonl", "@/metadata.jsonl --images @/images", write_lines},
    {"shards", "@/set.tar", write_shard},
    {"folder", "@/images", write_texts},
};
enum { FORMS = sizeof form / sizeof *form };

static void prepare(int i)
{
    char *messages;
    Text line = {0};
    text_add(&line, "prepare %s %s/%s ", form[i].kind, scratch.dir, form[i].kind);
    for (const char *p = form[i].arguments; *p; p++)
        text_put_bytes(&line, *p == '@' ? scratch.dir : p, *p == '@' ? strlen(scratch.dir) : 1);
    text_put(&line, " --test 0.4 --seed 3 --strict");
    form[i].write();
    ck_assert_msg(run_program(&scratch, line.data, NULL, &messages) == 0, "%s", messages);
    mem_free(messages);
    text_free(&line);
}

/* The file without the name of the shard. Owned. */
static char *content(const char *kind, const char *file)
{
    char *name = mem_format("%s/%s", kind, file), *text = scratch_read(&scratch, name);
    Text t = {0};
    for (const char *p = text; *p; p++)
        if (strncmp(p, "set.tar/", 8) == 0)
            p += 7;
        else
            text_put_bytes(&t, p, 1);
    mem_free(text);
    mem_free(name);
    return t.data;
}

START_TEST(equal_folders)
{
    static const char *const file[] = {"train.json",           "train_tags.txt",
                                       "descriptions.json",    "tag_counts.csv",
                                       "test/annotations.txt", "test/tags.txt"};
    write_images();
    for (int i = 0; i < FORMS; i++) prepare(i);
    for (size_t k = 0; k < sizeof file / sizeof *file; k++) {
        char *first = content(form[0].kind, file[k]);
        ck_assert_int_gt(strlen(first), 20);
        for (int i = 1; i < FORMS; i++) {
            char *other = content(form[i].kind, file[k]);
            ck_assert_msg(strcmp(first, other) == 0, "%s of %s: %s\ncsv: %s", file[k],
                          form[i].kind, other, first);
            mem_free(other);
        }
        mem_free(first);
    }
}
END_TEST

Suite *test_own_forms_suite(void);
Suite *test_own_forms_suite(void)
{
    Suite *s = suite_create("own_forms");
    TCase *t = tcase_create("own_forms");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, equal_folders);
    suite_add_tcase(s, t);
    return s;
}
