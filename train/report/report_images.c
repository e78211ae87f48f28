/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for images. */
#include "train/report/report_images.h"

#include "core/io/link.h"
#include "core/log.h"
#include "core/mem.h"

#include <string.h>

/* Whether the folder is inside the run, so that whoever made the run made it. */
static bool is_below(const char *folder, const char *run)
{
    char *inner = link_real(folder), *outer = link_real(run);
    const size_t n = strlen(outer);
    const bool below = strncmp(inner, outer, n) == 0 && (inner[n] == '/' || inner[n] == 0);
    mem_free(outer);
    mem_free(inner);
    return below;
}

void report_images_open(ReportRuns *r, const ReportRun *run, const ReportList *list,
                        ReportImages *out)
{
    *out = (ReportImages){.run = run, .images = r->images};
    if (!list || !list->data) return;
    Error err = {0};
    const EvalPaths paths = {.allow_missing = INT64_MAX};
    if (is_below(list->data, run->path)) return;
    if (eval_set_open(list->data, &paths, &out->set, &err) != 0 && err.code == ERROR_RUNTIME)
        error_move(&r->fault, &err);
    else if (err.code)
        log_warn("%s: no images of this set in the report%s", err.text,
                 r->images ? "" : "; report --images DIR names their folder");
}

void report_images_close(ReportImages *im) { eval_set_free(&im->set); }

/* The file of this name below a folder; NULL if there is none, or why it must not be used. */
static char *find_below(const char *folder, const char *name, Error *err)
{
    char *image[] = {(char *)(uintptr_t)name};
    const Benchmark one = {.images = 1, .image = image};
    return benchmark_image_path(folder, &one, 0, err);
}

static char *find_in_set(const EvalSet *set, const char *name)
{
    for (int64_t i = 0; set->path && i < set->benchmark.images; i++)
        if (strcmp(set->benchmark.image[i], name) == 0) return mem_strdup(set->path[i]);
    return NULL;
}

char *report_images_find(const ReportImages *im, const char *name, Error *err)
{
    Error why = {0};
    char *path = find_in_set(&im->set, name);
    if (!path) path = find_below(im->run->path, name, im->images ? NULL : &why);
    if (!path && im->images) path = find_below(im->images, name, &why);
    if (!path && !why.code) error_set(&why, ERROR_DATA, "%s: no such image", name);
    if (!path) error_move(err, &why);
    return path;
}
