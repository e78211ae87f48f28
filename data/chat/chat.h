/* SPDX-License-Identifier: Apache-2.0 */
/* The chat completions protocol of OpenAI-compatible servers: builds the body of a request and
 * parses the body of a reply. Does no network I/O. */
#ifndef RAMPLUS_DATA_CHAT_CHAT_H
#define RAMPLUS_DATA_CHAT_CHAT_H

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

enum ChatFinish {
    CHAT_STOP,    /* whole */
    CHAT_CUT,     /* by the token limit, or for a reason that is not known to be a good end */
    CHAT_REFUSED, /* by the model or by a content filter */
};

typedef struct ChatChoice {
    char *text; /* without NUL bytes; "" if there is none. Owned by the answer */
    enum ChatFinish finish;
    bool thoughts; /* it came with the thoughts of a reasoning model, which are not in text */
} ChatChoice;

typedef struct ChatAnswer {
    int64_t count;                 /* 0 if the server gives none, as some filters do */
    ChatChoice *choice;            /* [count] */
    int64_t tokens_in, tokens_out; /* 0 if the server does not report them */
    char *unknown; /* a finish_reason that this program does not know; NULL: none */
} ChatAnswer;

/* Parses the body of a reply that the server calls a success. ERROR_NETWORK: it is not a
 * well-formed answer; the message says why. Owned: chat_answer_free. */
int chat_answer(const char *body, size_t len, ChatAnswer *out, Error *err);
void chat_answer_free(ChatAnswer *a);

/* What the body of a refusal says. */
typedef struct ChatError {
    char *message; /* the full text as one line, with the name of the field it is about; without
                      JSON, the body without its HTML. Owned: mem_free */
    char code[64]; /* "insufficient_quota", "" if there is none */
    long status;   /* an HTTP status in the body, 0 if there is none */
    bool found;    /* the body is JSON and has a message */
    bool filtered; /* it names a filter of contents */
} ChatError;
ChatError chat_error(const char *body, size_t len);

/* What a body is that is no text, "gzip data"; NULL: it is text, or unknown bytes. Borrowed
 * until the next call with the same out. */
enum { CHAT_BODY_NAME = 64 };
const char *chat_body_name(const char *body, size_t len, char out[static CHAT_BODY_NAME]);

/* Does a finish_reason or a message name a filter of contents? */
bool chat_names_filter(const char *text);
/* Does it say that nothing is served at this address? */
bool chat_names_address(const char *text);

/* Does the message of a refusal name this field, as a word of its own (`n` in "n must be
 * 1")? */
bool chat_names_field(const char *message, const char *field);

/* How many answers to request at a time after a message that refuses n > 1 answers; 0 if it is
 * about something else. It is the limit that the message gives, else half of n. */
int64_t chat_fewer(const char *message, int64_t n);

#endif
