/* SPDX-License-Identifier: Apache-2.0 */
/* Pages in a browser, wide and as on a phone, light and dark, with and without scripts: nothing
 * fails, nothing is loaded, nothing is cut off, and what can be used works. A slow test
 * (make check-slow), which needs chromium; with SHOTS=FOLDER it leaves pictures there. */
#include "tests/support/browser.h"
#include "tests/train/report/report_case.h"

#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "eval/scores/scores.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 24, TAGS = 12, STEPS = 400 };

static Scratch scratch;
static Browser *browser;

static void setup(void)
{
    scratch_new(&scratch);
    char *profile = report_case_path(&scratch, "profile");
    browser = browser_open(profile);
    mem_free(profile);
}

static void teardown(void)
{
    browser_close(browser);
    scratch_free(&scratch);
}

/* ---- runs -------------------------------------------------------------------------------- */

/* Losses that fall from `loss`, over three epochs and a range that asks for a logarithm. */
static void put_metrics(const char *run, double loss)
{
    Text log = {0};
    for (int i = 1; i <= STEPS; i++) {
        text_add(&log,
                 "{\"step\": %d, \"epoch\": %d, \"loss\": %g, \"loss_tag\": %g, \"lr\": 1e-4, "
                 "\"grad_norm\": %g, \"samples_per_s\": 20}\n",
                 i, (i - 1) * 3 / STEPS, loss / i + i % 7 * 0.01, loss / i / 2,
                 loss * loss / i / i);
        if (i % 50 == 0)
            text_add(&log, "{\"step\": %d, \"eval\": \"seen\", \"mAP\": %g, \"F1\": 0.5}\n", i,
                     0.5 - loss / i / 100);
    }
    report_case_run(&scratch, run, log.data);
    char *config = mem_format("%s/config.yaml", run);
    char *settings = mem_format("seed: 1\ntrain.batch: 8\nloss.tag: start_%g\n", loss);
    scratch_text(&scratch, config, settings);
    mem_free(settings);
    mem_free(config);
    text_free(&log);
}

/* Scores of images that are in the run. */
static void put_scores(const char *run)
{
    char name[IMAGES][16], tag_name[TAGS][40];
    const char *image[IMAGES], *tag[TAGS];
    for (int i = 0; i < IMAGES; i++) {
        snprintf(name[i], sizeof name[i], "%d.png", i % 4);
        image[i] = name[i];
        char *file = mem_format("%s/%d.png", run, i % 4);
        report_case_image(&scratch, file);
        mem_free(file);
    }
    for (int k = 0; k < TAGS; k++) {
        snprintf(tag_name[k], sizeof tag_name[k], "%s %c",
                 k == 3 ? "averylongtagwithoutanyplacetobreak" : "tag", 'a' + k);
        tag[k] = tag_name[k];
    }
    Scores *s = scores_new(image, IMAGES, tag, TAGS);
    for (int i = 0; i < IMAGES * TAGS; i++) {
        s->score[i] = (float)(i * 37 % 100) / 100;
        s->truth[i] = i * 37 % 100 + i * 13 % 40 > 80;
    }
    char *file = mem_format("%s/eval/seen/scores.h5", run);
    ck_assert_int_eq(scores_write(s, scratch_path(&scratch, file), NULL), 0);
    mem_free(file);
    scores_free(s);
}

static void put_summary(const char *run)
{
    Text text = {0};
    for (int k = 0; k < TAGS; k++)
        text_add(&text, "%s{\"tag\": \"%s %c\", \"AP\": %g, \"positives\": %d}",
                 k ? ", " : "{\"mAP\": 0.5, \"per_tag\": [",
                 k == 3 ? "averylongtagwithoutanyplacetobreak" : "tag", 'a' + k,
                 (double)(k * 7 % TAGS) / TAGS, k);
    text_put(&text, "]}");
    char *file = mem_format("%s/eval/seen/summary.json", run);
    scratch_text(&scratch, file, text.data);
    mem_free(file);
    text_free(&text);
}

static void put_run(const char *run, double loss)
{
    put_metrics(run, loss);
    put_summary(run);
    put_scores(run);
}

/* Twelve cells, each a run, with differences and one that failed. */
static void put_ablation(void)
{
    static const char *const loss[] = {"bce", "asl", "hill", "splc"};
    Text table = {0};
    for (int c = 0; c < 12; c++) {
        char *folder =
            mem_format("abl/loss.tag=%s+loss.align=%s/seed_0", loss[c / 3], loss[c % 3]);
        put_metrics(folder, 100 + 20 * c);
        put_summary(folder);
        text_add(
            &table,
            "%s{\"cell\": \"loss.tag=%s+loss.align=%s\", \"list\": \"seen\", \"mean\": %s, "
            "\"deviation\": 0.01, \"seeds\": 1, \"rank\": 2, \"settings\": {\"loss.tag\": "
            "\"%s\", \"loss.align\": \"%s\"}%s, \"difference\": {\"to\": "
            "\"loss.tag=bce+loss.align=bce\", \"mean\": %g, \"low\": %g, \"high\": %g, "
            "\"images_low\": %g, \"images_high\": %g}}",
            c ? ",\n" : "[", loss[c / 3], loss[c % 3], c == 7 ? "null" : "0.4", loss[c / 3],
            loss[c % 3], c == 7 ? ", \"error\": \"step 12: loss is not finite\"" : "",
            0.01 * (c - 6), 0.01 * (c - 7), 0.01 * (c - 5), 0.01 * (c - 8), 0.01 * (c - 4));
        mem_free(folder);
    }
    text_put(&table, "]");
    scratch_text(&scratch, "abl/ablation.json", table.data);
    text_free(&table);
}

