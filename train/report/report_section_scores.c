/* SPDX-License-Identifier: Apache-2.0 */
/* The section of precision and recall, with histograms of the scores. */
#include "core/mem.h"
#include "train/report/report_chart.h"
#include "train/report/report_scores.h"
#include "train/report/report_section.h"

#include <string.h>

static const ReportScores *scores_of(const ReportRun *run, const char *list)
{
    const ReportList *l = report_run_list(run, list);
    return l && l->scores && !l->scores->fault ? l->scores : NULL;
}

typedef const Curve *Which(const ReportScores *s);
static const Curve *micro(const ReportScores *s) { return &s->micro; }
static const Curve *macro(const ReportScores *s) { return &s->macro; }

static int64_t shown(const ReportRuns *r)
{
    return r->runs < REPORT_COLORS ? r->runs : REPORT_COLORS;
}

/* Precision over recall of all runs on one evaluation set. */
static void put_curves(Text *out, const ReportRuns *r, const char *list, const char *title,
                       const char *note, Which *which)
{
    ChartLine line[REPORT_COLORS];
    int64_t n = 0;
    for (int64_t i = 0; i < shown(r); i++) {
        const ReportScores *s = scores_of(&r->run[i], list);
        if (s)
            line[n++] =
                (ChartLine){r->runs == 1 ? list : r->run[i].name, which(s), r->run[i].color, i};
    }
    report_chart(out, &(Chart){.title = title,
                               .note = note,
                               .x = "recall",
                               .line = line,
                               .lines = n,
                               .from_zero = true,
                               .unit = true,
                               .silent = true});
}

static void put_histogram(Text *out, const ReportRuns *r, const char *list)
{
    for (int64_t i = 0; i < shown(r); i++) {
        const ReportScores *s = scores_of(&r->run[i], list);
        if (!s) continue;
        const ChartLine line[] = {{"images with the tag", &s->positives, 0, 0},
                                  {"images without it", &s->negatives, 1, 0}};
        char *note = mem_format("share of each%s%s", r->runs > 1 ? ", " : "",
                                r->runs > 1 ? r->run[i].name : "");
        report_chart(out, &(Chart){.title = "Scores",
                                   .note = note,
                                   .x = "score",
                                   .line = line,
                                   .lines = 2,
                                   .unit = true,
                                   .stepped = true,
                                   .silent = true});
        mem_free(note);
        return; /* of the first run alone */
    }
}

/* What could not be read is said. */
static void put_faults(Text *out, const ReportRuns *r, const char *list)
{
    for (int64_t i = 0; i < shown(r); i++) {
        const ReportList *l = report_run_list(&r->run[i], list);
        if (!l || !l->scores || !l->scores->fault) continue;
        text_put(out, "<p class=\"soft\">");
        text_html(out, l->scores->fault);
        text_put(out, "</p>\n");
    }
}

void report_section_scores(Text *out, ReportRuns *r)
{
    for (int64_t n = 0; n < r->lists; n++) {
        Text charts = {0};
        put_curves(&charts, r, r->list[n], "All scores ranked together", "precision", micro);
        put_curves(&charts, r, r->list[n], "Mean over tags", "precision, interpolated", macro);
        put_histogram(&charts, r, r->list[n]);
        Text faults = {0};
        put_faults(&faults, r, r->list[n]);
        if (charts.len || faults.len) {
            text_put(out, "<h2>Precision and recall, ");
            text_html(out, r->list[n]);
            if (r->merged) text_put(out, " <small>the best seed of each cell</small>");
            text_put(out, "</h2>\n<div class=\"group\">\n"
                          "<form class=\"script controls\"><label><input type=\"checkbox\" "
                          "name=\"log\"/>logarithmic shares</label></form>\n");
            if (r->runs > 1) report_chart_names(out, r->run, shown(r));
            text_put(out, "<div class=\"charts\">\n");
            text_put(out, charts.len ? charts.data : "");
            text_put(out, "</div></div>\n");
            text_put(out, faults.len ? faults.data : "");
        }
        text_free(&faults);
        text_free(&charts);
    }
}
