/* SPDX-License-Identifier: Apache-2.0 */
/* The file is opened for each line, so that one that was moved or removed begins anew. */
#include "core/io/line_log.h"

#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/log.h"
#include "core/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

LineLog line_log_new(const char *path) { return (LineLog){.path = mem_strdup(path)}; }

void line_log_free(LineLog *l)
{
    mem_free(l->path);
    text_free(&l->waiting);
    *l = (LineLog){0};
}

/* After a part of a line was written, the rest of it follows at the next attempt. */
static int write_waiting(LineLog *l, int fd)
{
    Text *t = &l->waiting;
    while (t->len > 0) {
        const ssize_t n = write(fd, t->data, t->len);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return -1;
        l->unsynced = true;
        t->len -= (size_t)n;
        memmove(t->data, t->data + n, t->len + 1);
    }
    return 0;
}

static int make_durable(LineLog *l, int fd)
{
    if (file_sync(fd) != 0) return -1;
    if (!l->named && file_sync_folder(l->path) != 0) return -1;
    l->named = true;
    l->unsynced = false;
    return 0;
}

static int attempt(LineLog *l, bool syncs, Error *err)
{
    const int fd = file_open_new(l->path, O_WRONLY | O_APPEND);
    const bool good =
        fd >= 0 && write_waiting(l, fd) == 0 && (!syncs || make_durable(l, fd) == 0);
    if (!good) error_set(err, ERROR_RUNTIME, "%s: cannot write: %s", l->path, strerror(errno));
    if (fd >= 0) close(fd);
    return good ? 0 : -1;
}

void line_log_add(LineLog *l, const char *line)
{
    Error why = {0};
    text_add(&l->waiting, "%s\n", line);
    const bool good = attempt(l, false, &why) == 0;
    if (!good && !l->failing)
        log_warn("%s; its lines wait in memory until they can be written", why.text);
    l->failing = !good;
}

int line_log_sync(LineLog *l, Error *err)
{
    if (l->waiting.len == 0 && !l->unsynced) return 0;
    if (attempt(l, true, err) != 0) return -1;
    l->failing = false;
    return 0;
}
