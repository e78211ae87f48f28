/* SPDX-License-Identifier: Apache-2.0 */
/* Which answers are requested, kept and requested again, and that journal lines restore this
 * state. */
#include "core/mem.h"
#include "core/rng.h"
#include "data/describe/job.h"
#include "data/describe/plan.h"
#include "data/describe/queue.h"
#include "data/descriptions.h"
#include "data/text_template.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

enum { COUNT = 10, AGAIN = 3 };

static TagList tags;
static Plan plan;

static void setup(void)
{
    Error err = {0};
    ck_assert_int_eq(tags_parse("tags", "dog\ncat\ndog\n", &tags, &err), 0);
    plan = plan_new(&tags, 2, COUNT, AGAIN, 4096);
}

static void teardown(void)
{
    plan_free(&plan);
    tags_free(&tags);
}

/* An answer with one choice per letter: . good, c truncated, e empty, r refused. Texts are
 * numbered consecutively. */
typedef struct Made {
    ChatChoice choice[32];
    char text[32][16];
    ChatAnswer answer;
} Made;

static void make(Made *m, const char *kinds, int *number)
{
    m->answer = (ChatAnswer){
        .count = (int64_t)strlen(kinds), .choice = m->choice, .tokens_in = 3, .tokens_out = 5};
    for (int i = 0; kinds[i]; i++) {
        snprintf(m->text[i], sizeof m->text[i], kinds[i] == 'e' ? " " : "%c%d", kinds[i],
                 (*number)++);
        m->choice[i] = (ChatChoice){.text = m->text[i],
                                    .finish = kinds[i] == 'c'   ? CHAT_CUT
                                              : kinds[i] == 'r' ? CHAT_REFUSED
                                                                : CHAT_STOP};
    }
}

/* Requests answers, gives choices of these kinds, records them; returns the journal line,
 * owned. */
static json_t *give(Plan *p, int64_t item, int64_t max, const char *kinds, int *number)
{
    Made m;
    Text line = {0};
    make(&m, kinds, number);
    const int64_t n = plan_request_size(p, item, max);
    plan_take(p, item, n, &m.answer, NULL, &line);
    plan_recorded(p, item, 100 * *number);
    json_error_t why;
    json_t *o = json_loads(line.data, 0, &why);
    ck_assert_msg(o != NULL, "%s: %s", line.data, why.text);
    text_free(&line);
    return o;
}

static void give_only(Plan *p, int64_t item, int64_t max, const char *kinds, int *number)
{
    json_decref(give(p, item, max, kinds, number));
}

static const char *text_of(const json_t *line, const char *list, size_t i)
{
    const char *text = json_string_value(json_array_get(json_object_get(line, list), i));
    return text ? text : "(none)";
}

START_TEST(new_items_start_in_order_and_repeated_tags_once)
{
    ck_assert_int_eq(plan.distinct, 2);
    ck_assert_int_eq(plan_wanted(&plan), 2 * 2 * COUNT);
    for (int64_t i = 0; i < 4; i++) ck_assert_int_eq(plan_next(&plan), i);
    ck_assert_int_eq(plan_next(&plan), -1);
}
END_TEST

START_TEST(a_good_answer_completes_an_item)
{
    int number = 0;
    ck_assert_int_eq(plan_request_size(&plan, 1, COUNT), COUNT);
    json_t *line = give(&plan, 1, COUNT, "..........", &number);
    ck_assert_str_eq(text_of(line, "texts", 0), ".0");
    ck_assert_str_eq(text_of(line, "texts", 9), ".9");
    ck_assert_str_eq(text_of(line, "finish", 9), "stop");
    ck_assert_str_eq(json_string_value(json_object_get(line, "tag")), "dog");
    ck_assert_int_eq(json_integer_value(json_object_get(line, "prompt")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(line, "first")), 0);
    ck_assert_int_eq(json_integer_value(json_object_get(line, "tokens_out")), 5);
    ck_assert(!plan_needs(&plan, 1));
    ck_assert(plan_needs(&plan, 0));
    json_decref(line);
}
END_TEST

START_TEST(surplus_is_ignored_and_the_rest_requested)
{
    int number = 0;
    give_only(&plan, 0, COUNT, "...", &number);
    ck_assert_int_eq(plan_request_size(&plan, 0, COUNT), 7);
    give_only(&plan, 0, 1, ".....", &number); /* one requested, five received */
    ck_assert_int_eq(plan_request_size(&plan, 0, COUNT), 6);
    json_t *line = give(&plan, 0, COUNT, "........", &number);
    ck_assert_int_eq(json_integer_value(json_object_get(line, "first")), 4);
    ck_assert_int_eq((int)json_array_size(json_object_get(line, "texts")), 6);
    ck_assert_int_eq(plan.item[0].have, COUNT);
    json_decref(line);
}
END_TEST

