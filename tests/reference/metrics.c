/* SPDX-License-Identifier: Apache-2.0 */
/* Compares AP, mAP, macro precision and recall with metrics.json; the ground truth and the tags
 * above the thresholds with the lists in the same folder, NAME_gt.txt and NAME_pred.txt
 * (`image,tag,tag...`). */
#include "tests/reference/golden.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "eval/metrics/metrics.h"
#include "tests/reference/fixture.h"

#include <stdlib.h>
#include <string.h>

static const GoldenTolerance exact = {.absolute = 1e-9};

typedef struct Lists {
    int64_t images, tags, columns;
    char **tag;       /* [tags] */
    float *threshold; /* [tags] */
    float *score;     /* [images, tags] */
    uint8_t *truth;   /* [images, tags] */
    int64_t *column;  /* [columns] included in precision and recall */
    bool *counted;    /* [tags] whether a tag is included in precision and recall */
    Lines gt, pred;
} Lists;

static void lists_free(Lists *l)
{
    lines_free(&l->pred);
    lines_free(&l->gt);
    mem_free(l->counted);
    mem_free(l->column);
    mem_free(l->truth);
    mem_free(l->score);
    mem_free(l->threshold);
    for (int64_t k = 0; k < l->tags; k++) mem_free(l->tag[k]);
    mem_free(l->tag);
}

/* Whether the tag is among the comma-separated fields of the line after the first. */
static bool names_tag(const char *line, const char *tag)
{
    const size_t n = strlen(tag);
    for (const char *p = strchr(line, ','); p; p = strchr(p + 1, ','))
        if (strncmp(p + 1, tag, n) == 0 && (p[1 + n] == ',' || p[1 + n] == 0)) return true;
    return false;
}

static void read_tags(Lists *l, Fixture *f)
{
    double *value = mem_alloc((size_t)l->tags * sizeof *value);
    fixture_numbers(f, f->json, "thresholds", l->tags, value);
    l->tag = mem_calloc((size_t)l->tags, sizeof *l->tag);
    l->threshold = mem_alloc((size_t)l->tags * sizeof *l->threshold);
    for (int64_t k = 0; k < l->tags; k++) {
        const char *name =
            json_string_value(json_array_get(json_object_get(f->json, "tags"), (size_t)k));
        if (!name) error_set(&f->err, ERROR_DATA, "tags: %ld: not a text", k);
        l->tag[k] = mem_strdup(name ? name : "");
        l->threshold[k] = (float)value[k];
    }
    mem_free(value);
}

static void read_scores(Lists *l, Fixture *f)
{
    const json_t *rows = json_object_get(f->json, "scores");
    const size_t cells = (size_t)(l->images * l->tags);
    l->score = mem_alloc(cells * sizeof *l->score);
    l->truth = mem_calloc(cells, 1);
    for (int64_t i = 0; i < l->images; i++)
        for (int64_t k = 0; k < l->tags; k++) {
            const json_t *cell = json_array_get(json_array_get(rows, (size_t)i), (size_t)k);
            if (!json_is_number(cell))
                error_set(&f->err, ERROR_DATA, "scores: row %ld: no number", i);
            l->score[i * l->tags + k] = (float)json_number_value(cell);
            l->truth[i * l->tags + k] = names_tag(l->gt.line[i], l->tag[k]);
        }
}

static void read_columns(Lists *l, Fixture *f)
{
    l->column = mem_alloc((size_t)l->columns * sizeof *l->column);
    l->counted = mem_calloc((size_t)l->tags, sizeof *l->counted);
    fixture_ints(f, f->json, "columns_of_P_and_R", l->columns, l->column);
    for (int64_t c = 0; c < l->columns; c++)
        if (l->column[c] >= 0 && l->column[c] < l->tags)
            l->counted[l->column[c]] = true;
        else
            error_set(&f->err, ERROR_DATA, "columns_of_P_and_R: %ld: out of range", c);
}

static int read_lines(const char *path, const char *suffix, int64_t images, Lines *out,
                      Error *err)
{
    char *name = mem_format("%.*s%s", (int)(strrchr(path, '.') - path), path, suffix);
    int status = lines_read(name, out, err);
    if (status == 0 && (int64_t)out->count != images)
        status = error_set(err, ERROR_DATA, "%s: %zu lines for %ld images", name, out->count,
                           images);
    mem_free(name);
    return status;
}

