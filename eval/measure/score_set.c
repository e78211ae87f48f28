/* SPDX-License-Identifier: Apache-2.0 */
/* Opens scores with the list that they belong to. */
#include "eval/measure/score_set.h"

#include "core/mem.h"
#include "data/thresholds.h"
#include "eval/measure/name_match.h"

#include <string.h>

/* Where the rows and columns of a matrix are in the list. */
typedef struct Place {
    int64_t *row;    /* [images] row of each image */
    int64_t *tag_of; /* [tags] tag of each column */
} Place;

/* One axis: at[i] is where the matrix has name i of the list. */
static int match_axis(const ScoreSet *s, const ScoreMatrix *m, enum NameKind kind, int64_t *at,
                      Error *err)
{
    const bool tags = kind == NAMES_OF_TAGS;
    const NameList have = {m->path, tags ? m->tags : m->images, tags ? m->tag : m->image};
    const NameList want = {s->list, tags ? s->tags : s->images, tags ? s->tag : s->image};
    if (have.name && want.name) return name_match(&have, &want, kind, at, err);
    for (int64_t i = 0; i < want.count; i++) at[i] = i;
    if (have.count == want.count) return 0;
    return error_set(err, ERROR_DATA, "%s: %ld %s for the %ld %s of %s", m->path, have.count,
                     tags ? "columns" : "rows", want.count, tags ? "tags" : "images", s->list);
}

static int place(const ScoreSet *s, const ScoreMatrix *m, Place *out, Error *err)
{
    out->row = mem_alloc((size_t)s->images * sizeof *out->row);
    out->tag_of = mem_alloc((size_t)s->tags * sizeof *out->tag_of);
    int64_t *column = mem_alloc((size_t)s->tags * sizeof *column);
    int status = match_axis(s, m, NAMES_OF_TAGS, column, err);
    if (status == 0) status = match_axis(s, m, NAMES_OF_IMAGES, out->row, err);
    for (int64_t k = 0; status == 0 && k < s->tags; k++) out->tag_of[column[k]] = k;
    mem_free(column);
    return status;
}

static void place_free(Place *p)
{
    mem_free(p->tag_of);
    mem_free(p->row);
}

/* The list is that of a matrix. */
static void take_names(ScoreSet *s, const ScoreMatrix *m)
{
    s->list = m->path;
    s->images = m->images;
    s->tags = m->tags;
    s->image = m->image;
    s->tag = m->tag;
}

/* A list without names gets those of the scores, which are in the same order. */
static void borrow_names(ScoreSet *s)
{
    if (!s->image) s->image = s->scores.image;
    if (!s->tag) s->tag = s->scores.tag;
}

static int open_folder(ScoreSet *s, const ScoreSetPaths *p, Error *err)
{
    if (eval_set_open_labels(p->data, &p->folder, &s->folder, err) != 0) return -1;
    const EvalSet *f = &s->folder;
    s->list = p->data;
    s->images = f->benchmark.images;
    s->tags = f->benchmark.tags;
    s->image = f->benchmark.image;
    s->tag = f->labels.tags.name;
    s->group = f->groups.count ? f->groups.line : NULL;
    return 0;
}

static void truth_of_folder(ScoreSet *s)
{
    Benchmark *b = &s->folder.benchmark;
    for (int64_t i = 0; i < s->images; i++)
        for (int64_t k = 0; k < s->tags; k++)
            if (b->truth[i * b->tags + k])
                truth_table_set(&s->truth, i, k, (int8_t)b->truth[i * b->tags + k]);
    mem_free(b->truth); /* the most memory of all */
    b->truth = NULL;
}

static int bad_label(const ScoreMatrix *m, int64_t row, int64_t column, double x, Error *err)
{
    return error_set(err, ERROR_DATA,
                     "%s: image %ld, tag %ld (from 0): label %g: expected 1, 0 or -1", m->path,
                     row, column, x);
}

