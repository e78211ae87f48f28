/* SPDX-License-Identifier: Apache-2.0 */
/* Files written by version 0.1.0 (tests/golden/old): the current program reads them with the
 * same results. */
#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define OLD "tests/golden/old/"
enum { TAGS = 67 };

static json_t *member(const json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    ck_assert_msg(value != NULL, "no %s", key);
    return value;
}

static void expect_text(const json_t *object, const char *key, const char *want)
{
    ck_assert_str_eq(json_string_value(member(object, key)), want);
}

static const struct {
    const char *file, *kind, *content;
} hashes[] = {
    {OLD "checkpoint.h5", "checkpoint", "2261264bb04142832752c215cee6960b"},
    {OLD "weights.safetensors", "weights", "0054ebd1bf31e4406168ab08cbc24f43"},
    {OLD "bank.h5", "bank", "444dd19f554dafd353db84c6bd71b262"},
    {OLD "bank.safetensors", "bank", "444dd19f554dafd353db84c6bd71b262"},
};
enum { FILES = sizeof hashes / sizeof *hashes };

START_TEST(contents_have_the_same_hashes)
{
    char *line = mem_format("verify --json %s", hashes[_i].file);
    json_t *json = tiny_json(line);
    ck_assert(json_is_true(member(json, "ok")));
    expect_text(json, "kind", hashes[_i].kind);
    expect_text(json, "content", hashes[_i].content);
    if (strcmp(hashes[_i].kind, "bank") == 0) {
        expect_text(json, "texts_hash", "154ca184317520ce8b5ac5fb1b9b7bfb");
        expect_text(json, "fingerprint", "5d0f6f29804d7d9a33d8398913ba6844");
        ck_assert_int_eq(json_integer_value(member(json, "tags")), TAGS);
    }
    json_decref(json);
    mem_free(line);
}
END_TEST

/* The score of a tag in a list of {tag, score}. */
static double score_of(const json_t *list, const char *tag)
{
    size_t i;
    json_t *row;
    json_array_foreach(list, i, row)
    {
        if (strcmp(json_string_value(member(row, "tag")), tag) == 0)
            return json_number_value(member(row, "score"));
    }
    ck_abort_msg("no score of %s", tag);
}

static const char *const banks[] = {"", " --bank " OLD "bank.h5",
                                    " --bank " OLD "bank.safetensors"};
enum { BANKS = sizeof banks / sizeof *banks };

START_TEST(scores_are_the_same)
{
    char *line = mem_format(
        "tag --checkpoint " OLD "checkpoint.h5%s --top 67 --json " OLD "image.png", banks[_i]);
    json_t *have = tiny_json(line), *want = json_load_file(OLD "scores.json", 0, NULL);
    const json_t *have_tags = member(json_array_get(have, 0), "tags");
    const json_t *want_tags = member(json_array_get(want, 0), "tags");
    size_t i;
    json_t *row;
    ck_assert_int_eq(json_array_size(want_tags), TAGS);
    ck_assert_int_eq(json_array_size(have_tags), TAGS);
    json_array_foreach(want_tags, i, row)
    {
        const char *tag = json_string_value(member(row, "tag"));
        ck_assert_double_eq_tol(score_of(have_tags, tag),
                                json_number_value(member(row, "score")), 1e-5);
    }
    json_decref(want);
    json_decref(have);
    mem_free(line);
}
END_TEST

/* The only warnings allowed are about newer names of options. */
static void expect_no_warning(const char *messages)
{
    for (const char *at = messages; (at = strstr(at, "warning: ")) != NULL; at++) {
        char *line = mem_format("%.*s", (int)strcspn(at, "\n"), at);
        ck_assert_msg(strstr(line, "deprecated") != NULL, "%s", line);
        mem_free(line);
    }
}

START_TEST(the_configuration_loads)
{
    char *out, *messages;
    ck_assert_int_eq(tiny_run("config -c " OLD "config.yaml", &out, &messages), 0);
    expect_no_warning(messages);
    ck_assert_msg(strstr(out, "model.hidden: 16") && strstr(out, "model.layers: 1") &&
                      strstr(out, "swin.width: 8") && strstr(out, "optim.ema: 0.9"),
                  "%s", out);
    mem_free(messages);
    mem_free(out);
}
END_TEST

static const char *const starts[] = {"checkpoint.h5", "weights.safetensors"};

