/* SPDX-License-Identifier: Apache-2.0 */
/* Texts one after the other in a file. */
#include "data/prepare/spool.h"

#include "core/array.h"
#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int fail(const Spool *s, Error *err)
{
    return error_set(err, ERROR_RUNTIME, "%s: cannot write: %s", s->path, strerror(errno));
}

int spool_new(const char *folder, Spool *out, Error *err)
{
    *out = (Spool){.path = mem_format("%s/records.part", folder)};
    const int fd = file_open_new(out->path, O_RDWR | O_TRUNC);
    if (fd < 0) return fail(out, err);
    unlink(out->path);
    out->file = fdopen(fd, "w+b");
    if (out->file) return 0;
    close(fd);
    return fail(out, err);
}

void spool_free(Spool *s)
{
    if (s->file) fclose(s->file);
    mem_free(s->path);
    mem_free(s->end);
    *s = (Spool){0};
}

static int64_t start_of(const Spool *s, int64_t i) { return i > 0 ? s->end[i - 1] : 0; }

int spool_add(Spool *s, const char *text, Error *err)
{
    const size_t n = strlen(text);
    if (n && fwrite(text, 1, n, s->file) != n) return fail(s, err);
    s->end = array_grow(s->end, sizeof *s->end, s->count, &s->room);
    s->end[s->count] = start_of(s, s->count) + (int64_t)n;
    s->count++;
    return 0;
}

int spool_end(Spool *s, Error *err) { return fflush(s->file) == 0 ? 0 : fail(s, err); }

char *spool_get(const Spool *s, int64_t i, Error *err)
{
    const int64_t start = start_of(s, i), n = s->end[i] - start;
    char *text = mem_alloc((size_t)n + 1);
    text[n] = 0;
    if (file_read_at(fileno(s->file), s->path, (uint64_t)start, text, (uint64_t)n,
                     ERROR_RUNTIME, err) == 0)
        return text;
    mem_free(text);
    return NULL;
}
