/* SPDX-License-Identifier: Apache-2.0 */
/* The page of a report: what it is about, and its sections in order. They are in the files that
 * report_section.h names. */
#include "train/report/report.h"

#include "core/io/file.h"
#include "core/io/path_names.h"
#include "core/io/text.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "core/version.h"
#include "train/report/report_folders.h"
#include "train/report/report_merge.h"
#include "train/report/report_page.h"
#include "train/report/report_scores.h"
#include "train/report/report_section.h"

#include <stdlib.h>
#include <string.h>

/* The size of a page that mail and viewers take, and how many ways there are to keep to it. */
enum { PAGE_BYTES = 2 << 20, SAVINGS = 4 };

/* "CPU, 2 threads, float32, ramplus 0.1.0": the machine of the first run with an env.json. */
static void put_machine(Text *out, const ReportRuns *r)
{
    for (int64_t i = 0; i < r->runs; i++) {
        const json_t *env = r->run[i].env;
        const char *cpu = json_string_value(json_object_get(env, "cpu"));
        if (!cpu) continue;
        text_put(out, "<p class=\"soft\">");
        text_html(out, cpu);
        const json_t *threads = json_object_get(env, "threads");
        if (json_is_integer(threads))
            text_add(out, ", %ld thread%s", (int64_t)json_integer_value(threads),
                     strings_s(json_integer_value(threads)));
        const char *precision = json_string_value(json_object_get(env, "precision"));
        text_put(out, precision ? ", " : "");
        text_html(out, precision ? precision : "");
        const char *version = json_string_value(json_object_get(env, "version"));
        text_put(out, version ? ", ramplus " : "");
        text_html(out, version ? version : "");
        text_put(out, "</p>");
        return;
    }
}

/* One ablation alone. */
static bool is_ablation(const ReportRuns *r)
{
    return json_object_size(r->ablation) == 1 && r->merged;
}

static void put_title(Text *out, const ReportRuns *r)
{
    if (r->runs == 1 && !r->merged) {
        text_html(out, r->run[0].name);
    } else if (is_ablation(r)) {
        void *first = json_object_iter((json_t *)(uintptr_t)r->ablation);
        char *name = file_last_part(json_object_iter_key(first));
        text_put(out, "Ablation ");
        text_html(out, name);
        mem_free(name);
    } else {
        text_add(out, r->merged ? "%ld cells compared" : "%ld runs compared", r->runs);
    }
}

/* "6 cells, 12 runs" */
static void put_counts(Text *out, const ReportRuns *r)
{
    int64_t seeds = 0;
    for (int64_t i = 0; i < r->runs; i++) seeds += r->run[i].seeds;
    if (r->merged)
        text_add(out, "<p class=\"soft\">%ld cell%s, %ld run%s</p>\n", r->runs,
                 strings_s(r->runs), seeds, strings_s(seeds));
}

static const struct {
    const char *id, *title;
    ReportSection *put;
} sections[] = {
    {"figures", NULL, report_section_figures},
    {"ablation", "Ablation", report_section_ablation},
    {"comparison", "Comparison", report_section_compare},
    {"training", "Training", report_section_curves},
    {"scores", "Precision and recall", report_section_scores},
    {"images", "Images", report_section_examples},
    {"tags", "Tags", report_section_tags},
    {"settings", "Settings", report_section_settings},
};

/* Appends all sections that have content, and links to them. */
static void put_sections(Text *out, ReportRuns *r)
{
    Text links = {0}, all = {0};
    for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
        Text one = {0};
        sections[i].put(&one, r);
        if (one.len) {
            text_add(&all, "<section id=\"%s\">\n", sections[i].id);
            text_put_bytes(&all, one.data, one.len);
            text_put(&all, "</section>\n");
        }
        if (one.len && sections[i].title)
            text_add(&links, "<a href=\"#%s\">%s</a>\n", sections[i].id, sections[i].title);
        text_free(&one);
    }
    text_add(out, "<nav aria-label=\"Sections\">%s</nav>\n<main>\n",
             links.len ? links.data : "");
    text_put_bytes(out, all.data, all.len);
    text_put(out, "</main>\n");
    text_free(&links);
    text_free(&all);
}

static void put_page(Text *out, ReportRuns *r)
{
    text_put(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"/>\n"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"/>\n"
                  "<title>ramplus: ");
    put_title(out, r);
    text_put(out, "</title>\n");
    report_page_head(out);
    text_put(out, "</head><body><header>\n<h1>");
    put_title(out, r);
    text_put(out, "</h1>\n");
    put_counts(out, r);
    put_machine(out, r);
    text_put(out, "</header>\n");
    put_sections(out, r);
    if (r->savings)
        text_put(out, "<p class=\"soft\">Images are smaller than usual or omitted, so that the "
                      "page stays below 2 MiB.</p>\n");
    text_add(out, "<footer class=\"soft\">ramplus %s</footer>\n", RAMPLUS_VERSION);
    report_page_scripts(out);
    text_put(out, "</body></html>\n");
}

