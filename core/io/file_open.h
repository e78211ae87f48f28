/* SPDX-License-Identifier: Apache-2.0 */
/* Opening files to read them. What stands in a folder may be a device, or a pipe that nobody
 * writes to: neither is opened, so that nothing blocks. A path that is itself a device
 * (/dev/stdin, /dev/fd/63 for `<(command)`) is the user's own, and may be a pipe.
 *
 * Errors have two codes. ERROR_DATA: something is wrong with this file, for example it is
 * missing or may not be read. ERROR_RUNTIME: the machine is at fault (no free descriptor, no
 * memory, a failing disk, a server that is away), also after further tries, and nothing is
 * known about the file. */
#ifndef RAMPLUS_CORE_IO_FILE_OPEN_H
#define RAMPLUS_CORE_IO_FILE_OPEN_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

int file_open(const char *path, Error *err); /* a descriptor, or -1 */
/* Like file_open, but never a pipe. *bytes (may be NULL): the size of the file. */
int file_open_regular(const char *path, int64_t *bytes, Error *err);
FILE *file_stream(const char *path, Error *err); /* file_open for stdio; NULL on failure */

/* Opens a file to write it, and creates it if it is missing. flags: O_WRONLY or O_RDWR, and
 * what else open takes. Whoever packed a folder may have put links and pipes into it under the
 * names that are written there: neither is opened. A descriptor, or -1 with errno. */
int file_open_new(const char *path, int flags);
/* file_open_new for stdio, which empties the file; NULL with errno. */
FILE *file_stream_new(const char *path);

/* What a file of this st_mode is, as in "a named pipe (FIFO)"; NULL: a regular file. */
const char *file_special(mode_t mode);

/* The code of a failed call that left this errno while opening or reading a file. */
int file_fault_code(int number);
/* Whether to try again after an error with this code, for the `tried`th time from 0; waits
 * before, 0.75 s in all. */
bool file_try_again(int code, int tried);
/* The same for a call that has just left errno, which stays as it is; counts in *tried. */
bool file_call_again(int *tried);

#endif
