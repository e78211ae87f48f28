/* SPDX-License-Identifier: Apache-2.0 */
/* Heat maps as tables with colored cells, and bars. */
#include "train/report/report_heat.h"

#include "train/report/report_page.h"

#include <math.h>
#include <string.h>

typedef struct Scale {
    double low, high;
} Scale;

static Scale scale_of(const ReportGrid *g)
{
    Scale s = {HUGE_VAL, -HUGE_VAL};
    for (int64_t r = 0; r < g->rows; r++) {
        const double x = report_grid_number(g->row[r], "mean");
        if (isnan(x)) continue;
        s.low = fmin(s.low, x);
        s.high = fmax(s.high, x);
    }
    return s;
}

/* Six colors of viridis, whose lightness grows evenly: readable without color vision. */
enum { ANCHORS = 6 };
static const int viridis[ANCHORS][3] = {{0x44, 0x01, 0x54}, {0x41, 0x44, 0x87},
                                        {0x2a, 0x78, 0x8e}, {0x22, 0xa8, 0x84},
                                        {0x7a, 0xd1, 0x51}, {0xfd, 0xe7, 0x25}};

static double linear_light(double channel)
{
    const double x = channel / 255;
    return x <= 0.04045 ? x / 12.92 : pow((x + 0.055) / 1.055, 2.4);
}

/* The color of a value in [0, 1], and black or white text over it, whichever contrasts more. */
static void put_color(Text *out, double at)
{
    const double along = fmin(fmax(at, 0), 1) * (ANCHORS - 1);
    const int i = along >= ANCHORS - 1 ? ANCHORS - 2 : (int)along;
    double rgb[3];
    for (int k = 0; k < 3; k++)
        rgb[k] = viridis[i][k] + (along - i) * (viridis[i + 1][k] - viridis[i][k]);
    const double light = 0.2126 * linear_light(rgb[0]) + 0.7152 * linear_light(rgb[1]) +
                         0.0722 * linear_light(rgb[2]);
    text_add(out, " style=\"background:#%02x%02x%02x;color:#%s\"", (int)lround(rgb[0]),
             (int)lround(rgb[1]), (int)lround(rgb[2]), light > 0.18 ? "000" : "fff");
}

static void put_number(Text *out, const json_t *row)
{
    const double deviation = report_grid_number(row, "deviation");
    text_add(out, "<b>%.3f</b>", report_grid_number(row, "mean"));
    if (!isnan(deviation)) text_add(out, " <small>&plusmn;%.3f</small>", deviation);
}

static void put_cell(Text *out, const json_t *row, const Scale *s)
{
    const double x = report_grid_number(row, "mean");
    if (!row) {
        text_put(out, "<td class=\"heat none\">&ndash;</td>");
    } else if (isnan(x)) {
        text_put(out, "<td class=\"heat none\">failed</td>");
    } else {
        text_add(out, "<td class=\"heat%s\"", x >= s->high ? " best" : "");
        put_color(out, s->high > s->low ? (x - s->low) / (s->high - s->low) : 0.5);
        text_put(out, ">");
        put_number(out, row);
        text_put(out, x >= s->high ? "<span class=\"hidden\"> best</span></td>" : "</td>");
    }
}

/* ---- two axes ---------------------------------------------------------------------------- */

/* The row of a facet with these coordinates on the last two axes. */
static const json_t *find(const ReportGrid *g, int64_t facet, int64_t row, int64_t column)
{
    const int64_t own = g->axes - 2;
    for (int64_t r = 0; r < g->rows; r++)
        if (g->at[r][own] == row && g->at[r][own + 1] == column &&
            memcmp(g->at[r], g->at[facet], (size_t)own * sizeof g->at[0][0]) == 0)
            return g->row[r];
    return NULL;
}

static bool begins_facet(const ReportGrid *g, int64_t row)
{
    for (int64_t r = 0; r < row; r++)
        if (memcmp(g->at[r], g->at[row], (size_t)(g->axes - 2) * sizeof g->at[0][0]) == 0)
            return false;
    return true;
}

