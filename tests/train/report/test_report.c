/* SPDX-License-Identifier: Apache-2.0 */
/* Reports: what is read from a run, and pages that stay well-formed for any names. */
#include "train/report/report.h"

#include "core/io/base64.h"
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "data/image/image.h"
#include "tests/support/scratch.h"
#include "train/report/report_run.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

static char *in_root(const char *name) { return file_join(scratch.dir, name); }

static const char records[] =
    "{\"step\": 10, \"epoch\": 0, \"loss\": 500.5, \"loss_tag\": 400, \"loss_dis\": 0, "
    "\"loss_alignment\": 100.5, \"lr\": 1e-4, \"grad_norm\": null, \"samples_per_s\": 50}\n"
    "{\"step\": 20, \"epoch\": 0, \"loss\": 250, \"loss_tag\": 200, \"loss_dis\": 0, "
    "\"loss_alignment\": 50, \"lr\": 2e-4, \"grad_norm\": 3, \"samples_per_s\": 60}\n"
    "{\"eval\": \"seen\", \"step\": 20, \"epoch\": 0, \"mAP\": 0.5, \"CP\": 0.4, \"CR\": 0.3, "
    "\"F1\": 0.34}\n"
    "{\"eval\": \"seen\", \"step\": 30, \"epoch\": 1, \"mAP\": 0.45, \"CP\": 0.41, \"CR\": "
    "0.31, \"F1\": 0.35}\n";

static const char summary[] =
    "{\"mAP\": 0.9, \"CP\": 1, \"CR\": 1, \"F1\": 1, \"images\": 7, \"tags\": 3, \"per_tag\": ["
    "{\"tag\": \"cat\", \"AP\": 0.25, \"positives\": 4}, "
    "{\"tag\": \"<script>dog\", \"AP\": 0.75, \"positives\": 2}, "
    "{\"tag\": \"cat\", \"AP\": 0.5, \"positives\": 4}]}";

static void put_run(const char *name, const char *metrics)
{
    char path[128];
    snprintf(path, sizeof path, "%s/metrics.jsonl", name);
    scratch_text(&scratch, path, metrics);
    snprintf(path, sizeof path, "%s/eval/seen/summary.json", name);
    scratch_text(&scratch, path, summary);
    snprintf(path, sizeof path, "%s/config.yaml", name);
    scratch_text(&scratch, path, "seed: 1\nloss.tag: \"asl\"\n");
}

