/* SPDX-License-Identifier: Apache-2.0 */
/* An answer before it is sent. */
#ifndef RAMPLUS_TESTS_SERVER_REPLY_H
#define RAMPLUS_TESTS_SERVER_REPLY_H

#include "core/text.h"
#include "tests/server/ask.h"

typedef struct Reply {
    int status;
    char header[96]; /* `Name: value`, or empty */
    Text body;
    int texts;           /* of the book that it holds */
    int text[TEXTS_MAX]; /* which */
    int bad, bads;       /* so many choices beside them, from this index on */
} Reply;

/* What one choice says. NULL: as it should be. */
typedef struct Choice {
    const char *content; /* JSON */
    const char *finish;  /* JSON */
    const char *more;    /* further members of the message: `,"refusal":"No."` */
    const char *index;   /* JSON */
    const char *usage;   /* JSON, once an answer */
} Choice;

/* Appends the text k of a prompt, which is "MODEL says K of 'PROMPT': ..." in one line, with some white
 * space around and inside. */
void reply_text(Text *out, const Ask *ask, int k);

/* A chat completion: choices with the texts, and the bad ones, which differ as `choice` says and otherwise
 * hold texts of numbers that no client gets. Without bad ones, all differ so. */
void reply_choices(Reply *reply, const Ask *ask, Choice choice);

/* {"error": {"message": ...}} */
void reply_error(Reply *reply, int status, const char *message);

#endif
