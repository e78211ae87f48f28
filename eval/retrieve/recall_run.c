/* SPDX-License-Identifier: Apache-2.0 */
/* Encodes the captions once, then ranks fold by fold. */
#include "eval/retrieve/recall_run.h"

#include "core/io/file.h"
#include "core/io/path_below.h"
#include "core/io/progress.h"
#include "core/io/tar_path.h"
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/stop.h"
#include "eval/scored_files.h"

/* Missing images that are named; captions that are encoded between two lines of progress. */
enum { NAMED = 10, CHUNK = 64 };

/* ---- images ------------------------------------------------------------------------------ */

/* *path: of an image that is there, or NULL. */
static int find_image(const char *root, const char *name, bool absolute, char **path,
                      Error *why)
{
    bool found = false;
    *path = path_below(root, name, absolute, why);
    if (*path) tar_path_find(*path, &found, why);
    if (*path && !found) {
        if (!why->code) error_set(why, ERROR_DATA, "%s: no such image", *path);
        mem_free(*path);
        *path = NULL;
    }
    return *path ? 0 : -1;
}

static int find_images(const char *root, bool absolute, RecallSet *s, Error *err)
{
    const int64_t n = s->captions.images;
    int64_t missing = 0;
    s->path = mem_calloc((size_t)n + 1, sizeof *s->path);
    for (int64_t i = 0; i < n; i++) {
        Error why = {0};
        if (find_image(root, s->captions.image[i], absolute, &s->path[i], &why) == 0) continue;
        if (why.code == ERROR_RUNTIME) return error_move(err, &why);
        if (missing++ < NAMED) log_warn("%s", why.text);
    }
    if (missing == 0) return 0;
    return error_set(err, ERROR_DATA,
                     "%ld of %ld images are missing below %s: name their folder with --root",
                     missing, n, root);
}

int recall_set_open(const RecallOptions *o, bool absolute, RecallSet *out, Error *err)
{
    *out = (RecallSet){0};
    if (caption_set_read(o->file, o->split, o->limit, &out->captions, err) != 0) return -1;
    char *root = o->root ? mem_strdup(o->root) : file_folder(o->file);
    int status = 0;
    if (o->folds > out->captions.images)
        status = error_set(err, ERROR_USAGE, "--folds %ld: more than images (%ld)", o->folds,
                           out->captions.images);
    if (status == 0) status = find_images(root, absolute, out, err);
    mem_free(root);
    if (status != 0) recall_set_free(out);
    return status;
}

void recall_set_free(RecallSet *s)
{
    for (int64_t i = 0; s->path && i < s->captions.images; i++) mem_free(s->path[i]);
    mem_free(s->path);
    caption_set_free(&s->captions);
    *s = (RecallSet){0};
}

/* ---- ranking ----------------------------------------------------------------------------- */

/* row [captions, E] */
static int encode(const CaptionSet *c, Recognizer *r, int64_t E, float *row, Error *err)
{
    const TextEncoder *encoder = recognizer_encoder(r, err);
    int status = encoder ? 0 : -1;
    Progress progress = progress_start("encoding captions", c->captions);
    for (int64_t t = 0; t < c->captions && status == 0; t += CHUNK) {
        const int64_t n = c->captions - t < CHUNK ? c->captions - t : CHUNK;
        status = text_encoder_encode(encoder, c->caption + t, n, row + t * E, err);
        progress_step(&progress, t + n, NULL);
        if (status == 0 && stop_pending()) status = 1;
    }
    if (status == 0) progress_end(&progress, c->captions);
    return status;
}

static int rank_files(const Scorer *s, char *const *path, int64_t n, Recall *recall, Error *err)
{
    const int64_t K = scorer_columns(s);
    ScoredFiles *files = scored_files_open(s, path, n);
    ScoredBatch b;
    int64_t count;
    while ((count = scored_files_next(files, &b, err)) > 0)
        for (int64_t i = 0; i < b.count; i++)
            if (b.ok[i]) recall_add(recall, b.first + i, b.score + i * K);
    const int64_t good = scored_files_close(files);
    if (count < 0) return -1;
    if (stop_pending()) return 1;
    return good > 0 ? 0 : error_set(err, ERROR_DATA, "none of %ld images can be read", n);
}

