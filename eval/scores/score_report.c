/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics of stored scores and the files of an evaluation. */
#include "eval/scores/score_report.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/log.h"
#include "core/mem.h"

#include <unistd.h>

int score_report_new(const Scores *s, ScoreReport *out, Error *err)
{
    *out = (ScoreReport){.scores = s,
                         .tag = mem_calloc((size_t)s->tags, sizeof *out->tag),
                         .first = mem_calloc((size_t)s->tags, sizeof *out->first)};
    MetricsInput in = scores_input(s);
    if (metrics_tags(&in, s->threshold, METRICS_AT_LEAST, out->tag, err) != 0) {
        score_report_free(out);
        return -1;
    }
    metrics_first_columns((const char *const *)s->tag, s->tags, out->first);
    out->mean = metrics_mean(out->tag, s->tags, out->first);
    return 0;
}

void score_report_free(ScoreReport *r)
{
    mem_free(r->first);
    mem_free(r->tag);
    *r = (ScoreReport){0};
}

static json_t *tags_json(const ScoreReport *r)
{
    json_t *list = json_array();
    for (int64_t k = 0; k < r->scores->tags; k++) {
        json_t *tag = json_pair("tag", json_text(r->scores->tag[k]));
        json_object_set_new(tag, "AP", json_number(r->tag[k].ap));
        json_object_set_new(tag, "positives", json_integer(r->tag[k].positives));
        if (r->tag[k].unknown)
            json_object_set_new(tag, "labels_unknown", json_integer(r->tag[k].unknown));
        if (metrics_tied(&r->tag[k])) {
            json_object_set_new(tag, "AP_low", json_number(r->tag[k].ap_low));
            json_object_set_new(tag, "AP_high", json_number(r->tag[k].ap_high));
        }
        json_array_append_new(list, tag);
    }
    return list;
}

char *score_report_json(const ScoreReport *r)
{
    Text t = {0};
    json_t *report = json_object();
    const JsonCount count[] = {{"images", r->scores->images},
                               {"images_left_out", r->left_out},
                               {"tags", r->scores->tags},
                               {"tags_with_positives", r->mean.with_positive},
                               {"tags_tied", score_report_tied(r)}};
    json_object_set_new(report, "mAP", json_number(r->mean.map));
    json_object_set_new(report, "CP", json_number(r->mean.cp));
    json_object_set_new(report, "CR", json_number(r->mean.cr));
    json_object_set_new(report, "F1", json_number(r->mean.f1));
    json_object_set_new(report, "OP", json_number(r->mean.op));
    json_object_set_new(report, "OR", json_number(r->mean.or));
    json_object_set_new(report, "OF1", json_number(r->mean.of1));
    json_object_set_new(report, "mAP_with_positives", json_number(r->mean.map_positive));
    json_add_counts(report, count, sizeof count / sizeof *count);
    if (score_report_unknown(r))
        json_object_set_new(report, "labels_unknown", json_integer(score_report_unknown(r)));
    json_object_set_new(report, "score_function", json_text(scores_function(r->scores)));
    if (r->data) json_object_set_new(report, "data", json_text(r->data));
    if (r->scores->benchmark[0])
        json_object_set_new(report, "benchmark", json_text(r->scores->benchmark));
    json_object_set_new(report, "per_tag", tags_json(r));
    json_put_rows(&t, report, 1);
    return t.data;
}

char *score_report_text(const ScoreReport *r)
{
    Text t = {0};
    const int64_t tags = r->scores->tags, with = r->mean.with_positive;
    text_add(&t, "images  %ld\n", r->scores->images);
    text_add(&t, "tags    %ld (%ld without a positive image count as AP 0)\n", tags,
             tags - with);
    if (score_report_unknown(r))
        text_add(&t, "labels  %ld (%ld more are not annotated and left out)\n",
                 r->scores->images * tags - score_report_unknown(r), score_report_unknown(r));
    text_add(&t, "mAP     %.4f", r->mean.map);
    if (with < tags)
        text_add(&t, " (%.4f over the %ld tags with a positive image)", r->mean.map_positive,
                 with);
    text_add(&t, "\nCP      %.4f\n", r->mean.cp);
    text_add(&t, "CR      %.4f\n", r->mean.cr);
    text_add(&t, "F1      %.4f\n", r->mean.f1);
    return t.data;
}

