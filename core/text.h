/* SPDX-License-Identifier: Apache-2.0 */
/* A text that grows: for building tables and pages in memory before they are written whole. */
#ifndef RAMPLUS_CORE_TEXT_H
#define RAMPLUS_CORE_TEXT_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Text {
    char *data; /* ended by NUL once anything was added; NULL before */
    size_t len, room;
} Text;

void text_free(Text *t); /* frees and empties */
void text_put(Text *t, const char *string);
void text_add(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The string with every byte that is not UTF-8 replaced by U+FFFD. */
void text_put_valid(Text *t, const char *string);
/* A field of a line of CSV (RFC 4180): in quotes when it holds a comma, a quote or a line end. */
void text_csv(Text *t, const char *field);
/* Text for HTML or SVG, also inside quoted attributes: & < > " ' are escaped, control characters and
 * bytes that are not UTF-8 become U+FFFD. */
void text_html(Text *t, const char *string);

/* file_write of the whole. */
int text_write(const Text *t, const char *path, Error *err);

#endif
