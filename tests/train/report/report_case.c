/* SPDX-License-Identifier: Apache-2.0 */
/* Runs and pages for tests of reports. */
#include "tests/train/report/report_case.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "data/image/image.h"
#include "train/report/report.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

char *report_case_path(const Scratch *s, const char *name) { return file_join(s->dir, name); }

const char report_case_records[] =
    "{\"step\": 10, \"epoch\": 0, \"loss\": 500.5, \"loss_tag\": 400, \"loss_dis\": 0, "
    "\"loss_alignment\": 100.5, \"lr\": 1e-4, \"grad_norm\": null, \"samples_per_s\": 50}\n"
    "{\"step\": 20, \"epoch\": 0, \"loss\": 250, \"loss_tag\": 200, \"loss_dis\": 0, "
    "\"loss_alignment\": 50, \"lr\": 2e-4, \"grad_norm\": 3, \"samples_per_s\": 60}\n"
    "{\"eval\": \"seen\", \"step\": 20, \"epoch\": 0, \"mAP\": 0.5, \"CP\": 0.4, \"CR\": 0.3, "
    "\"F1\": 0.34}\n"
    "{\"eval\": \"seen\", \"step\": 30, \"epoch\": 1, \"mAP\": 0.45, \"CP\": 0.41, \"CR\": "
    "0.31, \"F1\": 0.35}\n";

const char report_case_summary[] =
    "{\"mAP\": 0.9, \"CP\": 1, \"CR\": 1, \"F1\": 1, \"images\": 7, \"tags\": 3, \"per_tag\": ["
    "{\"tag\": \"cat\", \"AP\": 0.25, \"positives\": 4}, "
    "{\"tag\": \"<script>dog\", \"AP\": 0.75, \"positives\": 2}, "
    "{\"tag\": \"cat\", \"AP\": 0.5, \"positives\": 4}]}";

void report_case_run(Scratch *s, const char *name, const char *metrics)
{
    char path[128];
    snprintf(path, sizeof path, "%s/metrics.jsonl", name);
    scratch_text(s, path, metrics);
    snprintf(path, sizeof path, "%s/eval/seen/summary.json", name);
    scratch_text(s, path, report_case_summary);
    snprintf(path, sizeof path, "%s/config.yaml", name);
    scratch_text(s, path, "seed: 1\nloss.tag: \"asl\"\n");
}

char *report_case_page(Scratch *s, const char *const *name, int64_t runs)
{
    char *path[4], *out = report_case_path(s, "page.html");
    for (int64_t i = 0; i < runs; i++) path[i] = report_case_path(s, name[i]);
    Error err = {0};
    ck_assert_msg(report_write((const char *const *)path, runs, NULL, out, &err) == 0, "%s",
                  err.text);
    Bytes file;
    ck_assert_int_eq(file_read(out, &file, NULL), 0);
    char *page = mem_strdup((const char *)file.data);
    bytes_free(&file);
    for (int64_t i = 0; i < runs; i++) mem_free(path[i]);
    mem_free(out);
    return page;
}

int report_case_count(const char *page, const char *what)
{
    int n = 0;
    for (const char *p = page; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

static bool is_void(const char *name, const char *end)
{
    return *name == 0 || strcmp(name, "meta") == 0 || strcmp(name, "img") == 0 ||
           strcmp(name, "br") == 0 || end[-1] == '/';
}

/* Where an element ends whose content is no HTML; p otherwise. */
static const char *skip_foreign(const char *p)
{
    static const char *const name[] = {"script", "style"};
    for (int i = 0; i < 2; i++) {
        char end[16];
        snprintf(end, sizeof end, "</%s>", name[i]);
        if (strncmp(p + 1, name[i], strlen(name[i])) == 0) return strchr(strstr(p, end), '>');
    }
    return p;
}

void report_case_balanced(const char *page)
{
    char stack[64][16];
    int depth = 0;
    for (const char *p = page; (p = strchr(p, '<')); p++) {
        const char *after = skip_foreign(p);
        if (after != p) {
            p = after;
            continue;
        }
        char name[16] = "";
        const bool closing = p[1] == '/';
        sscanf(p + 1 + closing, "%15[a-z0-9]", name);
        const char *end = strchr(p, '>');
        ck_assert_ptr_nonnull(end);
        if (is_void(name, end)) continue;
        if (!closing) {
            ck_assert_int_lt(depth, 64);
            memcpy(stack[depth++], name, sizeof name);
        } else {
            ck_assert_msg(depth > 0 && strcmp(stack[depth - 1], name) == 0, "</%s> closes <%s>",
                          name, depth ? stack[depth - 1] : "nothing");
            depth--;
        }
    }
    ck_assert_int_eq(depth, 0);
}

void report_case_image(Scratch *s, const char *name)
{
    Image image = image_new(700, 300);
    memset(image.rgb, 77, 700 * 300 * 3);
    char *path = report_case_path(s, name);
    ck_assert_int_eq(image_write_png(path, &image, NULL), 0);
    mem_free(path);
    image_free(&image);
}
