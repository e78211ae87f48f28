/* SPDX-License-Identifier: Apache-2.0 */
/* The tables for people: one with the mAP on all lists, one of details for each list. */
#include "train/ablate/table_print.h"

#include "core/mem.h"
#include "core/strings/strings.h"
#include "train/ablate/paper.h"

#include <math.h>
#include <string.h>

/* "0.8123 +- 0.0042"; "0.8123" of one seed; or why there is no number. */
static char *spread_text(const AblateTable *t, int64_t cell, Spread s)
{
    const char *missing = ablate_table_missing(t, cell);
    if (missing) return mem_strdup(missing);
    if (isnan(s.deviation)) return mem_format("%.4f", s.mean);
    return mem_format("%.4f +- %.4f", s.mean, s.deviation);
}

static char *interval_text(Interval i)
{
    return isnan(i.low) ? mem_strdup("-") : mem_format("[%+.4f, %+.4f]", i.low, i.high);
}

static char *number_text(const char *format, double x)
{
    char text[40];
    snprintf(text, sizeof text, format, x);
    return mem_strdup(isnan(x) ? "-" : text);
}

static void add_cell(const AblateTable *t, int64_t cell, Sheet *s)
{
    const char *rate = ablate_table_rate(t, cell);
    sheet_add(s, mem_strdup(t->grid->cell[cell].name));
    if (rate) sheet_add(s, mem_strdup(rate));
}

static void add_head(const AblateTable *t, Sheet *s)
{
    sheet_add(s, mem_strdup("cell"));
    if (ablate_table_rate(t, 0)) sheet_add(s, mem_strdup("lr"));
}

/* ---- the paper's figures ---- */

static bool has_figures(const AblateTable *t)
{
    for (int64_t c = 0; c < t->grid->cells; c++)
        if (paper_figure(ablate_table_run(t, c, 0)->task)) return true;
    return false;
}

/* Whether the lists are those of the paper's figures, by the names that the reference's files
 * have. */
static bool is_papers_set(const AblateTable *t)
{
    return t->lists >= 2 && strstr(t->list[0], "openimages_common") &&
           strstr(t->list[1], "openimages_rare");
}

static void add_figure(const AblateTable *t, int64_t cell, Sheet *s)
{
    const PaperFigure *p = paper_figure(ablate_table_run(t, cell, 0)->task);
    sheet_add(
        s, p ? mem_format("%.1f / %.1f%s", p->common, p->uncommon, is_papers_set(t) ? "" : " *")
             : mem_strdup("-"));
}

/* ---- sheets ---- */

static Sheet summary(const AblateTable *t)
{
    const bool paper = has_figures(t), rates = ablate_table_rate(t, 0) != NULL;
    Sheet s = {.columns = 1 + rates + t->lists + paper};
    add_head(t, &s);
    for (int64_t l = 0; l < t->lists; l++) sheet_add(&s, ablate_table_heading(t, l));
    if (paper) sheet_add(&s, mem_strdup("paper"));
    for (int64_t c = 0; c < t->grid->cells; c++) {
        add_cell(t, c, &s);
        for (int64_t l = 0; l < t->lists; l++)
            sheet_add(&s, spread_text(t, c, ablate_table_entry(t, c, l)->number[ABLATE_MAP]));
        if (paper) add_figure(t, c, &s);
    }
    if (paper)
        s.note = mem_format("paper: RAM++ (arXiv 2310.15200), Tables 3, 11, 12: mAP in percent "
                            "on OpenImages-Common / -Uncommon, Swin-B, 4 million images%s",
                            is_papers_set(t) ? "" : "; * other sets than those of this table");
    return s;
}

/* Means over the seeds of what is no metric of a list. */
static double mean_step(const AblateTable *t, int64_t cell)
{
    double sum = 0;
    for (int64_t s = 0; s < t->seeds; s++)
        sum += (double)ablate_table_run(t, cell, s)->outcome->results.best_step;
    return ablate_table_missing(t, cell) ? (double)NAN : sum / (double)t->seeds;
}

static void add_details(const AblateTable *t, int64_t cell, int64_t list, Sheet *s)
{
    const AblateEntry *e = ablate_table_entry(t, cell, list);
    const bool itself = cell == t->against;
    add_cell(t, cell, s);
    sheet_add(s, itself ? mem_strdup("-") : number_text("%+.4f", e->difference));
    sheet_add(s, itself ? mem_strdup("-") : interval_text(e->seeds));
    sheet_add(s, itself ? mem_strdup("-") : interval_text(e->images));
    sheet_add(s, number_text("%.1f", e->rank));
    for (enum AblateNumber n = ABLATE_CP; n < ABLATE_NUMBERS; n++)
        sheet_add(s, number_text("%.4f", e->number[n].mean));
    sheet_add(s, number_text("%.0f", mean_step(t, cell)));
}

static Sheet details(const AblateTable *t, int64_t list)
{
    static const char *const HEAD[] = {"difference", "over seeds", "over images", "rank",
                                       "CP",         "CR",         "F1",          "best step"};
    enum { HEADS = sizeof HEAD / sizeof *HEAD };
    char *name = ablate_table_heading(t, list);
    Sheet s = {.columns = 1 + (ablate_table_rate(t, 0) != NULL) + HEADS};
    s.title = mem_format("%s: mAP less that of %s, with 95%% intervals over %ld seed%s (t) and "
                         "over images (bootstrap); rank of %ld; means",
                         name, t->grid->cell[t->against].name, t->seeds, strings_s(t->seeds),
                         t->grid->cells);
    mem_free(name);
    add_head(t, &s);
    for (int i = 0; i < HEADS; i++) sheet_add(&s, mem_strdup(HEAD[i]));
    for (int64_t c = 0; c < t->grid->cells; c++) add_details(t, c, list, &s);
    return s;
}

static void put(Sheet s, void (*print)(const Sheet *, Text *), const char *before, Text *out)
{
    text_put(out, before);
    print(&s, out);
    sheet_free(&s);
}

static void put_sheets(const AblateTable *t, void (*print)(const Sheet *, Text *), Text *out)
{
    put(summary(t), print, "", out);
    for (int64_t l = 0; t->grid->cells > 1 && l < t->lists; l++)
        put(details(t, l), print, "\n", out);
}

void ablate_table_text(const AblateTable *t, Text *out) { put_sheets(t, sheet_text, out); }

void ablate_table_markdown(const AblateTable *t, Text *out)
{
    put_sheets(t, sheet_markdown, out);
}

void ablate_table_latex(const AblateTable *t, Text *out) { put_sheets(t, sheet_latex, out); }
