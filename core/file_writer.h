/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is written a piece at a time and appears whole or not at all. The first failure stays: later
 * pieces are ignored and the commit reports it. */
#ifndef RAMPLUS_CORE_FILE_WRITER_H
#define RAMPLUS_CORE_FILE_WRITER_H

#include "core/error.h"

#include <stdint.h>

typedef struct FileWriter FileWriter;

/* Starts PATH.tmp.PID. ERROR_RUNTIME. To be ended by commit or abandon. */
int file_writer_new(const char *path, FileWriter **out, Error *err);
/* 0, or -1 after any failure so far. */
int file_writer_put(FileWriter *w, const void *data, uint64_t bytes);
uint64_t file_writer_at(const FileWriter *w); /* bytes written */
/* Fills err with the first failure, if there is one; returns 0 or -1. */
int file_writer_status(const FileWriter *w, Error *err);
/* Syncs and renames (file_commit), or removes what a failure left. Frees w. ERROR_RUNTIME. */
int file_writer_commit(FileWriter *w, Error *err);
void file_writer_abandon(FileWriter *w); /* removes and frees; accepts NULL */

#endif
