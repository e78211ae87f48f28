/* SPDX-License-Identifier: Apache-2.0 */
/* `prepare captions`: pairs to triplets, what it counts, and what it refuses. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "data/annotations.h"
#include "data/prepare/captions.h"
#include "tests/support/sanitized.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static Scratch scratch;
static TagList tags;
static char *out_dir;

static void setup(void)
{
    scratch_new(&scratch);
    out_dir = file_join(scratch.dir, "out");
    scratch_text(&scratch, "tags.txt", "dog\nhot dog\ncat\nred\n");
    ck_assert_int_eq(tags_read(scratch_path(&scratch, "tags.txt"), &tags, NULL), 0);
}

static void teardown(void)
{
    tags_free(&tags);
    mem_free(out_dir);
    scratch_free(&scratch);
}

static int prepare(const char *text, const CaptionsConfig *config, CaptionsReport *r,
                   Error *err)
{
    char *file = mem_strdup(scratch_text(&scratch, "in.json", text));
    const int status = captions_prepare(out_dir, &file, 1, &tags, config, r, err);
    mem_free(file);
    return status;
}

/* OUT/NAME, owned. */
static char *result(const char *name)
{
    char *path = file_join(out_dir, name);
    Bytes b;
    ck_assert_int_eq(file_read(path, &b, NULL), 0);
    mem_free(path);
    return (char *)b.data;
}

static void expect_result(const char *name, const char *want)
{
    char *have = result(name);
    ck_assert_str_eq(have, want);
    mem_free(have);
}

static const char pairs[] =
    "[{\"image_path\": \"a.jpg\", \"caption\": [\"Two dogs\", \"hot dogs and a red cat\"]},\n"
    "{\"image\": \"b.jpg\", \"caption\": \"a sofa, no dog\", \"own\": 1},\n"
    "{\"image\": \"\", \"caption\": \"a dog\"},\n"
    "{\"image\": \"d.jpg\", \"caption\": []},\n"
    "{\"image\": \"e.jpg\", \"caption\": [1]},\n"
    "{\"image\": \"f.jpg\"},\n"
    "{\"image_path\": \"g.jpg\", \"caption\": [\"sofas\"], \"union_label_id\": [99],"
    " \"parse_label_id\": [[77]]}]\n";

START_TEST(makes_triplets)
{
    CaptionsReport r;
    Error err = {0};
    const CaptionsConfig config = {.verbs = true};
    ck_assert_msg(prepare(pairs, &config, &r, &err) == 0, "%s", err.text);
    ck_assert_int_eq(r.records, 7);
    ck_assert_int_eq(r.good, 3);
    ck_assert_int_eq(r.bad, 4);
    ck_assert_int_eq(r.lost, 0);
    ck_assert_int_eq(r.captions, 4);
    ck_assert_int_eq(r.mentions, 4);
    ck_assert_int_eq(r.negated, 1);
    ck_assert_int_eq(r.untagged_captions, 2);
    ck_assert_int_eq(r.labels, 4);
    ck_assert_int_eq(r.untagged, 2);
    ck_assert_int_eq(r.used_tags, 4);
    ck_assert_int_eq(r.unmatched.count, 1);
    ck_assert_str_eq(r.unmatched.at[0].word, "sofa");
    ck_assert_int_eq(r.unmatched.at[0].count, 2);
    captions_free(&r);
    expect_result("train.json",
                  "[{\"image_path\":\"a.jpg\",\"caption\":[\"Two dogs\",\"hot dogs and a red "
                  "cat\"],\"union_label_id\":[0,1,2,3],\"parse_label_id\":[[0],[1,2,3]]},\n"
                  "{\"caption\":[\"a sofa, no dog\"],\"own\":1,\"image_path\":\"b.jpg\","
                  "\"union_label_id\":[],\"parse_label_id\":[[]]},\n"
                  "{\"image_path\":\"g.jpg\",\"caption\":[\"sofas\"],\"union_label_id\":[],"
                  "\"parse_label_id\":[[]]}]\n");
    expect_result("train_tags.txt", "dog\nhot dog\ncat\nred\n");
    char *bad = result("bad.txt"), *at = bad;
    static const char *const lines[] = {
        "record 3 (line 3): image_path is empty\n", "record 4 (line 4): no caption\n",
        "record 5 (line 5): caption[0]: expected a string, got a number\n",
        "record 6 (line 6): no caption\n"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        at = strstr(at, lines[i]);
        ck_assert_msg(at, "%s\nlacks %s", bad, lines[i]);
    }
    mem_free(bad);
}
END_TEST

