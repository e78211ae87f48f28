/* SPDX-License-Identifier: Apache-2.0 */
/* Files and links of a run. */
#include "train/run/run_folder.h"

#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/io/link.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "model/weights/run_checkpoint.h"
#include "train/run/run_env.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int run_folder_check(const char *run, Error *err)
{
    if (!*run)
        return error_set(err, ERROR_USAGE,
                         "run: not set: name the folder of the run (run=DIR)");
    if (strncmp(run, "~/", 2) == 0)
        return error_set(err, ERROR_USAGE,
                         "run: %s: only a shell expands ~: write the whole path", run);
    return 0;
}

int run_folder_create(const char *run, const char *config, int threads, bool bf16, Error *err)
{
    static const char *const folder[] = {"checkpoints", "eval"};
    for (int i = 0; i < 2; i++) {
        char *path = file_join(run, folder[i]);
        const int status = file_mkdirs(path, err);
        mem_free(path);
        if (status != 0) return -1;
    }
    if (text_write_in(run, "config.yaml", config, err) != 0) return -1;
    return run_env_write(run, threads, bf16, err);
}

int run_folder_link(const char *run, const char *name, int64_t step, Error *err)
{
    char *target = mem_format("step_%08ld.h5", step);
    char *link = run_checkpoint_link(run, name);
    const int status = link_write(link, target, err);
    mem_free(link);
    mem_free(target);
    return status;
}

int run_folder_continue(const char *run, int64_t step, Error *err)
{
    if (run_checkpoint_linked(run, "best") > step) {
        char *link = run_checkpoint_link(run, "best");
        unlink(link);
        mem_free(link);
    }
    char *file = run_checkpoint_path(run, step);
    const bool link = file_exists(file) && run_checkpoint_linked(run, "latest") != step;
    mem_free(file);
    return link ? run_folder_link(run, "latest", step, err) : 0;
}

/* Whether the file was left by a process that was killed while saving: NAME.tmp.PID of a
 * process that has ended, or of this one, which saves nothing now. */
static bool is_left_over(const char *name)
{
    const char *end = strstr(name, ".tmp.");
    const size_t digits = end ? strspn(end + 5, "0123456789") : 0;
    if (digits == 0 || end[5 + digits]) return false;
    const long pid = strtol(end + 5, NULL, 10);
    return pid == getpid() || (kill((pid_t)pid, 0) != 0 && errno == ESRCH);
}

void run_folder_sweep(const char *run)
{
    Lines files;
    if (file_walk(run, &files, NULL) != 0) return;
    for (size_t i = 0; i < files.count; i++) {
        if (!is_left_over(files.line[i])) continue;
        char *path = file_join(run, files.line[i]);
        unlink(path);
        mem_free(path);
    }
    lines_free(&files);
}

void run_folder_prune(const char *run, int64_t keep)
{
    Lines files = run_checkpoint_list(run);
    const int64_t latest = run_checkpoint_linked(run, "latest");
    const int64_t best = run_checkpoint_linked(run, "best");
    int64_t seen = 0;
    for (size_t i = files.count; i-- > 0;) { /* sorted by name: the newest is last */
        const int64_t step = run_checkpoint_step(files.line[i]);
        /* a later step is of an earlier run that this one does not continue */
        if (step < 0 || step > latest) continue;
        if (seen++ < keep || step == latest || step == best) continue;
        char *path = run_checkpoint_path(run, step);
        unlink(path);
        mem_free(path);
    }
    lines_free(&files);
}

/* Reads the lines of a log. After a crash, the file system may leave zero bytes where data was
 * not written. */
static int read_log(const char *path, Lines *out, Error *err)
{
    Bytes file;
    *out = (Lines){0};
    if (!file_exists(path)) return 0;
    if (file_read(path, &file, err) != 0) return -1;
    for (size_t i = 0; i < file.len; i++)
        if (file.data[i] == 0) file.data[i] = '\n';
    const int status = lines_parse(path, (const char *)file.data, out, err);
    bytes_free(&file);
    return status;
}

/* Which lines of a log are kept. */
typedef struct Keep {
    const char *key;   /* name of the number that is compared */
    int64_t last;      /* highest value to keep */
    int64_t last_eval; /* the same for evaluation lines */
} Keep;

/* A line that a crash cut off is not valid JSON and is removed. */
static bool is_kept(const Keep *keep, const char *line)
{
    json_t *record = json_loads(line, 0, NULL);
    const json_t *number = json_object_get(record, keep->key);
    const int64_t last = json_object_get(record, "eval") ? keep->last_eval : keep->last;
    const bool yes = json_is_integer(number) && json_integer_value(number) <= last;
    json_decref(record);
    return yes;
}

static int truncate_log(const char *run, const char *name, const Keep *keep, Error *err)
{
    char *path = file_join(run, name);
    Lines lines;
    Text kept = {0};
    int status = read_log(path, &lines, err);
    for (size_t i = 0; i < lines.count; i++)
        if (is_kept(keep, lines.line[i])) text_add(&kept, "%s\n", lines.line[i]);
    if (status == 0 && file_exists(path)) status = text_write(&kept, path, err);
    text_free(&kept);
    lines_free(&lines);
    mem_free(path);
    return status;
}

int run_folder_truncate_logs(const char *run, int64_t step, int64_t eval_step, int64_t epoch,
                             Error *err)
{
    const Keep metrics = {"step", step, eval_step}, log = {"epoch", epoch - 1, epoch - 1};
    const Keep changes = {"step", step - 1, step - 1};
    if (truncate_log(run, "metrics.jsonl", &metrics, err) != 0) return -1;
    if (truncate_log(run, "changes.jsonl", &changes, err) != 0) return -1;
    return truncate_log(run, "log.txt", &log, err);
}
