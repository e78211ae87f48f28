/* SPDX-License-Identifier: Apache-2.0 */
/* The files of this folder that every page contains. The Makefile embeds them into the
 * program. */
#include "train/report/report_page.h"

#include "core/io/base64.h"
#include "core/mem.h"

#include <string.h>

static const uint8_t style[] = {
#include "train/report/report.css.bytes"
};
static const uint8_t chart_style[] = {
#include "train/report/uPlot.min.css.bytes"
};
static const uint8_t chart_script[] = {
#include "train/report/uPlot.iife.min.js.bytes"
};
static const uint8_t chart_hash[] = {
#include "train/report/uPlot.iife.min.js.sha256"
};
static const uint8_t script[] = {
#include "train/report/report.js.bytes"
};
static const uint8_t script_hash[] = {
#include "train/report/report.js.sha256"
};

static void put_hash(Text *out, const uint8_t *hash, size_t n)
{
    text_put(out, " 'sha256-");
    base64_put(out, hash, n);
    text_put(out, "'");
}

static void put_policy(Text *out)
{
    text_put(out, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                  "img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action "
                  "'none'; script-src");
    put_hash(out, chart_hash, sizeof chart_hash);
    put_hash(out, script_hash, sizeof script_hash);
    text_put(out, "\">\n");
}

static void put_element(Text *out, const char *name, const uint8_t *content, size_t n)
{
    text_add(out, "<%s>", name);
    text_put_bytes(out, (const char *)content, n);
    text_add(out, "</%s>\n", name);
}

void report_page_head(Text *out)
{
    put_policy(out);
    text_put(out, "<meta name=\"color-scheme\" content=\"light dark\">\n");
    put_element(out, "style", chart_style, sizeof chart_style);
    put_element(out, "style", style, sizeof style);
}

void report_page_scripts(Text *out)
{
    put_element(out, "script", chart_script, sizeof chart_script);
    put_element(out, "script", script, sizeof script);
}

void report_page_name(Text *out, const char *name)
{
    enum { NAME_BYTES = 300 };
    size_t left = NAME_BYTES;
    while (*name && left > 0) {
        size_t n = strcspn(name, "+/");
        n += name[n] != 0; /* breaks after it */
        n = n < left ? n : left;
        char *part = mem_format("%.*s", (int)n, name);
        text_html(out, part);
        mem_free(part);
        name += n;
        left -= n;
        if (*name && left > 0) text_put(out, "<wbr/>");
    }
    if (*name) text_put(out, " ...");
}
