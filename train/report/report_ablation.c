/* SPDX-License-Identifier: Apache-2.0 */
/* The section of ablations: for every evaluation set a heat map, differences, and a table. */
#include "train/report/report_forest.h"
#include "train/report/report_heat.h"
#include "train/report/report_page.h"
#include "train/report/report_rates.h"
#include "train/report/report_section.h"

#include <math.h>
#include <string.h>

enum { LISTS = 16 };

/* ---- the table --------------------------------------------------------------------------- */

/* A column of the table, which is left out if no row has its number. */
typedef struct Column {
    const char *title, *key;
    int decimals;
    bool of_runs; /* the mean of the runs' numbers */
} Column;

/* clang-format off */
static const Column columns[] = {
    {"std", "deviation", 4, false},
    {"CP", "CP", 4, false},
    {"CR", "CR", 4, false},
    {"F1", "F1", 4, false},
    {"mean rank", "rank", 2, false},
    {"learning rate", "learning_rate", -1, false},
    {"paper, %", "paper", 1, false}, /* [PAPER] */
    {"best step", "best_step", 0, true},
    {"seeds", "seeds", 0, false},
};
/* clang-format on */
enum { COLUMNS = sizeof columns / sizeof *columns, PAPER = 6 };

static double value_of(const json_t *row, const Column *c)
{
    if (!c->of_runs) return report_grid_number(row, c->key);
    const json_t *runs = json_object_get(row, "runs");
    double sum = 0, n = 0;
    for (size_t i = 0; i < json_array_size(runs); i++) {
        const double x = report_grid_number(json_array_get(runs, i), c->key);
        if (isnan(x)) continue;
        sum += x;
        n++;
    }
    return n > 0 ? sum / n : (double)NAN;
}

static bool is_used(const ReportGrid *g, const Column *c)
{
    for (int64_t r = 0; r < g->rows; r++)
        if (!isnan(value_of(g->row[r], c))) return true;
    return false;
}

static void put_value(Text *out, double x, int decimals)
{
    if (isnan(x))
        text_put(out, "<td class=\"soft\">&ndash;</td>");
    else if (decimals < 0)
        text_add(out, "<td>%.4g</td>", x);
    else
        text_add(out, "<td>%.*f</td>", decimals, x);
}

/* Why a cell has no numbers. */
static const char *fault_of(const json_t *row)
{
    const json_t *runs = json_object_get(row, "runs");
    const char *why = report_grid_text(row, "error");
    for (size_t i = 0; *why == 0 && i < json_array_size(runs); i++)
        why = report_grid_text(json_array_get(runs, i), "error");
    return why;
}

/* Why there is no number; earlier tables do not say, and had runs that diverged alone. */
static void put_missing(Text *out, const json_t *row)
{
    const char *state = report_grid_text(row, "state");
    text_put(out, "<td class=\"soft\">");
    text_html(out, *state ? state : *fault_of(row) ? "failed" : "diverged");
    text_put(out, "</td>");
}

static void put_map(Text *out, const json_t *row, double best)
{
    const double x = report_grid_number(row, "mean");
    if (isnan(x))
        put_missing(out, row);
    else
        text_add(out, "<td%s>%.4f</td>", x >= best ? " class=\"win\"" : "", x);
}

static bool has_faults(const ReportGrid *g)
{
    for (int64_t r = 0; r < g->rows; r++)
        if (*fault_of(g->row[r])) return true;
    return false;
}

static void put_fault(Text *out, const json_t *row)
{
    text_put(out, "<td class=\"fault\">");
    report_page_name(out, fault_of(row));
    text_put(out, "</td>");
}

static void put_head(Text *out, const bool *used, bool faults)
{
    text_put(out, "<div class=\"wide\" tabindex=\"0\"><table class=\"sort\"><thead><tr>"
                  "<th scope=\"col\">cell</th><th scope=\"col\">mAP</th>");
    for (int c = 0; c < COLUMNS; c++)
        if (used[c]) text_add(out, "<th scope=\"col\">%s</th>", columns[c].title);
    if (faults) text_put(out, "<th scope=\"col\">error</th>");
    text_put(out, "</tr></thead><tbody>\n");
}

static void put_table(Text *out, const ReportGrid *g)
{
    double best = -HUGE_VAL;
    bool used[COLUMNS];
    const bool faults = has_faults(g);
    for (int c = 0; c < COLUMNS; c++) used[c] = is_used(g, &columns[c]);
    for (int64_t r = 0; r < g->rows; r++)
        best = fmax(best, report_grid_number(g->row[r], "mean"));
    put_head(out, used, faults);
    for (int64_t r = 0; r < g->rows; r++) {
        text_put(out, "<tr><th scope=\"row\">");
        report_page_name(out, report_grid_text(g->row[r], "cell"));
        text_put(out, "</th>");
        put_map(out, g->row[r], best);
        for (int c = 0; c < COLUMNS; c++)
            if (used[c]) put_value(out, value_of(g->row[r], &columns[c]), columns[c].decimals);
        if (faults) put_fault(out, g->row[r]);
        text_put(out, "</tr>\n");
    }
    text_put(out, "</tbody></table></div>\n");
    if (used[PAPER])
        text_put(out,
                 "<p class=\"soft\">paper: figures of the RAM++ paper, on OpenImages.</p>\n");
}

/* ---- the section ------------------------------------------------------------------------- */

static void put_list(Text *out, const json_t *table, const char *list)
{
    ReportGrid g;
    report_grid_new(table, list, &g);
    text_put(out, "<h3>");
    report_page_name(out, list);
    text_put(out, "</h3>\n");
    report_heat(out, &g);
    report_forest(out, &g);
    report_rates(out, &g);
    text_put(out, "<h4>All numbers</h4>\n");
    put_table(out, &g);
    if (g.rows == GRID_ROWS)
        text_add(out, "<p class=\"soft\">Only the first %ld cells are shown.</p>\n", g.rows);
    report_grid_free(&g);
}

/* The names of the evaluation sets, in order of appearance; returns their number. */
static int lists_of(const json_t *table, const char **list)
{
    int n = 0;
    for (size_t i = 0; i < json_array_size(table) && n < LISTS; i++) {
        const char *name = report_grid_text(json_array_get(table, i), "list");
        int at = 0;
        while (at < n && strcmp(list[at], name) != 0) at++;
        if (at == n) list[n++] = name;
    }
    return n;
}

void report_section_ablation(Text *out, ReportRuns *r)
{
    const char *folder, *list[LISTS];
    json_t *table;
    json_object_foreach((json_t *)(uintptr_t)r->ablation, folder, table)
    {
        text_put(out, "<h2>Cells <small>");
        report_page_name(out, folder);
        text_put(out, "</small></h2>\n");
        const int n = lists_of(table, list);
        for (int l = 0; l < n; l++) put_list(out, table, list[l]);
    }
}
