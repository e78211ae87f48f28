/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files, folders and safe replacement. */
#ifndef RAMPLUS_CORE_IO_FILE_H
#define RAMPLUS_CORE_IO_FILE_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Bytes {
    uint8_t *data; /* followed by one NUL byte, so text can be read as a string */
    size_t len;
} Bytes;

void bytes_free(Bytes *b); /* frees and empties */

#define FILE_MAX_BYTES (INT64_C(1) << 31) /* read as a whole */

/* Read a whole file of at most FILE_MAX_BYTES or `max` bytes; the caller frees it with
 * bytes_free. ERROR_DATA if it is missing, unreadable, larger, a folder or a device; other
 * codes as in core/io/file_open.h. */
int file_read(const char *path, Bytes *out, Error *err);
int file_read_max(const char *path, int64_t max, Bytes *out, Error *err);

/* Reads the first n bytes of a regular file and fills up with zeros if it is shorter.
 * ERROR_DATA if it is missing, unreadable or not a regular file. */
int file_head(const char *path, void *out, size_t n, Error *err);

/* Reads `bytes` bytes of the open file from byte `at` on. Fails with the exit code `code` if
 * the file ends earlier, ERROR_RUNTIME if the machine cannot read it; path names the file in
 * the message. */
int file_read_at(int fd, const char *path, uint64_t at, void *out, uint64_t bytes, int code,
                 Error *err);

/* The lines of a UTF-8 text file without their line ends (\n, \r\n, \r\r\n; the last line
 * may lack one). Byte-order marks at the start are dropped. The caller frees them with
 * lines_free. */
typedef struct Lines {
    char **line;
    size_t count;
    char *storage;
} Lines;
int lines_read(const char *path, Lines *out, Error *err);
/* Like lines_read, but refuses JSON, which these lines can hardly be; `wanted` says what they
 * are. */
int lines_read_plain(const char *path, const char *wanted, Lines *out, Error *err);
/* Splits a text in memory into lines; name names it in messages. */
int lines_parse(const char *name, const char *text, Lines *out, Error *err);
void lines_free(Lines *l);

/* Replaces a file as a whole: writes PATH.tmp.PID, fsyncs it, renames it, fsyncs the folder. A
 * crash leaves the old file or the new one. ERROR_RUNTIME on failure. */
int file_write(const char *path, const void *data, size_t len, Error *err);

/* Writes all bytes to an open file. Returns 0, or -1 with errno set: also after a short
 * write. */
int file_write_all(int fd, const void *from, size_t len);

/* The last steps of file_write, for files that another library writes (HDF5): fsyncs temp,
 * renames it to path, fsyncs the folder. On failure removes temp and returns ERROR_RUNTIME. */
int file_commit(const char *temp, const char *path, Error *err);
/* Fsyncs an open file. A file system that cannot (EINVAL, ENOTSUP, ENOSYS) loses no data by
 * that. Returns 0, or -1 with errno set. */
int file_sync(int fd);
/* Fsyncs the folder that holds path, so that a new file survives a crash. Returns 0, also where
 * the file system cannot sync folders, or -1 with errno set. */
int file_sync_folder(const char *path);

/* Also true if the machine cannot tell, after further tries: whoever opens the file learns
 * why. */
bool file_exists(const char *path);
bool file_is_dir(const char *path);
/* *found: whether there is a file, not a folder. ERROR_RUNTIME if the machine cannot tell. */
int file_find(const char *path, bool *found, Error *err);
/* *real: the absolute path without links, owned; NULL if nothing is there, or may not be seen.
 * ERROR_RUNTIME if the machine cannot tell. */
int file_real(const char *path, char **real, Error *err);
/* Fails unless path is a folder: with ERROR_DATA and `advice` at the end, or, if the machine
 * cannot tell, with ERROR_RUNTIME. */
int file_need_dir(const char *path, const char *advice, Error *err);
/* *same: whether both paths name one file. ERROR_RUNTIME if the machine cannot tell. */
int file_is_same(const char *a, const char *b, bool *same, Error *err);
int64_t file_bytes(const char *path); /* size of the file; 0 if it does not exist */
/* As mkdir -p does, and fsyncs the folders in which it makes others. ERROR_RUNTIME. */
int file_mkdirs(const char *path, Error *err);

/* DIR/NAME, or NAME alone if it is absolute or dir is empty. The caller frees it with
 * mem_free. */
char *file_join(const char *dir, const char *name);

/* The path of the first of these files, whose list ends with NULL, that exists in the folder;
 * NULL if none does. The caller frees it with mem_free. */
char *file_first_of(const char *folder, const char *const *name);

/* Removes the file FOLDER/NAME if there is one. */
void file_remove_in(const char *folder, const char *name);

/* The folder of a path: "synth" of "synth/seen", "." of "seen". The caller frees it with
 * mem_free. */
char *file_folder(const char *path);

/* The last part of a path without trailing slashes: "seen" of "synth/seen/". The caller frees
 * it with mem_free. */
char *file_last_part(const char *path);

#endif
