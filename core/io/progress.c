/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line. */
#include "core/io/progress.h"

#include "core/log.h"
#include "core/printable.h"
#include "core/strings/unicode.h"
#include "core/terminal.h"

#include <stdio.h>
#include <string.h>

Progress progress_start(const char *what, int64_t total)
{
    const double now = log_now();
    return (Progress){what, total, .started = now, .shown = now, .redraws = terminal_redraws()};
}

/* The length of the field at the start of a text. */
static size_t field_length(const char *text)
{
    const char *end = strstr(text, "  ");
    return end ? (size_t)(end - text) : strlen(text);
}

void progress_fit(Text *t, const char *line, int columns)
{
    const size_t fits = unicode_fit(line, columns);
    size_t end = field_length(line);
    while (line[end]) {
        const size_t next = end + 2 + field_length(line + end + 2);
        if (next > fits) break;
        end = next;
    }
    text_add(t, "%.*s", (int)(end < fits ? end : fits), line);
}

static void put_line(Text *t, const Progress *p, int64_t done, const char *extra)
{
    const double elapsed = log_now() - p->started, now = (double)(done - p->before);
    char eta[24];
    text_add(t, "%s %ld", p->what, done);
    if (p->total > 0)
        text_add(t, "/%ld (%.0f%%)", p->total, 100.0 * (double)done / (double)p->total);
    if (elapsed > 0) text_add(t, "  %.1f/s", now / elapsed);
    if (p->total > done && now > 0) {
        log_duration(elapsed / now * (double)(p->total - done), eta);
        text_add(t, "  ETA %s", eta);
    }
    if (extra) text_add(t, "  %s", extra);
}

/* The cursor stays at the start of the line, so that whatever is written next replaces it. One
 * column remains free: some terminals wrap when the last one is used. */
static void show(const Progress *p, int64_t done, const char *extra, bool last)
{
    Text whole = {0}, line = {0};
    put_line(&whole, p, done, extra);
    printable_make(whole.data, "");
    if (p->redraws) text_put(&line, TERMINAL_CLEAR);
    progress_fit(&line, whole.data, p->redraws ? terminal_width() - 1 : (int)whole.len);
    text_put(&line, p->redraws && !last ? "\r" : "\n");
    fputs(line.data, stderr);
    text_free(&line);
    text_free(&whole);
}

void progress_step(Progress *p, int64_t done, const char *extra)
{
    const double now = log_now();
    if (now - p->shown < (p->redraws ? 0.2 : 10.0)) return;
    p->shown = now;
    show(p, done, extra, false);
}

void progress_end(Progress *p, int64_t done) { show(p, done, NULL, true); }
