/* SPDX-License-Identifier: Apache-2.0 */
/* Runs on records of which some have no tags and some no caption. */
#include "core/mem.h"
#include "tests/support/tiny.h"
#include "tests/train/run_log.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { RECORDS = 60, BATCH = 8, CHECKPOINT = 6 };

#define SMALL "swin.depths=1,1,1,1 model.layers=1 "

/* What a record of train.json keeps. */
enum Keep { BOTH, TAGS, CAPTION };

static json_t *records; /* of @/data/train.json */

static void write_records(const char *path, const json_t *list)
{
    char *text = json_dumps(list, 0);
    tiny_write(path, text);
    free(text);
}

/* The file with what keep says of every record, in turn; edit changes some of them. */
static void write_kept(const char *path, const enum Keep *keep, int n,
                       void (*edit)(json_t *list))
{
    json_t *list = json_deep_copy(records);
    for (int i = 0; i < RECORDS; i++) {
        json_t *record = json_array_get(list, (size_t)i);
        if (keep[i % n] == TAGS) json_object_del(record, "caption");
        if (keep[i % n] == CAPTION) json_object_del(record, "union_label_id");
        json_object_del(record, "parse_label_id");
    }
    if (edit) edit(list);
    write_records(path, list);
    json_decref(list);
}

/* The first record has none of the tags; ... */
static void empty(json_t *list)
{
    json_object_set_new(json_array_get(list, 0), "union_label_id", json_array());
}

/* ... of one of them, nobody knows; ... */
static void make_unknown(json_t *list)
{
    json_t *ids = json_array();
    empty(list);
    json_array_append_new(ids, json_integer(1));
    json_object_set_new(json_array_get(list, 0), "unknown_label_id", ids);
}

/* ... nor has the second one, whose tags were not annotated. */
static void make_absent(json_t *list)
{
    empty(list);
    json_object_set_new(json_array_get(list, 1), "union_label_id", json_array());
}

static void setup(void)
{
    static const enum Keep half[] = {TAGS, CAPTION}, tags[] = {TAGS}, captions[] = {CAPTION},
                           both[] = {BOTH};
    tiny_new();
    char *text = tiny_read("@/data/train.json");
    records = json_loads(text, 0, NULL);
    mem_free(text);
    ck_assert_int_eq((int)json_array_size(records), RECORDS);
    write_kept("@/half.json", half, 2, NULL);
    write_kept("@/emptied.json", half, 2, empty);
    write_kept("@/unknown.json", half, 2, make_unknown);
    write_kept("@/absent.json", half, 2, make_absent);
    write_kept("@/tags.json", tags, 1, NULL);
    write_kept("@/captions.json", captions, 1, NULL);
    write_kept("@/both.json", both, 1, NULL);
}

static void teardown(void)
{
    json_decref(records);
    tiny_free();
}

/* Sums of the images of all lines of metrics.jsonl. log.every is 1. */
static void count_images(const char *run, int64_t *tags, int64_t *captions)
{
    char *name = mem_format("@/%s/metrics.jsonl", run), *text = tiny_read(name), *rest = text;
    *tags = *captions = 0;
    for (char *line; (line = strtok_r(rest, "\n", &rest));) {
        json_t *json = json_loads(line, 0, NULL);
        const json_t *n = json_object_get(json, "images_tag");
        *tags += json_integer_value(n);
        *captions += json_integer_value(json_object_get(json, "images_alignment"));
        ck_assert(!n || json_integer_value(n) <= BATCH);
        json_decref(json);
    }
    mem_free(text);
    mem_free(name);
}

/* Each record trains its half, and the log says so. */
START_TEST(each_record_trains_its_half)
{
    int64_t tags, captions;
    char *messages = tiny_train(0, "half", SMALL "data.train=@/half.json log.every=1");
    ck_assert_msg(strstr(messages, "annotated: 30 records with tags, 30 with captions\n"), "%s",
                  messages);
    mem_free(messages);
    run_log_free(&(RunLog[]){run_log_check("half", TINY_EPOCHS)}[0]);
    count_images("half", &tags, &captions);
    ck_assert_int_eq(tags + captions, TINY_STEPS * BATCH);
    ck_assert(tags > TINY_STEPS * 2 && captions > TINY_STEPS * 2);
    char *out = tiny_out(0, "train --dry-run -c @/tiny.yaml run=@/none data.train=@/half.json");
    ck_assert_msg(strstr(out, "\nannotated   30 records with tags, 30 with captions\n"), "%s",
                  out);
    mem_free(out);
}
END_TEST

