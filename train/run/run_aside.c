/* SPDX-License-Identifier: Apache-2.0 */
/* Moving the parts of a run. Checkpoints are first, so that a new run never has old ones. */
#include "train/run/run_aside.h"

#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "model/weights/run_checkpoint.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Makes RUN/old_N with the first N that is free. *to: owned. */
static int make_folder(const char *run, char **to, Error *err)
{
    int n = 1;
    *to = mem_format("%s/old_%d", run, n);
    while (mkdir(*to, 0777) != 0) {
        if (errno != EEXIST)
            return error_set(err, ERROR_RUNTIME, "%s: cannot create: %s", *to, strerror(errno));
        mem_free(*to);
        *to = mem_format("%s/old_%d", run, ++n);
    }
    return 0;
}

static int move(const char *run, const char *to, const char *name, Error *err)
{
    char *from = file_join(run, name), *into = file_join(to, name);
    int status = 0;
    if (rename(from, into) != 0 && errno != ENOENT)
        status = error_set(err, ERROR_RUNTIME, "%s: cannot move to %s: %s", from, into,
                           strerror(errno));
    mem_free(into);
    mem_free(from);
    return status;
}

static int move_banks(const char *run, const char *to, Error *err)
{
    Lines files;
    if (file_walk(run, &files, err) != 0) return -1;
    int status = 0;
    for (size_t i = 0; status == 0 && i < files.count; i++) {
        const char *name = files.line[i];
        if (strncmp(name, "bank_", 5) == 0 && strings_end_in(name, ".h5") && !strchr(name, '/'))
            status = move(run, to, name, err);
    }
    lines_free(&files);
    return status;
}

static int sync_folders(const char *run, const char *to, Error *err)
{
    char *inside = file_join(to, "config.yaml");
    const bool good = file_sync_folder(inside) == 0 && file_sync_folder(to) == 0;
    mem_free(inside);
    return good ? 0
                : error_set(err, ERROR_RUNTIME, "%s: cannot save: %s", run, strerror(errno));
}

static int move_all(const char *run, const char *to, Error *err)
{
    static const char *const part[] = {
        "checkpoints", "eval",      "metrics.jsonl", "log.txt",        "config.yaml",
        "env.json",    "best.json", "changes.jsonl", "bad_images.txt", "damaged_images.txt"};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++)
        if (move(run, to, part[i], err) != 0) return -1;
    if (move_banks(run, to, err) != 0) return -1;
    return sync_folders(run, to, err);
}

int run_aside(const char *run, Error *err)
{
    char *newest = run_checkpoint_latest(run);
    if (!newest) return 0;
    char *to;
    int status = make_folder(run, &to, err);
    if (status == 0) status = move_all(run, to, err);
    if (status == 0) log_info("%s: the run that was here is now in %s", run, to);
    mem_free(to);
    mem_free(newest);
    return status;
}
