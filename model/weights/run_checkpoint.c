/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the checkpoints of a run. */
#include "model/weights/run_checkpoint.h"

#include "core/io/file_walk.h"
#include "core/io/link.h"
#include "core/log.h"
#include "core/mem.h"

#include <stdio.h>
#include <string.h>

int64_t run_checkpoint_step(const char *name)
{
    int64_t step;
    char end[4] = "";
    if (sscanf(name, "step_%ld.%3s", &step, end) != 2 || strcmp(end, "h5") != 0) return -1;
    return step >= 0 ? step : -1;
}

char *run_checkpoint_path(const char *run, int64_t step)
{
    char name[48];
    snprintf(name, sizeof name, "checkpoints/step_%08ld.h5", step);
    return file_join(run, name);
}

char *run_checkpoint_link(const char *run, const char *name)
{
    char *folder = file_join(run, "checkpoints"), *path = file_join(folder, name);
    mem_free(folder);
    return path;
}

int64_t run_checkpoint_linked(const char *run, const char *name)
{
    char *link = run_checkpoint_link(run, name), *target = link_target(link);
    const int64_t step = target ? run_checkpoint_step(target) : -1;
    mem_free(target);
    mem_free(link);
    return step;
}

bool run_checkpoint_is_link(const char *below)
{
    return strcmp(below, "checkpoints/latest") == 0 || strcmp(below, "checkpoints/best") == 0;
}

Lines run_checkpoint_list(const char *run)
{
    Lines files = {0};
    char *folder = file_join(run, "checkpoints");
    if (file_is_dir(folder) && file_walk(folder, &files, NULL) != 0) files = (Lines){0};
    mem_free(folder);
    return files;
}

/* The steps of the files in RUN/checkpoints; -1: no checkpoint of this run, since one later
 * than `latest` is of an earlier run that this one does not continue. Owned: mem_free. */
static int64_t *steps_of_run(const char *run, const Lines *files)
{
    const int64_t latest = run_checkpoint_linked(run, "latest");
    int64_t *step = mem_calloc(files->count + 1, sizeof *step);
    for (size_t i = 0; i < files->count; i++) {
        step[i] = run_checkpoint_step(files->line[i]);
        if (latest >= 0 && step[i] > latest) step[i] = -1;
    }
    return step;
}

int run_checkpoint_check_link(const char *run, const char *name, Error *err)
{
    char *link = run_checkpoint_link(run, name), *target = link_target(link);
    int status = 0;
    if (target && !link_reaches(link))
        status = error_set(err, ERROR_CHECKPOINT, "%s: a link to %s, which does not exist",
                           link, target);
    mem_free(target);
    mem_free(link);
    return status;
}

/* The link, if it leads to a file. Owned; NULL: it does not. */
static char *whole_link(const char *run, const char *name)
{
    Error why = {0};
    if (run_checkpoint_check_link(run, name, &why) != 0) log_warn("%s: ignored", why.text);
    char *link = run_checkpoint_link(run, name);
    if (link_reaches(link)) return link;
    mem_free(link);
    return NULL;
}

char *run_checkpoint_latest(const char *run)
{
    char *link = whole_link(run, "latest");
    if (link) return link;
    Lines files = run_checkpoint_list(run);
    int64_t newest = -1, *step = steps_of_run(run, &files);
    for (size_t i = 0; i < files.count; i++)
        if (step[i] > newest) newest = step[i];
    mem_free(step);
    lines_free(&files);
    return newest < 0 ? NULL : run_checkpoint_path(run, newest);
}

int run_checkpoint_whole(const char *run, bool say, char **path, H5File **out, Error *err)
{
    Lines files = run_checkpoint_list(run);
    int64_t *step = steps_of_run(run, &files);
    int status = 0;
    *path = NULL;
    *out = NULL;
    for (size_t i = files.count; status == 0 && !*out && i-- > 0;) { /* sorted by name */
        if (step[i] < 0) continue;
        Error why = {0};
        mem_free(*path);
        *path = run_checkpoint_path(run, step[i]);
        if (h5_open(*path, out, &why) == 0) continue;
        if (why.code != ERROR_CHECKPOINT) status = error_move(err, &why);
        if (say && status == 0) log_warn("%s: skipped", why.text);
    }
    if (!*out) {
        mem_free(*path);
        *path = NULL;
    }
    mem_free(step);
    lines_free(&files);
    return status;
}

char *run_checkpoint_best(const char *run)
{
    char *link = whole_link(run, "best");
    return link ? link : run_checkpoint_latest(run);
}

/* The run that a path RUN/checkpoints/FILE is of; NULL: no such path. Owned. */
static char *run_of(const char *path)
{
    char *folder = file_folder(path), *last = file_last_part(folder);
    char *run = strcmp(last, "checkpoints") == 0 ? file_folder(folder) : NULL;
    mem_free(last);
    mem_free(folder);
    return run;
}

int run_checkpoint_explain(const char *path, const Error *why, Error *err)
{
    H5File *file = NULL;
    char *run = run_of(path), *target = link_target(path), *whole = NULL;
    if (run && why->code != ERROR_RUNTIME)
        run_checkpoint_whole(run, false, &whole, &file, NULL);
    const bool told = !run || !target || strstr(why->text, target);
    error_set(err, why->code, "%s%s%s%s%s%s", why->text, told ? "" : "; it is a link to ",
              told ? "" : target, whole ? "; " : "", whole ? whole : "",
              whole ? " is whole and can be used instead" : "");
    h5_close(file);
    mem_free(whole);
    mem_free(target);
    mem_free(run);
    return -1;
}
