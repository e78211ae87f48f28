/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the replies that faults consist of. */
#include "tests/server/make.h"
#include "core/mem.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

enum { AHEAD = 2 }; /* seconds from now of the date in a header */

/* Makes choices with n texts of the book and `bads` further ones from index `bad` on. */
static void choices(const Fault *f, const Request *request, int n, int bad, int bads,
                    Book *book, Reply *reply)
{
    reply->texts = n;
    reply->bad = bad;
    reply->bads = bads;
    book_take(book, request->prompt, request->n, n, reply->text);
    reply_choices(reply, request, f->choice);
}

void make_good(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    choices(f, request, request->n, 0, 0, book, reply);
}

void make_bad(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    (void)book;
    reply->bads = request->n;
    reply_choices(reply, request, f->choice);
}

void make_one_bad(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    choices(f, request, request->n - 1, request->n / 2, 1, book, reply);
}

void make_count(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    choices(f, request, f->number, 0, 0, book, reply);
}

void make_most(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    choices(f, request, request->n < f->number ? request->n : f->number, 0, 0, book, reply);
}

void make_half(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    choices(f, request, (request->n + 1) / 2, 0, 0, book, reply);
}

void make_more(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    choices(f, request, request->n, request->n, f->number, book, reply);
}

void make_long(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    Text content = {0};
    Fault one = *f;
    text_put(&content, "\"");
    while (content.len < (size_t)(f->number / request->n)) text_put(&content, f->text);
    text_put(&content, "\"");
    one.choice.content = content.data;
    make_bad(&one, request, book, reply);
    text_free(&content);
}

void make_key(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    Text content = {0};
    Fault one = *f;
    text_add(&content, "\"Use %s for that\"", request->key ? request->key : "nothing");
    one.choice.content = content.data;
    make_bad(&one, request, book, reply);
    text_free(&content);
}

void make_key_finish(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    Fault one = *f;
    char *finish = mem_format("\"ended by %s\"", request->key ? request->key : "nothing");
    one.choice.finish = finish;
    make_bad(&one, request, book, reply);
    mem_free(finish);
}

void make_cut(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    make_bad(f, request, book, reply);
    reply->body.len /= 2;
}

void make_tail(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    make_bad(f, request, book, reply);
    text_put(&reply->body, f->text);
}

/* Appends f->text or f->header with @ and ~ replaced. */
static void fill_in(Text *out, const char *form, const Request *request)
{
    char date[64];
    const time_t then = time(NULL) + AHEAD;
    struct tm utc;
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &utc));
    text_put(out, "");
    for (const char *p = form ? form : ""; *p; p++) {
        if (*p == '@')
            text_put(out, request->key ? request->key : "(no key)");
        else if (*p == '~')
            text_put(out, date);
        else
            text_add(out, "%c", *p);
    }
}

static void make_header(const Fault *f, const Request *request, Reply *reply)
{
    Text header = {0};
    fill_in(&header, f->header, request);
    snprintf(reply->header, sizeof reply->header, "%s", header.data);
    text_free(&header);
}

void make_error(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    Text message = {0};
    (void)book;
    fill_in(&message, f->text, request);
    reply_error(reply, f->number, message.data);
    make_header(f, request, reply);
    text_free(&message);
}

void make_escaped(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    Text message = {0};
    (void)book;
    fill_in(&message, f->text, request);
    reply->status = f->number;
    text_put(&reply->body, "{\"error\":{\"message\":\"");
    for (const char *p = message.data; *p; p++)
        text_add(&reply->body, "\\u%04x", (unsigned)(unsigned char)*p);
    text_put(&reply->body, "\"}}");
    text_free(&message);
}

void make_body(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    (void)book;
    fill_in(&reply->body, f->text, request);
    reply->status = f->number ? f->number : 200;
    make_header(f, request, reply);
}

void make_many(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    (void)request, (void)book;
    reply->status = 200;
    for (int i = 0; i < f->number; i++) text_put(&reply->body, f->text);
}

void make_huge_error(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    (void)request, (void)book;
    reply->status = 500;
    while (reply->body.len < (size_t)f->number) text_put(&reply->body, f->text);
}

/* Compresses the body; `form`: zlib's windowBits, 31 for gzip, 15 for deflate. */
static void compress_body(Text *body, int form)
{
    Text packed = {0};
    z_stream z = {.next_in = (Bytef *)body->data, .avail_in = (uInt)body->len};
    CHECK(deflateInit2(&z, 9, Z_DEFLATED, form, 8, Z_DEFAULT_STRATEGY) == Z_OK, "%d", form);
    packed.room = deflateBound(&z, body->len) + 64;
    packed.data = mem_alloc(packed.room);
    z.next_out = (Bytef *)packed.data;
    z.avail_out = (uInt)packed.room;
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END, "%zu bytes", body->len);
    packed.len = z.total_out;
    deflateEnd(&z);
    text_free(body);
    *body = packed;
}

void make_compressed(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    make_good(f, request, book, reply);
    make_header(f, request, reply);
    compress_body(&reply->body, f->number);
}

void make_bomb(const Fault *f, const Request *request, Book *book, Reply *reply)
{
    make_many(f, request, book, reply);
    make_header(f, request, reply);
    compress_body(&reply->body, 31);
}
