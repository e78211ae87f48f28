/* SPDX-License-Identifier: Apache-2.0 */
/* A table of learning rates: "rates" of the rows of a grid. */
#include "train/report/report_rates.h"

#include "train/report/report_page.h"

#include <math.h>

enum { RATES = 16 };

/* The rates of all rows, in order of appearance; returns their number. */
static int rates_of(const ReportGrid *g, double *rate)
{
    int n = 0;
    for (int64_t r = 0; r < g->rows; r++) {
        const json_t *rates = json_object_get(g->row[r], "rates");
        for (size_t i = 0; i < json_array_size(rates) && n < RATES; i++) {
            const double x = report_grid_number(json_array_get(rates, i), "learning_rate");
            int at = 0;
            while (at < n && fabs(rate[at] - x) > 1e-9 * fabs(x)) at++;
            if (at == n && !isnan(x)) rate[n++] = x;
        }
    }
    return n;
}

/* The entry of a row for a rate, or NULL. */
static const json_t *find(const json_t *row, double rate)
{
    const json_t *rates = json_object_get(row, "rates");
    for (size_t i = 0; i < json_array_size(rates); i++) {
        const json_t *one = json_array_get(rates, i);
        if (fabs(report_grid_number(one, "learning_rate") - rate) <= 1e-9 * fabs(rate))
            return one;
    }
    return NULL;
}

static void put_cell(Text *out, const json_t *row, double rate)
{
    const json_t *one = find(row, rate);
    const double x = report_grid_number(one, "validation");
    const double deviation = report_grid_number(one, "deviation");
    const double chosen = report_grid_number(row, "learning_rate");
    if (isnan(x)) {
        text_put(out, "<td class=\"soft\">&ndash;</td>");
        return;
    }
    text_add(out, "<td%s>%.4f",
             fabs(chosen - rate) <= 1e-9 * fabs(rate) ? " class=\"win\"" : "", x);
    if (!isnan(deviation)) text_add(out, " &plusmn; %.4f", deviation);
    text_put(out, "</td>");
}

void report_rates(Text *out, const ReportGrid *g)
{
    double rate[RATES];
    const int n = rates_of(g, rate);
    if (n < 2) return;
    text_put(out,
             "<h4>mAP on the validation images by learning rate</h4>\n<div class=\"wide\" "
             "tabindex=\"0\"><table class=\"sort\"><thead><tr><th scope=\"col\">cell</th>");
    for (int i = 0; i < n; i++) text_add(out, "<th scope=\"col\">%.4g</th>", rate[i]);
    text_put(out, "</tr></thead><tbody>\n");
    for (int64_t r = 0; r < g->rows; r++) {
        text_put(out, "<tr><th scope=\"row\">");
        report_page_name(out, report_grid_text(g->row[r], "cell"));
        text_put(out, "</th>");
        for (int i = 0; i < n; i++) put_cell(out, g->row[r], rate[i]);
        text_put(out, "</tr>\n");
    }
    text_put(out, "</tbody></table></div>\n");
}
