/* SPDX-License-Identifier: Apache-2.0 */
/* A file of JSON lines that only grows: what was paid for is written down at once and never again. A line that a
 * crash left unfinished at the end is dropped; the file is locked while it is open, so that no two runs write
 * to it. */
#ifndef RAMPLUS_DATA_DESCRIBE_JOURNAL_H
#define RAMPLUS_DATA_DESCRIBE_JOURNAL_H

#include "core/text.h"

#include <stdbool.h>
#include <stdint.h>

struct json_t; /* jansson's value */
typedef struct Journal Journal;

/* Opens and locks the file, making it if need be; ERROR_RUNTIME when another process holds it. For reading
 * only: no lock, nothing made or changed, a missing file is empty. */
int journal_open(const char *path, bool reading, Journal **out, Error *err);

/* The next line, an object owned by the caller (json_decref), NULL after the last; it starts at *offset.
 * ERROR_DATA names the line that is none. All lines must be read before any is appended. */
int journal_next(Journal *j, struct json_t **line, int64_t *offset, Error *err);

/* Appends a line (without its end). ERROR_RUNTIME. */
int journal_append(Journal *j, const Text *line, int64_t *offset, Error *err);
/* Puts what was appended onto the disk, but not more than once in `least` seconds (0: now). */
int journal_sync(Journal *j, double least, Error *err);

/* The line at an offset that journal_next or journal_append gave. Owned: json_decref. */
int journal_read(Journal *j, int64_t offset, struct json_t **line, Error *err);

void journal_close(Journal *j); /* accepts NULL; does not sync */

#endif
