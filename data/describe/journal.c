/* SPDX-License-Identifier: Apache-2.0 */
/* Appending, syncing and reading JSON lines. */
#include "data/describe/journal.h"

#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/io/lock.h"
#include "core/log.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1 << 26 };

struct Journal {
    char *path;
    int fd; /* open for appending; -1: opened for reading */
    FILE *in;
    int64_t end; /* byte after the last complete line */
    int64_t lines;
    bool dirty;    /* lines were appended since the last sync */
    double synced; /* log_now() of the last sync */
    Text line;     /* the last line read */
};

static int fail(const Journal *j, Error *err, const char *what)
{
    return error_set(err, ERROR_RUNTIME, "%s: %s: %s", j->path, what, strerror(errno));
}

static int check_kind(const Journal *j, Error *err)
{
    struct stat info;
    if (fstat(fileno(j->in), &info) != 0) return fail(j, err, "cannot read");
    if (S_ISREG(info.st_mode)) return 0;
    return error_set(err, ERROR_DATA, "%s: not a regular file", j->path);
}

static int open_files(Journal *j, bool reading, Error *err)
{
    if (reading && !file_exists(j->path)) return 0;
    if (!reading) {
        j->fd = file_open_new(j->path, O_WRONLY | O_APPEND);
        if (j->fd < 0) return fail(j, err, "cannot open");
        if (!lock_take(j->fd, j->path))
            return error_set(err, ERROR_RUNTIME,
                             "%s: in use by another run: wait until it ends", j->path);
        if (file_sync_folder(j->path) != 0) return fail(j, err, "cannot sync its folder");
    }
    j->in = fopen(j->path, "rbe");
    if (!j->in) return fail(j, err, "cannot open");
    return check_kind(j, err);
}

int journal_open(const char *path, bool reading, Journal **out, Error *err)
{
    *out = NULL;
    Journal *j = mem_calloc(1, sizeof *j);
    *j = (Journal){.path = mem_strdup(path), .fd = -1, .synced = log_now()};
    if (open_files(j, reading, err) != 0) {
        journal_close(j);
        return -1;
    }
    *out = j;
    return 0;
}

void journal_close(Journal *j)
{
    if (!j) return;
    if (j->in) fclose(j->in);
    if (j->fd >= 0) close(j->fd); /* also releases the lock */
    mem_free(j->path);
    text_free(&j->line);
    mem_free(j);
}

/* Reads up to a line end. Returns false if the file ends first, after the bytes in `line`, or
 * the line is too long. */
static bool read_line(Journal *j)
{
    j->line.len = 0;
    for (int c; (c = getc(j->in)) != EOF;) {
        if (c == '\n') return true;
        if (j->line.len == LINE_MAX_BYTES) return false;
        text_put_bytes(&j->line, &(char){(char)c}, 1);
    }
    return false;
}

/* Drops the bytes after the last line end if they are the start of a journal line, or zeros as
 * a crash of the machine leaves them. Any other bytes mean that the file is not a journal. */
static int drop_tail(const Journal *j, Error *err)
{
    static const char start[] = "{\"kind\": ";
    const size_t n = j->line.len < sizeof start - 1 ? j->line.len : sizeof start - 1;
    if (ferror(j->in)) return fail(j, err, "cannot read");
    if (j->line.len == 0) return 0;
    if (memcmp(j->line.data, start, n) != 0 && j->line.data[0] != 0)
        return error_set(err, ERROR_DATA, "%s: line %ld: not a line of a journal", j->path,
                         j->lines + 1);
    if (j->fd < 0) return 0;
    log_warn("%s: line %ld: incomplete: dropped", j->path, j->lines + 1);
    if (ftruncate(j->fd, (off_t)j->end) != 0) return fail(j, err, "cannot truncate");
    return 0;
}

static int parse(const Journal *j, int64_t number, json_t **out, Error *err)
{
    json_error_t why;
    *out = json_loadb(j->line.data, j->line.len, JSON_REJECT_DUPLICATES, &why);
    if (json_is_object(*out) && json_is_string(json_object_get(*out, "kind"))) return 0;
    error_set(err, ERROR_DATA, "%s: line %ld: not a line of a journal: %s", j->path, number,
              *out ? "no kind" : why.text);
    json_decref(*out);
    *out = NULL;
    return -1;
}

int journal_next(Journal *j, json_t **line, int64_t *offset, Error *err)
{
    *line = NULL;
    if (!j->in) return 0;
    if (!read_line(j)) return drop_tail(j, err);
    *offset = j->end;
    j->end += (int64_t)j->line.len + 1;
    return parse(j, ++j->lines, line, err);
}

int journal_append(Journal *j, const Text *line, int64_t *offset, Error *err)
{
    CHECK(j->fd >= 0, "%s: opened for reading", j->path);
    char *data = mem_format("%s\n", line->data);
    const size_t len = line->len + 1;
    const int status = file_write_all(j->fd, data, len);
    mem_free(data);
    if (status != 0) {
        fail(j, err, "cannot write");
        if (ftruncate(j->fd, (off_t)j->end) != 0)
            return -1; /* the next run drops the incomplete line */
        return -1;
    }
    *offset = j->end;
    j->end += (int64_t)len;
    j->dirty = true;
    return 0;
}

int journal_sync(Journal *j, double interval, Error *err)
{
    const double now = log_now();
    if (!j->dirty || now - j->synced < interval) return 0;
    if (fsync(j->fd) != 0) return fail(j, err, "cannot sync");
    j->synced = now;
    j->dirty = false;
    return 0;
}

int journal_read(Journal *j, int64_t offset, json_t **line, Error *err)
{
    *line = NULL;
    if (fseeko(j->in, (off_t)offset, SEEK_SET) != 0 || !read_line(j))
        return error_set(err, ERROR_RUNTIME, "%s: byte %ld: cannot read the line again",
                         j->path, offset);
    json_error_t why;
    *line = json_loadb(j->line.data, j->line.len, 0, &why);
    if (*line) return 0;
    return error_set(err, ERROR_RUNTIME, "%s: byte %ld: changed by another program: %s",
                     j->path, offset, why.text);
}
