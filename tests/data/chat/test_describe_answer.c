/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of a server and their texts. All of it may be hostile. */
#include "core/mem.h"
#include "core/strings/utf8.h"
#include "data/chat/answer.h"
#include "data/chat/thoughts.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

typedef struct Cleaned {
    const char *text, *clean;
} Cleaned;

static const Cleaned cleaned[] = {
    {"", ""},
    {" \t\r\n\xc2\xa0 ", ""},
    {"\x01\x7f\xc2\x80", ""},
    {"a", "a"},
    {"  A red\n\n  fox.\t", "A red fox."},
    {"a\xe2\x80\xa8"
     "b\xe3\x80\x80"
     "c",
     "a b c"},
    {"be\x07ll \x1b[31mred", "bell [31mred"},
    {"a\xc2\x9f\xc2\x85z", "a z"}, /* a control character, then NEL, which is white space */
    {"M\xc3\xbcnze \xf0\x9f\xa6\x8a", "M\xc3\xbcnze \xf0\x9f\xa6\x8a"},
    {"a \xe2\x80\xaegnp.exe\xe2\x80\xac \xe2\x81\xa6z\xe2\x81\xa9", "a gnp.exe z"},
    {"\xef\xbf\xbd \" \\", "\xef\xbf\xbd \" \\"},
};

START_TEST(texts_become_one_clean_line)
{
    char *got = answer_clean(cleaned[_i].text);
    ck_assert_str_eq(got, cleaned[_i].clean);
    ck_assert(utf8_valid(got));
    mem_free(got);
}
END_TEST

typedef struct Thoughtful {
    const char *text, *rest;
} Thoughtful;

#define FOX "A fox is red."
static const Thoughtful thoughtful[] = {
    {"<think>\nHm, a < b.\n</think>\n\n" FOX, FOX},
    {"Hm.\n</think>\n" FOX, FOX},
    {"<THINKING>Hm</THINKING>" FOX, FOX},
    {"<think>a</think><think>b</think>" FOX, FOX},
    {"<think>a <think>b</think> c</think>" FOX, FOX},
    {FOX " <thought>Was that right?</thought>", FOX},
    {"[THINK]Hm[/THINK]" FOX, FOX},
    {"\xe2\x97\x81think\xe2\x96\xb7Hm\xe2\x97\x81/think\xe2\x96\xb7" FOX, FOX},
    {"<seed:think>Hm</seed:think>" FOX, FOX},
    {"<|begin_of_thought|>Hm<|end_of_thought|>\n<|begin_of_solution|>" FOX
     "<|end_of_solution|>",
     FOX},
    {"<|START_THINKING|>Hm<|END_THINKING|><|START_RESPONSE|>" FOX "<|END_RESPONSE|>", FOX},
    {"<|channel|>analysis<|message|>Hm<|end|><|start|>assistant<|channel|>final<|message|>" FOX
     "<|return|>",
     FOX},
    {"Hm<|end|><|start|>assistant<|channel|>final<|message|>" FOX, FOX},
    {"<|channel>thought\nHm<channel|>" FOX, FOX},
    {"analysisThe user wants a fox.assistantfinal" FOX, FOX},
    {"<scratchpad note=\"1\">Hm</scratchpad>" FOX, FOX},
    {"<think>Hm</think><answer>" FOX "</answer>", FOX},
    {"<|thinking|>Hm<|/thinking|>" FOX "<|im_end|>", FOX},
    {"<think></think>", ""},
    {"<think>\n\n</think>\n\n" FOX, FOX},
    /* unfinished */
    {"<think>The user wants", ""},
    {FOX " <think>The user wants", ""},
    {"<think>a</think> " FOX " <think>b", ""},
    {"<|channel|>analysis<|message|>The user", ""},
    {"analysisThe user wants", ""},
};

START_TEST(thoughts_are_removed)
{
    const Thoughtful *t = &thoughtful[_i];
    char *text = mem_strdup(t->text);
    ck_assert_msg(thoughts_remove(text), "%s", t->text);
    char *got = answer_clean(text);
    ck_assert_str_eq(got, t->rest);
    mem_free(got);
    mem_free(text);
}
END_TEST