static int lists_read(Lists *l, Fixture *f, const char *path)
{
    if (f->err.code) return -1;
    l->images = (int64_t)json_array_size(json_object_get(f->json, "scores"));
    l->tags = (int64_t)json_array_size(json_object_get(f->json, "tags"));
    l->columns = (int64_t)json_array_size(json_object_get(f->json, "columns_of_P_and_R"));
    if (read_lines(path, "_gt.txt", l->images, &l->gt, &f->err) != 0) return -1;
    if (read_lines(path, "_pred.txt", l->images, &l->pred, &f->err) != 0) return -1;
    read_tags(l, f);
    read_scores(l, f);
    read_columns(l, f);
    return f->err.code ? -1 : 0;
}

/* Compares a number per tag with the fixture's list of the same name. */
static void compare_list(Golden *g, Fixture *f, const char *key, const double *got, int64_t n)
{
    double *want = mem_alloc((size_t)n * sizeof *want);
    fixture_numbers(f, f->json, key, n, want);
    golden_doubles(g, key, got, want, n, exact);
    mem_free(want);
}

static void compare_numbers(Golden *g, Fixture *f, const Lists *l, const TagMetrics *tag)
{
    double *ap = mem_alloc((size_t)l->tags * sizeof *ap);
    double *precision = mem_alloc((size_t)l->columns * sizeof *precision);
    double *recall = mem_alloc((size_t)l->columns * sizeof *recall);
    for (int64_t k = 0; k < l->tags; k++) ap[k] = tag[k].ap;
    for (int64_t c = 0; c < l->columns; c++) {
        precision[c] = tag[l->column[c]].precision;
        recall[c] = tag[l->column[c]].recall;
    }
    Metrics m = metrics_mean(tag, l->tags, l->counted);
    compare_list(g, f, "AP", ap, l->tags);
    compare_list(g, f, "P", precision, l->columns);
    compare_list(g, f, "R", recall, l->columns);
    golden_number(g, "mAP", m.map, fixture_number(f, f->json, "mAP"), exact);
    golden_number(g, "CP", m.cp, fixture_number(f, f->json, "CP"), exact);
    golden_number(g, "CR", m.cr, fixture_number(f, f->json, "CR"), exact);
    mem_free(recall);
    mem_free(precision);
    mem_free(ap);
}

static void compare_predictions(Golden *g, const Lists *l)
{
    for (int64_t i = 0; i < l->images; i++)
        for (int64_t c = 0; c < l->columns; c++) {
            const int64_t k = l->column[c];
            const bool kept = l->score[i * l->tags + k] > l->threshold[k];
            if (kept == names_tag(l->pred.line[i], l->tag[k])) continue;
            golden_fail(g, "predicted tags", "image %ld, tag %s: %s here only", i, l->tag[k],
                        kept ? "kept" : "left out");
            return;
        }
    golden_pass(g, "predicted tags", "%ld images", l->images);
}

static void compare_columns(Golden *g, const Lists *l)
{
    bool *first = mem_calloc((size_t)l->tags, sizeof *first);
    metrics_first_columns((const char *const *)l->tag, l->tags, first);
    if (memcmp(first, l->counted, (size_t)l->tags * sizeof *first) == 0)
        golden_pass(g, "first columns of names", "%ld of %ld", l->columns, l->tags);
    else
        golden_fail(g, "first columns of names", "differ from columns_of_P_and_R");
    mem_free(first);
}

void golden_metrics(Golden *g, const char *path)
{
    Lists l = {0};
    TagMetrics *tag = NULL;
    Fixture f = fixture_open(path);
    if (lists_read(&l, &f, path) == 0) {
        tag = mem_calloc((size_t)l.tags, sizeof *tag);
        MetricsInput in = {l.images, l.tags, l.score, l.truth};
        if (metrics_tags(&in, l.threshold, METRICS_ABOVE, tag, &f.err) == 0) {
            compare_numbers(g, &f, &l, tag);
            compare_predictions(g, &l);
            compare_columns(g, &l);
        }
    }
    if (f.err.code) golden_fail(g, "fixture", "%s", f.err.text);
    mem_free(tag);
    fixture_close(&f);
    lists_free(&l);
}
