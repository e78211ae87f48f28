/* SPDX-License-Identifier: Apache-2.0 */
/* What the body of a refusal says. Servers agree neither on the fields of an error nor on its
 * words, so that both are searched. */
#define _GNU_SOURCE /* strcasestr */
#include "core/io/first_bytes.h"
#include "core/mem.h"
#include "core/strings/utf8.h"
#include "data/chat/chat.h"

#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- fields ---- */

/* The first text in {"error": {"message"}}, {"error": ""}, {"detail": [{"msg"}]}, a list around
 * them, and the like; NULL if there is none. */
static const json_t *find_message(const json_t *from)
{
    static const char *const field[] = {"message", "msg", "error", "detail", "errors"};
    const json_t *found = NULL;
    if (!from) return NULL;
    if (json_is_string(from)) return json_string_length(from) ? from : NULL;
    for (size_t i = 0; !found && i < json_array_size(from); i++)
        found = find_message(json_array_get(from, i));
    for (size_t i = 0; !found && i < sizeof field / sizeof *field; i++)
        found = find_message(json_object_get(from, field[i]));
    return found;
}

/* The object with the code of an error: the first element of a list, and what is in `error`. */
static const json_t *innermost(const json_t *from)
{
    if (json_is_array(from)) return innermost(json_array_get(from, 0));
    const json_t *error = json_object_get(from, "error");
    return json_is_object(error) || json_is_array(error) ? innermost(error) : from;
}

/* The code or type of an error; an HTTP status among them goes to `status`. */
static void take_codes(const json_t *error, ChatError *out)
{
    static const char *const field[] = {"code", "type", "status"};
    for (size_t i = 0; i < sizeof field / sizeof *field; i++) {
        const json_t *value = json_object_get(error, field[i]);
        const char *text = json_is_string(value) ? json_string_value(value) : "";
        const long number =
            json_is_integer(value) ? (long)json_integer_value(value) : strtol(text, NULL, 10);
        const bool status = number >= 400 && number <= 599;
        if (status && !out->status) out->status = number;
        if (!status && !out->code[0]) snprintf(out->code, sizeof out->code, "%s", text);
    }
}

/* The name of the field that an error is about: {"param": "n"}, {"loc": ["body", "n"]}. */
static const char *find_field(const json_t *root, const json_t *error)
{
    const char *name = json_string_value(json_object_get(error, "param"));
    const json_t *detail = json_array_get(json_object_get(root, "detail"), 0);
    const json_t *place = json_object_get(detail, "loc");
    const size_t n = json_array_size(place);
    return name || n == 0 ? name : json_string_value(json_array_get(place, n - 1));
}

/* The text with control characters replaced by spaces, and with the tags of a web page replaced
 * by one space. Owned: mem_free. */
static char *one_line(const char *text, size_t len)
{
    char *line = mem_alloc(len + 1);
    size_t n = 0;
    const bool page = len > 0 && text[strspn(text, " \t\r\n")] == '<';
    bool tag = false;
    for (size_t i = 0; i < len; i++) {
        tag = page && (tag || text[i] == '<');
        const bool gap = tag || (unsigned char)text[i] < 0x20 || text[i] == 0x7f;
        if (!page || !gap || (n > 0 && line[n - 1] != ' ')) line[n++] = gap ? ' ' : text[i];
        tag = tag && text[i] != '>';
    }
    while (page && n > 0 && line[n - 1] == ' ') n--;
    line[n] = 0;
    return line;
}

/* ---- words ---- */

/* Does a text hold one of these words, up to NULL? */
static bool holds_one(const char *text, const char *const *word)
{
    while (*word && !strcasestr(text, *word)) word++;
    return *word;
}

bool chat_names_filter(const char *text)
{
    static const char *const word[] = {
        "moderation",         "flagged",       "content filter",  "content_filter",
        "content management", "safety",        "sensitive",       "content policy",
        "content_policy",     "responsibleai", "refusal",         "prohibited",
        "inappropriate",      "blocklist",     "data_inspection", NULL};
    return holds_one(text, word);
}

bool chat_names_address(const char *text)
{
    static const char *const word[] = {"endpoint", "path", "route", "method", "url", NULL};
    return holds_one(text, word);
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

int64_t chat_fewer(const char *message, int64_t n)
{
    static const char *const count[] = {"choice",     "candidate", "best_of",
                                        "num_return", "multiple",  NULL};
    static const char *const one[] = {"one ", "single", NULL};
    int64_t most = 0;
    if (n == 1 || (!chat_names_field(message, "n") && !holds_one(message, count))) return 0;
    for (const char *p = message; *(p += strcspn(p, "0123456789"));) {
        char *end;
        const long number = strtol(p, &end, 10);
        const int64_t limit = number - (strncmp(end, " (exclusive)", 12) == 0);
        if (number <= n && limit < n && limit > most) most = limit;
        p = end;
    }
    if (most > 0) return most;
    return holds_one(message, one) ? 1 : n / 2;
}

/* ---- the whole ---- */

const char *chat_body_name(const char *body, size_t len, char out[static CHAT_BODY_NAME])
{
    if (strlen(body) == len && utf8_valid(body)) return NULL;
    const char *name = first_bytes_name(body, len);
    if (!name) return NULL;
    snprintf(out, CHAT_BODY_NAME, "%.*s", (int)strcspn(name, ":"), name); /* without advice */
    return out;
}

/* The message; of a body that is no JSON, the body or what it is. Owned: mem_free. */
static char *message_of(const json_t *text, const char *body, size_t len)
{
    char name[CHAT_BODY_NAME];
    if (text) return one_line(json_string_value(text), json_string_length(text));
    const char *kind = chat_body_name(body, len, name);
    return kind ? mem_strdup(kind) : one_line(body, len);
}

ChatError chat_error(const char *body, size_t len)
{
    /* In other fields; common words are not looked for there, since they may be the tag. */
    static const char *const elsewhere[] = {"flagged", "moderation", "content_filter",
                                            "responsibleai", NULL};
    ChatError out = {0};
    json_t *root = json_loadb(body, len, 0, NULL);
    const json_t *error = innermost(root), *text = find_message(root);
    const char *field = find_field(root, error);
    take_codes(error, &out);
    out.found = text != NULL;
    char *line = message_of(text, body, len);
    const bool add = field && *field && !chat_names_field(line, field);
    out.filtered =
        chat_names_filter(line) || chat_names_filter(out.code) || holds_one(body, elsewhere);
    out.message = mem_format("%s%s%s%s", *line ? line : "no message", add ? " (" : "",
                             add ? field : "", add ? ")" : "");
    mem_free(line);
    json_decref(root);
    return out;
}