/* Training reads what was written. */
START_TEST(training_reads_it)
{
    CaptionsReport r;
    Annotations a;
    const CaptionsConfig config = {.drop_untagged = true};
    ck_assert_int_eq(prepare(pairs, &config, &r, NULL), 0);
    char *path = file_join(out_dir, "train.json");
    const char *const list[] = {path};
    ck_assert_int_eq(annotations_read(list, 1, tags.count, &a, NULL), 0);
    ck_assert_int_eq(a.count, 1);
    ck_assert_int_eq(r.untagged, 2);
    ck_assert_int_eq(a.tag_offset[1], 4);
    annotations_free(&a);
    mem_free(path);
    captions_free(&r);
}
END_TEST

static const char tagged[] =
    "{\"image\": \"a.jpg\", \"caption\": [\"a dog\", \"a cat\"], \"union_label_id\": [0, 3],"
    " \"parse_label_id\": [[0, 2], [2]]}\n"
    "{\"image\": \"b.jpg\", \"caption\": [\"hot dogs\"], \"union_label_id\": [0, 0],"
    " \"parse_label_id\": [[1]]}\n";

START_TEST(keeps_tags)
{
    CaptionsReport r;
    const CaptionsConfig config = {.keep = true};
    ck_assert_int_eq(prepare(tagged, &config, &r, NULL), 0);
    ck_assert_int_eq(r.labels, 5);
    captions_free(&r);
    char *have = result("train.json");
    ck_assert_ptr_nonnull(strstr(have, "\"union_label_id\":[0,2,3]"));
    ck_assert_ptr_nonnull(strstr(have, "\"union_label_id\":[0,1]"));
    mem_free(have);
}
END_TEST

/* Tags that nobody annotated stay unknown unless a caption names them; without --keep the list
 * belongs to tags that are gone. [-1] is no tag. */
START_TEST(keeps_unknown_tags)
{
    static const char text[] =
        "{\"image\": \"a.jpg\", \"caption\": [\"a dog\"], \"union_label_id\": [3],"
        " \"unknown_label_id\": [2, 0, 1]}\n"
        "{\"image\": \"b.jpg\", \"caption\": [\"a cat\"], \"union_label_id\": [1],"
        " \"unknown_label_id\": [2]}\n"
        "{\"image\": \"c.jpg\", \"caption\": [\"a cat\"], \"union_label_id\": [-1]}\n";
    for (int keep = 0; keep < 2; keep++) {
        CaptionsReport r;
        const CaptionsConfig config = {.keep = keep};
        ck_assert_int_eq(prepare(text, &config, &r, NULL), 0);
        ck_assert_int_eq(r.good, 3);
        captions_free(&r);
        char *have = result("train.json"), *first = strstr(have, "unknown_label_id");
        ck_assert_msg(keep == (first != NULL), "%s", have);
        if (keep) {
            ck_assert_msg(strstr(have, "\"unknown_label_id\":[2,1]"), "%s", have);
            ck_assert_msg(!strstr(first + 1, "unknown_label_id"), "%s", have);
            ck_assert_msg(strstr(have, "\"union_label_id\":[0,3]"), "%s", have);
        }
        ck_assert_msg(strstr(have, "\"union_label_id\":[2]"), "%s", have);
        mem_free(have);
    }
}
END_TEST

/* Records: {0,2} against {0,3}, {1} against {0}. Captions: {0} against {0,2}, {2} and {1} as
 * given. */
START_TEST(compares)
{
    CaptionsReport r;
    CaptionsConfig config = {.against = CAPTIONS_UNION};
    ck_assert_int_eq(prepare(tagged, &config, &r, NULL), 0);
    const TagCompare *c = &r.compare;
    ck_assert_int_eq(c->right, 1);
    ck_assert_int_eq(c->added, 2);
    ck_assert_int_eq(c->missed, 2);
    ck_assert_int_eq(c->spelled, 1); /* the dog of hot dogs; nobody says red */
    ck_assert(fabs(tag_compare_precision(c) - 1.0 / 3) < 1e-12);
    ck_assert(fabs(tag_compare_recall(c) - 1.0 / 3) < 1e-12);
    ck_assert(fabs(tag_compare_f1(c) - 1.0 / 3) < 1e-12);
    ck_assert(fabs(tag_compare_spelled_recall(c) - 0.5) < 1e-12);
    ck_assert_int_eq(c->add[0].tag, 1);
    ck_assert_str_eq(c->add[0].example, "hot dogs");
    ck_assert_int_eq(c->miss[0].tag, 0);
    ck_assert_int_eq(c->miss[1].tag, 3);
    ck_assert_int_eq(c->miss[2].count, 0);
    captions_free(&r);
    config.against = CAPTIONS_PARSE;
    ck_assert_int_eq(prepare(tagged, &config, &r, NULL), 0);
    ck_assert_int_eq(r.compare.right, 3);
    ck_assert_int_eq(r.compare.added, 0);
    ck_assert_int_eq(r.compare.missed, 1);
    ck_assert_int_eq(r.compare.miss[0].tag, 2);
    ck_assert_str_eq(r.compare.miss[0].example, "a dog");
    captions_free(&r);
}
END_TEST

