/* SPDX-License-Identifier: Apache-2.0 */
/* Requests are built and replies are parsed with jansson; every field of a reply is
 * validated. */
#include "data/describe/chat.h"

#include "core/mem.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

static json_t *stop_words(const ChatSettings *s)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < s->stops; i++) json_array_append_new(list, json_string(s->stop[i]));
    return list;
}

json_t *chat_settings_json(const ChatSettings *s)
{
    json_t *o = json_object();
    json_object_set_new(o, "model", json_string(s->model));
    json_object_set_new(o, "role", json_string(s->role));
    if (s->system) json_object_set_new(o, "system", json_string(s->system));
    json_object_set_new(o, "temperature", json_real(s->temperature));
    json_object_set_new(o, "max_tokens", json_integer(s->max_tokens));
    if (s->stops) json_object_set_new(o, "stop", stop_words(s));
    if (s->extra) json_object_set(o, "extra", s->extra);
    return o;
}

int chat_extra(const char *text, json_t **out, Error *err)
{
    static const char *const reserved[] = {"n", "messages", "model", "stream"};
    json_error_t why;
    *out = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    if (!*out)
        return error_set(err, ERROR_USAGE, "--extra: byte %d: %s", why.position, why.text);
    int status = 0;
    if (!json_is_object(*out))
        status = error_set(err, ERROR_USAGE, "--extra: expected a JSON object {...}");
    for (size_t i = 0; status == 0 && i < sizeof reserved / sizeof *reserved; i++)
        if (json_object_get(*out, reserved[i]))
            status = error_set(err, ERROR_USAGE, "--extra: %s: the program sets this itself",
                               reserved[i]);
    if (status != 0) {
        json_decref(*out);
        *out = NULL;
    }
    return status;
}

static void add_message(json_t *messages, const char *role, const char *content)
{
    json_t *m = json_object();
    json_object_set_new(m, "role", json_string(role));
    json_object_set_new(m, "content", json_string(content));
    json_array_append_new(messages, m);
}

char *chat_request(const ChatSettings *s, const char *prompt, int64_t n, bool newer_limit)
{
    json_t *o = json_object(), *messages = json_array();
    if (s->system) add_message(messages, "system", s->system);
    add_message(messages, s->role, prompt);
    json_object_set_new(o, "model", json_string(s->model));
    json_object_set_new(o, "messages", messages);
    json_object_set_new(o, "n", json_integer(n));
    json_object_set_new(o, "temperature", json_real(s->temperature));
    json_object_set_new(o, newer_limit ? "max_completion_tokens" : "max_tokens",
                        json_integer(s->max_tokens));
    if (s->stops) json_object_set_new(o, "stop", stop_words(s));
    if (s->extra) json_object_update(o, s->extra);
    char *text = json_dumps(o, JSON_COMPACT | JSON_REAL_PRECISION(15)); /* 0.99 stays 0.99 */
    CHECK(text, "cannot encode a request as JSON");
    json_decref(o);
    return text;
}

static int malformed(Error *err, const char *why)
{
    return error_set(err, ERROR_NETWORK, "malformed answer: %s", why);
}

/* A string value, "" if it is missing or null; *wrong_type: it is anything else. */
static const char *text_or_none(const json_t *value, bool *wrong_type)
{
    *wrong_type = value && !json_is_string(value) && !json_is_null(value);
    return json_is_string(value) ? json_string_value(value) : "";
}

static int take_choice(const json_t *choice, ChatChoice *out, Error *err)
{
    const json_t *message = json_object_get(choice, "message");
    if (!json_is_object(message)) return malformed(err, "a choice without a message");
    bool wrong_text, wrong_refusal, wrong_finish;
    const json_t *content = json_object_get(message, "content");
    out->text = text_or_none(content, &wrong_text);
    out->len = json_is_string(content) ? json_string_length(content) : 0;
    const char *refusal = text_or_none(json_object_get(message, "refusal"), &wrong_refusal);
    const char *finish = text_or_none(json_object_get(choice, "finish_reason"), &wrong_finish);
    if (wrong_text || wrong_refusal || wrong_finish)
        return malformed(err, "content, refusal or finish_reason is not a string");
    out->finish = CHAT_STOP;
    if (strcmp(finish, "length") == 0) out->finish = CHAT_LENGTH;
    if (*refusal || strcmp(finish, "content_filter") == 0) out->finish = CHAT_REFUSED;
    return 0;
}

