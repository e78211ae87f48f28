/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files, folders and safe replacement. */
#ifndef RAMPLUS_CORE_FILE_H
#define RAMPLUS_CORE_FILE_H

#include "core/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Bytes {
    uint8_t *data; /* followed by one NUL byte, so text can be read as a string */
    size_t len;
} Bytes;

void bytes_free(Bytes *b); /* frees and empties */

/* Reads a whole file. ERROR_DATA when missing, unreadable or a folder. */
int file_read(const char *path, Bytes *out, Error *err);

/* The first n bytes of a regular file, zeros where it is shorter. ERROR_DATA as above, and for what is no
 * regular file. */
int file_head(const char *path, void *out, size_t n, Error *err);

/* `bytes` bytes of the open file from byte `at`; path stands for the file in messages. `code` when it cannot be
 * read or ends before. */
int file_read_at(int fd, const char *path, uint64_t at, void *out, uint64_t bytes, int code,
                 Error *err);

/* Lines of a UTF-8 text file without their ends (\n or \r\n; the last may lack one; a byte-order
 * mark is dropped). Owned by the caller: lines_free. */
typedef struct Lines {
    char **line;
    size_t count;
    char *storage;
} Lines;
int lines_read(const char *path, Lines *out, Error *err);
/* The same from text in memory; name stands for the file in messages. */
int lines_parse(const char *name, const char *text, Lines *out, Error *err);
void lines_free(Lines *l);

/* Replaces a file as a whole: writes PATH.tmp.PID, fsyncs it, renames, fsyncs the folder. A crash leaves
 * the old file or the new one. ERROR_RUNTIME on failure. */
int file_write(const char *path, const void *data, size_t len, Error *err);

/* Appends the line and a newline to a file, which is made when it is missing. ERROR_RUNTIME. */
int file_append_line(const char *path, const char *line, Error *err);

/* The last two steps of file_write, for files written by others (HDF5): fsync temp, rename to
 * path, fsync the folder. */
int file_commit(const char *temp, const char *path, Error *err);
/* Puts the entry of a new file in its folder onto the disk. 0 or -1 with errno. */
int file_sync_folder(const char *path);

bool file_exists(const char *path);
bool file_is_dir(const char *path);
int64_t file_bytes(const char *path);          /* its size; 0 when there is no such file */
int file_mkdirs(const char *path, Error *err); /* mkdir -p */

/* All regular files below dir (recursively), as paths relative to dir, sorted by bytes.
 * Symbolic links to files are followed, to folders not. */
int file_walk(const char *dir, Lines *out, Error *err);

/* DIR/NAME, or NAME alone when it is absolute or dir is empty. Owned by the caller (mem_free). */
char *file_join(const char *dir, const char *name);

/* The last part of a path, without slashes at its end: "seen" of "synth/seen/". Owned by the caller. */
char *file_last_part(const char *path);

#endif
