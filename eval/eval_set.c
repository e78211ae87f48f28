/* SPDX-License-Identifier: Apache-2.0 */
/* Opening evaluation sets and evaluating a model on them. */
#define _XOPEN_SOURCE 700
#include "eval/eval_set.h"

#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "data/thresholds.h"
#include "eval/score_report.h"
#include "model/labels/bank_fit.h"
#include "model/labels/label_texts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool given(const char *path) { return path && *path; }

/* FOLDER/own, or the first file in the folder whose name has the ending of the reference
 * implementation; NULL if neither exists. Owned. */
static char *find_file(const char *folder, const char *own, const char *ending)
{
    char *path = file_join(folder, own);
    if (file_exists(path) || !ending) {
        if (file_exists(path)) return path;
        mem_free(path);
        return NULL;
    }
    mem_free(path);
    Lines files;
    if (file_walk(folder, &files, NULL) != 0) return NULL;
    path = NULL;
    for (size_t i = 0; i < files.count && !path; i++)
        if (strings_end_in(files.line[i], ending) && !strchr(files.line[i], '/'))
            path = file_join(folder, files.line[i]);
    lines_free(&files);
    return path;
}

static char *choose(const char *instead, const char *folder, const char *own,
                    const char *ending)
{
    return given(instead) ? mem_strdup(instead) : find_file(folder, own, ending);
}

/* Labels that are positions belong to the order of the folder's own list: another one must not
 * reorder it. */
static int check_order(const char *folder, const char *annotations, const char *path,
                       const TagList *tags, Error *err)
{
    static const char *const own[] = {"tags.txt", "_taglist.txt"};
    int status = 0;
    for (int i = 0; status == 0 && i < 2; i++) {
        TagList list = {0};
        char *other = find_file(folder, own[i], i ? own[i] : NULL);
        if (other && strcmp(other, path) != 0) status = tags_read(other, &list, err);
        const int64_t k = list.count ? tags_difference(tags, &list) : -1;
        if (k >= 0)
            status = error_set(
                err, ERROR_DATA,
                "%s: its labels are positions in %s, and %s has another order: tag %ld (from "
                "0) is '%.40s', not '%.40s'; use that list, or labels by name",
                annotations, other, path, k, k < tags->count ? tags->name[k] : "",
                k < list.count ? list.name[k] : "");
        tags_free(&list);
        mem_free(other);
    }
    return status;
}

static int open_benchmark(const char *folder, const EvalPaths *p, EvalSet *set, Error *err)
{
    char *tags = choose(p->tags, folder, "tags.txt", "_taglist.txt");
    char *annotations = choose(p->annotations, folder, "annotations.txt", "_annots.txt");
    int status = 0;
    if (!tags || !annotations)
        status = error_set(err, ERROR_DATA, "%s: no %s: not an evaluation folder", folder,
                           tags ? "annotations.txt" : "tags.txt");
    if (status == 0) status = tags_read(tags, &set->labels.tags, err);
    if (status == 0 && p->bank)
        status = bank_fit_tags(p->bank_path, p->bank, &set->labels.tags, tags, err);
    if (status == 0)
        status = benchmark_read(annotations, &set->labels.tags, &set->benchmark, err);
    if (status == 0 && set->benchmark.by_id)
        status = check_order(folder, annotations, tags, &set->labels.tags, err);
    if (status == 0 && set->benchmark.unknown)
        log_warn("%s: skipped %ld labels that are not in the tag list", annotations,
                 set->benchmark.unknown);
    mem_free(annotations);
    mem_free(tags);
    return status;
}

static int open_bank(const char *folder, const EvalPaths *p, const TextEncoder *encoder,
                     EvalSet *set, Error *err)
{
    if (p->bank) {
        labels_take(&set->labels, p->bank);
        return 0;
    }
    char *path = choose(p->descriptions, folder, "descriptions.json", "_descriptions.json");
    const int status = label_texts_fill(encoder, path ? path : "", &set->labels, err);
    mem_free(path);
    return status;
}

static int open_thresholds(const char *folder, const EvalPaths *p, EvalSet *set, Error *err)
{
    set->threshold = mem_alloc((size_t)set->labels.tags.count * sizeof *set->threshold);
    for (int64_t k = 0; k < set->labels.tags.count; k++) set->threshold[k] = 0.5f;
    const bool own = given(p->thresholds) || !given(p->tags);
    char *path = own ? choose(p->thresholds, folder, "thresholds.txt", NULL) : NULL;
    int status = 0;
    if (path) status = thresholds_read(path, set->labels.tags.count, set->threshold, err);
    mem_free(path);
    return status;
}

static int open_groups(const char *folder, const EvalPaths *p, EvalSet *set, Error *err)
{
    char *path = given(p->tags) ? NULL : find_file(folder, "groups.txt", NULL);
    int status = 0;
    if (path) status = lines_read(path, &set->groups, err);
    if (status == 0 && path && (int64_t)set->groups.count != set->labels.tags.count)
        status =
            error_set(err, ERROR_DATA, "%s: expected one line per tag: %zu lines for %ld tags",
                      path, set->groups.count, set->labels.tags.count);
    mem_free(path);
    return status;
}

/* The images of a benchmark are in its folder imgs/, those of a data folder in the folder
 * above. */
