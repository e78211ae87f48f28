/* The page of a report: its frame and style; the parts are in report_section.c and beside it. */
#include "train/report/report.h"

#include "core/mem.h"
#include "core/text.h"
#include "core/version.h"
#include "train/report/report_section.h"

#include <string.h>

static const char style[] =
    "<style>\n"
    ":root{--ink:#1c2430;--soft:#667085;--line:#e4e8ee;--paper:#fff;--ground:#f6f7f9;"
    "--blue:#2563eb}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--ground);color:var(--ink);"
    "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}\n"
    "main{max-width:1180px;margin:0 auto;padding:36px 24px 64px}\n"
    "h1{font-size:28px;margin:0 0 4px;letter-spacing:-.02em}\n"
    "h2{font-size:19px;margin:44px 0 12px;letter-spacing:-.01em}\n"
    "h3{font-size:15px;margin:20px 0 8px}\n"
    "small,.soft{color:var(--soft);font-weight:400}\n"
    "p{margin:0 0 8px}\n"
    ".card,figure,table{background:var(--paper);border:1px solid var(--line);"
    "border-radius:10px}\n"
    ".cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(150px,1fr));gap:12px;"
    "margin-top:24px}\n"
    ".card{padding:12px 16px}\n"
    ".card b{display:block;font-size:26px;line-height:1.25;font-variant-numeric:tabular-nums}\n"
    ".card.best b{color:var(--blue)}\n"
    "</style>\n"
    "<style>\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:separate;border-spacing:0;width:100%;"
    "font-variant-numeric:tabular-nums}\n"
    "th,td{padding:7px 12px;border-bottom:1px solid var(--line);text-align:right;"
    "white-space:nowrap}\n"
    "tr:last-child td{border-bottom:0}\n"
    "th{font-size:12px;color:var(--soft);font-weight:600}\n"
    "th:first-child,td:first-child{text-align:left}\n"
    "td.win{font-weight:700;color:var(--blue)}\n"
    "td i,.legend i{display:inline-block;width:10px;height:10px;border-radius:3px;"
    "margin-right:7px}\n"
    ".charts{display:grid;gap:12px;grid-template-columns:repeat(auto-fit,minmax(300px,1fr));"
    "margin-bottom:12px}\n"
    ".charts.two{grid-template-columns:repeat(auto-fit,minmax(420px,1fr))}\n"
    "figure{margin:0;padding:12px 14px}\n"
    "figcaption{font-weight:600;font-size:14px}\n"
    "svg{display:block;width:100%;height:auto}\n"
    "svg polyline{stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}\n"
    "svg .g{stroke:var(--line)}\n"
    "svg .t{font-size:10.5px;fill:var(--soft)}\n"
    ".legend{font-size:12.5px;color:var(--soft);margin:0}\n"
    ".legend span{margin-right:16px;white-space:nowrap}\n"
    ".legend b{color:var(--ink)}\n"
    "</style>\n"
    "<style>\n"
    ".bars{columns:3 300px;column-gap:28px;background:var(--paper);padding:14px 18px;"
    "border:1px solid var(--line);border-radius:10px;font-size:13px}\n"
    ".bar{display:grid;grid-template-columns:minmax(0,11em) 1fr 3em 2.6em;gap:8px;"
    "align-items:center;break-inside:avoid;line-height:1.65}\n"
    ".bar span:first-child{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}\n"
    ".track{background:#edf0f4;border-radius:4px;height:8px;overflow:hidden;display:block}\n"
    ".track i{display:block;height:8px;border-radius:4px}\n"
    ".bar b,.bar small{text-align:right;font-variant-numeric:tabular-nums;font-weight:500}\n"
    "td .track{width:110px;display:inline-block;margin-right:8px;vertical-align:middle}\n"
    "details{margin-top:10px}\n"
    "summary{cursor:pointer;color:var(--blue);font-size:14px}\n"
    ".pictures{display:grid;gap:12px;grid-template-columns:repeat(auto-fill,minmax(210px,1fr))}"
    "\n"
    ".picture{background:var(--paper);border:1px solid var(--line);border-radius:10px;"
    "overflow:hidden}\n"
    ".picture img{display:block;width:100%;height:190px;object-fit:contain;"
    "background:#fff;border-bottom:1px solid var(--line)}\n"
    ".picture p{padding:8px 10px 4px;margin:0}\n"
    ".chip{display:inline-block;border-radius:20px;padding:1px 9px;margin:0 4px 5px 0;"
    "font-size:12.5px;background:#eef1f5}\n"
    ".chip.hit{background:#d9f2e4;color:#0b5d3b}\n"
    ".chip.miss{background:none;border:1px dashed #d97b7b;color:#a33}\n"
    "pre{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:12px;"
    "overflow-x:auto;font-size:12.5px;line-height:1.45}\n"
    "</style>\n";

/* "CPU, 2 threads, float32, ramplus 0.1.0" of the first run that knows. */
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
            text_add(out, ", %lld threads", (long long)json_integer_value(threads));
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
        text_add(out, "%lld runs compared", (long long)r->runs);
}

static void put_page(Text *out, const ReportRuns *r)
{
    text_put(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                  "<title>ramplus: ");
    put_title(out, r);
    text_put(out, "</title>\n");
    text_put(out, style);
    text_put(out, "</head><body><main>\n<h1>");
    put_title(out, r);
    text_put(out, "</h1>\n");
    put_machine(out, r);
    report_section_figures(out, r);
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

/* Collects the names of all lists. */
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

static int write_page(const ReportRun *run, int64_t runs, const char *path, Error *err)
{
    Text page = {0};
    ReportRuns r = {.run = run, .runs = runs};
    name_lists(&r);
    put_page(&page, &r);
    int status = text_write(&page, path, err);
    mem_free(r.list);
    text_free(&page);
    return status;
}

int report_write(const char *const *run, int64_t runs, const char *path, Error *err)
{
    CHECK(runs >= 1, "%lld runs", (long long)runs);
    ReportRun *read = mem_calloc((size_t)runs, sizeof *read);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < runs; i++)
        status = report_run_read(run[i], &read[i], err);
    if (status == 0) status = write_page(read, runs, path, err);
    for (int64_t i = 0; i < runs; i++) report_run_free(&read[i]);
    mem_free(read);
    return status;
}
