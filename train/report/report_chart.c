/* SPDX-License-Identifier: Apache-2.0 */
/* Line charts as SVG. */
#include "train/report/report_chart.h"

#include "core/mem.h"
#include "train/report/report_page.h"
#include "train/report/report_points.h"

#include <math.h>
#include <stdio.h>

enum { LEFT = 46, RIGHT = 20, TOP = 10, BOTTOM = 24, NAME = 16, DOTS = 40 };
enum { COLORS = 8, DASHES = 4 };

void report_chart_color(Text *out, int i)
{
    const int dash = (int)((unsigned)i / COLORS % DASHES);
    text_add(out, "c%d", (int)((unsigned)i % COLORS));
    if (dash) text_add(out, " d%d", dash);
}

void report_chart_number(Text *out, double x)
{
    const double size = fabs(x);
    const int exponent = size > 0 ? (int)floor(log10(size) + 1e-9) : 0;
    if (exponent < -3)
        text_add(out, "%.3ge%d", x / pow(10, exponent), exponent);
    else if (size >= 1e6)
        text_add(out, "%.3gM", x / 1e6);
    else if (size >= 1e4)
        text_add(out, "%.3gk", x / 1e3);
    else if (size >= 1000)
        text_add(out, "%.0f", x);
    else
        text_add(out, "%.3g", x);
}

/* An axis maps numbers to pixels. */
typedef struct Axis {
    double lo, hi; /* log10 of the limits if logarithmic */
    double from, to;
    double step; /* distance of grid lines; unused if logarithmic */
    bool log;
} Axis;

static double place(const Axis *a, double x)
{
    const double v = a->log ? log10(x) : x;
    return a->from + (v - a->lo) / (a->hi - a->lo) * (a->to - a->from);
}

/* A round step for about `count` grid lines: 1, 2 or 5 times a power of ten. */
double report_chart_step(double span, int count)
{
    const double rough = span / count, power = pow(10, floor(log10(rough)));
    const double times = rough / power;
    return power * (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10);
}

typedef struct Range {
    double lo, hi;
} Range;

static Range range_of(const Chart *c, bool steps)
{
    Range r = {HUGE_VAL, -HUGE_VAL};
    for (int64_t i = 0; i < c->lines; i++) {
        const Curve *curve = c->line[i].curve;
        const double *low = curve->low && c->lines <= COLORS ? curve->low : curve->value;
        const double *high = curve->high && c->lines <= COLORS ? curve->high : curve->value;
        for (int64_t p = 0; p < curve->count; p++) {
            r.lo = fmin(r.lo, steps ? curve->step[p] : low[p]);
            r.hi = fmax(r.hi, steps ? curve->step[p] : high[p]);
        }
    }
    return r;
}

/* Limits rounded outward to whole grid steps; a span of zero is widened first. */
static Axis linear_axis(Range r, int count)
{
    if (r.hi - r.lo < 1e-12 * fabs(r.hi) || r.hi == r.lo) {
        const double room = r.hi != 0 ? 0.1 * fabs(r.hi) : 1;
        r = (Range){r.lo - room, r.hi + room};
    }
    const double step = report_chart_step(r.hi - r.lo, count);
    return (Axis){.lo = floor(r.lo / step + 1e-9) * step,
                  .hi = ceil(r.hi / step - 1e-9) * step,
                  .step = step};
}

static Axis value_axis(const Chart *c, double height)
{
    Range r = range_of(c, false);
    Axis a;
    if (!c->from_zero && r.lo > 0 && r.hi / r.lo > 30) {
        const double low = log10(r.lo), high = log10(r.hi), room = 0.03 * (high - low);
        a = (Axis){.lo = low - room, .hi = high + room, .log = true};
    } else {
        if (c->from_zero && r.lo > 0) r.lo = 0;
        if (c->unit && c->from_zero && r.hi <= 1) r.hi = 1;
        a = linear_axis(r, 4);
    }
    a.from = height - BOTTOM;
    a.to = TOP;
    return a;
}

static Axis step_axis(const Chart *c, double width)
{
    Range r = range_of(c, true);
    if (c->unit) r = (Range){0, 1};
    if (r.lo > 0 && r.lo < 0.5 * r.hi) r.lo = 0;
    if (r.hi == r.lo) r.hi = r.lo + 1;
    return (Axis){.lo = r.lo, .hi = r.hi, .from = LEFT, .to = width - RIGHT};
}

