/* SPDX-License-Identifier: Apache-2.0 */
/* Sections of a report: key figures, comparison, curves. */
#include "train/report/report_section.h"

#include "core/mem.h"
#include "train/report/report_chart.h"
#include "train/report/report_page.h"
#include "train/report/report_points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- key figures ------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const Curve *c)
{
    if (c->count == 0) return (double)NAN;
    double *sorted = mem_alloc((size_t)c->count * sizeof *sorted);
    memcpy(sorted, c->value, (size_t)c->count * sizeof *sorted);
    qsort(sorted, (size_t)c->count, sizeof *sorted, by_value);
    const double middle = sorted[c->count / 2];
    mem_free(sorted);
    return middle;
}

/* Mean of the last tenth of a curve, since a single batch is noisy. */
static double final_mean(const Curve *c)
{
    if (c->count == 0) return (double)NAN;
    const int64_t first = c->count - (c->count + 9) / 10;
    double sum = 0;
    for (int64_t p = first; p < c->count; p++) sum += c->value[p];
    return sum / (double)(c->count - first);
}

static double best_map(const ReportRun *run, const char *list)
{
    const ReportList *l = report_run_list(run, list);
    return l && l->measured ? l->best_map : (double)NAN;
}

/* ---- figures of a single run ------------------------------------------------------------- */

static void card(Text *out, const char *value, const char *label, const char *list, bool best)
{
    text_add(out, "<div class=\"card%s\"><b>%s</b><span class=\"soft\">%s", best ? " best" : "",
             value, label);
    text_html(out, list);
    text_put(out, "</span></div>\n");
}

static void number_card(Text *out, double x, int decimals, const char *label, const char *list)
{
    if (isnan(x)) return;
    char *value = mem_format("%.*f", decimals, x);
    card(out, value, label, list, decimals == 3);
    mem_free(value);
}

void report_section_figures(Text *out, ReportRuns *r)
{
    if (r->runs != 1) return;
    const ReportRun *run = &r->run[0];
    text_put(out, "<div class=\"cards\">\n");
    for (int64_t l = 0; l < r->lists; l++)
        number_card(out, best_map(run, r->list[l]), 3, "best mAP, ", r->list[l]);
    const double loss = final_mean(&run->series[REPORT_LOSS]);
    number_card(out, loss, loss < 100 ? 2 : 0, "loss at the end", "");
    number_card(out, run->steps, 0, "steps", "");
    number_card(out, median(&run->series[REPORT_SPEED]), 1, "images/s", "");
    text_put(out, "</div>\n");
}

/* ---- comparison -------------------------------------------------------------------------- */

typedef struct Column {
    const char *title, *list; /* list: NULL if the column is about the run itself */
    double (*value)(const ReportRun *run, const char *list);
    int decimals;
    bool wins; /* the highest value is highlighted */
} Column;

static double last_map(const ReportRun *run, const char *list)
{
    const ReportList *l = report_run_list(run, list);
    return l && l->measured ? l->last_map : (double)NAN;
}

static double last_f1(const ReportRun *run, const char *list)
{
    const ReportList *l = report_run_list(run, list);
    return l && l->measured ? l->last_f1 : (double)NAN;
}

static double steps(const ReportRun *run, const char *list)
{
    (void)list;
    return run->steps;
}

static double loss(const ReportRun *run, const char *list)
{
    (void)list;
    return final_mean(&run->series[REPORT_LOSS]);
}

static double speed(const ReportRun *run, const char *list)
{
    (void)list;
    return median(&run->series[REPORT_SPEED]);
}

static const Column run_columns[] = {{"steps", NULL, steps, 0, false},
                                     {"loss at the end", NULL, loss, 2, false},
                                     {"images/s", NULL, speed, 1, false}};
static const Column list_columns[] = {{"best mAP", NULL, best_map, 4, true},
                                      {"last mAP", NULL, last_map, 4, true},
                                      {"last F1", NULL, last_f1, 4, true}};

/* The value to highlight: the highest one, unless all are the same (HUGE_VAL). */
static double highest(const ReportRuns *r, const Column *c)
{
    double best = (double)NAN, least = (double)NAN;
    int64_t values = 0;
    for (int64_t i = 0; i < r->runs; i++) {
        const double x = c->value(&r->run[i], c->list);
        best = fmax(best, x);
        least = fmin(least, x);
        values += !isnan(x);
    }
    return values > 1 && !(best > least) ? HUGE_VAL : best;
}

