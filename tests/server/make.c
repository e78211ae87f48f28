/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of replies that faults are made of. */
#define _XOPEN_SOURCE 700
#include "tests/server/make.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { AHEAD = 2 }; /* seconds */

/* n texts of the book, with `bads` more choices from index `bad` on. */
static void choices(const Fault *f, const Ask *ask, int n, int bad, int bads, Book *book,
                    Reply *reply)
{
    reply->texts = n;
    reply->bad = bad;
    reply->bads = bads;
    book_take(book, ask->prompt, ask->n, n, reply->text);
    reply_choices(reply, ask, f->choice);
}

void make_good(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    choices(f, ask, ask->n, 0, 0, book, reply);
}

void make_bad(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    (void)book;
    reply->bads = ask->n;
    reply_choices(reply, ask, f->choice);
}

void make_one_bad(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    choices(f, ask, ask->n - 1, ask->n / 2, 1, book, reply);
}

void make_count(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    choices(f, ask, f->number, 0, 0, book, reply);
}

void make_most(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    choices(f, ask, ask->n < f->number ? ask->n : f->number, 0, 0, book, reply);
}

void make_half(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    choices(f, ask, (ask->n + 1) / 2, 0, 0, book, reply);
}

void make_more(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    choices(f, ask, ask->n, ask->n, f->number, book, reply);
}

void make_long(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    Text content = {0};
    Fault one = *f;
    text_put(&content, "\"");
    while (content.len < (size_t)(f->number / ask->n)) text_put(&content, f->text);
    text_put(&content, "\"");
    one.choice.content = content.data;
    make_bad(&one, ask, book, reply);
    text_free(&content);
}

void make_key(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    Text content = {0};
    Fault one = *f;
    text_add(&content, "\"Use %s for that\"", ask->key ? ask->key : "nothing");
    one.choice.content = content.data;
    make_bad(&one, ask, book, reply);
    text_free(&content);
}

void make_cut(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    make_bad(f, ask, book, reply);
    reply->body.len /= 2;
}

void make_tail(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    make_bad(f, ask, book, reply);
    text_put(&reply->body, f->text);
}

/* f->text or f->header with what @ and ~ stand for. */
static void fill_in(Text *out, const char *form, const Ask *ask)
{
    char date[64];
    const time_t then = time(NULL) + AHEAD;
    struct tm utc;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &utc));
    text_put(out, "");
    for (const char *p = form ? form : ""; *p; p++) {
        if (*p == '@')
            text_put(out, ask->key ? ask->key : "(no key)");
        else if (*p == '~')
            text_put(out, date);
        else
            text_add(out, "%c", *p);
    }
}

static void make_header(const Fault *f, const Ask *ask, Reply *reply)
{
    Text header = {0};
    fill_in(&header, f->header, ask);
    snprintf(reply->header, sizeof reply->header, "%s", header.data);
    text_free(&header);
}

void make_error(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    Text message = {0};
    (void)book;
    fill_in(&message, f->text, ask);
    reply_error(reply, f->number, message.data);
    make_header(f, ask, reply);
    text_free(&message);
}

void make_escaped(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    Text message = {0};
    (void)book;
    fill_in(&message, f->text, ask);
    reply->status = f->number;
    text_put(&reply->body, "{\"error\":{\"message\":\"");
    for (const char *p = message.data; *p; p++)
        text_add(&reply->body, "\\u%04x", (unsigned)(unsigned char)*p);
    text_put(&reply->body, "\"}}");
    text_free(&message);
}

void make_body(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    (void)book;
    fill_in(&reply->body, f->text, ask);
    reply->status = f->number ? f->number : 200;
    make_header(f, ask, reply);
}

void make_many(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    (void)ask, (void)book;
    reply->status = 200;
    for (int i = 0; i < f->number; i++) text_put(&reply->body, f->text);
}

void make_huge_error(const Fault *f, const Ask *ask, Book *book, Reply *reply)
{
    (void)ask, (void)book;
    reply->status = 500;
    while (reply->body.len < (size_t)f->number) text_put(&reply->body, f->text);
}