static char *default_root(const char *folder)
{
    char *own = file_join(folder, "imgs");
    if (file_is_dir(own)) return own;
    mem_free(own);
    return file_join(folder, "..");
}

int eval_set_open(const char *folder, const EvalPaths *paths, const TextEncoder *encoder,
                  EvalSet *out, Error *err)
{
    *out = (EvalSet){0};
    if (!file_is_dir(folder)) return error_set(err, ERROR_DATA, "%s: no such folder", folder);
    out->name = file_last_part(folder);
    out->root = given(paths->root) ? mem_strdup(paths->root) : default_root(folder);
    int status = open_benchmark(folder, paths, out, err);
    if (status == 0) status = open_thresholds(folder, paths, out, err);
    if (status == 0) status = open_groups(folder, paths, out, err);
    if (status == 0) status = open_bank(folder, paths, encoder, out, err);
    if (status != 0) eval_set_free(out);
    return status;
}

void eval_set_free(EvalSet *set)
{
    lines_free(&set->groups);
    mem_free(set->threshold);
    benchmark_free(&set->benchmark);
    labels_free(&set->labels);
    mem_free(set->root);
    mem_free(set->name);
    *set = (EvalSet){0};
}

/* mAP of each group of tags, in order of first appearance. Owned. */
static char *group_text(const EvalSet *set, const ScoreReport *report)
{
    size_t len = 0;
    char *text = NULL;
    FILE *out = open_memstream(&text, &len);
    CHECK(out, "no memory stream");
    for (size_t k = 0; k < set->groups.count; k++) {
        double sum = 0;
        int64_t n = 0, earlier = 0;
        for (size_t j = 0; j < set->groups.count; j++) {
            if (strcmp(set->groups.line[j], set->groups.line[k]) != 0) continue;
            if (j < k) earlier++;
            sum += report->tag[j].ap;
            n++;
        }
        if (!earlier)
            fprintf(out, "  mAP of %s (%ld tags): %.4f\n", set->groups.line[k], n,
                    sum / (double)n);
    }
    fclose(out);
    char *copy = mem_strdup(text);
    free(text);
    return copy;
}

/* Copies the rows of the images that could be read. Owned: scores_free. */
static Scores *gather(const EvalSet *set, int64_t n, const float *score, const bool *ok,
                      int64_t good)
{
    const int64_t K = set->labels.tags.count;
    const char **image = mem_alloc((size_t)good * sizeof *image);
    int64_t at = 0;
    for (int64_t i = 0; i < n; i++)
        if (ok[i]) image[at++] = set->benchmark.image[i];
    Scores *s = scores_new(image, good, (const char *const *)set->labels.tags.name, K);
    at = 0;
    for (int64_t i = 0; i < n; i++) {
        if (!ok[i]) continue;
        memcpy(s->score + at * K, score + i * K, (size_t)K * sizeof *score);
        memcpy(s->truth + at * K, set->benchmark.truth + i * K, (size_t)K);
        at++;
    }
    memcpy(s->threshold, set->threshold, (size_t)K * sizeof *s->threshold);
    mem_free(image);
    return s;
}

static int measure(const EvalSet *set, const Scores *scores, const char *folder,
                   EvalResult *out, Error *err)
{
    ScoreReport report;
    if (score_report_new(scores, &report, err) != 0) return -1;
    score_report_warn(&report, set->name);
    int status = folder ? score_report_write(&report, folder, err) : 0;
    char *means = score_report_text(&report), *groups = group_text(set, &report);
    out->mean = report.mean;
    out->text = mem_format("%s%s", means, groups);
    out->json = score_report_json(&report);
    mem_free(groups);
    mem_free(means);
    score_report_free(&report);
    return status;
}

int eval_set_run(const EvalSet *set, const Scorer *s, int64_t limit, const char *folder,
                 EvalResult *out, Error *err)
{
    *out = (EvalResult){0};
    const int64_t all = set->benchmark.images, K = set->labels.tags.count;
    const int64_t n = limit > 0 && limit < all ? limit : all;
    char **path = mem_calloc((size_t)n + 1, sizeof *path);
    float *score = mem_alloc((size_t)(n * K) * sizeof *score);
    bool *ok = mem_calloc((size_t)n + 1, sizeof *ok);
    for (int64_t i = 0; i < n; i++)
        path[i] = benchmark_image_path(set->root, set->benchmark.image[i]);
    Scorer mine = *s;
    mine.bank = set->labels.bank;
    out->images = scorer_files(&mine, "", path, n, score, ok, err);
    out->skipped = n - out->images;
    int status = out->images < 0 ? -1 : 0;
    if (out->images == 0) {
        status =
            error_set(err, ERROR_DATA, "%s: none of its %ld images can be read", set->root, n);
    } else if (status == 0) {
        Scores *scores = gather(set, n, score, ok, out->images);
        status = measure(set, scores, folder, out, err);
        scores_free(scores);
    }
    for (int64_t i = 0; i < n; i++) mem_free(path[i]);
    mem_free(ok);
    mem_free(score);
    mem_free(path);
    return status;
}

void eval_result_free(EvalResult *r)
{
    mem_free(r->text);
    mem_free(r->json);
    *r = (EvalResult){0};
}