/* Complete records leave no trace of that in the log, and their files are the same without
 * parse_label_id. */
START_TEST(complete_records_are_as_before)
{
    char want[33], got[33];
    int64_t tags, captions;
    char *messages = tiny_train(0, "complete", SMALL "data.train=@/both.json");
    ck_assert_msg(!strstr(messages, "annotated"), "%s", messages);
    mem_free(messages);
    mem_free(tiny_train(0, "plain", SMALL));
    tiny_content("plain", want);
    tiny_content("complete", got);
    ck_assert_str_eq(got, want);
    count_images("complete", &tags, &captions);
    ck_assert_int_eq(tags + captions, 0);
}
END_TEST

static const char *const accumulated[] = {"", "train.batch=4 optim.accumulate=2 "
                                              "loss.reduction=mean loss.balance=gradnorm "};

/* One thread or three, in one go or resumed in the middle of an epoch. */
START_TEST(threads_and_resuming_change_no_bit)
{
    char want[33], got[33];
    char *settings = mem_format(SMALL "data.train=@/unknown.json %s", accumulated[_i]);
    char *one = mem_format("%sthreads=1", settings),
         *three = mem_format("%sthreads=3", settings);
    char *part = mem_format("%s train.max_steps=10 save.every=10", three);
    static const char *const whole[] = {"one0", "one1"}, *const parts[] = {"parts0", "parts1"};
    mem_free(tiny_train(0, whole[_i], one));
    mem_free(tiny_train(0, parts[_i], part));
    mem_free(tiny_train(0, parts[_i], three));
    tiny_content(whole[_i], want);
    tiny_content(parts[_i], got);
    ck_assert_str_eq(got, want);
    mem_free(part);
    mem_free(three);
    mem_free(one);
    mem_free(settings);
}
END_TEST

/* A tag that is unknown, or tags that are not annotated, make other data. */
START_TEST(what_is_unknown_belongs_to_the_data)
{
    char *messages =
        tiny_train(0, "data", SMALL "data.train=@/emptied.json train.max_steps=3 save.every=3");
    mem_free(messages);
    static const char *const other[][2] = {
        {"unknown.json", "data.train: "},
        {"absent.json", "data.train: "},
        {"emptied.json caption.template={}", "caption.template: "}};
    for (int i = 0; i < 3; i++) {
        char *settings = mem_format(SMALL "data.train=@/%s", other[i][0]);
        messages = tiny_train(CHECKPOINT, "data", settings);
        ck_assert_msg(strstr(messages, other[i][1]), "%s", messages);
        mem_free(messages);
        mem_free(settings);
    }
}
END_TEST

/* One kind alone: the other term has to be off. Two records have none of the tags, and no
 * caption can be made for them. */
static const struct {
    const char *settings, *message;
    int code;
} alone[] = {
    {"data.train=@/tags.json",
     "tags.json: no record has a caption; alignment needs captions: "
     "loss.weight.align=0 trains the tagging alone",
     3},
    {"data.train=@/tags.json loss.weight.align=0", "", 0},
    {"data.train=@/tags.json caption.template={}",
     "annotated: 60 records with tags, 58 with captions (58 made from tags)\n", 0},
    {"data.train=@/unknown.json caption.template={}",
     "annotated: 30 records with tags, 58 with captions (28 made from tags), 1 unknown tags\n",
     0},
    {"data.train=@/half.json caption.template=photo", "no {} that stands for the tags", 2},
    {"data.train=@/captions.json",
     "captions.json: no record has tags (union_label_id); tagging "
     "needs them: loss.weight.tag=0 trains the alignment alone",
     3},
    {"data.train=@/captions.json loss.weight.tag=0", "", 0},
    {"data.train=@/half.json loss.weight.align=0",
     "records whose tags are not annotated: 30 of 60: with loss.weight.align=0 they train "
     "nothing",
     0},
    {"data.train=@/half.json loss.weight.tag=0",
     "records without a caption: 30 of 60: with loss.weight.tag=0 they train nothing", 0},
    {"data.train=@/half.json loss.tag=ce loss.align=sigmoid loss.reduction=batch", "", 0},
};
enum { ALONE = sizeof alone / sizeof *alone };