/* Records without the tags to compare with are bad. */
START_TEST(comparing_needs_tags)
{
    static const char text[] = "[{\"image\": \"a\", \"caption\": \"a dog\"},"
                               "{\"image\": \"a\", \"caption\": \"a dog\", \"union_label_id\": "
                               "[0], \"parse_label_id\": [[0]]}]";
    for (int against = CAPTIONS_UNION; against <= CAPTIONS_PARSE; against++) {
        CaptionsReport r;
        const CaptionsConfig config = {.against = (enum CaptionsAgainst)against};
        ck_assert_int_eq(prepare(text, &config, &r, NULL), 0);
        ck_assert_int_eq(r.bad, 1);
        ck_assert_int_eq(r.compare.right, 1);
        captions_free(&r);
        char *bad = result("bad.txt");
        ck_assert_ptr_nonnull(
            strstr(bad, against == CAPTIONS_UNION ? "no union_label_id" : "no parse_label_id"));
        mem_free(bad);
    }
}
END_TEST

/* A broken file keeps its good records; a run without any leaves the former result. */
START_TEST(survives_broken_files)
{
    CaptionsReport r;
    Error err = {0};
    const CaptionsConfig config = {0};
    ck_assert_int_eq(prepare("[{\"image\": \"a\", \"caption\": \"dog\"},\n{\"image\": \"b",
                             &config, &r, &err),
                     0);
    ck_assert_int_eq(r.good, 1);
    ck_assert_int_eq(r.lost, 1);
    captions_free(&r);
    ck_assert_int_eq(prepare("hello", &config, &r, &err), -1);
    expect_error(&err, ERROR_DATA, "no good records among 0: see ");
    captions_free(&r);
    err = (Error){0};
    ck_assert_int_eq(prepare("[{\"image\": NaN, \"caption\": \"dog\"}]", &config, &r, &err),
                     -1);
    captions_free(&r);
    expect_result("train.json", "[{\"caption\":[\"dog\"],\"image_path\":\"a\","
                                "\"union_label_id\":[0],\"parse_label_id\":[[0]]}]\n");
}
END_TEST

START_TEST(does_not_overwrite_its_input)
{
    CaptionsReport r;
    Error err = {0};
    const CaptionsConfig config = {0};
    char *file = mem_strdup(scratch_text(&scratch, "out/train.json", tagged));
    ck_assert_int_eq(captions_prepare(out_dir, &file, 1, &tags, &config, &r, &err), -1);
    expect_error(&err, ERROR_USAGE, "would be overwritten: choose another folder");
    captions_free(&r);
    mem_free(file);
    expect_result("train.json", tagged);
}
END_TEST

/* More words than there is room for: the frequent ones remain. */
START_TEST(counts_words_in_bounded_memory)
{
    WordCounts w = word_counts_new();
    for (int i = 0; i < 2 * WORD_COUNTS_ROOM; i++) {
        char word[16];
        snprintf(word, sizeof word, "w%d", i);
        word_counts_add(&w, word);
        if (i % 100 == 0) word_counts_add(&w, "often");
        if (i % 200 == 0) word_counts_add(&w, "less");
        ck_assert_int_le(w.count, WORD_COUNTS_ROOM);
    }
    word_counts_sort(&w);
    ck_assert(w.pruned);
    ck_assert_str_eq(w.at[0].word, "often");
    ck_assert_int_eq(w.at[0].count, (2 * WORD_COUNTS_ROOM + 99) / 100);
    ck_assert_str_eq(w.at[1].word, "less");
    word_counts_free(&w);
}
END_TEST

/* The largest memory, in MiB, of the programs that this test has run so far. */
static long peak(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return usage.ru_maxrss / 1024;
}

static int run(const char *options, char **printed, char **messages)
{
    char *line =
        mem_format("prepare captions %s --tags %s/tags.txt %s", out_dir, scratch.dir, options);
    const int code = run_program(&scratch, line, printed, messages);
    mem_free(line);
    return code;
}

