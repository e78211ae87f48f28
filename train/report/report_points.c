/* SPDX-License-Identifier: Apache-2.0 */
/* Points of curves, and their form for the script. */
#include "train/report/report_points.h"

#include "core/json/json.h"
#include "core/mem.h"

#include <math.h>

enum { MOST = 160, FEWEST = 24, OF_CHART = 1280 };

int64_t report_points_room(int64_t lines)
{
    const int64_t each = OF_CHART / (lines > 0 ? lines : 1);
    return each > MOST ? MOST : each < FEWEST ? FEWEST : each;
}

static double low_of(const Curve *c, int64_t p) { return c->low ? c->low[p] : c->value[p]; }
static double high_of(const Curve *c, int64_t p) { return c->high ? c->high[p] : c->value[p]; }

ReportPoints report_points(const Curve *c, int64_t room)
{
    const int64_t each = (c->count + room - 1) / room;
    ReportPoints out = {mem_alloc((size_t)room * sizeof *out.point), 0,
                        c->count > room || c->low};
    for (int64_t p = 0; p < c->count;) {
        ReportPoint b = {0, 0, low_of(c, p), high_of(c, p)};
        const int64_t end = p + each < c->count ? p + each : c->count;
        const double n = (double)(end - p);
        for (; p < end; p++) {
            b.step += c->step[p] / n;
            b.mean += c->value[p] / n;
            b.low = fmin(b.low, low_of(c, p));
            b.high = fmax(b.high, high_of(c, p));
        }
        out.point[out.count++] = b;
    }
    return out;
}

enum Field { STEP, MEAN, LOW, HIGH };

static double field_of(const ReportPoint *p, enum Field which)
{
    return which == STEP ? p->step : which == MEAN ? p->mean : which == LOW ? p->low : p->high;
}

/* Points whose step is not above that of the point before are left out: the script draws from
 * left to right. */
static void put_field(Text *out, const ReportPoints *p, const char *key, enum Field which)
{
    double before = -HUGE_VAL;
    text_add(out, ",\"%s\":[", key);
    for (int64_t i = 0; i < p->count; i++) {
        if (!(p->point[i].step > before)) continue;
        text_add(out, "%s%.*g", isinf(before) ? "" : ",", which == STEP ? 7 : 4,
                 field_of(&p->point[i], which));
        before = p->point[i].step;
    }
    text_put(out, "]");
}

static void put_line(Text *out, const ChartLine *line, int64_t room, bool bands)
{
    const ReportPoints p = report_points(line->curve, room);
    text_put(out, "{\"label\":");
    json_put(out, json_text(line->label));
    text_add(out, ",\"color\":%d,\"run\":%ld", line->color, line->run);
    put_field(out, &p, "x", STEP);
    put_field(out, &p, "y", MEAN);
    if (p.band && bands) {
        put_field(out, &p, "low", LOW);
        put_field(out, &p, "high", HIGH);
    }
    text_put(out, "}");
    mem_free(p.point);
}

void report_points_put(Text *out, const Chart *c, bool log)
{
    Text json = {0};
    const char *comma = "";
    text_put(&json, "{\"x\":");
    json_put(&json, json_text(c->x ? c->x : "step"));
    text_add(&json, ",\"zero\":%d,\"unit\":%d,\"stepped\":%d,\"log\":%d,\"lines\":[",
             c->from_zero, c->unit, c->stepped, log);
    for (int64_t i = 0; i < c->lines; i++) {
        if (c->line[i].curve->count == 0) continue;
        text_put(&json, comma);
        put_line(&json, &c->line[i], report_points_room(c->lines), c->lines <= 8);
        comma = ",";
    }
    text_put(&json, "]}");
    text_put(out, " data-chart=\"");
    text_html(out, json.data);
    text_put(out, "\"");
    text_free(&json);
}
