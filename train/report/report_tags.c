/* SPDX-License-Identifier: Apache-2.0 */
/* The section of single tags: AP of every tag of every evaluation set, highest first. */
#include "train/report/report_section.h"

#include "core/mem.h"
#include "core/strings/strings.h"
#include "train/report/report_chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a long tag list, this many best and worst tags are shown; the others are collapsed. */
enum { ROWS_SHOWN = 60 };

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

static void track(Text *out, double ap, int color)
{
    text_add(out, "<span class=\"track\"><i style=\"width:%.1f%%;background:%s\"></i></span>",
             100 * fmin(fmax(ap, 0), 1), report_chart_color(color));
}

static void bar(Text *out, const ReportTag *tag)
{
    text_put(out, "<div class=\"bar\"><span title=\"");
    text_html(out, tag->name);
    text_put(out, "\">");
    text_html(out, tag->name);
    text_put(out, "</span>");
    track(out, tag->ap, 0);
    text_add(out, "<b>%.3f</b><small>%ld</small></div>\n", tag->ap, tag->positives);
}

/* ---- one run: bars in columns ------------------------------------------------------------ */

static void bars(Text *out, const ReportTag *const *tag, int64_t from, int64_t to)
{
    text_put(out, "<div class=\"bars\">\n");
    for (int64_t k = from; k < to; k++) bar(out, tag[k]);
    text_put(out, "</div>\n");
}

static void bar_list(Text *out, const ReportList *l)
{
    const ReportTag **tag = sorted_tags(l);
    if (l->tags <= 3 * ROWS_SHOWN) {
        bars(out, tag, 0, l->tags);
    } else {
        text_add(out, "<h3>The %d best</h3>\n", ROWS_SHOWN);
        bars(out, tag, 0, ROWS_SHOWN);
        text_add(out, "<h3>The %d worst</h3>\n", ROWS_SHOWN);
        bars(out, tag, l->tags - ROWS_SHOWN, l->tags);
        text_add(out, "<details><summary>The other %ld</summary>\n",
                 (l->tags - 2 * ROWS_SHOWN));
        bars(out, tag, ROWS_SHOWN, l->tags - ROWS_SHOWN);
        text_put(out, "</details>\n");
    }
    mem_free(tag);
}

/* ---- several runs: a table --------------------------------------------------------------- */

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

static void table_head(Text *out, const ReportRuns *r)
{
    text_put(out, "<div class=\"wide\"><table><tr><th>tag</th><th>images</th>");
    for (int64_t i = 0; i < r->runs; i++) {
        text_put(out, "<th>");
        text_html(out, r->run[i].name);
        text_put(out, "</th>");
    }
    text_put(out, "</tr>\n");
}

static void table_row(Text *out, const ReportRuns *r, const Index *index, const ReportTag *tag)
{
    text_put(out, "<tr><td>");
    text_html(out, tag->name);
    text_add(out, "</td><td>%ld</td>", tag->positives);
    for (int64_t i = 0; i < r->runs; i++) {
        const ReportTag *mine = find_tag(&index[i], tag->name);
        text_put(out, "<td>");
        if (mine) {
            track(out, mine->ap, (int)i);
            text_add(out, "%.3f", mine->ap);
        }
        text_put(out, "</td>");
    }
    text_put(out, "</tr>\n");
}

static void table(Text *out, const ReportRuns *r, const Index *index,
                  const ReportTag *const *tag, int64_t from, int64_t to)
{
    table_head(out, r);
    for (int64_t k = from; k < to; k++) table_row(out, r, index, tag[k]);
    text_put(out, "</table></div>\n");
}

/* A table of the tags of `first`, the first run that has the set, ordered by its AP. */
static void tag_table(Text *out, const ReportRuns *r, const char *list, const ReportList *first)
{
    Index *index = mem_calloc((size_t)r->runs, sizeof *index);
    const ReportTag **tag = sorted_tags(first);
    const int64_t shown = first->tags < 2 * ROWS_SHOWN ? first->tags : ROWS_SHOWN;
    for (int64_t i = 0; i < r->runs; i++)
        index[i] = index_tags(report_run_list(&r->run[i], list));
    table(out, r, index, tag, 0, shown);
    if (shown < first->tags) {
        text_add(out, "<details><summary>The other %ld</summary>\n", (first->tags - shown));
        table(out, r, index, tag, shown, first->tags);
        text_put(out, "</details>\n");
    }
    for (int64_t i = 0; i < r->runs; i++) mem_free(index[i].tag);
    mem_free(tag);
    mem_free(index);
}

static const ReportList *first_with_tags(const ReportRuns *r, const char *list)
{
    for (int64_t i = 0; i < r->runs; i++) {
        const ReportList *l = report_run_list(&r->run[i], list);
        if (l && l->tags) return l;
    }
    return NULL;
}

void report_section_tags(Text *out, const ReportRuns *r)
{
    for (int64_t n = 0; n < r->lists; n++) {
        const ReportList *l = first_with_tags(r, r->list[n]);
        if (!l) continue;
        text_put(out, "<h2>AP per tag, ");
        text_html(out, r->list[n]);
        text_add(out, " <small>%ld tag%s; AP and positive images</small></h2>\n", l->tags,
                 strings_s(l->tags));
        if (r->runs == 1)
            bar_list(out, l);
        else
            tag_table(out, r, r->list[n], l);
    }
}
