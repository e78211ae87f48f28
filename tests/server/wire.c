/* SPDX-License-Identifier: Apache-2.0 */
/* Writes incorrect replies to a socket. */
#define _GNU_SOURCE /* POLLRDHUP */
#include "tests/server/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <time.h>

enum { TIMEOUT_MS = 120000, SLOW_BYTES = 10000 };

/* Sends all bytes; returns false if the client disconnected or reads nothing for TIMEOUT_MS. */
static bool put(int fd, const char *data, size_t len)
{
    while (len > 0) {
        const ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR) return false;
        struct pollfd full = {.fd = fd, .events = POLLOUT};
        if (n < 0 && poll(&full, 1, TIMEOUT_MS) == 0) return false;
        data += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static bool put_text(int fd, Text *text)
{
    const bool sent = put(fd, text->data, text->len);
    text_free(text);
    return sent;
}

static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

static bool put_head(int fd, size_t length)
{
    Text text = {0};
    text_add(&text, "%sContent-Length: %zu\r\n\r\n", head, length);
    return put_text(fd, &text);
}

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
}

/* Waits until the client closes its side, at most TIMEOUT_MS. */
static void wait_for_end(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLRDHUP};
    poll(&p, 1, TIMEOUT_MS);
}

/* Dissolving the association of a connected socket sends a reset. */
static void reset(int fd)
{
    const struct sockaddr none = {.sa_family = AF_UNSPEC};
    (void)!connect(fd, &none, sizeof none);
}

void wire_close(int fd, const Text *body, int number) { (void)fd, (void)body, (void)number; }

void wire_reset(int fd, const Text *body, int number)
{
    (void)body, (void)number;
    reset(fd);
}

void wire_reset_headers(int fd, const Text *body, int number)
{
    (void)number;
    if (put_head(fd, body->len))
        pause_ms(5); /* time to read the headers before the reset drops them */
    reset(fd);
}

void wire_half(int fd, const Text *body, int number)
{
    (void)number;
    if (put_head(fd, body->len)) put(fd, body->data, body->len / 2);
}

void wire_length(int fd, const Text *body, int number)
{
    if (put_head(fd, (size_t)((ptrdiff_t)body->len + number))) put(fd, body->data, body->len);
}

static bool put_chunked(int fd, const char *length, const char *data, size_t len)
{
    Text text = {0};
    text_add(&text, "%sTransfer-Encoding: chunked\r\n\r\n%s\r\n", head, length);
    return put_text(fd, &text) && put(fd, data, len) && put(fd, "\r\n", 2);
}

void wire_chunk_cut(int fd, const Text *body, int number)
{
    Text hex = {0};
    (void)number;
    text_add(&hex, "%zx", body->len);
    put_chunked(fd, hex.data, body->data, body->len);
    text_free(&hex);
}

void wire_chunk_bad(int fd, const Text *body, int number)
{
    (void)number;
    put_chunked(fd, "many", body->data, body->len);
}

void wire_headers(int fd, const Text *body, int number)
{
    Text text = {0};
    text_put(&text, head);
    for (int i = 0; text.len < (size_t)number; i++)
        text_add(&text, "X-Filler-%d: %0100d\r\n", i, 0);
    text_add(&text, "Content-Length: %zu\r\n\r\n", body->len);
    if (put_text(fd, &text)) put(fd, body->data, body->len);
}

void wire_garbage(int fd, const Text *body, int number)
{
    static const char line[] = "220 mail.example ready\r\n";
    (void)body, (void)number;
    put(fd, line, sizeof line - 1);
}

void wire_slow(int fd, const Text *body, int number)
{
    (void)body;
    if (!put_head(fd, SLOW_BYTES)) return;
    for (int i = 0; i < SLOW_BYTES && put(fd, " ", 1); i++) pause_ms(number);
}

void wire_silence(int fd, const Text *body, int number)
{
    (void)body, (void)number;
    wait_for_end(fd);
}

void wire_silence_half(int fd, const Text *body, int number)
{
    wire_half(fd, body, number);
    wait_for_end(fd);
}
