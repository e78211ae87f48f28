/* SPDX-License-Identifier: Apache-2.0 */
/* A reply before it is sent. */
#ifndef RAMPLUS_TESTS_SERVER_REPLY_H
#define RAMPLUS_TESTS_SERVER_REPLY_H

#include "core/io/text.h"
#include "tests/server/request.h"

typedef struct Reply {
    int status;
    char header[96]; /* `Name: value`, or empty */
    Text body;
    int texts;           /* number of texts of the book in it */
    int text[TEXTS_MAX]; /* their numbers, [texts] */
    int bad, bads;       /* bads further choices, the first at index bad */
} Reply;

/* The contents of one choice. NULL: the correct value. */
typedef struct Choice {
    const char *content; /* JSON; @ is replaced by the correct value */
    const char *before;  /* precedes the correct text */
    const char *finish;  /* JSON */
    const char *more;    /* further members of the message: `,"refusal":"No."` */
    const char *index;   /* JSON */
    const char *usage;   /* JSON, once per answer */
} Choice;

/* Appends text k of a prompt, one line "MODEL says K of 'PROMPT': ..." with some additional
 * white space around and inside it. */
void reply_text(Text *out, const Request *request, int k);

/* Makes a chat completion: choices with the texts of the book, and the bad choices, which
 * differ as `choice` says and otherwise hold texts with numbers that no client gets. Without
 * bad choices, all choices differ in that way. */
void reply_choices(Reply *reply, const Request *request, Choice choice);

/* Makes {"error": {"message": ...}}. */
void reply_error(Reply *reply, int status, const char *message);

#endif
