/* SPDX-License-Identifier: Apache-2.0 */
/* Line charts as SVG. */
#include "train/report/report_chart.h"

#include "core/mem.h"

#include <math.h>
#include <stdio.h>

enum { BUCKETS = 160, LEFT = 46, RIGHT = 20, TOP = 10, BOTTOM = 24, DOTS = 40 };

const char *report_chart_color(int i)
{
    static const char *const color[] = {"#2563eb", "#e8743b", "#0d9f78", "#b4418e",
                                        "#7c5cd6", "#c79a12", "#2aa0c0", "#8c5a48"};
    return color[(unsigned)i % (sizeof color / sizeof *color)];
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
static double nice_step(double span, int count)
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
        for (int64_t p = 0; p < curve->count; p++) {
            const double x = steps ? curve->step[p] : curve->value[p];
            if (x < r.lo) r.lo = x;
            if (x > r.hi) r.hi = x;
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
    const double step = nice_step(r.hi - r.lo, count);
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
        a = linear_axis(r, 4);
    }
    a.from = height - BOTTOM;
    a.to = TOP;
    return a;
}

static Axis step_axis(const Chart *c, double width)
{
    Range r = range_of(c, true);
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

static void step_grid(Text *out, const Axis *x, double height, int count)
{
    const double step = fmax(nice_step(x->hi - x->lo, count), 1);
    for (double at = ceil(x->lo / step) * step; at <= x->hi + 0.01 * step; at += step) {
        text_add(out, "<text class=\"t\" x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">",
                 place(x, at), height - 8);
        report_chart_number(out, at);
        text_put(out, "</text>");
    }
}

/* ---- lines ------------------------------------------------------------------------------- */

typedef struct Bucket {
    double step, mean, lo, hi; /* step: mean of the steps of its points */
    int64_t count;
} Bucket;

/* Averages neighboring points into at most BUCKETS buckets; returns their number. */
static int64_t fill_buckets(const Curve *c, Bucket *bucket)
{
    const int64_t each = (c->count + BUCKETS - 1) / BUCKETS;
    int64_t n = 0;
    for (int64_t p = 0; p < c->count; n++) {
        Bucket b = {0, 0, c->value[p], c->value[p], 0};
        for (; p < c->count && b.count < each; p++, b.count++) {
            b.step += c->step[p];
            b.mean += c->value[p];
            b.lo = fmin(b.lo, c->value[p]);
            b.hi = fmax(b.hi, c->value[p]);
        }
        b.step /= (double)b.count;
        b.mean /= (double)b.count;
        bucket[n] = b;
    }
    return n;
}

static void draw_band(Text *out, const Axis *x, const Axis *y, const Bucket *b, int64_t n,
                      const char *color)
{
    text_add(out, "<polygon fill=\"%s\" opacity=\".13\" points=\"", color);
    for (int64_t i = 0; i < n; i++)
        text_add(out, "%.1f,%.1f ", place(x, b[i].step), place(y, b[i].hi));
    for (int64_t i = n; i-- > 0;)
        text_add(out, "%.1f,%.1f ", place(x, b[i].step), place(y, b[i].lo));
    text_put(out, "\"/>");
}

/* Points whose tooltips show the value. */
static void draw_dots(Text *out, const Axis *x, const Axis *y, const Bucket *b, int64_t n,
                      const ChartLine *line)
{
    for (int64_t i = 0; i < n; i++) {
        text_add(out, "<circle r=\"2.4\" fill=\"%s\" cx=\"%.1f\" cy=\"%.1f\"><title>",
                 report_chart_color(line->color), place(x, b[i].step), place(y, b[i].mean));
        text_html(out, line->label);
        text_add(out, ", step %.0f: %.4g</title></circle>", b[i].step, b[i].mean);
    }
}

static void draw_line(Text *out, const Axis *x, const Axis *y, const ChartLine *line)
{
    Bucket *b = mem_alloc(BUCKETS * sizeof *b);
    const int64_t n = fill_buckets(line->curve, b);
    const char *color = report_chart_color(line->color);
    if (line->curve->count > BUCKETS) draw_band(out, x, y, b, n, color);
    text_add(out, "<polyline fill=\"none\" stroke=\"%s\" points=\"", color);
    for (int64_t i = 0; i < n; i++)
        text_add(out, "%.1f,%.1f ", place(x, b[i].step), place(y, b[i].mean));
    text_put(out, "\"/>");
    if (n <= DOTS) draw_dots(out, x, y, b, n, line);
    mem_free(b);
}

/* ---- figure ------------------------------------------------------------------------------ */

static double legend_value(const Curve *c, bool best)
{
    double value = c->value[c->count - 1];
    for (int64_t p = 0; best && p < c->count; p++) value = fmax(value, c->value[p]);
    return value;
}

static void legend(Text *out, const Chart *c)
{
    text_put(out, "<p class=\"legend\">");
    for (int64_t i = 0; i < c->lines; i++) {
        if (c->line[i].curve->count == 0) continue;
        text_add(out, "<span><i style=\"background:%s\"></i>",
                 report_chart_color(c->line[i].color));
        text_html(out, c->line[i].label);
        text_put(out, c->best ? " <b>best " : " <b>");
        report_chart_number(out, legend_value(c->line[i].curve, c->best));
        text_put(out, "</b></span>");
    }
    text_put(out, "</p>");
}

/* Whether all values are zero, as for a loss that is switched off. */
static bool is_empty(const Chart *c)
{
    for (int64_t i = 0; i < c->lines; i++)
        for (int64_t p = 0; p < c->line[i].curve->count; p++)
            if (c->line[i].curve->value[p] != 0) return false;
    return true;
}

void report_chart(Text *out, const Chart *c)
{
    if (is_empty(c)) return;
    const double width = c->large ? 540 : 340, height = c->large ? 260 : 170;
    const Axis x = step_axis(c, width), y = value_axis(c, height);
    text_add(out, "<figure class=\"%s\"><figcaption>", c->large ? "large" : "small");
    text_html(out, c->title);
    if (c->note || y.log) {
        text_put(out, " <small>");
        if (c->note) text_html(out, c->note);
        text_put(out, y.log ? " log scale</small>" : "</small>");
    }
    text_add(out, "</figcaption><svg viewBox=\"0 0 %.0f %.0f\" role=\"img\">", width, height);
    value_grid(out, &y, width);
    step_grid(out, &x, height, c->large ? 6 : 4);
    for (int64_t i = 0; i < c->lines; i++)
        if (c->line[i].curve->count) draw_line(out, &x, &y, &c->line[i]);
    text_put(out, "</svg>");
    legend(out, c);
    text_put(out, "</figure>\n");
}
