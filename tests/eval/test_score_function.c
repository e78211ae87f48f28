/* SPDX-License-Identifier: Apache-2.0 */
/* How logits become scores: sigmoid or softmax over the tags, as eval.score and the loss
 * say. */
#include "core/mem.h"
#include "eval/scores/scores.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

#define EVAL "eval --checkpoint @/m --data @/data/"

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", "train.max_steps=7"));
    mem_free(tiny_out(0, EVAL "seen -o @/seen"));
}

static Scores *scores_of(const char *folder)
{
    Scores *s;
    Error err = {0};
    char *name = mem_format("%s/scores.h5", folder), *path = tiny_path(name);
    ck_assert_msg(scores_read(path, &s, &err) == 0, "%s", err.text);
    mem_free(path);
    mem_free(name);
    return s;
}

/* Softmax scores are a function of the sigmoids of the same logits: exp(logit) = s / (1 - s),
 * divided by its sum over the tags. */
START_TEST(softmax_over_the_tags)
{
    static const char *const way[] = {"", "model.tile=1 threads=1",
                                      "model.tile=100 eval.batch=3"};
    char *line = mem_format(EVAL "seen -o @/soft eval.score=softmax %s", way[_i]);
    char *messages = tiny_messages(0, line);
    ck_assert_ptr_nonnull(strstr(messages, "sum to 1 over the tags"));
    mem_free(messages);
    mem_free(line);
    Scores *a = scores_of("@/seen"), *b = scores_of("@/soft");
    ck_assert(!a->softmax && b->softmax);
    for (int64_t i = 0; i < a->images; i++) {
        const float *s = a->score + i * a->tags, *p = b->score + i * a->tags;
        double odds = 0, sum = 0;
        for (int64_t k = 0; k < a->tags; k++) odds += (double)s[k] / (1 - (double)s[k]);
        for (int64_t k = 0; k < a->tags; k++) {
            const double want = (double)s[k] / (1 - (double)s[k]) / odds;
            ck_assert_double_eq_tol((double)p[k], want, 1e-5);
            sum += (double)p[k];
        }
        ck_assert_double_eq_tol(sum, 1, 1e-5);
    }
    scores_free(a);
    scores_free(b);
    json_t *json = tiny_json(EVAL "seen -o @/soft --json eval.score=softmax");
    ck_assert_str_eq(json_string_value(json_object_get(json, "score_function")), "softmax");
    json_decref(json);
}
END_TEST

/* The same bits for any number of threads; with free texts nothing changes. */
START_TEST(softmax_and_threads)
{
    mem_free(tiny_out(0, EVAL "seen -o @/one eval.score=softmax threads=1"));
    Scores *one = scores_of("@/one");
    for (int threads = 2; threads <= 4; threads++) {
        char *line = mem_format(EVAL "seen -o @/more eval.score=softmax threads=%d", threads);
        mem_free(tiny_out(0, line));
        Scores *more = scores_of("@/more");
        ck_assert_mem_eq(one->score, more->score,
                         (size_t)(one->images * one->tags) * sizeof *one->score);
        scores_free(more);
        mem_free(line);
    }
    scores_free(one);
    static const char find[] = "retrieve --checkpoint @/m --json --text red @/data/images/test";
    char *line = mem_format("%s eval.score=softmax", find);
    char *a = tiny_out(0, find), *b = tiny_out(0, line);
    ck_assert_str_eq(a, b);
    mem_free(a);
    mem_free(b);
    mem_free(line);
}
END_TEST

/* The tagging loss of the training decides, whatever is set later; eval.score overrides it. */
START_TEST(the_loss_decides)
{
    char *messages = tiny_train(0, "ce", "loss.tag=ce train.max_steps=2");
    ck_assert_ptr_nonnull(strstr(messages, "softmax scores (loss.tag=ce) sum to 1"));
    mem_free(messages);
    static const struct {
        const char *line, *function;
    } rows[] = {{"eval --checkpoint @/ce --data @/data/seen", "softmax"},
                {"eval --checkpoint @/ce --data @/data/seen loss.tag=bce", "softmax"},
                {"eval --checkpoint @/ce --data @/data/unseen eval.score=sigmoid", "sigmoid"},
                {EVAL "seen loss.tag=ce", "sigmoid"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *line = mem_format("%s -o @/decided --json --threshold 0.01", rows[i].line), *text;
        ck_assert_int_eq(tiny_run(line, &text, &messages), 0);
        json_t *json = json_loads(text, 0, NULL);
        ck_assert_str_eq(json_string_value(json_object_get(json, "score_function")),
                         rows[i].function);
        ck_assert_ptr_null(strstr(messages, "sum to 1"));
        json_decref(json);
        mem_free(messages);
        mem_free(text);
        mem_free(line);
    }
    json_t *json = tiny_json("tag --checkpoint @/ce --json --top 99 @/data/images/test");
    double sum = 0;
    const json_t *tags = json_object_get(json_array_get(json, 3), "tags");
    for (size_t k = 0; k < json_array_size(tags); k++)
        sum += json_number_value(json_object_get(json_array_get(tags, k), "score"));
    ck_assert_double_eq_tol(sum, 1, 1e-5);
    json_decref(json);
}
END_TEST

Suite *test_score_function_suite(void);
Suite *test_score_function_suite(void)
{
    Suite *suite = suite_create("score_function");
    TCase *c = tcase_create("score_function");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_loop_test(c, softmax_over_the_tags, 0, 3);
    tcase_add_test(c, softmax_and_threads);
    tcase_add_test(c, the_loss_decides);
    suite_add_tcase(suite, c);
    return suite;
}
