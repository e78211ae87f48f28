/* SPDX-License-Identifier: Apache-2.0 */
/* A forest plot: the plot is made of boxes whose places are percentages, so that it fits any
 * width. */
#include "train/report/report_forest.h"

#include "core/mem.h"
#include "train/report/report_chart.h"
#include "train/report/report_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Difference {
    const char *cell, *to;
    double mean;
    double low, high;               /* over seeds; NAN: unknown */
    double images_low, images_high; /* over images; NAN: unknown */
} Difference;

static int by_mean(const void *a, const void *b)
{
    const double x = ((const Difference *)a)->mean, y = ((const Difference *)b)->mean;
    return (x < y) - (x > y);
}

/* The differences of the rows to another cell, highest first; *n: their number. Owned:
 * mem_free. */
static Difference *read_differences(const ReportGrid *g, int64_t *n)
{
    Difference *d = mem_calloc((size_t)g->rows, sizeof *d);
    *n = 0;
    for (int64_t r = 0; r < g->rows; r++) {
        const json_t *from = json_object_get(g->row[r], "difference");
        const Difference one = {.cell = report_grid_text(g->row[r], "cell"),
                                .to = report_grid_text(from, "to"),
                                .mean = report_grid_number(from, "mean"),
                                .low = report_grid_number(from, "low"),
                                .high = report_grid_number(from, "high"),
                                .images_low = report_grid_number(from, "images_low"),
                                .images_high = report_grid_number(from, "images_high")};
        if (!isnan(one.mean) && strcmp(one.cell, one.to) != 0) d[(*n)++] = one;
    }
    if (*n) qsort(d, (size_t)*n, sizeof *d, by_mean);
    return d;
}

typedef struct Span {
    double low, high, step;
} Span;

/* The limits of the plot, rounded outward; 0 is inside. fmin and fmax pass over NAN. */
static Span span_of(const Difference *d, int64_t n)
{
    Span s = {0, 0, 1};
    for (int64_t i = 0; i < n; i++) {
        s.low = fmin(fmin(s.low, d[i].mean), fmin(d[i].low, d[i].images_low));
        s.high = fmax(fmax(s.high, d[i].mean), fmax(d[i].high, d[i].images_high));
    }
    if (!(s.high - s.low > 0)) s.high = 1e-3;
    s.step = report_chart_step(s.high - s.low, 4);
    s.low = floor(s.low / s.step + 1e-9) * s.step;
    s.high = ceil(s.high / s.step - 1e-9) * s.step;
    return s;
}

static double percent(const Span *s, double x)
{
    return 100 * (x - s->low) / (s->high - s->low);
}

static void put_ticks(Text *out, const Span *s)
{
    text_put(out, "<span class=\"ticks\" aria-hidden=\"true\">");
    for (int i = 0; i < 12 && s->low + i * s->step < s->high + 0.5 * s->step; i++) {
        const double at = s->low + i * s->step;
        text_add(out, "<span style=\"left:%.2f%%\">", percent(s, at));
        report_chart_number(out, fabs(at) < 1e-9 ? 0 : at);
        text_put(out, "</span>");
    }
    text_put(out, "</span>");
}

static void put_interval(Text *out, const char *class, const Span *s, double low, double high)
{
    if (isnan(low) || isnan(high)) return;
    text_add(out, "<i class=\"%s\" style=\"left:%.2f%%;width:%.2f%%\"></i>", class,
             percent(s, low), percent(s, high) - percent(s, low));
}

static void put_range(Text *out, double low, double high)
{
    if (isnan(low) || isnan(high))
        text_put(out, "<td class=\"soft\">&ndash;</td>");
    else
        text_add(out, "<td>[%+.4f, %+.4f]</td>", low, high);
}

static void put_row(Text *out, const Difference *d, const Span *s)
{
    const bool decided = d->low > 0 || d->high < 0;
    text_put(out, "<tr><th scope=\"row\">");
    report_page_name(out, d->cell);
    text_add(out,
             "</th><td><span class=\"forest%s\" aria-hidden=\"true\"><u style=\"left:"
             "%.2f%%\"></u>",
             decided ? " decided" : "", percent(s, 0));
    put_interval(out, "images", s, d->images_low, d->images_high);
    put_interval(out, "seeds", s, d->low, d->high);
    text_add(out, "<b style=\"left:%.2f%%\"></b></span></td><td>%+.4f</td>",
             percent(s, d->mean), d->mean);
    put_range(out, d->low, d->high);
    put_range(out, d->images_low, d->images_high);
    text_put(out, "</tr>\n");
}

void report_forest(Text *out, const ReportGrid *g)
{
    int64_t n;
    Difference *d = read_differences(g, &n);
    const Span s = span_of(d, n);
    if (n) {
        text_put(out, "<h4>Difference in mAP to ");
        report_page_name(out, d[0].to);
        text_put(out,
                 "</h4>\n<div class=\"wide\" tabindex=\"0\"><table class=\"forests\"><thead>"
                 "<tr><th scope=\"col\">cell</th><th scope=\"col\"><span class=\"hidden\">"
                 "plot</span>");
        put_ticks(out, &s);
        text_put(out, "</th><th scope=\"col\">difference</th><th scope=\"col\">95%, seeds</th>"
                      "<th scope=\"col\">95%, images</th></tr></thead><tbody>\n");
        for (int64_t i = 0; i < n; i++) put_row(out, &d[i], &s);
        text_put(out, "</tbody></table></div>\n<p class=\"soft\">Paired over seeds. Thick bar: "
                      "95% interval over seeds; thin line: over images. Filled points: the "
                      "interval over seeds excludes 0.</p>\n");
    }
    mem_free(d);
}
