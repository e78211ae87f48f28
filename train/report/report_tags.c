/* SPDX-License-Identifier: Apache-2.0 */
/* The section of single tags: a table of the AP of every tag for every evaluation set, highest
 * first, which the script lets sort and search. */
#include "train/report/report_section.h"

#include "core/mem.h"
#include "core/strings/strings.h"
#include "train/report/report_chart.h"
#include "train/report/report_page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of the tables of all sets together: a table of more shows the first and last tags. */
enum { TABLE_BYTES = 600000, ROW_BYTES = 80, CELL_BYTES = 36, SHORT = 40 };

static int by_ap(const void *a, const void *b)
{
    const ReportTag *x = *(const ReportTag *const *)a, *y = *(const ReportTag *const *)b;
    if (x->ap != y->ap) return x->ap > y->ap ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* [l->tags] pointers, highest AP first. Owned by the caller. */
static const ReportTag **sorted_tags(const ReportList *l)
{
    const ReportTag **tag = mem_alloc((size_t)l->tags * sizeof *tag);
    for (int64_t k = 0; k < l->tags; k++) tag[k] = &l->tag[k];
    qsort(tag, (size_t)l->tags, sizeof *tag, by_ap);
    return tag;
}

static int by_name(const void *a, const void *b)
{
    return strcmp((*(const ReportTag *const *)a)->name, (*(const ReportTag *const *)b)->name);
}

/* The tags of a list sorted by name, for binary search. */
typedef struct Index {
    const ReportTag **tag;
    int64_t tags;
} Index;

static Index index_tags(const ReportList *l)
{
    Index x = {0};
    if (!l || l->tags == 0) return x;
    x.tags = l->tags;
    x.tag = sorted_tags(l);
    qsort(x.tag, (size_t)x.tags, sizeof *x.tag, by_name);
    return x;
}

static const ReportTag *find_tag(const Index *x, const char *name)
{
    const ReportTag key = {.name = (char *)(uintptr_t)name}, *wanted = &key;
    if (x->tags == 0) return NULL;
    const ReportTag *const *found =
        bsearch(&wanted, x->tag, (size_t)x->tags, sizeof *x->tag, by_name);
    return found ? *found : NULL;
}

/* What a table of one evaluation set needs. */
typedef struct Table {
    const ReportRun *run; /* [runs] */
    int64_t runs;
    Index *index;          /* [runs] */
    const ReportTag **tag; /* [tags] highest AP of the first run with the set first */
    int64_t tags;
    const char *list;
} Table;

static void table_head(Text *out, const Table *t)
{
    text_put(out, "<thead><tr><th scope=\"col\">tag</th><th scope=\"col\">images</th>");
    for (int64_t i = 0; i < t->runs; i++) {
        text_put(out, "<th scope=\"col\">");
        if (t->runs > 1) {
            text_put(out, "<i class=\"");
            report_chart_color(out, t->run[i].color);
            text_put(out, "\"></i>");
            report_page_name(out, t->run[i].name);
        }
        text_put(out, t->runs > 1 ? "</th>" : "AP</th>");
    }
    text_put(out, "</tr></thead><tbody>\n");
}

static double highest(const Table *t, const char *name)
{
    double best = -1;
    for (int64_t i = 0; i < t->runs; i++) {
        const ReportTag *mine = find_tag(&t->index[i], name);
        if (mine) best = fmax(best, mine->ap);
    }
    return best;
}

static void table_row(Text *out, const Table *t, const ReportTag *tag)
{
    const double best = highest(t, tag->name);
    text_put(out, "<tr><th scope=\"row\">");
    report_page_name(out, tag->name);
    text_add(out, "</th><td>%ld</td>", tag->positives);
    for (int64_t i = 0; i < t->runs; i++) {
        const ReportTag *mine = t->runs > 1 ? find_tag(&t->index[i], tag->name) : tag;
        if (!mine)
            text_put(out, "<td></td>");
        else if (t->runs > 1)
            text_add(out, "<td%s>%.3f</td>", mine->ap >= best ? " class=\"win\"" : "",
                     mine->ap);
        else
            text_add(out, "<td class=\"ap\" style=\"--v:%.1f%%\">%.3f</td>",
                     100 * fmin(fmax(mine->ap, 0), 1), mine->ap);
    }
    text_put(out, "</tr>\n");
}

/* The table shows at most `most` tags: the first and the last half. */
static void put_table(Text *out, const Table *t, int64_t most)
{
    const int64_t first = t->tags <= most ? t->tags : most - most / 2;
    text_put(out, "<div class=\"wide tall\" tabindex=\"0\" role=\"region\" aria-label=\"AP per "
                  "tag, ");
    text_html(out, t->list);
    text_add(out, "\"><table class=\"sort%s\">", t->tags > 8 ? " search" : "");
    table_head(out, t);
    for (int64_t k = 0; k < t->tags; k++)
        if (k < first || k >= t->tags - (most - first)) table_row(out, t, t->tag[k]);
    text_put(out, "</tbody></table></div>\n");
    if (t->tags > most)
        text_add(out,
                 "<p class=\"soft\">The %ld tags between the best %ld and the worst %ld are "
                 "omitted to keep the page small.</p>\n",
                 t->tags - most, first, most - first);
}

static void list_table(Text *out, const ReportRuns *r, const char *list,
                       const ReportList *first)
{
    Table t = {.run = r->run, .runs = r->runs, .tags = first->tags, .list = list};
    if (t.runs > REPORT_COLORS) t.runs = REPORT_COLORS;
    const int64_t room = TABLE_BYTES / (r->lists * (ROW_BYTES + CELL_BYTES * t.runs));
    t.index = mem_calloc((size_t)t.runs, sizeof *t.index);
    t.tag = sorted_tags(first);
    for (int64_t i = 0; i < t.runs; i++)
        t.index[i] = index_tags(report_run_list(&r->run[i], list));
    put_table(out, &t, r->savings > 2 || room < SHORT ? SHORT : room);
    if (r->runs > t.runs)
        text_add(out, "<p class=\"soft\">The first %ld of %ld are shown.</p>\n", t.runs,
                 r->runs);
    for (int64_t i = 0; i < t.runs; i++) mem_free(t.index[i].tag);
    mem_free(t.tag);
    mem_free(t.index);
}

static const ReportList *first_with_tags(const ReportRuns *r, const char *list)
{
    for (int64_t i = 0; i < r->runs && i < REPORT_COLORS; i++) {
        const ReportList *l = report_run_list(&r->run[i], list);
        if (l && l->tags) return l;
    }
    return NULL;
}

void report_section_tags(Text *out, ReportRuns *r)
{
    for (int64_t n = 0; n < r->lists; n++) {
        const ReportList *l = first_with_tags(r, r->list[n]);
        if (!l) continue;
        text_put(out, "<h2>AP per tag, ");
        report_page_name(out, r->list[n]);
        text_add(out, " <small>%ld tag%s", l->tags, strings_s(l->tags));
        text_put(out, r->merged ? "; means over seeds</small></h2>\n" : "</small></h2>\n");
        list_table(out, r, r->list[n], l);
    }
}