static void write_records(int records, int bytes)
{
    FILE *f = fopen(scratch_path(&scratch, "many.jsonl"), "w");
    for (int i = 0; i < records; i++)
        fprintf(f, "{\"image\":\"%d.png\",\"caption\":\"a dog %0*d\"}\n", i, bytes, i);
    ck_assert_int_eq(fclose(f), 0);
}

enum { MORE = SANITIZED_MEMORY ? 1000 : 12 };

START_TEST(memory_does_not_grow)
{
    char *line = mem_format("%s/many.jsonl", scratch.dir);
    write_records(100, 50000);
    ck_assert_int_eq(run(line, NULL, NULL), 0);
    const long before = peak();
    write_records(1000, 50000);
    ck_assert_int_eq(run(line, NULL, NULL), 0);
    ck_assert_int_le(peak(), before + MORE);
    mem_free(line);
}
END_TEST

START_TEST(prints_json)
{
    char *printed, *line = mem_format("--json --against union --errors 1 %s",
                                      scratch_text(&scratch, "in.jsonl", tagged));
    ck_assert_int_eq(run(line, &printed, NULL), 0);
    json_t *all = json_loads(printed, 0, NULL);
    const json_t *c = json_object_get(all, "compare");
    ck_assert_int_eq(json_integer_value(json_object_get(all, "good")), 2);
    ck_assert_int_eq(json_integer_value(json_object_get(all, "mentions")), 3);
    ck_assert_int_eq(json_integer_value(json_object_get(c, "only_given")), 2);
    ck_assert_int_eq(json_array_size(json_object_get(c, "given_errors")), 1);
    ck_assert(fabs(json_real_value(json_object_get(c, "precision")) - 1.0 / 3) < 1e-9);
    json_decref(all);
    mem_free(printed);
    mem_free(line);
}
END_TEST

START_TEST(prints_a_table)
{
    char *printed,
        *line = mem_format("--against union %s", scratch_text(&scratch, "in.jsonl", tagged));
    ck_assert_int_eq(run(line, &printed, NULL), 0);
    ck_assert_ptr_nonnull(strstr(printed, "         3  captions of the good records\n"));
    ck_assert_ptr_nonnull(strstr(printed, "    0.3333  precision\n"));
    ck_assert_ptr_nonnull(strstr(printed, "         1  hot dog: hot dogs\n"));
    mem_free(printed);
    mem_free(line);
}
END_TEST

typedef struct Misuse {
    int code;
    const char *options, *why;
} Misuse;

static const Misuse misuses[] = {
    {ERROR_DATA, "in.json --synonyms /nowhere", "/nowhere: cannot open"},
    {ERROR_DATA, "in.json --exceptions /nowhere", "/nowhere: cannot open"},
    {ERROR_DATA, "/nowhere.json", "no good records among 0"},
    {ERROR_USAGE, "in.json --gap 4", "expected 0 to 3 words"},
    {ERROR_USAGE, "in.json --against people", "--against: 'people'"},
    {ERROR_USAGE, "", "expected OUT FILE.json..."},
};

START_TEST(refuses_misuse)
{
    char *messages;
    ck_assert_int_eq(run(misuses[_i].options, NULL, &messages), misuses[_i].code);
    ck_assert_msg(strstr(messages, misuses[_i].why), "%s", messages);
    mem_free(messages);
}
END_TEST

START_TEST(strict_wants_all_records)
{
    char *messages, *line = mem_format("--strict %s", scratch_text(&scratch, "in.json", pairs));
    ck_assert_int_eq(run(line, NULL, &messages), ERROR_DATA);
    ck_assert_msg(strstr(messages, "4 of 7 records are bad: see "), "%s", messages);
    mem_free(messages);
    mem_free(line);
}
END_TEST

Suite *test_captions_suite(void);
Suite *test_captions_suite(void)
{
    Suite *s = suite_create("captions");
    TCase *t = tcase_create("captions");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, makes_triplets);
    tcase_add_test(t, training_reads_it);
    tcase_add_test(t, keeps_tags);
    tcase_add_test(t, keeps_unknown_tags);
    tcase_add_test(t, compares);
    tcase_add_test(t, comparing_needs_tags);
    tcase_add_test(t, survives_broken_files);
    tcase_add_test(t, does_not_overwrite_its_input);
    tcase_add_test(t, counts_words_in_bounded_memory);
    tcase_add_test(t, memory_does_not_grow);
    tcase_add_test(t, prints_json);
    tcase_add_test(t, prints_a_table);
    tcase_add_loop_test(t, refuses_misuse, 0, sizeof misuses / sizeof *misuses);
    tcase_add_test(t, strict_wants_all_records);
    suite_add_tcase(s, t);
    return s;
}
