/* SPDX-License-Identifier: Apache-2.0 */
/* The page of a report: its frame and style. Its sections are in report_section.c,
 * report_tags.c, report_ablation.c and report_examples.c. */
#include "train/report/report.h"

#include "core/io/path_names.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "core/strings/strings.h"
#include "core/version.h"
#include "train/report/report_ablation.h"
#include "train/report/report_section.h"

#include <string.h>

/* The lines of report.css. */
static const char *const style[] = {
#include "train/report/report.css.inc"
};

static void put_style(Text *out)
{
    text_put(out, "<style>\n");
    for (size_t i = 0; i < sizeof style / sizeof *style; i++) text_put(out, style[i]);
    text_put(out, "</style>\n");
}

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

static void put_title(Text *out, const ReportRuns *r)
{
    if (r->runs == 1)
        text_html(out, r->run[0].name);
    else
        text_add(out, "%ld runs compared", r->runs);
}

static void put_page(Text *out, ReportRuns *r, const json_t *ablation)
{
    text_put(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                  "<title>ramplus: ");
    put_title(out, r);
    text_put(out, "</title>\n");
    put_style(out);
    text_put(out, "</head><body><main>\n<h1>");
    put_title(out, r);
    text_put(out, "</h1>\n");
    put_machine(out, r);
    report_section_figures(out, r);
    report_section_ablation(out, ablation);
    report_section_compare(out, r);
    report_section_curves(out, r);
    report_section_examples(out, r);
    report_section_tags(out, r);
    report_section_settings(out, r);
    text_add(out,
             "<p class=\"soft\" style=\"margin-top:48px\">ramplus %s</p>\n"
             "</main></body></html>\n",
             RAMPLUS_VERSION);
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

static int write_page(ReportRuns *r, const ReportFolders *f, const char *path, Error *err)
{
    Text page = {0};
    name_lists(r);
    put_page(&page, r, f->ablation);
    int status = error_move(err, &r->fault);
    if (status == 0) status = text_write(&page, path, err);
    mem_free(r->list);
    text_free(&page);
    return status;
}

static int read_runs(const ReportFolders *f, ReportRun *out, Error *err)
{
    char **name = path_names((const char *const *)f->run, f->runs);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < f->runs; i++)
        status = report_run_read(f->run[i], name[i], &out[i], err);
    path_names_free(name, f->runs);
    return status;
}

int report_write(const char *const *folder, int64_t folders, const char *images,
                 const char *path, Error *err)
{
    CHECK(folders >= 1, "%ld folders", folders);
    ReportFolders f;
    int status = report_folders_find(folder, folders, &f, err);
    ReportRun *run = mem_calloc((size_t)f.runs, sizeof *run);
    ReportRuns r = {.run = run, .runs = f.runs, .images = images};
    if (status == 0) status = read_runs(&f, run, err);
    if (status == 0) status = write_page(&r, &f, path, err);
    for (int64_t i = 0; i < f.runs; i++) report_run_free(&run[i]);
    mem_free(run);
    report_folders_free(&f);
    return status;
}