/* Many small maps say less than one list. */
enum { FACETS = 16 };

static bool fits(const ReportGrid *g)
{
    int64_t facets = 0;
    for (int64_t r = 0; g->axes >= 2 && r < g->rows; r++) facets += begins_facet(g, r);
    return facets > 0 && facets <= FACETS;
}

static void put_facet_name(Text *out, const ReportGrid *g, int64_t row)
{
    for (int64_t a = 0; a < g->axes - 2; a++) {
        text_put(out, a ? ", " : "<h4>");
        report_page_name(out, g->axis[a].key);
        text_put(out, " = ");
        report_page_name(out, g->axis[a].value[g->at[row][a]]);
    }
    if (g->axes > 2) text_put(out, "</h4>\n");
}

static void put_map(Text *out, const ReportGrid *g, int64_t facet, const Scale *s)
{
    const GridAxis *down = &g->axis[g->axes - 2], *across = &g->axis[g->axes - 1];
    put_facet_name(out, g, facet);
    text_put(out,
             "<div class=\"wide\" tabindex=\"0\"><table class=\"map\"><caption>mAP: rows ");
    report_page_name(out, down->key);
    text_put(out, ", columns ");
    report_page_name(out, across->key);
    text_put(out, "</caption><thead><tr><td></td>");
    for (int64_t c = 0; c < across->values; c++) {
        text_put(out, "<th scope=\"col\">");
        report_page_name(out, across->value[c]);
        text_put(out, "</th>");
    }
    text_put(out, "</tr></thead><tbody>\n");
    for (int64_t r = 0; r < down->values; r++) {
        text_put(out, "<tr><th scope=\"row\">");
        report_page_name(out, down->value[r]);
        text_put(out, "</th>");
        for (int64_t c = 0; c < across->values; c++) put_cell(out, find(g, facet, r, c), s);
        text_put(out, "</tr>\n");
    }
    text_put(out, "</tbody></table></div>\n");
}

static void put_scale(Text *out, const Scale *s)
{
    if (!(s->high > s->low)) return;
    text_add(out, "<p class=\"scale\"><span>%.3f</span><i></i><span>%.3f</span></p>\n", s->low,
             s->high);
}

/* ---- fewer axes -------------------------------------------------------------------------- */

static void put_bar(Text *out, const ReportGrid *g, int64_t r, const Scale *s)
{
    const double x = report_grid_number(g->row[r], "mean");
    text_put(out, "<tr><th scope=\"row\">");
    report_page_name(out, g->axes == 1 ? g->axis[0].value[g->at[r][0]]
                                       : report_grid_text(g->row[r], "cell"));
    text_put(out, "</th>");
    if (isnan(x)) {
        text_put(out, "<td></td><td>failed</td></tr>\n");
        return;
    }
    text_add(out,
             "<td><span class=\"track\"><i class=\"c0\" style=\"width:%.1f%%\"></i></span>",
             s->high > 0 ? 100 * fmax(x, 0) / s->high : 0);
    text_add(out, "</td><td%s>", x >= s->high ? " class=\"win\"" : "");
    put_number(out, g->row[r]);
    text_put(out, "</td></tr>\n");
}

static void put_bars(Text *out, const ReportGrid *g, const Scale *s)
{
    text_put(out, "<div class=\"wide\" tabindex=\"0\"><table class=\"barlist\"><thead><tr>"
                  "<th scope=\"col\">");
    report_page_name(out, g->axes == 1 ? g->axis[0].key : "cell");
    text_put(out, "</th><td></td><th scope=\"col\">mAP</th></tr></thead><tbody>\n");
    for (int64_t r = 0; r < g->rows; r++) put_bar(out, g, r, s);
    text_put(out, "</tbody></table></div>\n");
}

void report_heat(Text *out, const ReportGrid *g)
{
    const Scale s = scale_of(g);
    if (!fits(g)) {
        put_bars(out, g, &s);
        return;
    }
    for (int64_t r = 0; r < g->rows; r++)
        if (begins_facet(g, r)) put_map(out, g, r, &s);
    put_scale(out, &s);
}
