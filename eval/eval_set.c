/* SPDX-License-Identifier: Apache-2.0 */
/* Opening evaluation sets and evaluating a model on them. */
#include "eval/eval_set.h"

#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/io/link.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/stop.h"
#include "data/eval_files.h"
#include "data/thresholds.h"
#include "eval/eval_images.h"
#include "eval/scored_files.h"
#include "eval/scores/score_report.h"
#include "model/labels/bank_fit.h"
#include "model/labels/label_texts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool given(const char *path) { return path && *path; }

/* The file that replaces the folder's own one, or that one. Owned, also after an error. */
static int choose(const char *instead, const char *folder, const char *own, const char *ending,
                  char **out, Error *err)
{
    if (!given(instead)) return eval_files_find(folder, own, ending, out, err);
    *out = mem_strdup(instead);
    return 0;
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
        char *other = NULL;
        status = eval_files_find(folder, own[i], i ? own[i] : NULL, &other, err);
        if (status == 0 && other && strcmp(other, path) != 0)
            status = tags_read(other, &list, err);
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

/* Labels that nobody annotated, which belong to the folder's own annotations. */
static int read_unknown(const char *folder, const EvalPaths *p, EvalSet *set, Error *err)
{
    char *path = NULL;
    if (given(p->annotations)) return 0;
    int status = eval_files_unknown(folder, &path, err);
    if (status == 0 && path)
        status = benchmark_read_unknown(path, &set->labels.tags, &set->benchmark, err);
    mem_free(path);
    return status;
}

/* Reads the tags and the labels; a bank must have these tags. */
static int read_labels(const char *folder, const char *tags, const char *annotations,
                       const EvalPaths *p, EvalSet *set, Error *err)
{
    if (!tags || !annotations)
        return error_set(err, ERROR_DATA, "%s: no %s: not an evaluation folder", folder,
                         tags ? "annotations.txt" : "tags.txt");
    if (tags_read(tags, &set->labels.tags, err) != 0) return -1;
    const TagList *list = &set->labels.tags;
    if (p->bank && bank_fit_tags(p->bank_path, p->bank, list, tags, err) != 0) return -1;
    if (benchmark_read(annotations, list, &set->benchmark, err) != 0) return -1;
    if (read_unknown(folder, p, set, err) != 0) return -1;
    if (set->benchmark.by_id && check_order(folder, annotations, tags, list, err) != 0)
        return -1;
    return 0;
}

static int open_labels(const char *folder, const EvalPaths *p, EvalSet *set, Error *err)
{
    char *tags = NULL, *annotations = NULL;
    int status = choose(p->tags, folder, "tags.txt", "_taglist.txt", &tags, err);
    if (status == 0)
        status =
            choose(p->annotations, folder, "annotations.txt", "_annots.txt", &annotations, err);
    if (status == 0) status = read_labels(folder, tags, annotations, p, set, err);
    mem_free(annotations);
    mem_free(tags);
    return status;
}

/* Every image has to be there before anything is computed. */
static int open_images(const char *folder, const EvalPaths *p, EvalSet *set, Error *err)
{
    Benchmark *b = &set->benchmark;
    if (p->images > 0 && p->images < b->images) b->images = p->images;
    b->absolute = p->absolute;
    set->root = eval_images_root(folder, p->root, p->data_root, b);
    return eval_images_find(folder, set->root, p->allow_missing, b, &set->path, &set->missing,
                            err);
}

static int open_thresholds(const char *folder, const EvalPaths *p, EvalSet *set, Error *err)
{
    set->threshold = mem_alloc((size_t)set->labels.tags.count * sizeof *set->threshold);
    for (int64_t k = 0; k < set->labels.tags.count; k++) set->threshold[k] = 0.5f;
    char *path = NULL;
    int status = 0;
    if (given(p->thresholds) || !given(p->tags))
        status = choose(p->thresholds, folder, "thresholds.txt", NULL, &path, err);
    set->half = !path;
    if (status == 0 && path)
        status = thresholds_read(path, &set->labels.tags, set->threshold, err);
    mem_free(path);
    return status;
}

static int open_groups(const char *folder, const EvalPaths *p, EvalSet *set, Error *err)
{
    char *path = NULL;
    int status = given(p->tags) ? 0 : eval_files_find(folder, "groups.txt", NULL, &path, err);
    if (status == 0 && path) status = lines_read(path, &set->groups, err);
    if (status == 0 && path && (int64_t)set->groups.count != set->labels.tags.count)
        status =
            error_set(err, ERROR_DATA, "%s: expected one line per tag: %zu lines for %ld tags",
                      path, set->groups.count, set->labels.tags.count);
    mem_free(path);
    return status;
}

/* The last part of the path; of "." and "..", that of the folder. Owned. */
static char *name_of(const char *folder)
{
    char **one = path_names(&folder, 1), *name = *one;
    mem_free(one);
    return name;
}

static int open_texts(const char *folder, const EvalPaths *p, EvalSet *set, Error *err)
{
    char *path = NULL;
    LabelTextRules rules = p->texts ? *p->texts : (LabelTextRules){.source = LABEL_AUTO};
    if (given(p->descriptions)) rules.source = LABEL_DESCRIPTIONS;
    int status = 0;
    if (rules.source != LABEL_TEMPLATE)
        status = choose(p->descriptions, folder, "descriptions.json", "_descriptions.json",
                        &path, err);
    if (status == 0)
        status =
            label_texts_read(&set->labels.tags, path ? path : "", &rules, &set->texts, err);
    if (status != 0 && !path) error_prefix(err, "%s: descriptions", folder);
    mem_free(path);
    return status;
}

int eval_set_open_labels(const char *folder, const EvalPaths *p, EvalSet *out, Error *err)
{
    *out = (EvalSet){0};
    if (file_need_dir(folder, "", err) != 0) return -1;
    out->folder = link_real(folder);
    out->name = name_of(folder);
    int status = open_labels(folder, p, out, err);
    if (status == 0) status = open_thresholds(folder, p, out, err);
    if (status == 0) status = open_groups(folder, p, out, err);
    if (status != 0) eval_set_free(out);
    return status;
}

int eval_set_open(const char *folder, const EvalPaths *p, EvalSet *out, Error *err)
{
    if (eval_set_open_labels(folder, p, out, err) != 0) return -1;
    int status = open_images(folder, p, out, err);
    if (status == 0 && !p->bank) status = open_texts(folder, p, out, err);
    if (status == 0 && p->bank) labels_take(&out->labels, p->bank);
    if (status != 0) eval_set_free(out);
    return status;
}

void eval_set_log(const EvalSet *set)
{
    char *text = benchmark_text(&set->benchmark);
    log_info("%s: %s", set->name, text);
    mem_free(text);
}

int eval_set_encode(EvalSet *set, const TextEncoder *encoder, Error *err)
{
    const int status = label_texts_encode(encoder, &set->texts, &set->labels, err);
    descriptions_free(&set->texts);
    return status;
}

char **eval_set_names(const OptionStrings *folder)
{
    char **name = path_names((const char *const *)folder->value, folder->count);
    for (int64_t i = 0; i < folder->count; i++)
        for (char *p = name[i]; *p; p++)
            if (*p == '/') *p = '-';
    return name;
}

void eval_set_free(EvalSet *set)
{
    lines_free(&set->groups);
    mem_free(set->threshold);
    for (int64_t i = 0; set->path && i < set->benchmark.images; i++) mem_free(set->path[i]);
    mem_free(set->path);
    benchmark_free(&set->benchmark);
    labels_free(&set->labels);
    descriptions_free(&set->texts);
    mem_free(set->root);
    mem_free(set->folder);
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

/* Labels and thresholds without scores. Owned: scores_free. */
static Scores *scores_of(const EvalSet *set)
{
    const Benchmark *b = &set->benchmark;
    Scores *s = scores_new((const char *const *)b->image, b->images,
                           (const char *const *)set->labels.tags.name, b->tags);
    memcpy(s->truth, b->truth, (size_t)(b->images * b->tags));
    memcpy(s->threshold, set->threshold, (size_t)b->tags * sizeof *s->threshold);
    memcpy(s->benchmark, b->hash, sizeof s->benchmark);
    return s;
}

/* A fault that passes leaves no gap in the results. */
static void write_report(const ScoreReport *r, const char *json, const char *means,
                         const char *folder, Error *err)
{
    for (int tried = 0;; tried++) {
        Error why = {0};
        if (score_report_write(r, json, means, folder, &why) == 0) return;
        if (file_try_again(why.code, tried)) continue;
        error_move(err, &why);
        return;
    }
}

static int measure(const EvalSet *set, const Scores *scores, const char *folder,
                   EvalResult *out, Error *err)
{
    ScoreReport report;
    if (score_report_new(scores, &report, err) != 0) return -1;
    report.data = set->folder;
    report.left_out = set->benchmark.images - scores->images + set->missing;
    score_report_warn(&report, set->name);
    char *means = score_report_text(&report), *groups = group_text(set, &report);
    out->mean = report.mean;
    out->unknown = score_report_unknown(&report);
    out->scores = scores->images * scores->tags - out->unknown;
    for (int64_t k = 0; k < scores->tags; k++)
        out->reached += report.tag[k].hits + report.tag[k].false_alarms;
    out->text = mem_format("%s%s", means, groups);
    out->json = score_report_json(&report);
    if (folder) write_report(&report, out->json, means, folder, &out->unwritten);
    mem_free(groups);
    mem_free(means);
    score_report_free(&report);
    return 0;
}

/* Measures the images that could be read. */
static int measure_good(const EvalSet *set, const Scores *all, const bool *ok,
                        const char *folder, EvalResult *out, Error *err)
{
    if (out->images == 0)
        return error_set(err, ERROR_DATA, "%s: none of its %ld images can be read", set->root,
                         all->images);
    if (out->skipped == 0) return measure(set, all, folder, out, err);
    Scores *good = scores_select(all, ok);
    const int status = measure(set, good, folder, out, err);
    scores_free(good);
    return status;
}

int eval_set_run(const EvalSet *set, const Scorer *s, const char *folder, ScoreJournal *journal,
                 EvalResult *out, Error *err)
{
    *out = (EvalResult){0};
    const int64_t n = set->benchmark.images;
    Scores *scores = scores_of(set);
    bool *ok = mem_calloc((size_t)n + 1, sizeof *ok);
    Scorer mine = *s;
    mine.bank = set->labels.bank;
    scores->softmax = scorer_softmax(&mine);
    scores->cosine = scorer_cosine(&mine);
    out->images = scored_files_go_on(&mine, set->path, n, journal, scores->score, ok, err);
    out->skipped = n - out->images;
    int status = out->images < 0 ? -1 : stop_pending();
    if (status == 0) status = measure_good(set, scores, ok, folder, out, err);
    mem_free(ok);
    scores_free(scores);
    return status;
}

void eval_result_free(EvalResult *r)
{
    mem_free(r->text);
    mem_free(r->json);
    *r = (EvalResult){0};
}
