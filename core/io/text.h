/* SPDX-License-Identifier: Apache-2.0 */
/* A string buffer that grows, for building tables and pages in memory before they are written
 * as a whole. */
#ifndef RAMPLUS_CORE_IO_TEXT_H
#define RAMPLUS_CORE_IO_TEXT_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Text {
    char *data; /* NUL-terminated; NULL until something is added */
    size_t len, room;
} Text;

void text_free(Text *t); /* frees and empties */
void text_put(Text *t, const char *string);
void text_put_bytes(Text *t, const char *bytes, size_t n);
void text_add(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends the string; bytes that are not UTF-8 become U+FFFD. */
void text_put_valid(Text *t, const char *string);
/* Appends a name out of data to a line for people: as printable_make makes it, without line
 * ends and tabs, so that it can be no line of its own. */
void text_put_name(Text *t, const char *name);
/* Appends a CSV field (RFC 4180): in quotes if it contains a comma, a quote or a line
 * end, or starts or ends with white space. */
void text_csv(Text *t, const char *field);
/* Appends text for HTML or SVG, also inside quoted attributes: & < > " ' are escaped, what
 * must not be printed (core/printable.h) becomes U+FFFD. */
void text_html(Text *t, const char *string);

/* Writes the buffer to a file (file_write). */
int text_write(const Text *t, const char *path, Error *err);
/* Writes a string to the file FOLDER/NAME in the same way. */
int text_write_in(const char *folder, const char *name, const char *string, Error *err);

#endif