START_TEST(truncated_answers_are_kept_after_a_few_attempts)
{
    int number = 0;
    give_only(&plan, 0, COUNT, "........cc", &number);
    ck_assert_int_eq(plan_request_size(&plan, 0, COUNT), 2);
    give_only(&plan, 0, COUNT, ".c", &number); /* again, 1 */
    ck_assert_int_eq(plan_request_size(&plan, 0, COUNT), 1);
    give_only(&plan, 0, COUNT, "c", &number); /* 2 */
    ck_assert(plan_needs(&plan, 0));
    /* After the third time, the oldest truncated answer is kept. */
    json_t *line = give(&plan, 0, COUNT, "c", &number);
    ck_assert_str_eq(text_of(line, "texts", 0), "c8");
    ck_assert_str_eq(text_of(line, "finish", 0), "length");
    ck_assert(!plan_needs(&plan, 0) && !plan.item[0].failed);
    ck_assert_int_eq(plan.tag[0].again, 3);
    json_decref(line);
}
END_TEST

START_TEST(single_requests_have_their_own_attempts)
{
    int number = 0;
    for (int i = 0; i < COUNT; i++) {
        ck_assert_int_eq(plan_request_size(&plan, 0, 1), 1);
        for (int again = 0; again < AGAIN; again++) give_only(&plan, 0, 1, "c", &number);
        ck_assert_int_eq(plan.item[0].have, i);
        give_only(&plan, 0, 1, i % 2 ? "." : "c", &number);
        ck_assert_int_eq(plan.item[0].have, i + 1);
    }
    ck_assert(!plan_needs(&plan, 0));
}
END_TEST

START_TEST(empty_and_refused_answers_finally_fail_the_item)
{
    int number = 0;
    give_only(&plan, 0, COUNT, "........er", &number);
    give_only(&plan, 0, COUNT, "er", &number);
    give_only(&plan, 0, COUNT, "ce", &number);
    ck_assert(plan_needs(&plan, 0));
    json_t *line = give(&plan, 0, COUNT, "rr", &number);
    ck_assert_int_eq((int)json_array_size(json_object_get(line, "texts")),
                     1); /* the truncated one */
    ck_assert(plan.item[0].failed);
    ck_assert(!plan_needs(&plan, 0));
    ck_assert_int_eq(plan.item[0].have, 9);
    ck_assert_int_eq(plan.tag[0].empty, 3);
    ck_assert_int_eq(plan.tag[0].refused, 4);
    json_decref(line);
}
END_TEST

static void expect_same_item(const Plan *a, const Plan *b, int64_t item)
{
    ck_assert_int_eq(a->item[item].have, b->item[item].have);
    if (!a->item[item].failed)
        ck_assert_int_eq(a->item[item].asked_again, b->item[item].asked_again);
    if (plan_needs(a, item)) {
        Plan *x = (Plan *)(uintptr_t)a, *y = (Plan *)(uintptr_t)b;
        ck_assert_int_eq(plan_request_size(x, item, COUNT), plan_request_size(y, item, COUNT));
    }
}

/* After every line of a random run, a plan restored from the lines equals the plan of the
 * run. */
START_TEST(lines_restore_everything)
{
    Rng rng = rng_new((uint64_t)_i, 0, 0, RNG_TEST);
    int number = 0;
    Plan copy = plan_new(&tags, 2, COUNT, AGAIN, 4096);
    while (plan_needs(&plan, 1)) {
        const int64_t max = rng_below(&rng, 3) ? COUNT : 1 + rng_below(&rng, 4);
        char kinds[16] = {0};
        const int64_t came = 1 + rng_below(&rng, 12);
        for (int64_t i = 0; i < came; i++) kinds[i] = "......ccer"[rng_below(&rng, 10)];
        json_t *line = give(&plan, 1, max, kinds, &number);
        ck_assert(plan_restore(&copy, line, 100 * number));
        json_decref(line);
        expect_same_item(&plan, &copy, 1);
    }
    ck_assert_int_eq(plan.kept, copy.kept);
    ck_assert_int_eq(plan.tokens_out, copy.tokens_out);
    ck_assert_int_eq(plan.tag[0].empty, copy.tag[0].empty);
    plan_free(&copy);
}
END_TEST

/* Answers set aside before a stop are available after it. */
START_TEST(truncated_answers_survive_a_stop)
{
    int number = 0;
    Plan copy = plan_new(&tags, 2, COUNT, AGAIN, 4096);
    const char *kinds[] = {"........cc", ".c", "c"};
    for (int i = 0; i < 3; i++) {
        json_t *line = give(&plan, 0, COUNT, kinds[i], &number);
        ck_assert(plan_restore(&copy, line, i));
        json_decref(line);
    }
    json_t *line = give(&copy, 0, COUNT, "c", &number);
    ck_assert_str_eq(text_of(line, "texts", 0), "c8");
    ck_assert(!plan_needs(&copy, 0));
    json_decref(line);
    plan_free(&copy);
}
END_TEST

