/* SPDX-License-Identifier: Apache-2.0 */
/* The section of settings: those that differ between runs, changes, and all of the first
 * run. */
#include "core/mem.h"
#include "train/report/report_changes.h"
#include "train/report/report_page.h"
#include "train/report/report_section.h"

#include <string.h>

enum { CONFIG_LINES = 1000, DIFFERENT = 24 };

static bool same_option(const ReportRuns *r, const char *key)
{
    size_t len = 0, other_len = 0;
    const char *first = report_run_option(&r->run[0], key, &len);
    for (int64_t i = 1; i < r->runs; i++) {
        const char *other = report_run_option(&r->run[i], key, &other_len);
        if (!first != !other) return false;
        if (first && (len != other_len || memcmp(first, other, len) != 0)) return false;
    }
    return true;
}

/* Differences are shown between the first runs. */
static int64_t columns(const ReportRuns *r)
{
    return r->runs < DIFFERENT ? r->runs : DIFFERENT;
}

static void option_row(Text *out, const ReportRuns *r, const char *key)
{
    text_put(out, "<tr><th scope=\"row\">");
    report_page_name(out, key);
    text_put(out, "</th>");
    for (int64_t i = 0; i < columns(r); i++) {
        size_t len;
        const char *value = report_run_option(&r->run[i], key, &len);
        text_put(out, "<td>");
        report_page_name(out, value ? value : "");
        text_put(out, "</td>");
    }
    text_put(out, "</tr>\n");
}

/* Whether every run has a folder, seed or name of its own here anyway. */
static bool is_identity(const ReportRuns *r, const char *key)
{
    return strcmp(key, "run") == 0 || (r->merged && strcmp(key, "seed") == 0);
}

/* The rows of the options of the first run whose values differ between the runs. */
static int64_t option_rows(Text *out, const ReportRuns *r)
{
    const Lines *config = &r->run[0].config;
    int64_t rows = 0;
    for (size_t i = 0; i < config->count && rows < CONFIG_LINES; i++) {
        const char *colon = strchr(config->line[i], ':');
        if (!colon) continue;
        char *key = mem_format("%.*s", (int)(colon - config->line[i]), config->line[i]);
        if (!is_identity(r, key) && !same_option(r, key)) {
            option_row(out, r, key);
            rows++;
        }
        mem_free(key);
    }
    return rows;
}

static void differing_options(Text *out, const ReportRuns *r)
{
    Text rows = {0};
    text_put(out, "<h2>Settings that differ</h2>\n");
    if (option_rows(&rows, r) == 0) {
        text_put(out, "<p class=\"soft\">None.</p>\n");
        return;
    }
    text_put(out, "<div class=\"wide\" tabindex=\"0\"><table class=\"texts\"><thead><tr>"
                  "<th scope=\"col\">option</th>");
    for (int64_t i = 0; i < columns(r); i++) {
        text_put(out, "<th scope=\"col\">");
        report_page_name(out, r->run[i].name);
        text_put(out, "</th>");
    }
    text_put(out, "</tr></thead><tbody>\n");
    text_put(out, rows.data);
    text_put(out, "</tbody></table></div>\n");
    if (columns(r) < r->runs)
        text_add(out, "<p class=\"soft\">The first %d of %ld are shown.</p>\n", DIFFERENT,
                 r->runs);
    text_free(&rows);
}

static void all_options(Text *out, const ReportRun *run)
{
    if (run->config.count == 0) return;
    text_put(out, "<details><summary>All settings of ");
    text_html(out, run->name);
    text_put(out, "</summary><pre tabindex=\"0\">");
    for (size_t i = 0; i < run->config.count && i < CONFIG_LINES; i++) {
        report_page_name(out, run->config.line[i]);
        text_put(out, "\n");
    }
    text_put(out, "</pre></details>\n");
}

void report_section_settings(Text *out, ReportRuns *r)
{
    if (r->runs > 1 && r->run[0].config.count) differing_options(out, r);
    if (r->runs == 1 && r->run[0].config.count) text_put(out, "<h2>Settings</h2>\n");
    for (int64_t i = 0; i < columns(r); i++) report_changes(out, &r->run[i]);
    for (int64_t i = 0; i < r->runs && i < REPORT_COLORS; i++) all_options(out, &r->run[i]);
}