static const char *const thoughtless[] = {
    "",
    FOX,
    "a < b and b > c",
    "<b>" FOX "</b>",
    "[thinking face] It is yellow.",
    "<think",
    "analysis of a fox",
    "1 < I think > 2",
    "<I think>",
    "Reasons: <none>",
    "a [think tank] in a city",
    "1 <2 [3> 4]",
};

/* A hostile text takes no longer than another one. */
START_TEST(a_million_marks_take_no_time)
{
    static const char *const mark[] = {"\xe2\x97\x81", "<a>", "<", "[A"};
    const size_t n = strlen(mark[_i]);
    char *text = mem_alloc((n << 20) + 1);
    for (size_t i = 0; i < n << 20; i++) text[i] = mark[_i][i % n];
    text[n << 20] = 0;
    ck_assert(!thoughts_remove(text));
    ck_assert_uint_eq(strlen(text), n << 20);
    mem_free(text);
}
END_TEST

START_TEST(texts_stay_as_they_are)
{
    char *text = mem_strdup(thoughtless[_i]);
    ck_assert(!thoughts_remove(text));
    ck_assert_str_eq(text, thoughtless[_i]);
    mem_free(text);
}
END_TEST

START_TEST(finish_reason_decides_the_kind)
{
    static char a_fox[] = "a fox", padded[] = "  a fox\n", foxes[] = "a foxy", blank[] = " \n",
                thought[] = "<think>a fo";
    const struct {
        ChatChoice choice;
        enum AnswerKind kind;
    } table[] = {
        {{a_fox, CHAT_STOP, false}, ANSWER_GOOD},
        {{a_fox, CHAT_STOP, true}, ANSWER_GOOD},
        {{a_fox, CHAT_CUT, false}, ANSWER_TRUNCATED},
        {{padded, CHAT_STOP, false}, ANSWER_GOOD},
        {{foxes, CHAT_STOP, false}, ANSWER_LONG},
        {{foxes, CHAT_CUT, false}, ANSWER_LONG},
        {{foxes, CHAT_REFUSED, false}, ANSWER_REFUSED},
        {{blank, CHAT_STOP, false}, ANSWER_EMPTY},
        {{blank, CHAT_CUT, false}, ANSWER_THOUGHTS},
        {{blank, CHAT_STOP, true}, ANSWER_THOUGHTS},
        {{thought, CHAT_STOP, false}, ANSWER_THOUGHTS},
        {{thought, CHAT_CUT, false}, ANSWER_THOUGHTS},
        {{a_fox, CHAT_REFUSED, false}, ANSWER_REFUSED},
        {{blank, CHAT_REFUSED, false}, ANSWER_REFUSED},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *text;
        ck_assert_int_eq(answer_take(&table[i].choice, NULL, 5, &text), table[i].kind);
        mem_free(text);
    }
}
END_TEST

START_TEST(length_follows_the_tokens)
{
    ck_assert_uint_eq(answer_max_bytes(1), 4096);
    ck_assert_uint_eq(answer_max_bytes(77), 4928);
    ck_assert_uint_eq(answer_max_bytes(1000000), 64000000);
}
END_TEST

START_TEST(the_key_is_masked_in_answers)
{
    static char sent[] = "you sent sk-abcdef", line[] = "Authorization: Bearer sk-abcdef";
    char *lines[] = {line}, *text;
    const Secrets secrets = {lines, 1, true};
    const ChatChoice choice = {sent, CHAT_STOP, false};
    answer_take(&choice, &secrets, 100, &text);
    ck_assert_str_eq(text, "you sent *********");
    mem_free(text);
}
END_TEST

#define CHOICE(content, finish)                                                                \
    "{\"choices\": [{\"message\": {\"content\": " content "}, \"finish_reason\": " finish "}]"