START_TEST(a_failed_item_starts_over_with_its_answers)
{
    int number = 0;
    Plan copy = plan_new(&tags, 2, COUNT, AGAIN, 4096);
    const char *kinds[] = {"........ee", "ee", "ee", "ee"};
    for (int i = 0; i < 4; i++) {
        json_t *line = give(&plan, 0, COUNT, kinds[i], &number);
        ck_assert(plan_restore(&copy, line, i));
        json_decref(line);
    }
    ck_assert(plan.item[0].failed);
    ck_assert(plan_needs(&copy, 0));
    ck_assert_int_eq(plan_request_size(&copy, 0, COUNT), 2);
    ck_assert_int_eq(copy.item[0].asked_again, 0);
    plan_free(&copy);
}
END_TEST

static const char *const inapplicable[] = {
    "{}",
    "{\"tag\": \"bird\", \"prompt\": 0, \"first\": 0, \"texts\": [\"x\"]}",
    "{\"tag\": \"dog\", \"prompt\": 2, \"first\": 0, \"texts\": [\"x\"]}",
    "{\"tag\": \"dog\", \"prompt\": -1, \"first\": 0, \"texts\": [\"x\"]}",
    "{\"tag\": \"dog\", \"prompt\": \"0\", \"first\": 0, \"texts\": [\"x\"]}",
    "{\"tag\": \"dog\", \"prompt\": 0, \"first\": 1, \"texts\": [\"x\"]}",
    "{\"tag\": \"dog\", \"prompt\": 0, \"first\": 0, \"texts\": [7]}",
    "{\"tag\": \"dog\", \"prompt\": 0, \"first\": 0, \"texts\": \"x\"}",
    "{\"tag\": \"dog\", \"prompt\": 0, \"first\": 0, \"texts\": [\"x\", "
    "\"<think>y</think>x\"]}",
    ("{\"tag\": \"dog\", \"prompt\": 0, \"first\": 0, \"texts\": "
     "[\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\"]}"),
};

START_TEST(inapplicable_lines_are_recognized)
{
    json_t *line = json_loads(inapplicable[_i], 0, NULL);
    ck_assert_ptr_nonnull(line);
    ck_assert(!plan_restore(&plan, line, 0));
    ck_assert_int_eq(plan.kept, 0);
    json_decref(line);
}
END_TEST

START_TEST(items_in_progress_go_first_when_due)
{
    Queue q = queue_new(&plan, 3);
    ck_assert_int_eq(queue_take(&q, 0, 0), 0);
    ck_assert_int_eq(queue_take(&q, 1, 0), 1);
    queue_put(&q, 0, 5);
    queue_put(&q, 1, 4);
    ck_assert(queue_wait_time(&q, 3, 10) == 1 && queue_wait_time(&q, 3, 0.5) == 0.5);
    /* Two waiting items and one in progress fill the queue. */
    ck_assert_int_eq(queue_take(&q, 1, 3), -1);
    ck_assert_int_eq(queue_take(&q, 0, 3), 2);
    ck_assert_int_eq(queue_take(&q, 1, 6), 1); /* it has been due for longer */
    ck_assert_int_eq(queue_take(&q, 2, 6), 0);
    ck_assert(!queue_empty(&q));
    ck_assert_int_eq(queue_take(&q, 0, 6), 3);
    ck_assert_int_eq(queue_take(&q, 0, 6), -1);
    ck_assert(queue_empty(&q));
    queue_free(&q);
}
END_TEST

START_TEST(the_first_text_is_the_template_sentence)
{
    Descriptions d = text_template_fill(&(OptionStrings){0}, &tags);
    char *sentence = describe_sentence("dog");
    ck_assert_str_eq(sentence, d.text[0]);
    mem_free(sentence);
    descriptions_free(&d);
}
END_TEST

Suite *test_describe_plan_suite(void);

Suite *test_describe_plan_suite(void)
{
    Suite *s = suite_create("describe_plan");
    TCase *c = tcase_create("describe_plan");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, new_items_start_in_order_and_repeated_tags_once);
    tcase_add_test(c, a_good_answer_completes_an_item);
    tcase_add_test(c, surplus_is_ignored_and_the_rest_requested);
    tcase_add_test(c, truncated_answers_are_kept_after_a_few_attempts);
    tcase_add_test(c, single_requests_have_their_own_attempts);
    tcase_add_test(c, empty_and_refused_answers_finally_fail_the_item);
    tcase_add_loop_test(c, lines_restore_everything, 0, 200);
    tcase_add_test(c, truncated_answers_survive_a_stop);
    tcase_add_test(c, a_failed_item_starts_over_with_its_answers);
    tcase_add_loop_test(c, inapplicable_lines_are_recognized, 0,
                        sizeof inapplicable / sizeof *inapplicable);
    tcase_add_test(c, items_in_progress_go_first_when_due);
    tcase_add_test(c, the_first_text_is_the_template_sentence);
    suite_add_tcase(s, c);
    return s;
}