/* ---- grid -------------------------------------------------------------------------------- */

static void value_line(Text *out, const Axis *y, double value, double width)
{
    const double at = place(y, value);
    if (at < TOP - 1 || at > y->from + 1) return;
    text_add(out, "<line class=\"g\" x1=\"%d\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\"/>", LEFT,
             width - RIGHT, at, at);
    text_add(out, "<text class=\"t\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">", LEFT - 6,
             at + 3.5);
    report_chart_number(out, fabs(value) < 1e-12 ? 0 : value);
    text_put(out, "</text>");
}

static void value_grid(Text *out, const Axis *y, double width)
{
    if (y->log) {
        const bool wide = y->hi - y->lo > 3;
        for (int e = (int)floor(y->lo); e <= (int)ceil(y->hi); e++) {
            value_line(out, y, pow(10, e), width);
            if (!wide) value_line(out, y, 3 * pow(10, e), width);
        }
        return;
    }
    for (int i = 0; i <= 12 && y->lo + i * y->step <= y->hi + 0.01 * y->step; i++)
        value_line(out, y, y->lo + i * y->step, width);
}

static void step_grid(Text *out, const Axis *x, const Chart *c, double height, int count)
{
    const double rough = report_chart_step(x->hi - x->lo, count),
                 step = c->unit ? rough : fmax(rough, 1);
    for (double at = ceil(x->lo / step) * step; at <= x->hi + 0.01 * step; at += step) {
        text_add(out, "<text class=\"t\" x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">",
                 place(x, at), height - 8);
        report_chart_number(out, at);
        text_put(out, "</text>");
    }
    text_add(out, "<text class=\"t\" x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">",
             (x->from + x->to) / 2, height + NAME - 8);
    text_html(out, c->x ? c->x : "step");
    text_put(out, "</text>");
}

/* ---- lines ------------------------------------------------------------------------------- */

static void draw_band(Text *out, const Axis *x, const Axis *y, const ReportPoints *p)
{
    text_put(out, "<polygon class=\"band\" points=\"");
    for (int64_t i = 0; i < p->count; i++)
        text_add(out, "%.1f,%.1f ", place(x, p->point[i].step), place(y, p->point[i].high));
    for (int64_t i = p->count; i-- > 0;)
        text_add(out, "%.1f,%.1f ", place(x, p->point[i].step), place(y, p->point[i].low));
    text_put(out, "\"/>");
}

/* Points whose tooltips show the value. */
static void draw_dots(Text *out, const Axis *x, const Axis *y, const ReportPoints *p,
                      const Chart *c, const char *label)
{
    for (int64_t i = 0; i < p->count; i++) {
        text_add(out, "<circle r=\"2.4\" cx=\"%.1f\" cy=\"%.1f\"><title>",
                 place(x, p->point[i].step), place(y, p->point[i].mean));
        text_html(out, label);
        text_put(out, ", ");
        text_html(out, c->x ? c->x : "step");
        text_add(out, " %.6g: %.4g</title></circle>", p->point[i].step, p->point[i].mean);
    }
}

static void draw_polyline(Text *out, const Axis *x, const Axis *y, const ReportPoints *p,
                          bool stepped)
{
    text_put(out, "<polyline points=\"");
    for (int64_t i = 0; i < p->count; i++) {
        const double height = place(y, p->point[i].mean);
        text_add(out, "%.1f,%.1f ", place(x, p->point[i].step), height);
        if (stepped && i + 1 < p->count)
            text_add(out, "%.1f,%.1f ", place(x, p->point[i + 1].step), height);
    }
    text_put(out, "\"/>");
}

static void draw_line(Text *out, const Axis *x, const Axis *y, const Chart *c,
                      const ChartLine *line)
{
    ReportPoints p = report_points(line->curve, report_points_room(c->lines));
    text_put(out, "<g class=\"");
    report_chart_color(out, line->color);
    text_put(out, "\">");
    if (p.band && c->lines <= COLORS) draw_band(out, x, y, &p);
    draw_polyline(out, x, y, &p, c->stepped);
    if (p.count <= DOTS && c->lines <= COLORS && !c->unit)
        draw_dots(out, x, y, &p, c, line->label);
    text_put(out, "</g>");
    mem_free(p.point);
}