int64_t score_report_unknown(const ScoreReport *r)
{
    int64_t n = 0;
    for (int64_t k = 0; k < r->scores->tags; k++) n += r->tag[k].unknown;
    return n;
}

int64_t score_report_tied(const ScoreReport *r)
{
    int64_t n = 0;
    for (int64_t k = 0; k < r->scores->tags; k++) n += metrics_tied(&r->tag[k]);
    return n;
}

void score_report_warn(const ScoreReport *r, const char *list)
{
    enum { NAMED = 3 };
    Text names = {0};
    int64_t tied = 0;
    for (int64_t k = 0; k < r->scores->tags; k++) {
        const TagMetrics *m = &r->tag[k];
        if (!metrics_tied(m) || ++tied > NAMED) continue;
        text_add(&names, "%s %s (%.4f to %.4f)", tied > 1 ? "," : "", r->scores->tag[k],
                 m->ap_low, m->ap_high);
    }
    if (tied)
        log_warn("%s: the AP of %ld of %ld tags depends on the order of images with equal "
                 "scores, here that of the list:%s%s",
                 list, tied, r->scores->tags, names.data, tied > NAMED ? ", ..." : "");
    text_free(&names);
}

static void ap_lines(const ScoreReport *r, Text *t)
{
    for (int64_t k = 0; k < r->scores->tags; k++) {
        text_csv(t, r->scores->tag[k]);
        text_add(t, ",%.6f,%ld\n", r->tag[k].ap, r->tag[k].positives);
    }
}

static void pr_lines(const ScoreReport *r, Text *t)
{
    for (int64_t k = 0; k < r->scores->tags; k++) {
        if (!r->first[k]) continue;
        text_csv(t, r->scores->tag[k]);
        text_add(t, ",%.6f,%.6f\n", r->tag[k].precision, r->tag[k].recall);
    }
}

static void pred_lines(const ScoreReport *r, Text *t)
{
    const Scores *s = r->scores;
    for (int64_t i = 0; i < s->images; i++) {
        text_csv(t, s->image[i]);
        for (int64_t k = 0; k < s->tags; k++) {
            if (!r->first[k] || s->score[i * s->tags + k] < s->threshold[k]) continue;
            text_put(t, ",");
            text_csv(t, s->tag[k]);
        }
        text_put(t, "\n");
    }
}

static const struct {
    const char *name;
    void (*fill)(const ScoreReport *r, Text *t);
} lists[] = {{"ap.txt", ap_lines}, {"pr.txt", pr_lines}, {"pred.txt", pred_lines}};

static int write_scores(const Scores *s, const char *folder, Error *err)
{
    char *path = file_join(folder, "scores.h5");
    const int status = scores_write(s, path, err);
    mem_free(path);
    return status;
}

static int write_lists(const ScoreReport *r, const char *folder, Error *err)
{
    int status = 0;
    for (size_t i = 0; status == 0 && i < sizeof lists / sizeof *lists; i++) {
        Text t = {0};
        text_put(&t, "");
        lists[i].fill(r, &t);
        status = text_write_in(folder, lists[i].name, t.data, err);
        text_free(&t);
    }
    return status;
}

static void remove_summary(const char *folder)
{
    char *path = file_join(folder, "summary.json");
    unlink(path);
    mem_free(path);
}

int score_report_write(const ScoreReport *r, const char *json, const char *text,
                       const char *folder, Error *err)
{
    if (file_mkdirs(folder, err) != 0) return -1;
    if (write_scores(r->scores, folder, err) != 0) return -1;
    remove_summary(folder);
    if (write_lists(r, folder, err) != 0) return -1;
    if (text_write_in(folder, "summary.txt", text, err) != 0) return -1;
    return text_write_in(folder, "summary.json", json, err);
}
