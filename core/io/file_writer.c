/* SPDX-License-Identifier: Apache-2.0 */
/* Writing a file piece by piece under a temporary name. */
#include "core/io/file_writer.h"

#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct FileWriter {
    char *path, *temp;
    FILE *file; /* NULL after a failure */
    uint64_t at;
    Error err; /* the first failure */
};

static int fail(FileWriter *w)
{
    error_set(&w->err, ERROR_RUNTIME, "%s: cannot write: %s", w->path, strerror(errno));
    if (w->file) fclose(w->file);
    w->file = NULL;
    return -1;
}

int file_writer_new(const char *path, FileWriter **out, Error *err)
{
    FileWriter *w = *out = mem_calloc(1, sizeof *w);
    w->path = mem_strdup(path);
    w->temp = mem_format("%s.tmp.%ld", path, (long)getpid());
    w->file = file_stream_new(w->temp);
    if (w->file) return 0;
    fail(w);
    file_writer_status(w, err);
    file_writer_abandon(w);
    *out = NULL;
    return -1;
}

int file_writer_put(FileWriter *w, const void *data, uint64_t bytes)
{
    if (!w->file) return -1;
    if (bytes && fwrite(data, 1, bytes, w->file) != bytes) return fail(w);
    w->at += bytes;
    return 0;
}

uint64_t file_writer_at(const FileWriter *w) { return w->at; }

int file_writer_status(const FileWriter *w, Error *err) { return error_move(err, &w->err); }

static void writer_free(FileWriter *w)
{
    mem_free(w->path);
    mem_free(w->temp);
    mem_free(w);
}

int file_writer_commit(FileWriter *w, Error *err)
{
    if (w->file && fflush(w->file) != 0) fail(w);
    int status = file_writer_status(w, err);
    if (status == 0)
        status = file_commit(w->temp, w->path, err); /* open until then: unfinished_remove */
    else
        unlink(w->temp);
    if (w->file) fclose(w->file);
    writer_free(w);
    return status;
}

void file_writer_abandon(FileWriter *w)
{
    if (!w) return;
    if (w->file) fclose(w->file);
    unlink(w->temp);
    writer_free(w);
}