START_TEST(answers_are_read)
{
    static const char body[] =
        "{\"choices\": [{\"message\": {\"content\": \"A fox.\"}, \"finish_reason\": \"stop\"},"
        "{\"message\": {\"content\": \"A f\"}, \"finish_reason\": \"length\"},"
        "{\"message\": {\"content\": null, \"refusal\": \"No.\"}},"
        "{\"message\": {\"content\": \"x\"}, \"finish_reason\": \"content_filter\"},"
        "{\"message\": {}}],"
        "\"usage\": {\"prompt_tokens\": 12, \"completion_tokens\": 34}}";
    static const enum ChatFinish want[] = {CHAT_STOP, CHAT_CUT, CHAT_REFUSED, CHAT_REFUSED,
                                           CHAT_CUT};
    ChatAnswer a;
    Error err = {0};
    ck_assert_msg(chat_answer(body, strlen(body), &a, &err) == 0, "%s", err.text);
    ck_assert_int_eq(a.count, 5);
    ck_assert_str_eq(a.choice[0].text, "A fox.");
    ck_assert_str_eq(a.choice[4].text, "");
    for (int i = 0; i < 5; i++) ck_assert_int_eq((int)a.choice[i].finish, (int)want[i]);
    ck_assert_int_eq(a.tokens_in, 12);
    ck_assert_int_eq(a.tokens_out, 34);
    chat_answer_free(&a);
}
END_TEST

typedef struct Formed {
    const char *message, *text;
    bool thoughts;
} Formed;

static const Formed formed[] = {
    {"{\"content\": \"A fox.\"}", "A fox.", false},
    {"{\"content\": \"A\\u0000 fox.\"}", "A fox.", false},
    {"{\"content\": [{\"type\": \"text\", \"text\": \"A fox.\"}]}", "A fox.", false},
    {"{\"content\": [{\"type\": \"text\", \"text\": \"A \"}, \"fox\", {\"text\": \".\"}]}",
     "A fox.", false},
    {"{\"content\": [{\"type\": \"output_text\", \"text\": {\"value\": \"A fox.\"}}]}",
     "A fox.", false},
    {"{\"content\": {\"type\": \"text\", \"content\": [\"A fox.\"]}}", "A fox.", false},
    {"{\"content\": [{\"type\": \"thinking\", \"thinking\": [{\"type\": \"text\", \"text\": "
     "\"Hm.\"}]}, {\"type\": \"text\", \"text\": \"A fox.\"}]}",
     "A fox.", true},
    {"{\"content\": [{\"thought\": true, \"text\": \"Hm.\"}, {\"text\": \"A fox.\"}]}",
     "A fox.", true},
    {"{\"content\": [{\"type\": \"image_url\", \"image_url\": {}}, {\"text\": \"A fox.\"}]}",
     "A fox.", false},
    {"{\"content\": []}", "", false},
    {"{\"content\": [{\"type\": \"refusal\", \"refusal\": \"No.\"}]}", "", false},
    {"{\"content\": null, \"reasoning_content\": \"Hm.\"}", "", true},
    {"{\"content\": \"\", \"reasoning\": \"Hm.\"}", "", true},
    {"{\"content\": \"\", \"thinking\": {\"text\": \"Hm.\"}}", "", true},
    {"{\"content\": \"A fox.\", \"thinking_blocks\": [{}]}", "A fox.", true},
    {"{\"content\": \"A fox.\", \"reasoning\": null, \"reasoning_content\": \"\"}", "A fox.",
     false},
};

START_TEST(contents_have_many_forms)
{
    const Formed *f = &formed[_i];
    char *body = mem_format("{\"choices\": [{\"message\": %s, \"finish_reason\": \"stop\"}]}",
                            f->message);
    ChatAnswer a;
    Error err = {0};
    ck_assert_msg(chat_answer(body, strlen(body), &a, &err) == 0, "%s: %s", body, err.text);
    ck_assert_str_eq(a.choice[0].text, f->text);
    ck_assert_msg(a.choice[0].thoughts == f->thoughts, "%s", body);
    chat_answer_free(&a);
    mem_free(body);
}
END_TEST