static void compare_head(Text *out, const Column *c)
{
    text_add(out, "<th scope=\"col\">%s", c->title);
    if (c->list) {
        text_put(out, "<br>");
        report_page_name(out, c->list);
    }
    text_put(out, "</th>");
}

static void compare_cell(Text *out, const ReportRuns *r, const ReportRun *run, const Column *c)
{
    const double x = c->value(run, c->list);
    if (isnan(x))
        text_put(out, "<td class=\"soft\">&ndash;</td>");
    else
        text_add(out, "<td%s>%.*f</td>", c->wins && x >= highest(r, c) ? " class=\"win\"" : "",
                 c->decimals, x);
}

/* All columns, starting with those of the evaluation sets. Owned by the caller. */
static Column *compare_columns(const ReportRuns *r, int64_t *n)
{
    enum { OF_RUN = sizeof run_columns / sizeof *run_columns };
    enum { OF_LIST = sizeof list_columns / sizeof *list_columns };
    Column *column = mem_alloc((size_t)(OF_RUN + OF_LIST * r->lists) * sizeof *column);
    *n = 0;
    for (int64_t l = 0; l < r->lists; l++)
        for (int i = 0; i < OF_LIST; i++) {
            column[*n] = list_columns[i];
            column[(*n)++].list = r->list[l];
        }
    for (int i = 0; i < OF_RUN; i++) column[(*n)++] = run_columns[i];
    return column;
}

static void compare_row(Text *out, const ReportRuns *r, const ReportRun *run,
                        const Column *column, int64_t columns)
{
    text_put(out, "<tr><th scope=\"row\"><i class=\"");
    report_chart_color(out, run->color);
    text_put(out, "\"></i>");
    report_page_name(out, run->name);
    text_put(out, "</th>");
    for (int64_t c = 0; c < columns; c++) compare_cell(out, r, run, &column[c]);
    text_put(out, "</tr>\n");
}

void report_section_compare(Text *out, ReportRuns *r)
{
    if (r->runs < 2) return;
    int64_t columns;
    Column *column = compare_columns(r, &columns);
    text_put(out, "<h2>Comparison");
    if (r->merged)
        text_put(out, " <small>means over the seeds of each cell, on all images</small>");
    text_put(out, "</h2>\n<div class=\"wide\" tabindex=\"0\"><table class=\"sort\"><thead>"
                  "<tr><th scope=\"col\">");
    text_put(out, r->merged ? "cell</th>" : "run</th>");
    for (int64_t c = 0; c < columns; c++) compare_head(out, &column[c]);
    text_put(out, "</tr></thead><tbody>\n");
    for (int64_t i = 0; i < r->runs && i < REPORT_ROWS; i++)
        compare_row(out, r, &r->run[i], column, columns);
    text_put(out, "</tbody></table></div>\n");
    if (r->runs > REPORT_ROWS)
        text_add(out, "<p class=\"soft\">%ld more are omitted.</p>\n", r->runs - REPORT_ROWS);
    mem_free(column);
}

/* ---- curves ------------------------------------------------------------------------------ */

static const struct {
    enum ReportSeries series;
    const char *title, *note;
    bool from_zero;
} small_charts[] = {
    {REPORT_TAG, "Tagging loss", NULL, false},
    {REPORT_ALIGN, "Alignment loss", NULL, false},
    {REPORT_DISTILL, "Distillation loss", NULL, false},
    {REPORT_NORM, "Gradient norm", NULL, false},
    {REPORT_NORM_TAG, "Gradient norm", "of the tagging loss", false},
    {REPORT_NORM_ALIGN, "Gradient norm", "of the alignment loss", false},
    {REPORT_NORM_DISTILL, "Gradient norm", "of the distillation loss", false},
    {REPORT_RATE, "Learning rate", NULL, true},
    {REPORT_SPEED, "Speed", "images/s", true},
    {REPORT_WAIT, "Waiting for data", "s per step", true},
};

/* How many runs the charts show. */
static int64_t shown(const ReportRuns *r)
{
    return r->runs < REPORT_LINES ? r->runs : REPORT_LINES;
}