/* ---- views ------------------------------------------------------------------------------- */

static void no_complaints(const char *what)
{
    const json_t *said = browser_complaints(browser), *asked = browser_requests(browser);
    ck_assert_msg(json_array_size(said) == 0, "%s: %s", what,
                  json_string_value(json_array_get(said, 0)));
    ck_assert_msg(json_array_size(asked) == 0, "%s: wants %s", what,
                  json_string_value(json_array_get(asked, 0)));
}

/* Texts with a contrast below 4.5 to their ground (WCAG 2, level AA), if any. */
static const char faint[] =
    "(() => { const parse = c => { const m = c.match(/[\\d.]+/g).map(Number); return m.length "
    "> 3 "
    "? m : [...m, 1]; };"
    "const light = c => { const f = x => (x /= 255) <= .04045 ? x / 12.92 : ((x + .055) / "
    "1.055) "
    "** 2.4; return .2126 * f(c[0]) + .7152 * f(c[1]) + .0722 * f(c[2]); };"
    "const ground = e => { for (; e; e = e.parentElement) { const b = "
    "parse(getComputedStyle(e).backgroundColor); if (b[3] > .9) return b; } return [255, 255, "
    "255]; "
    "};"
    "return [...document.querySelectorAll('body *')].filter(e => e.offsetParent && "
    "!e.closest('script') && [...e.childNodes].some(n => n.nodeType === 3 && "
    "n.textContent.trim())).filter(e => { let seen = 1; for (let p = e; p; p = "
    "p.parentElement) "
    "seen *= getComputedStyle(p).opacity; const g = ground(e), c = "
    "parse(getComputedStyle(e).color).slice(0, 3).map((x, i) => x * seen + g[i] * (1 - seen)); "
    "const a = light(c), b = light(g); return (Math.max(a, b) + .05) / (Math.min(a, b) + .05) "
    "< "
    "4.5; }).map(e => e.outerHTML.slice(0, 80)).slice(0, 3).join(); })()";

static void has_contrast(const char *what)
{
    json_t *found = browser_value(browser, faint);
    ck_assert_msg(*json_string_value(found) == 0, "%s: faint: %s", what,
                  json_string_value(found));
    json_decref(found);
}

/* Holds on every page in every view. */
static void is_sound(const char *what)
{
    static const struct {
        const char *expression, *claim;
    } check[] = {
        {"document.documentElement.scrollWidth <= innerWidth", "nothing sticks out"},
        {"[...document.images].every(i => i.alt && i.naturalWidth)", "images have texts"},
        {"[...document.querySelectorAll('th')].every(t => t.scope)", "heads have a scope"},
        {"[...document.querySelectorAll('svg, .plot')].every(s => s.getAttribute('role') === "
         "'img' && s.getAttribute('aria-label'))",
         "charts have texts"},
        {"[...document.querySelectorAll('button, input')].every(b => b.labels && "
         "b.labels.length "
         "|| b.textContent.trim() || b.getAttribute('aria-label'))",
         "what can be used has a name"},
        {"[...document.querySelectorAll('.wide')].every(w => w.tabIndex === 0)",
         "tables scroll by keys"},
        {"[...document.querySelectorAll('nav a')].every(a => document.querySelector(a.hash))",
         "links lead somewhere"},
    };
    for (size_t i = 0; i < sizeof check / sizeof *check; i++)
        ck_assert_msg(browser_true(browser, check[i].expression), "%s: not so: %s", what,
                      check[i].claim);
    has_contrast(what);
    no_complaints(what);
}

static void shoot(const char *name, const BrowserView *view)
{
    const char *folder = getenv("SHOTS");
    if (!folder) return;
    char *prefix = mem_format("%s/%s-%d-%s%s", folder, name, view->width,
                              view->dark ? "dark" : "light", view->no_scripts ? "-plain" : "");
    browser_shots(browser, prefix);
    mem_free(prefix);
}