static int64_t tokens(const json_t *root, const char *name)
{
    const json_t *value = json_object_get(json_object_get(root, "usage"), name);
    const json_int_t n = json_integer_value(value);
    return n > 0 && n < 1 << 30 ? n : 0;
}

/* The message of a refusal, which servers put into {"error": {"message"}}, {"error": ""},
 * {"message"} or {"detail"}; NULL if it has none. */
static const json_t *find_message(const json_t *root)
{
    const json_t *error = json_object_get(root, "error");
    const json_t *found[] = {json_object_get(error, "message"), error,
                             json_object_get(root, "message"), json_object_get(root, "detail")};
    for (size_t i = 0; i < sizeof found / sizeof *found; i++)
        if (json_is_string(found[i]) && json_string_length(found[i])) return found[i];
    return NULL;
}

static int take_answer(ChatAnswer *a, Error *err)
{
    const json_t *choices = json_object_get(a->root, "choices");
    if (!json_is_array(choices) || json_array_size(choices) == 0) {
        /* Some gateways report errors with status 200. */
        const json_t *message = find_message(a->root);
        return message ? error_set(err, ERROR_NETWORK, "error instead of an answer: %s",
                                   json_string_value(message))
                       : malformed(err, "no list of choices");
    }
    a->count = (int64_t)json_array_size(choices);
    a->choice = mem_calloc((size_t)a->count, sizeof *a->choice);
    for (int64_t i = 0; i < a->count; i++)
        if (take_choice(json_array_get(choices, (size_t)i), &a->choice[i], err) != 0) return -1;
    a->tokens_in = tokens(a->root, "prompt_tokens");
    a->tokens_out = tokens(a->root, "completion_tokens");
    return 0;
}

int chat_answer(const char *body, size_t len, ChatAnswer *out, Error *err)
{
    *out = (ChatAnswer){0};
    json_error_t why;
    out->root = json_loadb(body, len, JSON_ALLOW_NUL, &why);
    if (!out->root) {
        char *quote = strstr(why.text, " near "); /* followed by arbitrary bytes of the body */
        if (quote) *quote = 0;
        return error_set(err, ERROR_NETWORK, "malformed answer: byte %d: %s", why.position,
                         why.text);
    }
    const int status = take_answer(out, err);
    if (status != 0) chat_answer_free(out);
    return status;
}

void chat_answer_free(ChatAnswer *a)
{
    mem_free(a->choice);
    json_decref(a->root);
    *a = (ChatAnswer){0};
}

/* The text with control characters replaced by spaces. Owned: mem_free. */
static char *one_line(const char *text, size_t len)
{
    char *line = mem_alloc(len + 1);
    for (size_t i = 0; i < len; i++)
        line[i] = (unsigned char)text[i] < 0x20 || text[i] == 0x7f ? ' ' : text[i];
    line[len] = 0;
    return line;
}

static void find_code(const json_t *root, char code[static 64])
{
    const json_t *error = json_object_get(root, "error");
    const json_t *found[] = {json_object_get(error, "code"), json_object_get(error, "type")};
    code[0] = 0;
    for (size_t i = 0; !code[0] && i < sizeof found / sizeof *found; i++)
        if (json_is_string(found[i])) snprintf(code, 64, "%s", json_string_value(found[i]));
}

char *chat_error_message(const char *body, size_t len, char code[static 64])
{
    json_t *root = json_loadb(body, len, 0, NULL);
    const json_t *text = find_message(root);
    find_code(root, code);
    char *message = text      ? one_line(json_string_value(text), json_string_length(text))
                    : len > 0 ? one_line(body, len)
                              : mem_strdup("no message");
    json_decref(root);
    return message;
}

static bool is_word(int c) { return isalnum(c) || c == '_' || c == '\''; }

bool chat_names_field(const char *message, const char *field)
{
    const size_t n = strlen(field);
    for (const char *p = message; (p = strstr(p, field)); p += n) {
        const bool quoted = p > message && p[-1] == '\'' && p[n] == '\'';
        const bool starts = p == message || !is_word((unsigned char)p[-1]);
        if (quoted || (starts && !is_word((unsigned char)p[n]))) return true;
    }
    return false;
}
