/* SPDX-License-Identifier: Apache-2.0 */
/* The chat completions protocol that OpenAI-compatible servers speak: the body of a request, and what an
 * answer says. Knows nothing of the network. */
#ifndef RAMPLUS_DATA_DESCRIBE_CHAT_H
#define RAMPLUS_DATA_DESCRIBE_CHAT_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t; /* jansson's value */

typedef struct ChatSettings {
    const char *model, *role, *system; /* system: NULL for none */
    const char **stop;                 /* [stops] */
    int64_t stops;
    double temperature;
    int64_t max_tokens;
    struct json_t *extra; /* an object merged into every request, or NULL */
} ChatSettings;

/* The settings as one object, the way they go into a request but for messages and n. Owned: json_decref. */
struct json_t *chat_settings_json(const ChatSettings *s);

/* The fields of --extra: an object without what is the program's own business. ERROR_USAGE. Owned: json_decref. */
int chat_extra(const char *text, struct json_t **out, Error *err);

/* A request for n answers; the limit of tokens goes by its newer name `max_completion_tokens` if asked for.
 * Owned: mem_free. */
char *chat_request(const ChatSettings *s, const char *prompt, int64_t n, bool newer_limit);

enum ChatFinish { CHAT_STOP, CHAT_LENGTH, CHAT_REFUSED };

typedef struct ChatChoice {
    const char *text; /* "" if there is none; may hold NUL bytes */
    size_t len;
    enum ChatFinish finish;
} ChatChoice;

typedef struct ChatAnswer {
    int64_t count;
    ChatChoice *choice;
    int64_t tokens_in, tokens_out; /* 0 where the server does not say */
    struct json_t *root;           /* private: what the texts point into */
} ChatAnswer;

/* Reads the body of a reply with status 200. Anything but a well-formed answer with at least one choice is
 * an ERROR_NETWORK error that says what is wrong. Owned: chat_answer_free. */
int chat_answer(const char *body, size_t len, ChatAnswer *out, Error *err);
void chat_answer_free(ChatAnswer *a);

/* What the body of a refusal says: the server's own words in one line, whole. Owned: mem_free. `code`: its
 * code or type ("insufficient_quota"), "" if it has none. */
char *chat_words(const char *body, size_t len, char code[static 64]);

/* Does the refusal speak of this field (as a word of its own: `n` in "n must be 1")? */
bool chat_blames(const char *words, const char *field);

#endif