typedef struct Finish {
    const char *reason; /* JSON */
    enum ChatFinish want;
    const char *unknown;
} Finish;

static const Finish finishes[] = {
    {"\"stop\"", CHAT_STOP, ""},
    {"\"STOP\"", CHAT_STOP, ""},
    {"\"end_turn\"", CHAT_STOP, ""},
    {"\"eos\"", CHAT_STOP, ""},
    {"\"length\"", CHAT_CUT, ""},
    {"\"MAX_TOKENS\"", CHAT_CUT, ""},
    {"\"content_filter\"", CHAT_REFUSED, ""},
    {"\"SAFETY\"", CHAT_REFUSED, ""},
    {"\"error\"", CHAT_CUT, "error"},
    {"\"insufficient_system_resource\"", CHAT_CUT, "insufficient_system_resource"},
    {"\"tool_calls\"", CHAT_CUT, "tool_calls"},
    {"null", CHAT_CUT, "(none)"},
};

/* What only Python's JSON holds costs no answer: NaN in a field that is not used, and half a
 * character, where the token limit cut it, which is not whole. */
START_TEST(answers_as_python_writes_them)
{
    static const char body[] =
        "{\"choices\": [{\"message\": {\"content\": \"A fox.\"}, \"logprobs\": NaN, "
        "\"finish_reason\": \"stop\"}, {\"message\": {\"content\": \"A fox \\ud83e\"}, "
        "\"finish_reason\": \"stop\"}]}";
    ChatAnswer a;
    Error err = {0};
    ck_assert_msg(chat_answer(body, strlen(body), &a, &err) == 0, "%s", err.text);
    ck_assert_int_eq(a.count, 2);
    ck_assert_str_eq(a.choice[0].text, "A fox.");
    ck_assert_int_eq(a.choice[0].finish, CHAT_STOP);
    ck_assert_str_eq(a.choice[1].text, "A fox \xef\xbf\xbd");
    ck_assert_int_eq(a.choice[1].finish, CHAT_CUT);
    chat_answer_free(&a);
}
END_TEST

START_TEST(only_known_ends_are_good)
{
    const Finish *f = &finishes[_i];
    char *body = mem_format(CHOICE("\"A fox\"", "%s") "}", f->reason);
    ChatAnswer a;
    Error err = {0};
    ck_assert_int_eq(chat_answer(body, strlen(body), &a, &err), 0);
    ck_assert_msg(a.choice[0].finish == f->want, "%s: %d", body, (int)a.choice[0].finish);
    ck_assert_pstr_eq(a.unknown, *f->unknown ? f->unknown : NULL);
    chat_answer_free(&a);
    mem_free(body);
}
END_TEST

static const char *const malformed[] = {
    "",
    "{",
    "[]",
    "null",
    "{\"choices\": null}",
    "{\"choices\": {}}",
    "{\"choices\": [1]}",
    "{\"choices\": [{}]}",
    "{\"choices\": [{\"message\": []}]}",
    CHOICE("7", "\"stop\"") "}",
    CHOICE("[\"x\", 7]", "\"stop\"") "}",
    CHOICE("{\"text\": true}", "\"stop\"") "}",
    CHOICE("\"x\"", "3") "}",
    "{\"choices\": [{\"message\": {\"content\": \"x\", \"refusal\": true}}]}",
    CHOICE("\"\xff\xfe\"", "\"stop\"") "}",
    CHOICE("\"half", "\"stop\""),
    "{\"choices\": [{\"message\": {\"content\": \"x\"}}]} trailing",
};

START_TEST(malformed_answers_are_errors)
{
    ChatAnswer a;
    Error err = {0};
    ck_assert_int_eq(chat_answer(malformed[_i], strlen(malformed[_i]), &a, &err), -1);
    expect_error(&err, ERROR_NETWORK, "malformed answer: ");
    ck_assert_ptr_null(a.choice);
}
END_TEST