START_TEST(one_kind_alone)
{
    char *settings = mem_format(SMALL "train.max_steps=3 %s", alone[_i].settings);
    char *run = mem_format("alone%d", _i);
    char *messages = tiny_train(alone[_i].code, run, settings);
    ck_assert_msg(strstr(messages, alone[_i].message), "%s", messages);
    mem_free(messages);
    mem_free(run);
    mem_free(settings);
}
END_TEST

/* An evaluation set that says what is unknown: in training, by `eval`, `threshold`,
 * `report`. */
START_TEST(evaluation_leaves_unknown_labels_out)
{
    char *lines = tiny_read("@/data/seen/annotations.txt"), *end = strchr(lines, '\n');
    char *tags = tiny_read("@/data/seen/tags.txt"), *last = strtok(tags, "\n"), *next;
    while ((next = strtok(NULL, "\n"))) last = next; /* a tag that the first image lacks */
    end[0] = 0;
    char *comma = strchr(lines, ',');
    if (comma) *comma = 0;
    char *text = mem_format("%s,%s\n", lines, last);
    ck_assert(!comma || !strstr(comma + 1, last));
    tiny_write("@/data/seen/unknown.txt", text);
    char *messages =
        tiny_train(0, "evaluated", SMALL "train.max_steps=3 data.eval=@/data/seen");
    char *metrics = tiny_read("@/evaluated/metrics.jsonl");
    ck_assert_msg(strstr(metrics, "\"labels_unknown\": 1"), "%s", metrics);
    mem_free(metrics);
    mem_free(messages);
    json_t *summary = tiny_json("eval --checkpoint @/evaluated --data @/data/seen --json");
    ck_assert_int_eq(json_integer_value(json_object_get(summary, "labels_unknown")), 1);
    json_decref(summary);
    char *out = tiny_out(0, "info @/data/seen");
    ck_assert_msg(strstr(out, " 1 not annotated, benchmark "), "%s", out);
    mem_free(out);
    summary = tiny_json("eval --scores @/evaluated/eval/seen/scores.h5 --json");
    ck_assert_int_eq(json_integer_value(json_object_get(summary, "labels_unknown")), 1);
    json_decref(summary);
    mem_free(tiny_out(0, "threshold --scores @/evaluated/eval/seen/scores.h5 -o @/thresholds"));
    mem_free(tiny_out(0, "report @/evaluated -o @/report.html"));
    mem_free(text);
    mem_free(tags);
    mem_free(lines);
}
END_TEST

START_TEST(info_counts_both)
{
    char *text = tiny_read("@/unknown.json");
    tiny_write("@/folder/train.json", text);
    mem_free(text);
    char *out = tiny_out(0, "info @/folder");
    ck_assert_msg(strstr(out, "with tags") && strstr(out, "captioned") &&
                      strstr(out, "unknown"),
                  "%s", out);
    mem_free(out);
}
END_TEST

Suite *test_half_records_suite(void);
Suite *test_half_records_suite(void)
{
    Suite *s = suite_create("half_records");
    TCase *t = tcase_create("half_records");
    tcase_add_unchecked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_test(t, each_record_trains_its_half);
    tcase_add_test(t, complete_records_are_as_before);
    tcase_add_loop_test(t, threads_and_resuming_change_no_bit, 0, 2);
    tcase_add_test(t, what_is_unknown_belongs_to_the_data);
    tcase_add_loop_test(t, one_kind_alone, 0, ALONE);
    tcase_add_test(t, info_counts_both);
    tcase_add_test(t, evaluation_leaves_unknown_labels_out);
    suite_add_tcase(s, t);
    return s;
}
