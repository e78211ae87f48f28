/* SPDX-License-Identifier: Apache-2.0 */
/* Symbolic links, and text files in their place. */
#include "core/io/link.h"

#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/mem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAME_BYTES = 256 }; /* longest target with its line end */

/* After a failed symlink: whether a file may stand in for the link, because the file system has
 * none. A disk that is full or fails has no room for a file either. */
static bool has_no_links(void)
{
    static const int other[] = {ENOSPC, EDQUOT, EIO, ENOMEM, EINTR};
    for (size_t i = 0; i < sizeof other / sizeof *other; i++)
        if (errno == other[i]) return false;
    return true;
}

static int write_text(const char *path, const char *target, Error *err)
{
    char *line = mem_format("%s\n", target);
    const int status = file_write(path, line, strlen(line), err);
    mem_free(line);
    return status;
}

static int put_in_place(const char *temp, const char *path, Error *err)
{
    if (rename(temp, path) == 0 && file_sync_folder(path) == 0) return 0;
    error_set(err, ERROR_RUNTIME, "%s: cannot write: %s", path, strerror(errno));
    unlink(temp);
    return -1;
}

int link_write(const char *path, const char *target, Error *err)
{
    char *temp = mem_format("%s.tmp.%ld", path, (long)getpid());
    int status;
    unlink(temp);
    if (symlink(target, temp) == 0)
        status = put_in_place(temp, path, err);
    else if (has_no_links())
        status = write_text(path, target, err);
    else
        status = error_set(err, ERROR_RUNTIME, "%s: cannot write: %s", path, strerror(errno));
    mem_free(temp);
    return status;
}

/* The only line of a short text file: a name without a folder; NULL for any other file. */
static char *read_name(const char *path)
{
    char text[NAME_BYTES] = "";
    const int64_t bytes = file_bytes(path);
    if (bytes < 2 || bytes >= NAME_BYTES) return NULL;
    if (file_head(path, text, (size_t)bytes, NULL) != 0) return NULL;
    const size_t len = strcspn(text, "\r\n/");
    if (len == 0 || strlen(text) != (size_t)bytes) return NULL;
    if (strcmp(text + len, "\n") != 0 && strcmp(text + len, "\r\n") != 0) return NULL;
    text[len] = 0;
    return mem_strdup(text);
}

char *link_target(const char *path)
{
    char target[4096] = "";
    ssize_t n;
    int tried = 0;
    while ((n = readlink(path, target, sizeof target - 1)) < 0 && file_call_again(&tried)) {
    }
    return n > 0 ? mem_strdup(target) : read_name(path);
}

char *link_real(const char *path)
{
    char *real;
    file_real(path, &real, NULL);
    return real ? real : mem_strdup(path);
}

/* The file that a text file names; NULL if the path is no such text. Owned. */
static char *named_file(const char *path)
{
    char *name = read_name(path);
    if (!name) return NULL;
    char *folder = file_folder(path), *file = file_join(folder, name);
    mem_free(folder);
    mem_free(name);
    return file;
}

bool link_reaches(const char *path)
{
    char *file = named_file(path);
    const bool there = file_exists(file ? file : path);
    mem_free(file);
    return there;
}

char *link_follow(const char *path)
{
    char *file = named_file(path);
    if (file && file_exists(file)) return file;
    mem_free(file);
    return mem_strdup(path);
}