static void series_chart(Text *out, const ReportRuns *r, enum ReportSeries series, Chart chart)
{
    ChartLine *line = mem_calloc((size_t)r->runs, sizeof *line);
    for (int64_t i = 0; i < r->runs; i++)
        line[i] = (ChartLine){r->runs == 1 ? "last" : r->run[i].name, &r->run[i].series[series],
                              r->run[i].color, i};
    chart.line = line;
    chart.lines = shown(r);
    report_chart(out, &chart);
    mem_free(line);
}

/* mAP of one run: one line per evaluation set. */
static void lists_chart(Text *out, const ReportRun *run)
{
    ChartLine *line = mem_calloc((size_t)run->lists, sizeof *line);
    for (int64_t l = 0; l < run->lists; l++)
        line[l] = (ChartLine){run->list[l].name, &run->list[l].map, (int)l, 0};
    report_chart(out, &(Chart){.title = "mAP",
                               .line = line,
                               .lines = run->lists,
                               .from_zero = true,
                               .best = true,
                               .large = true});
    mem_free(line);
}

/* mAP on one evaluation set: one line per run. */
static void runs_chart(Text *out, const ReportRuns *r, const char *list)
{
    static const Curve nothing;
    ChartLine *line = mem_calloc((size_t)r->runs, sizeof *line);
    for (int64_t i = 0; i < r->runs; i++) {
        const ReportList *l = report_run_list(&r->run[i], list);
        line[i] = (ChartLine){r->run[i].name, l ? &l->map : &nothing, r->run[i].color, i};
    }
    char *title = mem_format("mAP, %s", list);
    report_chart(
        out,
        &(Chart){.title = title, .line = line, .lines = shown(r), .best = true, .large = true});
    mem_free(title);
    mem_free(line);
}

/* What the script needs for the axes of epochs and hours: for each run its steps per epoch, and
 * at most 40 points of [step, hours]. */
static void put_clocks(Text *out, const ReportRuns *r)
{
    text_put(out, " data-clocks=\"[");
    for (int64_t i = 0; i < shown(r); i++) {
        const ReportPoints p = report_points(&r->run[i].hours, 40);
        text_add(out, "%s[%.6g", i ? "," : "", r->run[i].epoch_steps);
        for (int64_t k = 0; k < p.count; k++)
            text_add(out, ",[%.7g,%.5g]", p.point[k].step, p.point[k].mean);
        text_put(out, "]");
        mem_free(p.point);
    }
    text_put(out, "]\"");
}

/* Choices that do nothing without the script, which shows them. */
static void put_controls(Text *out)
{
    static const char *const axis[] = {"step", "epoch", "hour"};
    text_put(out, "<form class=\"script controls\"><fieldset><legend>Horizontal axis</legend>");
    for (int i = 0; i < 3; i++)
        text_add(out, "<label><input type=\"radio\" name=\"axis\" value=\"%s\"%s/>%s</label>",
                 axis[i], i ? "" : " checked", axis[i]);
    text_put(out,
             "</fieldset><label><input type=\"checkbox\" name=\"log\"/>logarithmic "
             "values</label><span class=\"soft hint\">Drag over a chart to enlarge a part, "
             "double-click to return.</span></form>\n");
}

void report_section_curves(Text *out, ReportRuns *r)
{
    text_put(out, "<h2>Training");
    if (r->merged) text_put(out, " <small>means over seeds; shaded: their range</small>");
    text_put(out, "</h2>\n<div class=\"group\"");
    put_clocks(out, r);
    text_put(out, ">\n");
    put_controls(out);
    if (r->runs > 1) report_chart_names(out, r->run, shown(r));
    text_put(out, "<div class=\"charts two\">\n");
    series_chart(out, r, REPORT_LOSS, (Chart){.title = "Loss", .large = true});
    if (r->runs == 1)
        lists_chart(out, &r->run[0]);
    else
        for (int64_t l = 0; l < r->lists; l++) runs_chart(out, r, r->list[l]);
    text_put(out, "</div>\n<div class=\"charts\">\n");
    for (size_t i = 0; i < sizeof small_charts / sizeof *small_charts; i++)
        series_chart(out, r, small_charts[i].series,
                     (Chart){.title = small_charts[i].title,
                             .note = small_charts[i].note,
                             .from_zero = small_charts[i].from_zero});
    text_put(out, "</div></div>\n");
    if (r->runs > REPORT_LINES)
        text_add(out, "<p class=\"soft\">The charts show %d of %ld.</p>\n", REPORT_LINES,
                 r->runs);
}
