/* SPDX-License-Identifier: Apache-2.0 */
/* The chat completions protocol of OpenAI-compatible servers: builds the body of a request and
 * parses the body of a reply. Does no network I/O. */
#ifndef RAMPLUS_DATA_DESCRIBE_CHAT_H
#define RAMPLUS_DATA_DESCRIBE_CHAT_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t; /* jansson's value */

typedef struct ChatSettings {
    const char *model, *role, *system; /* system: NULL for none */
    const char *const *stop;           /* [stops] */
    int64_t stops;
    double temperature;
    int64_t max_tokens;
    struct json_t *extra; /* an object merged into every request, or NULL */
} ChatSettings;

/* The settings as one JSON object, which the journal records. Owned: json_decref. */
struct json_t *chat_settings_json(const ChatSettings *s);

/* Parses the value of --extra: an object without the fields that this program sets itself.
 * ERROR_USAGE. Owned: json_decref. */
int chat_extra(const char *text, struct json_t **out, Error *err);

/* The body of a request for n answers. With `newer_limit`, the token limit is sent as
 * `max_completion_tokens` instead of `max_tokens`. Owned: mem_free. */
char *chat_request(const ChatSettings *s, const char *prompt, int64_t n, bool newer_limit);

enum ChatFinish { CHAT_STOP, CHAT_LENGTH, CHAT_REFUSED };

typedef struct ChatChoice {
    const char *text; /* "" if there is none; may contain NUL bytes */
    size_t len;
    enum ChatFinish finish;
} ChatChoice;

typedef struct ChatAnswer {
    int64_t count;
    ChatChoice *choice;            /* [count] */
    int64_t tokens_in, tokens_out; /* 0 if the server does not report them */
    struct json_t *root;           /* private: owns the texts */
} ChatAnswer;

/* Parses the body of a reply with status 200. ERROR_NETWORK: the body is not a well-formed
 * answer with at least one choice; the message says why. Owned: chat_answer_free. */
int chat_answer(const char *body, size_t len, ChatAnswer *out, Error *err);
void chat_answer_free(ChatAnswer *a);

/* The full error message in the body of a refusal, as one line. Owned: mem_free. `code`: the
 * error code or type of the body ("insufficient_quota"), "" if it has none. */
char *chat_error_message(const char *body, size_t len, char code[static 64]);

/* Does the message of a refusal name this field, as a word of its own (`n` in "n must be
 * 1")? */
bool chat_names_field(const char *message, const char *field);

#endif
