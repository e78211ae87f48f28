/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing answers. Servers differ in where they put the text, the thoughts and the end; every
 * field is validated. */
#include "core/io/text.h"
#include "core/json/json_lenient.h"
#include "core/mem.h"
#include "data/chat/chat.h"
#include "data/chat/thoughts.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static int malformed(Error *err, const char *why)
{
    return error_set(err, ERROR_NETWORK, "malformed answer: %s", why);
}

/* ---- the text of a choice ---- */

static bool announces_thoughts(const char *name) { return thoughts_named(name, strlen(name)); }

/* Is a part of the content a thought, {"type": "thinking"} or {"thought": true}? */
static bool is_thought(const json_t *part)
{
    const char *type = json_string_value(json_object_get(part, "type"));
    return json_is_true(json_object_get(part, "thought")) || (type && announces_thoughts(type));
}

/* Appends a content to the text: a text, a list of parts, or a part with its text in one of
 * these fields. Notes thoughts and refusals in `out`. Returns false if it is or holds anything
 * else. */
static bool add_content(const json_t *content, Text *text, ChatChoice *out)
{
    static const char *const field[] = {"text", "value", "content"};
    const json_t *inner = NULL;
    if (json_is_string(content)) {
        const char *p = json_string_value(content), *end = p + json_string_length(content);
        for (; p < end; p += strlen(p) + 1) text_put(text, p); /* without NUL bytes */
    } else if (json_is_array(content)) {
        for (size_t i = 0; i < json_array_size(content); i++)
            if (!add_content(json_array_get(content, i), text, out)) return false;
    } else if (json_is_object(content) && is_thought(content)) {
        out->thoughts = true;
    } else if (json_is_object(content)) {
        if (json_object_get(content, "refusal")) out->finish = CHAT_REFUSED;
        for (size_t i = 0; i < 3 && !inner; i++) inner = json_object_get(content, field[i]);
        return add_content(inner, text, out);
    } else {
        return !content || json_is_null(content);
    }
    return true;
}

/* Does a field beside the content, such as `reasoning_content`, hold thoughts? */
static bool has_thoughts(const json_t *message)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)message, name, value)
    {
        const size_t size =
            json_string_length(value) + json_array_size(value) + json_object_size(value);
        if (announces_thoughts(name) && size > 0) return true;
    }
    return false;
}

/* ---- how it ended ---- */

static bool is_one_of(const char *text, const char *const *word)
{
    while (*word && strcasecmp(text, *word) != 0) word++;
    return *word;
}

/* *unknown: a reason that is in no list; owned, NULL: none so far. */
static enum ChatFinish finish_of(const char *reason, char **unknown)
{
    static const char *const whole[] = {"stop",          "end_turn", "eos",       "eos_token",
                                        "stop_sequence", "complete", "completed", NULL};
    static const char *const cut[] = {"length", "max_tokens", "max_output_tokens",
                                      "model_length", NULL};
    if (is_one_of(reason, whole)) return CHAT_STOP;
    if (chat_names_filter(reason)) return CHAT_REFUSED;
    if (!*unknown && !is_one_of(reason, cut))
        *unknown = mem_strdup(*reason ? reason : "(none)");
    return CHAT_CUT;
}

/* ---- the whole ---- */

/* A string value, "" if it is missing or null; *wrong_type: it is anything else. */
static const char *text_or_none(const json_t *value, bool *wrong_type)
{
    *wrong_type = value && !json_is_string(value) && !json_is_null(value);
    return json_is_string(value) ? json_string_value(value) : "";
}

static int take_choice(const json_t *choice, ChatAnswer *a, Error *err)
{
    const json_t *message = json_object_get(choice, "message");
    if (!json_is_object(message)) return malformed(err, "a choice without a message");
    ChatChoice *out = &a->choice[a->count++];
    Text text = {0};
    text_put(&text, "");
    const bool right = add_content(json_object_get(message, "content"), &text, out);
    out->text = text.data;
    out->thoughts = out->thoughts || has_thoughts(message);
    bool wrong_refusal, wrong_finish;
    const char *refusal = text_or_none(json_object_get(message, "refusal"), &wrong_refusal);
    const char *finish = text_or_none(json_object_get(choice, "finish_reason"), &wrong_finish);
    if (!right || wrong_refusal || wrong_finish)
        return malformed(err, "content, refusal or finish_reason is not a string");
    const enum ChatFinish end = finish_of(finish, &a->unknown);
    const bool half = strstr(out->text, "\xef\xbf\xbd"); /* U+FFFD, half a character */
    if (*refusal) out->finish = CHAT_REFUSED;
    if (out->finish != CHAT_REFUSED) out->finish = half && end == CHAT_STOP ? CHAT_CUT : end;
    return 0;
}

static int64_t tokens(const json_t *root, const char *name)
{
    const json_t *value = json_object_get(json_object_get(root, "usage"), name);
    const json_int_t n = json_integer_value(value);
    return n > 0 && n < 1 << 30 ? n : 0;
}

static int take_answer(const json_t *root, ChatAnswer *a, Error *err)
{
    const json_t *choices = json_object_get(root, "choices");
    if (!json_is_array(choices) && !(json_is_null(choices) && json_object_get(root, "usage")))
        return malformed(err, "no list of choices");
    a->choice = mem_calloc(json_array_size(choices) + 1, sizeof *a->choice);
    for (size_t i = 0; i < json_array_size(choices); i++)
        if (take_choice(json_array_get(choices, i), a, err) != 0) return -1;
    a->tokens_in = tokens(root, "prompt_tokens");
    a->tokens_out = tokens(root, "completion_tokens");
    return 0;
}

int chat_answer(const char *body, size_t len, ChatAnswer *out, Error *err)
{
    *out = (ChatAnswer){0};
    json_error_t why;
    json_t *odd = NULL, *root = json_loadb(body, len, JSON_ALLOW_NUL, &why);
    if (!root) root = json_lenient(body, len, &odd, &why);
    json_decref(odd);
    if (!root) {
        char name[CHAT_BODY_NAME];
        const char *kind = chat_body_name(body, len, name);
        if (kind)
            return error_set(err, ERROR_NETWORK, "malformed answer: %s instead of JSON", kind);
        char *quote = strstr(why.text, " near "); /* followed by arbitrary bytes of the body */
        if (quote) *quote = 0;
        return error_set(err, ERROR_NETWORK, "malformed answer: byte %d: %s", why.position,
                         why.text);
    }
    const int status = take_answer(root, out, err);
    if (status != 0) chat_answer_free(out);
    json_decref(root);
    return status;
}

void chat_answer_free(ChatAnswer *a)
{
    for (int64_t i = 0; i < a->count; i++) mem_free(a->choice[i].text);
    mem_free(a->choice);
    mem_free(a->unknown);
    *a = (ChatAnswer){0};
}
