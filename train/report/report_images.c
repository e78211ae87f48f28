/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for images. */
#include "train/report/report_images.h"

#include "core/log.h"
#include "core/mem.h"

#include <string.h>

/* The text of an option, or NULL. Owned. */
static char *option_text(const ReportRun *run, const char *key)
{
    size_t len;
    const char *value = report_run_option(run, key, &len);
    if (!value || len == 0) return NULL;
    const bool quoted = len > 1 && value[0] == '"' && value[len - 1] == '"';
    return mem_format("%.*s", (int)(quoted ? len - 2 : len), quoted ? value + 1 : value);
}

void report_images_open(ReportRuns *r, const ReportRun *run, const ReportList *list,
                        ReportImages *out)
{
    *out = (ReportImages){.run = run, .images = r->images};
    if (!list || !list->data) return;
    Error err = {0};
    char *root = option_text(run, "eval.root"), *data_root = option_text(run, "data.root");
    const EvalPaths paths = {.root = root, .data_root = data_root, .allow_missing = INT64_MAX};
    if (eval_set_open(list->data, &paths, &out->set, &err) != 0 && err.code == ERROR_RUNTIME)
        error_move(&r->fault, &err);
    else if (err.code)
        log_warn("%s: no images of this set in the report%s", err.text,
                 r->images ? "" : "; report --images DIR names their folder");
    mem_free(data_root);
    mem_free(root);
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
