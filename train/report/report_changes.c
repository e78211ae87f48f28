/* SPDX-License-Identifier: Apache-2.0 */
/* A row for each line of changes.jsonl. */
#include "train/report/report_changes.h"

#include "train/report/report_page.h"

static void cell(Text *out, const json_t *change, const char *key)
{
    const char *text = json_string_value(json_object_get(change, key));
    text_put(out, "<td>");
    report_page_name(out, text ? text : "");
    text_put(out, "</td>");
}

void report_changes(Text *out, const ReportRun *run)
{
    if (run->changes.count == 0) return;
    text_put(out, "<h3>Changed while ");
    report_page_name(out, run->name);
    text_put(
        out,
        " trained</h3>\n<div class=\"wide\" tabindex=\"0\"><table class=\"texts\"><thead><tr>"
        "<th scope=\"col\">after step</th><th scope=\"col\">option</th><th scope=\"col\">"
        "before</th><th scope=\"col\">since then</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < run->changes.count; i++) {
        json_t *change = json_loads(run->changes.line[i], 0, NULL);
        text_add(out, "<tr><td>%ld</td>",
                 (int64_t)json_integer_value(json_object_get(change, "step")));
        cell(out, change, "key");
        cell(out, change, "old");
        cell(out, change, "new");
        text_put(out, "</tr>\n");
        json_decref(change);
    }
    text_put(out, "</tbody></table></div>\n");
}