/* Collects the names of the evaluation sets of all runs. */
static void name_lists(ReportRuns *r)
{
    for (int64_t i = 0; i < r->runs; i++)
        for (int64_t l = 0; l < r->run[i].lists; l++) {
            const char *name = r->run[i].list[l].name;
            int64_t at = 0;
            while (at < r->lists && strcmp(r->list[at], name) != 0) at++;
            if (at < r->lists) continue;
            r->list = mem_realloc(r->list, (size_t)(r->lists + 1) * sizeof *r->list);
            r->list[r->lists++] = name;
        }
}

/* Builds the page, with less in it until it is small enough. */
static void build(Text *page, ReportRuns *r)
{
    for (r->savings = 0; r->savings <= SAVINGS; r->savings++) {
        text_free(page);
        put_page(page, r);
        if (page->len <= PAGE_BYTES || r->fault.code) return;
    }
    log_warn("the page has %.1f MiB: name fewer runs", (double)page->len / (1 << 20));
}

static int write_page(ReportRuns *r, const char *path, Error *err)
{
    Text page = {0};
    name_lists(r);
    build(&page, r);
    int status = error_move(err, &r->fault);
    if (status == 0) status = text_write(&page, path, err);
    mem_free(r->list);
    text_free(&page);
    return status;
}

/* Short names of the runs that are not of cells. Owned: path_names_free. */
static char **plain_names(const ReportFolders *f)
{
    const char **path = mem_calloc((size_t)f->runs, sizeof *path);
    for (int64_t i = 0; i < f->runs; i++) path[i] = f->run[i].cell ? "" : f->run[i].path;
    char **name = path_names(path, f->runs);
    mem_free(path);
    return name;
}

static bool same_cell(const ReportFolder *a, const ReportFolder *b)
{
    return a->cell && b->cell && strcmp(a->cell, b->cell) == 0;
}

/* Reads the runs from `first` on that belong together as one; *next: the first run after. */
static int read_cell(const ReportFolders *f, int64_t first, const char *name, ReportRun *out,
                     int64_t *next, Error *err)
{
    int64_t n = 1;
    while (first + n < f->runs && same_cell(&f->run[first], &f->run[first + n])) n++;
    *next = first + n;
    ReportRun *run = mem_calloc((size_t)n, sizeof *run);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < n; i++)
        status = report_run_read(f->run[first + i].path, name, &run[i], err);
    if (status == 0) report_merge(run, n, name, out);
    for (int64_t i = 0; i < n; i++) report_run_free(&run[i]);
    mem_free(run);
    return status;
}

/* Fills run [f->runs]; *n: number of runs and cells. */
static int read_runs(const ReportFolders *f, ReportRun *run, int64_t *n, Error *err)
{
    char **name = plain_names(f);
    int status = 0;
    *n = 0;
    for (int64_t i = 0; status == 0 && i < f->runs;) {
        const char *cell = f->run[i].cell;
        status = read_cell(f, i, cell ? cell : name[i], &run[*n], &i, err);
        if (status == 0) ++*n;
    }
    path_names_free(name, f->runs);
    return status;
}

static int by_rank(const void *a, const void *b)
{
    const ReportRun *x = a, *y = b;
    const double difference = report_run_rank(y) - report_run_rank(x);
    return difference != 0 ? (difference > 0) - (difference < 0) : strcmp(x->name, y->name);
}

/* Where not all runs have a color of their own and room, the best do. */
static void order(ReportRun *run, int64_t runs)
{
    if (runs > REPORT_COLORS) qsort(run, (size_t)runs, sizeof *run, by_rank);
    for (int64_t i = 0; i < runs; i++) run[i].color = (int)i;
}

/* Only the runs that the page shows with all details. */
static int read_scores(ReportRun *run, int64_t runs, Error *err)
{
    int status = 0;
    for (int64_t i = 0; i < runs && i < REPORT_COLORS; i++)
        for (int64_t l = 0; status == 0 && l < run[i].lists; l++)
            if (run[i].list[l].folder)
                status = report_scores_read(run[i].list[l].folder, &run[i].list[l].scores, err);
    return status;
}

int report_write(const char *const *folder, int64_t folders, const char *images,
                 const char *path, Error *err)
{
    CHECK(folders >= 1, "%ld folders", folders);
    ReportFolders f;
    int64_t runs = 0;
    int status = report_folders_find(folder, folders, &f, err);
    ReportRun *run = mem_calloc((size_t)f.runs, sizeof *run);
    if (status == 0) status = read_runs(&f, run, &runs, err);
    order(run, runs);
    if (status == 0) status = read_scores(run, runs, err);
    ReportRuns r = {.run = run,
                    .runs = runs,
                    .merged = f.ablations > 0,
                    .ablation = f.ablation,
                    .images = images};
    if (status == 0) status = write_page(&r, path, err);
    for (int64_t i = 0; i < runs; i++) report_run_free(&run[i]);
    mem_free(run);
    report_folders_free(&f);
    return status;
}