/* Bodies that are no text are named, whether the server calls them a success or not. */
START_TEST(other_bodies_are_named)
{
    static const struct {
        const char *body;
        size_t len;
        const char *name;
    } body[] = {{"\x1f\x8b\x08\0\0\0\0\0\0\3\xab\x56", 12, "gzip data"},
                {"\x28\xb5\x2f\xfd\4\0", 6, "Zstandard data"},
                {"{\0\"\0e\0r\0", 8, "UTF-16 text"}};
    for (size_t i = 0; i < sizeof body / sizeof *body; i++) {
        ChatAnswer a;
        Error err = {0};
        char *want = mem_format("malformed answer: %s instead of JSON", body[i].name);
        ck_assert_int_eq(chat_answer(body[i].body, body[i].len, &a, &err), -1);
        ck_assert_str_eq(err.text, want);
        ChatError e = chat_error(body[i].body, body[i].len);
        ck_assert_str_eq(e.message, body[i].name);
        mem_free(e.message);
        mem_free(want);
    }
}
END_TEST

START_TEST(refusals_may_be_parts_and_choices_missing)
{
    static const char part[] =
        CHOICE("[{\"type\": \"refusal\", \"refusal\": \"No.\"}]", "\"stop\"") "}";
    static const char *const none[] = {"{\"choices\": []}",
                                       "{\"choices\": null, \"usage\": {}}"};
    ChatAnswer a;
    Error err = {0};
    ck_assert_int_eq(chat_answer(part, strlen(part), &a, &err), 0);
    ck_assert_int_eq(a.choice[0].finish, CHAT_REFUSED);
    chat_answer_free(&a);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(chat_answer(none[i], strlen(none[i]), &a, &err), 0);
        ck_assert_int_eq(a.count, 0);
        chat_answer_free(&a);
    }
}
END_TEST

START_TEST(invalid_token_counts_are_zero)
{
    static const char body[] = CHOICE(
        "\"x\"",
        "\"stop\"") ", \"usage\": {\"prompt_tokens\": -5, \"completion_tokens\": \"many\"}}";
    ChatAnswer a;
    Error err = {0};
    ck_assert_int_eq(chat_answer(body, strlen(body), &a, &err), 0);
    ck_assert_int_eq(a.tokens_in, 0);
    ck_assert_int_eq(a.tokens_out, 0);
    chat_answer_free(&a);
}
END_TEST

Suite *test_describe_answer_suite(void);

Suite *test_describe_answer_suite(void)
{
    Suite *s = suite_create("describe_answer");
    TCase *c = tcase_create("describe_answer");
    tcase_add_loop_test(c, texts_become_one_clean_line, 0, sizeof cleaned / sizeof *cleaned);
    tcase_add_test(c, finish_reason_decides_the_kind);
    tcase_add_test(c, length_follows_the_tokens);
    tcase_add_test(c, the_key_is_masked_in_answers);
    tcase_add_test(c, answers_are_read);
    tcase_add_test(c, other_bodies_are_named);
    tcase_add_loop_test(c, malformed_answers_are_errors, 0,
                        sizeof malformed / sizeof *malformed);
    tcase_add_test(c, refusals_may_be_parts_and_choices_missing);
    tcase_add_test(c, invalid_token_counts_are_zero);
    tcase_add_loop_test(c, thoughts_are_removed, 0, sizeof thoughtful / sizeof *thoughtful);
    tcase_add_loop_test(c, a_million_marks_take_no_time, 0, 4);
    tcase_add_loop_test(c, texts_stay_as_they_are, 0, sizeof thoughtless / sizeof *thoughtless);
    tcase_add_loop_test(c, contents_have_many_forms, 0, sizeof formed / sizeof *formed);
    tcase_add_test(c, answers_as_python_writes_them);
    tcase_add_loop_test(c, only_known_ends_are_good, 0, sizeof finishes / sizeof *finishes);
    suite_add_tcase(s, c);
    return s;
}