static int truth_of_matrix(ScoreSet *s, const ScoreMatrix *m, Error *err)
{
    Place at = {0};
    double *value = mem_alloc((size_t)m->tags * sizeof *value);
    int status = place(s, m, &at, err);
    const int64_t images = s->truth.images;
    for (int64_t i = 0; status == 0 && i < images; i++) {
        status = score_matrix_read(m, at.row[i], 0, m->tags, value, err);
        for (int64_t c = 0; status == 0 && c < m->tags; c++) {
            const double x = value[c];
            if (x != 0.0 && x != 1.0 && x != -1.0)
                status = bad_label(m, at.row[i], c, x, err);
            else if (x != 0.0)
                truth_table_set(&s->truth, i, at.tag_of[c], (int)x);
        }
    }
    place_free(&at);
    mem_free(value);
    return status;
}

/* Opens the list: names, and the matrix of labels unless a folder has them. */
static int open_list(ScoreSet *s, const ScoreSetPaths *p, Error *err)
{
    const char *labels = p->truth                                         ? p->truth
                         : !p->data && score_matrix_has_truth(&s->scores) ? s->scores.path
                                                                          : NULL;
    if (labels && score_matrix_open(labels, "truth", &s->labels, err) != 0) return -1;
    if (p->data) return open_folder(s, p, err);
    if (!labels)
        return error_set(err, ERROR_DATA,
                         "%s: has no labels: name its evaluation folder (--data), or a file of "
                         "labels (--truth)",
                         s->scores.path);
    take_names(s, &s->labels);
    return 0;
}

static int read_thresholds(ScoreSet *s, const ScoreSetPaths *p, Error *err)
{
    s->threshold = mem_alloc((size_t)s->tags * sizeof *s->threshold);
    for (int64_t k = 0; k < s->tags; k++) s->threshold[k] = 0.5F;
    if (p->data) {
        memcpy(s->threshold, s->folder.threshold, (size_t)s->tags * sizeof *s->threshold);
        return 0;
    }
    if (p->folder.thresholds) {
        if (!s->tag)
            return error_set(err, ERROR_DATA, "%s: the tags of these thresholds have no names",
                             p->folder.thresholds);
        TagList tags = tags_new(s->tag, s->tags);
        const int status = thresholds_read(p->folder.thresholds, &tags, s->threshold, err);
        tags_free(&tags);
        return status;
    }
    if (!score_matrix_has_truth(&s->scores)) return 0;
    float *stored = mem_alloc((size_t)s->tags * sizeof *stored);
    const int status = score_matrix_thresholds(&s->scores, stored, err);
    for (int64_t c = 0; status == 0 && c < s->tags; c++) s->threshold[s->tag_of[c]] = stored[c];
    mem_free(stored);
    return status;
}

static int read_groups(ScoreSet *s, const char *path, Error *err)
{
    if (!path) return 0;
    if (lines_read(path, &s->group_lines, err) != 0) return -1;
    s->group = s->group_lines.line;
    if ((int64_t)s->group_lines.count == s->tags) return 0;
    return error_set(err, ERROR_DATA, "%s: %zu lines for %ld tags: expected one line per tag",
                     path, s->group_lines.count, s->tags);
}

static int fill(ScoreSet *s, const ScoreSetPaths *p, Error *err)
{
    Place at = {0};
    if (open_list(s, p, err) != 0) return -1;
    const int status = place(s, &s->scores, &at, err);
    s->row = at.row;
    s->tag_of = at.tag_of;
    if (status != 0) return -1;
    borrow_names(s);
    if (read_thresholds(s, p, err) != 0 || read_groups(s, p->groups, err) != 0) return -1;
    const int64_t all = s->images;
    const int64_t used = p->limit > 0 && p->limit < all ? p->limit : all;
    s->truth = truth_table_new(used, s->tags);
    if (s->labels.path && truth_of_matrix(s, &s->labels, err) != 0) return -1;
    s->images = used;
    if (!s->labels.path) truth_of_folder(s);
    return 0;
}

int score_set_open(const char *scores, const ScoreSetPaths *p, ScoreSet *out, Error *err)
{
    *out = (ScoreSet){0};
    int status = score_matrix_open(scores, "scores", &out->scores, err);
    if (status == 0) status = fill(out, p, err);
    if (status != 0) score_set_free(out);
    return status;
}

void score_set_free(ScoreSet *s)
{
    truth_table_free(&s->truth);
    lines_free(&s->group_lines);
    mem_free(s->threshold);
    mem_free(s->tag_of);
    mem_free(s->row);
    eval_set_free(&s->folder);
    score_matrix_free(&s->labels);
    score_matrix_free(&s->scores);
    *s = (ScoreSet){0};
}