START_TEST(training_starts_from_them)
{
    char *line = mem_format("train -c " OLD "config.yaml data.root=@/data data.eval= "
                            "data.train=@/data/train.json model.tags=" OLD "tags.txt "
                            "model.descriptions=" OLD "descriptions.json train.max_steps=1 "
                            "run=@/run%d model.init=" OLD "%s",
                            _i, starts[_i]);
    char *messages = tiny_messages(0, line);
    ck_assert_msg(strstr(messages, " parameters loaded, 0 missing, 0 unexpected\n"), "%s",
                  messages);
    mem_free(messages);
    mem_free(line);
}
END_TEST

/* One more step of the same run with the same data, which also uses the state of the
 * optimizer. */
START_TEST(a_run_goes_on)
{
    char *messages =
        tiny_messages(0, "train -c " OLD "config.yaml data.root=@/data data.eval= "
                         "data.train=@/data/train.json model.tags=" OLD "tags.txt "
                         "model.descriptions=" OLD "descriptions.json train.max_steps=5 "
                         "run=@/more --resume " OLD "checkpoint.h5");
    ck_assert_msg(strstr(messages, "checkpoint.h5: step 4, epoch "), "%s", messages);
    ck_assert_msg(strstr(messages, "done: 5 steps"), "%s", messages);
    mem_free(messages);
}
END_TEST

static const struct {
    const char *arguments;
    int code;
    const char *out;         /* part of stdout */
    const char *messages[2]; /* lines of stderr */
} old_names[] = {
    {"config model.start=balanced",
     0,
     "\nmodel.init_scheme: fan_in\n",
     {"warning: model.start: deprecated name; use model.init_scheme\n",
      "warning: model.init_scheme=balanced: deprecated name; use model.init_scheme=fan_in\n"}},
    {"config model.start=reference",
     0,
     "\nmodel.init_scheme: reference\n",
     {"warning: model.start: deprecated name; use model.init_scheme\n", ""}},
    {"config -c @/old.yaml",
     0,
     "\nmodel.init_scheme: fan_in\n",
     {"warning: model.start: deprecated name; use model.init_scheme\n", ""}},
    {"describe --tags @/data/train_tags.txt --endpoint http://127.0.0.1:9/v1 --model m "
     "-o @/o.json --dry-run --again 2 --silence-timeout=3",
     0,
     "",
     {"warning: --again: deprecated name; use --max-retries-per-answer\n",
      "warning: --silence-timeout: deprecated name; use --idle-timeout\n"}},
    {"prepare triplets @/checked --tags @/data/train_tags.txt --no-pictures @/data/train.json",
     0,
     "60  good\n",
     {"warning: --no-pictures: deprecated name; use --no-images\n", ""}},
    {"prepare openclipart @/none --least 3 --png @/nowhere",
     3,
     "",
     {"warning: --least: deprecated name; use --min-images-per-tag\n",
      "nowhere: no such folder"}},
};
enum { OLD_NAMES = sizeof old_names / sizeof *old_names };

START_TEST(old_names_work_and_name_the_new_ones)
{
    char *out, *messages;
    tiny_write("@/old.yaml", "model: {start: balanced}\n");
    const int code = tiny_run(old_names[_i].arguments, &out, &messages);
    ck_assert_msg(code == old_names[_i].code, "%d: %s", code, messages);
    ck_assert_msg(strstr(out, old_names[_i].out) != NULL, "%s", out);
    for (int i = 0; i < 2; i++)
        ck_assert_msg(strstr(messages, old_names[_i].messages[i]) != NULL, "%s", messages);
    mem_free(out);
    mem_free(messages);
}
END_TEST

/* Nobody typed the configuration that lies in a checkpoint. */
START_TEST(stored_old_names_are_silent)
{
    char *out, *messages;
    ck_assert_int_eq(tiny_run("tag --checkpoint " OLD
                              "checkpoint.h5 @/data/images/test/000000.png",
                              &out, &messages),
                     0);
    ck_assert_msg(strstr(messages, "deprecated") == NULL, "%s", messages);
    mem_free(out);
    mem_free(messages);
}
END_TEST

Suite *test_old_files_suite(void);

Suite *test_old_files_suite(void)
{
    Suite *s = suite_create("old_files");
    TCase *tc = tcase_create("version 0.1.0");
    tcase_add_unchecked_fixture(tc, tiny_new, tiny_free);
    tcase_add_loop_test(tc, contents_have_the_same_hashes, 0, FILES);
    tcase_add_loop_test(tc, scores_are_the_same, 0, BANKS);
    tcase_add_loop_test(tc, old_names_work_and_name_the_new_ones, 0, OLD_NAMES);
    tcase_add_test(tc, stored_old_names_are_silent);
    tcase_add_test(tc, the_configuration_loads);
    tcase_add_loop_test(tc, training_starts_from_them, 0, 2);
    tcase_add_test(tc, a_run_goes_on);
    suite_add_tcase(s, tc);
    return s;
}