/* ---- figure ------------------------------------------------------------------------------ */

static double legend_value(const Curve *c, bool best)
{
    double value = c->value[c->count - 1];
    for (int64_t p = 0; best && p < c->count; p++) value = fmax(value, c->value[p]);
    return value;
}

/* Of more lines, the legend would be larger than the plot. */
static bool has_legend(const Chart *c) { return c->lines <= (c->large ? COLORS : 3); }

static void legend(Text *out, const Chart *c)
{
    if (!has_legend(c)) return;
    text_put(out, "<p class=\"legend\">");
    for (int64_t i = 0; i < c->lines; i++) {
        if (c->line[i].curve->count == 0) continue;
        text_put(out, "<span><i class=\"");
        report_chart_color(out, c->line[i].color);
        text_put(out, "\"></i>");
        report_page_name(out, c->line[i].label);
        if (!c->silent) {
            text_put(out, c->best ? " <b>best " : " <b>");
            report_chart_number(out, legend_value(c->line[i].curve, c->best));
            text_put(out, "</b>");
        }
        text_put(out, "</span> ");
    }
    text_put(out, "</p>");
}

void report_chart_names(Text *out, const ReportRun *run, int64_t n)
{
    text_put(out, "<p class=\"legend names\">");
    for (int64_t i = 0; i < n; i++) {
        text_put(out, "<span><i class=\"");
        report_chart_color(out, run[i].color);
        text_put(out, "\"></i>");
        report_page_name(out, run[i].name);
        text_put(out, "</span> ");
    }
    text_put(out, "</p>\n");
}

/* "Loss by step; bce: from 292 to 206": the chart for those who do not see it. */
static void describe(Text *out, const Chart *c)
{
    text_put(out, " role=\"img\" aria-label=\"");
    text_html(out, c->title);
    text_put(out, " by ");
    text_html(out, c->x ? c->x : "step");
    for (int64_t i = 0; i < c->lines; i++) {
        const Curve *curve = c->line[i].curve;
        if (curve->count == 0) continue;
        text_put(out, "; ");
        text_html(out, c->line[i].label);
        text_put(out, ": from ");
        report_chart_number(out, curve->value[0]);
        text_put(out, " to ");
        report_chart_number(out, curve->value[curve->count - 1]);
    }
    text_put(out, "\"");
}

/* Whether all values are zero, as for a loss that is switched off. */
static bool is_empty(const Chart *c)
{
    for (int64_t i = 0; i < c->lines; i++)
        for (int64_t p = 0; p < c->line[i].curve->count; p++)
            if (c->line[i].curve->value[p] != 0) return false;
    return true;
}

static void caption(Text *out, const Chart *c, bool log)
{
    text_put(out, "<figcaption>");
    text_html(out, c->title);
    if (c->note || log) {
        text_put(out, " <small>");
        text_html(out, c->note ? c->note : "");
        text_put(out, c->note && log ? ", " : "");
        text_put(out, log ? "log scale</small>" : "</small>");
    }
    text_put(out, "</figcaption>");
}

void report_chart(Text *out, const Chart *c)
{
    if (is_empty(c)) return;
    const double width = c->large ? 440 : 340, height = c->large ? 220 : 170;
    const Axis x = step_axis(c, width), y = value_axis(c, height);
    text_add(out, "<figure class=\"chart %s\"", c->large ? "large" : "small");
    report_points_put(out, c, y.log);
    text_put(out, ">");
    caption(out, c, y.log);
    text_add(out, "<svg viewBox=\"0 0 %.0f %.0f\"", width, height + NAME);
    describe(out, c);
    text_put(out, ">");
    value_grid(out, &y, width);
    step_grid(out, &x, c, height, c->large ? 6 : 4);
    for (int64_t i = 0; i < c->lines; i++)
        if (c->line[i].curve->count) draw_line(out, &x, &y, c, &c->line[i]);
    text_put(out, "</svg>");
    legend(out, c);
    text_put(out, "</figure>\n");
}
