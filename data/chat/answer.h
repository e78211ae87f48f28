/* SPDX-License-Identifier: Apache-2.0 */
/* Cleans and classifies the text of one answer before it is kept. Pure. */
#ifndef RAMPLUS_DATA_CHAT_ANSWER_H
#define RAMPLUS_DATA_CHAT_ANSWER_H

#include "data/chat/chat.h"
#include "data/chat/secret.h"

enum AnswerKind {
    ANSWER_GOOD,
    ANSWER_TRUNCATED, /* not whole */
    ANSWER_EMPTY,     /* only white space and control characters */
    ANSWER_LONG,      /* longer than any description: a server out of control */
    ANSWER_THOUGHTS,  /* only thoughts, or the token limit was reached before any text */
    ANSWER_REFUSED,   /* by the model or by a content filter */
};

/* Turns a text into one line: every run of white space becomes one space, leading and trailing
 * white space and all characters that must not be printed (core/printable.h) are removed. The
 * text must be valid UTF-8. Owned: mem_free. */
char *answer_clean(const char *text);

/* Removes thoughts from the text of a choice, cleans it, masks secrets (may be NULL) in it, and
 * classifies it; max_bytes is the length of the longest description. *text is owned:
 * mem_free. */
enum AnswerKind answer_take(const ChatChoice *choice, const Secrets *secrets, size_t max_bytes,
                            char **text);
/* The length in bytes of the longest description where answers have so many tokens. */
size_t answer_max_bytes(int64_t max_tokens);

#endif