/* Writes the report of these folders and looks at it in all views. */
static void look_at(const char *name, const char *const *folder, int64_t folders)
{
    static const BrowserView view[] = {{1280, 900, false, false}, {1280, 900, true, false},
                                       {390, 844, false, false},  {390, 844, true, false},
                                       {390, 844, false, true},   {1280, 900, true, true}};
    char *page = report_case_page(&scratch, folder, folders);
    char *file = report_case_path(&scratch, "page.html");
    for (size_t i = 0; i < sizeof view / sizeof *view; i++) {
        browser_load(browser, file, &view[i]);
        is_sound(name);
        ck_assert_msg(
            browser_true(browser, view[i].no_scripts
                                      ? "document.querySelectorAll('figure svg').length "
                                        "> 3 && !document.querySelector('canvas') && "
                                        "![...document.querySelectorAll('input')].some(i => "
                                        "i.offsetParent)"
                                      : "document.querySelectorAll('canvas').length > 3 "
                                        "&& !document.querySelector('figure svg')"),
            "%s: charts", name);
        shoot(name, &view[i]);
    }
    browser_load(browser, file, &view[0]);
    mem_free(file);
    mem_free(page);
}

/* ---- use --------------------------------------------------------------------------------- */

static void becomes(const char *action, const char *expression)
{
    json_decref(browser_value(browser, action));
    ck_assert_msg(browser_true(browser, expression), "after %s: not so: %s", action,
                  expression);
    no_complaints(action);
}

static void use_tables(void)
{
    static const char first[] = "document.querySelector('#tags tbody tr').cells[2].textContent";
    char *now = mem_format("%s === '0.917'", first);
    char *low = mem_format("%s === '0.000' && document.querySelector('#tags th[aria-sort]')"
                           ".getAttribute('aria-sort') === 'ascending'",
                           first);
    becomes("1", now);
    static const char click[] = "document.querySelectorAll('#tags thead button')[2].click()";
    becomes(click, now); /* numbers: highest first */
    becomes(click, low);
    becomes(
        "{ const field = document.querySelector('input[type=search]'); field.value = 'Tag C'; "
        "field.oninput(); }",
        "[...document.querySelectorAll('#tags tbody tr')].filter(r => !r.hidden).length === 1 "
        "&& document.querySelector('[role=status]').textContent === '1 of 12'");
    mem_free(low);
    mem_free(now);
}

static void use_charts(void)
{
    static const char *const axis[] = {"epoch", "hour", "step"};
    for (int i = 0; i < 3; i++) {
        char *click = mem_format("document.querySelector('[value=%s]').click()", axis[i]);
        becomes(click, "document.querySelectorAll('#training canvas').length > 3");
        mem_free(click);
    }
    becomes("document.querySelector('#training [name=log]').click()",
            "[...document.querySelectorAll('#training figcaption')].every(c => "
            "c.textContent.includes('log scale'))");
    becomes(
        "{ const plot = document.querySelector('#training .plot'); plot.focus(); for (let i = "
        "0; i < 9; i++) plot.dispatchEvent(new KeyboardEvent('keydown', {key: "
        "'ArrowRight'})); }",
        "/ at \\d/.test(document.querySelector('#training figure .legend').textContent)");
    becomes("document.querySelector('#training .legend button').click()",
            "document.querySelector('#training .legend button').ariaPressed === 'false'");
}

START_TEST(a_run)
{
    static const char *const run[] = {"run"};
    put_run(run[0], 100);
    look_at("run", run, 1);
    use_tables();
    use_charts();
}
END_TEST

START_TEST(two_runs)
{
    static const char *const run[] = {"first_run_with_a_long_name_of_its_own", "b"};
    put_run(run[0], 100);
    put_run(run[1], 200);
    look_at("runs", run, 2);
    use_charts();
}
END_TEST

START_TEST(an_ablation)
{
    static const char *const folder[] = {"abl"};
    put_ablation();
    look_at("ablation", folder, 1);
    ck_assert(browser_true(browser, "document.querySelectorAll('td.heat').length === 12"));
    ck_assert(browser_true(browser, "document.querySelectorAll('.forest').length === 11"));
}
END_TEST

/* A script that got into the page in spite of everything would not run. */
START_TEST(other_scripts_do_not_run)
{
    static const char *const run[] = {"run"};
    put_metrics(run[0], 100);
    char *page = report_case_page(&scratch, run, 1), *body = strstr(page, "<main>");
    char *changed =
        mem_format("%.*s<script>window.got = 1</script><img src=x onerror=\"window.got "
                   "= 2\">%s",
                   (int)(body - page), page, body);
    char *file = mem_strdup(scratch_text(&scratch, "changed.html", changed));
    browser_load(browser, file, &(BrowserView){1280, 900, false, false});
    ck_assert(browser_true(browser, "window.got === undefined"));
    ck_assert_uint_ge(json_array_size(browser_complaints(browser)), 2);
    mem_free(file);
    mem_free(changed);
    mem_free(page);
}
END_TEST

Suite *test_report_browser_suite(void);
Suite *test_report_browser_suite(void)
{
    const char *slow = getenv("SLOW");
    Suite *s = suite_create("report_browser");
    if (!slow || !atoi(slow)) return s;
    if (!browser_program()) {
        printf("report_browser: skipped: chromium is not installed\n");
        return s;
    }
    TCase *t = tcase_create("report_browser");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 300);
    tcase_add_test(t, a_run);
    tcase_add_test(t, two_runs);
    tcase_add_test(t, an_ablation);
    tcase_add_test(t, other_scripts_do_not_run);
    suite_add_tcase(s, t);
    return s;
}