/* Images begin .. begin+n-1 and their captions among themselves. */
static int rank_fold(const Scorer *all, const RecallSet *set, int64_t begin, int64_t n,
                     RecallResult *out, Error *err)
{
    const int64_t *first = set->captions.first + begin, E = all->config->model.text_width;
    int64_t *own = mem_alloc(((size_t)n + 1) * sizeof *own);
    for (int64_t i = 0; i <= n; i++) own[i] = first[i] - first[0];
    Scorer s = *all;
    s.texts = (ScorerTexts){own[n], all->texts.row + first[0] * E};
    Recall *recall = recall_new(n, own);
    const int status = rank_files(&s, set->path + begin, n, recall, err);
    *out = recall_result(recall);
    recall_free(recall);
    mem_free(own);
    return status;
}

/* Adds a fold's share to the means. */
static void add_fold(RecallResult *sum, const RecallResult *one, int64_t folds)
{
    sum->images += one->images;
    sum->captions += one->captions;
    for (int i = 0; i < RECALL_KS; i++) {
        sum->text_to_image[i] += one->text_to_image[i] / (double)folds;
        sum->image_to_text[i] += one->image_to_text[i] / (double)folds;
    }
}

static int rank_folds(const RecallOptions *o, const Scorer *s, const RecallSet *set,
                      RecallResult *result, Error *err)
{
    const int64_t n = set->captions.images;
    *result = (RecallResult){0};
    for (int64_t f = 0; f < o->folds; f++) {
        RecallResult one;
        const int64_t begin = n * f / o->folds, end = n * (f + 1) / o->folds;
        const int status = rank_fold(s, set, begin, end - begin, &one, err);
        if (status != 0) return status;
        add_fold(result, &one, o->folds);
    }
    return 0;
}

int recall_run(const RecallOptions *o, const RecallSet *set, Recognizer *r,
               RecallResult *result, Error *err)
{
    const CaptionSet *c = &set->captions;
    const int64_t E = r->config.model.text_width;
    float *row = mem_alloc((size_t)(c->captions * E) * sizeof *row);
    int status = encode(c, r, E, row, err);
    Scorer s = recognizer_scorer(r);
    s.bank = NULL;
    s.raw = true;
    s.texts = (ScorerTexts){c->captions, row};
    if (status == 0) status = rank_folds(o, &s, set, result, err);
    mem_free(row);
    return status;
}

/* ---- results ----------------------------------------------------------------------------- */

static void put_row(Text *t, const char *name, const double *recall)
{
    text_add(t, "%-13s", name);
    for (int i = 0; i < RECALL_KS; i++) text_add(t, "  %6.4f", recall[i]);
    text_put(t, "\n");
}

char *recall_text(const RecallOptions *o, const RecallSet *set, const RecallResult *x)
{
    Text t = {0};
    text_add(&t, "images    %ld\ncaptions  %ld\n", x->images, x->captions);
    if (o->folds > 1) text_add(&t, "means of %ld parts, each ranked by itself\n", o->folds);
    text_add(&t, "benchmark %s\n\n%-13s", set->captions.hash, "recall");
    for (int i = 0; i < RECALL_KS; i++) text_add(&t, "    @%-3ld", recall_k[i]);
    text_put(&t, "\n");
    put_row(&t, "text to image", x->text_to_image);
    put_row(&t, "image to text", x->image_to_text);
    return t.data;
}

static json_t *recall_object(const double *recall)
{
    json_t *o = json_object();
    for (int i = 0; i < RECALL_KS; i++) {
        char *key = mem_format("recall@%ld", recall_k[i]);
        json_object_set_new(o, key, json_number(recall[i]));
        mem_free(key);
    }
    return o;
}

char *recall_json(const RecallOptions *o, const RecallSet *set, const RecallResult *x)
{
    Text t = {0};
    const JsonCount count[] = {{"images", x->images},
                               {"images_left_out", set->captions.images - x->images},
                               {"captions", x->captions},
                               {"folds", o->folds}};
    json_t *report = json_pair("text_to_image", recall_object(x->text_to_image));
    json_object_set_new(report, "image_to_text", recall_object(x->image_to_text));
    json_add_counts(report, count, sizeof count / sizeof *count);
    json_object_set_new(report, "split", json_text(o->split));
    json_object_set_new(report, "data", json_text(o->file));
    json_object_set_new(report, "benchmark", json_text(set->captions.hash));
    json_put(&t, report);
    text_put(&t, "\n");
    return t.data;
}
