/* SPDX-License-Identifier: Apache-2.0 */
/* An append-only file of JSON lines: every paid answer is written at once and never rewritten.
 * A last line that a crash left incomplete is dropped. The file is locked while it is open, so
 * that two runs cannot write to it. */
#ifndef RAMPLUS_DATA_DESCRIBE_JOURNAL_H
#define RAMPLUS_DATA_DESCRIBE_JOURNAL_H

#include "core/io/text.h"

#include <stdbool.h>
#include <stdint.h>

struct json_t; /* jansson's value */
typedef struct Journal Journal;

/* Opens and locks the file, and creates it if it is missing. With `reading`, the file is
 * neither locked nor created nor changed, and a missing file counts as empty. ERROR_RUNTIME:
 * cannot open, or another process holds the lock; ERROR_DATA: not a regular file. Owned:
 * journal_close. */
int journal_open(const char *path, bool reading, Journal **out, Error *err);

/* Reads the next line, an object owned by the caller (json_decref), or NULL after the last;
 * *offset is its first byte. Read all lines before appending one. ERROR_DATA names a line that
 * is not a journal line. */
int journal_next(Journal *j, struct json_t **line, int64_t *offset, Error *err);

/* Appends a line, given without its line end; *offset is its first byte. ERROR_RUNTIME. */
int journal_append(Journal *j, const Text *line, int64_t *offset, Error *err);
/* Syncs appended lines to the disk unless the last sync was less than `interval` seconds ago
 * (0: always). ERROR_RUNTIME. */
int journal_sync(Journal *j, double interval, Error *err);

/* Reads the line at an offset that journal_next or journal_append returned. Owned: json_decref.
 * ERROR_RUNTIME. */
int journal_read(Journal *j, int64_t offset, struct json_t **line, Error *err);

void journal_close(Journal *j); /* accepts NULL; does not sync */

#endif
