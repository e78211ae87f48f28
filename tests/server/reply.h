/* An answer before it is sent. */
#ifndef RAMPLUS_TESTS_SERVER_REPLY_H
#define RAMPLUS_TESTS_SERVER_REPLY_H

#include "core/text.h"
#include "tests/server/ask.h"

typedef struct Reply {
    int status;
    char header[96]; /* `Name: value`, or empty */
    Text body;
    int texts;           /* how many of the book's texts it holds */
    int text[TEXTS_MAX]; /* which */
    int bad, bads;       /* from text[bad] on so many cannot be used: to be returned */
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

/* A chat completion with reply->texts choices; those from reply->bad on, reply->bads of
 * them, are `choice`. */
void reply_choices(Reply *reply, const Ask *ask, Choice choice);

/* {"error": {"message": ...}} */
void reply_error(Reply *reply, int status, const char *message);

#endif
