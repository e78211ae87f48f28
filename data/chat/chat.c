/* SPDX-License-Identifier: Apache-2.0 */
/* Building requests as JSON. */
#include "data/chat/chat.h"

#include "core/mem.h"

#include <jansson.h>

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
    json_object_set_new(o, "stream", json_false()); /* the default of some servers is true */
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