/* The report of these runs as text. Owned. */
static char *page_of(const char *const *name, int64_t runs)
{
    char *path[4], *out = in_root("page.html");
    for (int64_t i = 0; i < runs; i++) path[i] = in_root(name[i]);
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

static int count(const char *page, const char *what)
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

/* Checks that every element is closed in order; void elements and the doctype are
 * exceptions. */
static void is_balanced(const char *page)
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

START_TEST(reads_what_a_run_logged)
{
    put_run("runs/first", records);
    char *path = in_root("runs/first/");
    ReportRun r;
    Error err = {0};
    ck_assert_msg(report_run_read(path, "run", &r, &err) == 0, "%s", err.text);
    ck_assert_str_eq(r.name, "run");
    ck_assert(r.steps == 30.0 && r.epochs == 1.0);
    ck_assert_int_eq(r.series[REPORT_LOSS].count, 2);
    ck_assert(r.series[REPORT_LOSS].value[0] == 500.5);
    ck_assert_int_eq(r.series[REPORT_NORM].count, 1); /* null is not a number */
    ck_assert(r.series[REPORT_NORM].step[0] == 20.0);
    ck_assert_int_eq(r.lists, 1);
    const ReportList *l = report_run_list(&r, "seen");
    ck_assert(l->best_map == 0.5 && l->last_map == 0.45 && l->last_f1 == 0.35);
    ck_assert_int_eq(l->map.count, 2);
    ck_assert_int_eq(l->tags, 3);
    ck_assert(l->tag[1].ap == 0.75 && l->tag[1].positives == 2);
    size_t len;
    ck_assert_str_eq(report_run_option(&r, "loss.tag", &len), "\"asl\"");
    ck_assert_uint_eq(len, 5);
    ck_assert_ptr_null(report_run_option(&r, "loss", &len));
    report_run_free(&r);
    mem_free(path);
}
END_TEST

START_TEST(the_newest_summary_counts)
{
    scratch_text(&scratch, "run/metrics.jsonl", "{\"step\": 1, \"loss\": 2}\n");
    static const struct {
        const char *file;
        double map;
    } made[] = {{"run/eval/step_300/unseen/summary.json", 0.1},
                {"run/eval/step_1000/unseen/summary.json", 0.3},
                {"run/eval/step_900/unseen/summary.json", 0.2}};
    for (int i = 0; i < 3; i++) {
        char *text = mem_format("{\"mAP\": %g, \"per_tag\": [{\"tag\": \"a\", \"AP\": %g}]}",
                                made[i].map, made[i].map);
        scratch_text(&scratch, made[i].file, text);
        mem_free(text);
    }
    char *path = in_root("run");
    ReportRun r;
    ck_assert_int_eq(report_run_read(path, "run", &r, NULL), 0);
    ck_assert_int_eq(r.lists, 1);
    ck_assert_str_eq(r.list[0].name, "unseen");
    ck_assert(r.list[0].last_map == 0.3 && r.list[0].tag[0].ap == 0.3);
    report_run_free(&r);
    mem_free(path);
}
END_TEST

static void refused(const char *words)
{
    char *run = in_root("bad"), *out = in_root("page.html");
    const char *const path[] = {run};
    Error err = {0};
    ck_assert_int_eq(report_write(path, 1, NULL, out, &err), -1);
    ck_assert_msg(err.code == ERROR_DATA, "code %d: %s", err.code, err.text);
    ck_assert_msg(strstr(err.text, words), "\"%s\" not in: %s", words, err.text);
    ck_assert(!file_exists(out));
    mem_free(out);
    mem_free(run);
}

static void metrics_refused(const char *metrics, const char *words)
{
    put_run("bad", metrics);
    refused(words);
}

START_TEST(a_folder_without_a_run_is_refused)
{
    refused("bad/metrics.jsonl");
    metrics_refused("", "contains no record");
    metrics_refused("{\"step\": 1}\nnonsense\n{\"step\": 2}\n", "line 2");
    metrics_refused("[1]\n{\"step\": 2}\n", "line 1");
    put_run("bad", records);
    scratch_text(&scratch, "bad/eval/seen/summary.json", "[]");
    refused("seen/summary.json: not a JSON object");
    scratch_text(&scratch, "bad/eval/seen/summary.json", "{\"mAP\": ");
    refused("seen/summary.json: line 1");
    scratch_text(&scratch, "bad/eval/seen/summary.json", "{\"mAP\": 1, \"mAP\": 0}");
    refused("seen/summary.json: line 1: duplicate object key");
    scratch_text(&scratch, "bad/eval/seen/summary.json", summary);
    scratch_text(&scratch, "bad/eval/examples.json", "{}");
    refused("examples.json: not a JSON array");
}
END_TEST

START_TEST(an_incomplete_last_line_is_ignored)
{
    char *metrics = mem_format("%s{\"step\": 4", records);
    put_run("run", metrics);
    mem_free(metrics);
    const char *const name[] = {"run"};
    char *page = page_of(name, 1);
    ck_assert_ptr_nonnull(strstr(page, "<b>30</b>")); /* steps */
    mem_free(page);
}
END_TEST

START_TEST(a_switched_off_loss_has_no_chart)
{
    put_run("run", records);
    const char *const name[] = {"run"};
    char *page = page_of(name, 1);
    ck_assert_ptr_nonnull(strstr(page, "Tagging loss"));
    ck_assert_ptr_null(strstr(page, "Distillation loss"));
    mem_free(page);
}
END_TEST

START_TEST(tags_are_ordered_by_their_ap)
{
    put_run("run", records);
    const char *const name[] = {"run"};
    char *page = page_of(name, 1);
    const char *best =
        strstr(page, "<td>2</td><td class=\"ap\" style=\"--v:75.0%\">0.750</td>");
    ck_assert_ptr_nonnull(best);
    const char *middle =
        strstr(best, "<td>4</td><td class=\"ap\" style=\"--v:50.0%\">0.500</td>");
    ck_assert_ptr_nonnull(middle);
    ck_assert_ptr_nonnull(strstr(middle, ">0.250</td>"));
    mem_free(page);
}
END_TEST

START_TEST(runs_are_compared)
{
    put_run("a", records);
    put_run("b", "{\"step\": 5, \"loss\": 9}\n"
                 "{\"eval\": \"seen\", \"step\": 5, \"mAP\": 0.6, \"F1\": 0.2}\n"
                 "{\"eval\": \"unseen\", \"step\": 5, \"mAP\": 0.125}\n");
    scratch_text(&scratch, "b/config.yaml", "seed: 1\nloss.tag: \"hill\"\n");
    const char *const name[] = {"a", "b"};
    char *page = page_of(name, 2);
    is_balanced(page);
    ck_assert_ptr_nonnull(strstr(page, "<td class=\"win\">0.6000</td>"));
    ck_assert_ptr_nonnull(strstr(page, "<td>0.5000</td>"));
    ck_assert_ptr_nonnull(strstr(page, "<td class=\"win\">0.1250</td>"));
    ck_assert_ptr_nonnull(strstr(page, "mAP, unseen"));
    ck_assert_ptr_nonnull(strstr(page,
                                 "<tr><th scope=\"row\">loss.tag</th><td>&quot;asl&quot;</td>"
                                 "<td>&quot;hill&quot;</td></tr>"));
    ck_assert_ptr_null(strstr(page, ">seed</th>"));
    mem_free(page);
}
END_TEST

static void put_image(const char *name)
{
    Image image = image_new(700, 300);
    memset(image.rgb, 77, 700 * 300 * 3);
    char *path = in_root(name);
    ck_assert_int_eq(image_write_png(path, &image, NULL), 0);
    mem_free(path);
    image_free(&image);
}

static void put_hostile_run(const char *run)
{
    char file[128];
    put_run(run, "{\"step\": 5, \"loss\": 9}\n{\"eval\": \"<script>seen\", \"step\": 5, "
                 "\"mAP\": 0.6}\n");
    snprintf(file, sizeof file, "%s/config.yaml", run);
    scratch_text(&scratch, file, "seed: <script>\n");
    snprintf(file, sizeof file, "%s/env.json", run);
    scratch_text(&scratch, file, "{\"cpu\": \"<script>\", \"version\": \"<script>\"}");
    snprintf(file, sizeof file, "%s/eval/examples.json", run);
    scratch_text(
        &scratch, file,
        "[{\"image\": \"a.png\", \"tags\": [{\"tag\": \"<script>t\", \"score\": 0.9}], "
        "\"truth\": [\"<script>missed\"]}, {\"image\": \"<script>gone\"}, 7, {}]");
    snprintf(file, sizeof file, "%s/a.png", run);
    put_image(file);
}

START_TEST(hostile_names_stay_text)
{
    const char *const name[] = {"r<script>alert(1)<&'\"", "second"};
    put_hostile_run(name[0]);
    put_run(name[1], records);
    for (int64_t runs = 1; runs <= 2; runs++) {
        char *page = page_of(name, runs);
        ck_assert_int_eq(count(page, "<script>"), 2);
        ck_assert_int_eq(count(page, "<script"), 2);
        ck_assert_int_ge(count(page, "&lt;script&gt;"), 8);
        is_balanced(page);
        mem_free(page);
    }
}
END_TEST

START_TEST(images_are_inside_the_page)
{
    put_run("run", records);
    scratch_text(
        &scratch, "run/eval/examples.json",
        "[{\"image\": \"a.png\", \"tags\": [{\"tag\": \"cat\", \"score\": 0.91}, {\"tag\": "
        "\"sea\", \"score\": 0.5}], \"truth\": [\"cat\", \"sky\"]}]");
    put_image("run/a.png");
    const char *const name[] = {"run"};
    char *page = page_of(name, 1);
    ck_assert_int_eq(count(page, "src=\"data:image/jpeg;base64,/9j/"), 1);
    ck_assert_int_eq(count(page, "src="), 1);
    ck_assert_int_eq(count(page, "http"), 2); /* http-equiv, and the address in uPlot */
    ck_assert_ptr_null(strstr(page, "url("));
    ck_assert_ptr_nonnull(strstr(page, "alt=\"image a.png: cat, sea\""));
    ck_assert_ptr_nonnull(strstr(page, "<span class=\"chip hit\">cat <small>0.91"));
    ck_assert_ptr_nonnull(strstr(page, "<span class=\"chip\">sea"));
    ck_assert_ptr_nonnull(strstr(page, "<span class=\"chip miss\">sky"));
    char *thumbnail = in_root("page.html.thumbnail");
    ck_assert(!file_exists(thumbnail));
    mem_free(thumbnail);
    mem_free(page);
}
END_TEST

static char *page_of_ablation(void)
{
    static const char *const folder[] = {"abl"};
    char *page = page_of(folder, 1);
    is_balanced(page);
    return page;
}

/* The folder of an ablation: its cells, which are means over their seeds, and its table. */
START_TEST(an_ablation)
{
    put_run("abl/loss=a&b/seed_0", records);
    put_run("abl/loss=a&b/seed_1", records);
    put_run("abl/b%3Dce/seed_0", records);
    put_run("abl/b%3Dce/seed_0/old/seed_7", records); /* moved aside, not a cell */
    char *page = page_of_ablation();
    ck_assert_ptr_nonnull(strstr(page, "2 cells, 3 runs"));
    ck_assert_ptr_nonnull(strstr(page, "</i>b=ce</th>"));
    ck_assert_ptr_nonnull(strstr(page, "</i>loss=a&amp;b</th>"));
    ck_assert_ptr_null(strstr(page, "seed_"));
    ck_assert_ptr_null(strstr(page, "All numbers")); /* it is not finished */
    mem_free(page);
    scratch_text(
        &scratch, "abl/ablation.json",
        "[{\"cell\": \"a&b\", \"list\": \"seen\", \"mean\": 0.25, \"deviation\": 0.125, "
        "\"seeds\": 2},\n {\"cell\": \"a&b\", \"list\": \"new\", \"mean\": 0.5, "
        "\"deviation\": null, \"seeds\": 2},\n {\"cell\": \"bce\", \"list\": \"seen\", "
        "\"mean\": 0.75, \"deviation\": null, \"seeds\": 1}, {\"cell\": \"bce\", \"list\": "
        "\"new\", \"mean\": null, \"seeds\": 1, \"error\": \"<no> memory\"}]");
    page = page_of_ablation();
    ck_assert_ptr_nonnull(strstr(page, "Ablation abl</h1>"));
    ck_assert_ptr_nonnull(strstr(page, "<tr><th scope=\"row\">a&amp;b</th><td>0.2500</td>"
                                       "<td>0.1250</td><td>2</td></tr>"));
    ck_assert_ptr_nonnull(strstr(page, "<tr><th scope=\"row\">bce</th><td class=\"win\">0.7500"
                                       "</td><td class=\"soft\">&ndash;</td><td>1</td></tr>"));
    ck_assert_ptr_nonnull(strstr(page, "<tr><th scope=\"row\">bce</th><td class=\"soft\">failed"
                                       "</td><td>1</td><td class=\"fault\">&lt;no&gt; memory"
                                       "</td></tr>"));
    mem_free(page);
    scratch_text(&scratch, "abl/ablation.json", "{}");
    char *path = in_root("abl"), *out = in_root("page.html");
    Error err = {0};
    ck_assert_int_eq(report_write((const char *const[]){path}, 1, NULL, out, &err), -1);
    expect_error(&err, ERROR_DATA, "ablation.json: not a table of an ablation");
    mem_free(out);
    mem_free(path);
}
END_TEST

/* A table with folders of runs says which runs count, by paths that stay inside. */
START_TEST(an_ablation_that_names_its_runs)
{
    put_run("abl/x/seed_0/lr_1", records);
    put_run("abl/x/seed_0/lr_2", records);
    put_run("other", records);
    scratch_text(&scratch, "abl/ablation.json",
                 "[{\"cell\": \"x\", \"list\": \"seen\", \"mean\": 0.25, \"runs\": ["
                 "{\"seed\": 0, \"folder\": \"x/seed_0/lr_2\"}, {\"seed\": 1, \"folder\": "
                 "\"../other\"}, {\"seed\": 2, \"folder\": \"x/gone\"}, {\"folder\": 7}]}]");
    char *page = page_of_ablation();
    ck_assert_ptr_nonnull(strstr(page, "1 cell, 1 run<"));
    mem_free(page);
}
END_TEST

/* Noise, which JPEG cannot make small. */
static void put_noise(const char *name)
{
    Image image = image_new(320, 320);
    uint32_t state = 1;
    for (int i = 0; i < 320 * 320 * 3; i++) {
        state = state * 1664525 + 1013904223;
        image.rgb[i] = (uint8_t)(state >> 24);
    }
    char *path = in_root(name);
    ck_assert_int_eq(image_write_png(path, &image, NULL), 0);
    mem_free(path);
    image_free(&image);
}

/* With too many images, they become smaller, and the page says so. */
START_TEST(a_page_is_at_most_two_mebibytes)
{
    Text examples = {0};
    put_run("run", records);
    put_noise("run/a.png");
    for (int i = 0; i < 48; i++)
        text_add(&examples, "%s{\"image\": \"a.png\", \"tags\": []}", i ? "," : "[");
    text_put(&examples, "]");
    scratch_text(&scratch, "run/eval/examples.json", examples.data);
    text_free(&examples);
    const char *const name[] = {"run"};
    char *page = page_of(name, 1);
    ck_assert_uint_le(strlen(page), 2 << 20);
    ck_assert_uint_gt(strlen(page), 1 << 20);
    ck_assert_int_eq(count(page, "<img "), 48);
    ck_assert_ptr_nonnull(strstr(page, "Images are smaller than usual"));
    mem_free(page);
}
END_TEST

/* A browser runs the two scripts of this program, whose hashes the page names, and no other. */
START_TEST(the_policy_names_the_scripts)
{
    put_run("run", records);
    const char *const name[] = {"run"};
    char *page = page_of(name, 1);
    const char *p = strstr(page, "<script>");
    for (int i = 0; i < 2; i++, p = strstr(p, "<script>")) {
        const char *end = strstr(p, "</script>");
        const char *file = scratch_write(&scratch, "script", p + 8, (size_t)(end - p - 8));
        char *command = mem_format("sha256sum %s", file);
        FILE *pipe = popen(command, "r");
        uint8_t hash[32];
        for (int k = 0; k < 32; k++) ck_assert_int_eq(fscanf(pipe, "%2hhx", &hash[k]), 1);
        pclose(pipe);
        mem_free(command);
        Text want = {0};
        text_put(&want, "'sha256-");
        base64_put(&want, hash, 32);
        text_put(&want, "'");
        ck_assert_msg(strstr(page, want.data), "%s", want.data);
        text_free(&want);
        p = end;
    }
    ck_assert_int_eq(count(page, "'sha256-"), 2);
    ck_assert_ptr_nonnull(strstr(page, "default-src 'none'"));
    mem_free(page);
}
END_TEST

Suite *test_report_suite(void);
Suite *test_report_suite(void)
{
    Suite *s = suite_create("report");
    TCase *t = tcase_create("report");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, reads_what_a_run_logged);
    tcase_add_test(t, an_ablation);
    tcase_add_test(t, an_ablation_that_names_its_runs);
    tcase_add_test(t, a_page_is_at_most_two_mebibytes);
    tcase_add_test(t, the_policy_names_the_scripts);
    tcase_add_test(t, the_newest_summary_counts);
    tcase_add_test(t, a_folder_without_a_run_is_refused);
    tcase_add_test(t, an_incomplete_last_line_is_ignored);
    tcase_add_test(t, a_switched_off_loss_has_no_chart);
    tcase_add_test(t, tags_are_ordered_by_their_ap);
    tcase_add_test(t, runs_are_compared);
    tcase_add_test(t, hostile_names_stay_text);
    tcase_add_test(t, images_are_inside_the_page);
    suite_add_tcase(s, t);
    return s;
}
