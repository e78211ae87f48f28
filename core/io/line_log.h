/* SPDX-License-Identifier: Apache-2.0 */
/* A file to which a long run appends lines. A line that cannot be written, as on a full disk,
 * waits in memory, so that none is lost, torn or out of order once there is room again. */
#ifndef RAMPLUS_CORE_IO_LINE_LOG_H
#define RAMPLUS_CORE_IO_LINE_LOG_H

#include "core/io/text.h"

typedef struct LineLog {
    char *path;
    Text waiting;  /* bytes that are not written yet */
    bool failing;  /* the last attempt failed */
    bool unsynced; /* lines were written since the last fsync */
    bool named;    /* its name is on the disk, too */
} LineLog;

LineLog line_log_new(const char *path); /* writes nothing; owned: line_log_free */
void line_log_free(LineLog *l);         /* drops what waits; accepts an empty log */

/* Appends the line and a newline to the file, which is created if it is missing. Where that
 * fails, the line waits, with one warning for a row of failures. */
void line_log_add(LineLog *l, const char *line);

/* Writes what waits, and fsyncs the file if it has changed. ERROR_RUNTIME. */
int line_log_sync(LineLog *l, Error *err);

#endif
