/* SPDX-License-Identifier: Apache-2.0 */
/* A file that is written piece by piece and appears as a whole or not at all. The first failure
 * is kept: later pieces are ignored and the commit reports it. */
#ifndef RAMPLUS_CORE_IO_FILE_WRITER_H
#define RAMPLUS_CORE_IO_FILE_WRITER_H

#include "core/error.h"

#include <stdint.h>

typedef struct FileWriter FileWriter;

/* Creates PATH.tmp.PID. ERROR_RUNTIME if that fails. The caller ends the writer with commit or
 * abandon. */
int file_writer_new(const char *path, FileWriter **out, Error *err);
/* Appends the bytes. Returns 0, or -1 if this or an earlier call failed. */
int file_writer_put(FileWriter *w, const void *data, uint64_t bytes);
uint64_t file_writer_at(const FileWriter *w); /* bytes written so far */
/* Returns 0, or -1 with the first failure in err. */
int file_writer_status(const FileWriter *w, Error *err);
/* Fsyncs and renames the file (file_commit), or removes it after a failure. Frees w in every
 * case. ERROR_RUNTIME on failure. */
int file_writer_commit(FileWriter *w, Error *err);
void file_writer_abandon(FileWriter *w); /* removes the file, frees w; accepts NULL */

#endif
