/* SPDX-License-Identifier: Apache-2.0 */
/* The section of tagged images: those of eval/examples.json of each run, and those of an
 * evaluation that went best and worst. The images are scaled down and embedded in the page. */
#include "core/io/base64.h"
#include "core/log.h"
#include "core/mem.h"
#include "data/image/fit.h"
#include "train/report/report_images.h"
#include "train/report/report_page.h"
#include "train/report/report_scores.h"

#include <string.h>

enum { IMAGES = 48 /* maximum per run */, SIZES = 3 };

/* Longest side and JPEG quality, smaller with each saving; then there are no images. */
static const struct {
    int side, quality;
} sizes[SIZES] = {{320, 85}, {224, 75}, {144, 65}};

/* Appends an <img> element with the image embedded as JPEG, and its tags as the text
 * instead. */
static int put_image(Text *out, const char *path, int savings, const char *alt, Error *err)
{
    Image image = {0};
    Bytes file = {0};
    int status = -1;
    if (image_read(path, &(ImageRules){.alpha = IMAGE_ALPHA_WHITE}, &image, NULL, err) != 0)
        goto done;
    image_fit(&image, FIT_LONGEST, sizes[savings].side, RESIZE_BICUBIC);
    if (image_encode_jpeg(&image, sizes[savings].quality, &file, err) != 0) goto done;
    text_add(out, "<img width=\"%ld\" height=\"%ld\" alt=\"", image.width, image.height);
    text_html(out, alt);
    text_put(out, "\" src=\"data:image/jpeg;base64,");
    base64_put(out, file.data, file.len);
    text_put(out, "\">");
    status = 0;
done:
    bytes_free(&file);
    image_free(&image);
    return status;
}

static bool contains(const json_t *names, const char *name)
{
    size_t i;
    json_t *entry;
    json_array_foreach(names, i, entry)
    {
        const char *text = json_string_value(entry);
        if (text && strcmp(text, name) == 0) return true;
    }
    return false;
}

static const char *tag_name(const json_t *entry)
{
    return json_string_value(json_object_get(entry, "tag"));
}

static bool is_predicted(const json_t *tags, const char *name)
{
    size_t i;
    json_t *entry;
    json_array_foreach(tags, i, entry)
    {
        const char *predicted = tag_name(entry);
        if (predicted && strcmp(predicted, name) == 0) return true;
    }
    return false;
}

static void chip(Text *out, const char *kind, const char *name, const json_t *score)
{
    text_add(out, "<span class=\"chip%s\">", kind);
    report_page_name(out, name);
    if (json_is_number(score)) text_add(out, " <small>%.2f</small>", json_number_value(score));
    text_put(out, "</span>");
}

/* Nobody annotated this tag of the image. */
static bool is_unknown(const json_t *tag)
{
    return json_is_true(json_object_get(tag, "unknown"));
}

/* Appends the predicted tags, then the missed ones. judged: the truth is complete, but for tags
 * that are unknown. */
static void put_tags(Text *out, const json_t *example, bool judged)
{
    const json_t *tags = json_object_get(example, "tags");
    const json_t *truth = json_object_get(example, "truth");
    size_t i;
    json_t *entry;
    text_put(out, "<p>");
    json_array_foreach(tags, i, entry)
    {
        const char *name = tag_name(entry);
        if (name)
            chip(out,
                 contains(truth, name)          ? " hit"
                 : judged && !is_unknown(entry) ? " wrong"
                                                : "",
                 name, json_object_get(entry, "score"));
    }
    json_array_foreach(truth, i, entry)
    {
        const char *name = json_string_value(entry);
        if (name && !is_predicted(tags, name)) chip(out, " miss", name, NULL);
    }
    text_put(out, "</p>");
}

/* "image a.png: cat, sea": what it is and the first tags. Owned. */
static char *describe(const char *name, const json_t *tags)
{
    Text t = {0};
    text_put(&t, "image ");
    text_put(&t, name);
    for (size_t i = 0; i < json_array_size(tags) && i < 3; i++) {
        const char *tag = tag_name(json_array_get(tags, i));
        text_put(&t, i ? ", " : ": ");
        text_put(&t, tag ? tag : "");
    }
    return t.data;
}

/* Appends the image, or why it is not there. */
static void put_picture(Text *out, ReportRuns *r, const ReportImages *im, const char *name,
                        const json_t *tags)
{
    Error err = {0};
    char *path = report_images_find(im, name, &err), *alt = describe(name, tags);
    const bool shown = path && put_image(out, path, r->savings, alt, &err) == 0;
    if (!shown && err.code != ERROR_DATA) error_move(&r->fault, &err);
    if (!shown) {
        log_warn("%s: omitted from the report%s", err.text,
                 r->images ? "" : "; report --images DIR names the folder of such images");
        text_put(out, "<p class=\"soft\">");
        text_html(out, name);
        text_put(out, " (cannot be read)</p>");
    }
    mem_free(alt);
    mem_free(path);
}

static void put_example(Text *out, ReportRuns *r, const ReportImages *im, const json_t *example)
{
    const char *name = json_string_value(json_object_get(example, "image"));
    const json_t *ap = json_object_get(example, "AP");
    if (!name) return;
    text_put(out, "<div class=\"example\" title=\"");
    text_html(out, name);
    text_put(out, "\">");
    if (r->savings < SIZES)
        put_picture(out, r, im, name, json_object_get(example, "tags"));
    else
        text_put(out, "<p class=\"soft\">(image omitted)</p>");
    if (json_is_number(ap))
        text_add(out, "<p class=\"soft\">AP %.3f</p>", json_number_value(ap));
    put_tags(out, example, json_is_number(ap));
    text_put(out, "</div>\n");
}

static bool has_truth(const json_t *examples)
{
    size_t i;
    json_t *example;
    json_array_foreach(examples, i, example)
    {
        if (json_array_size(json_object_get(example, "truth"))) return true;
    }
    return false;
}

static void put_examples(Text *out, ReportRuns *r, const ReportImages *im,
                         const json_t *examples)
{
    size_t i;
    json_t *example;
    text_put(out, "<div class=\"examples\">\n");
    json_array_foreach(examples, i, example)
    {
        if (i == IMAGES || r->fault.code) break;
        put_example(out, r, im, example);
    }
    text_put(out, "</div>\n");
}

static void put_run(Text *out, ReportRuns *r, const ReportRun *run)
{
    ReportImages im;
    text_put(out, "<h2>Tagged images");
    if (r->runs > 1) {
        text_put(out, ", ");
        text_html(out, run->name);
    }
    if (has_truth(run->examples))
        text_put(out, " <small>green: right; gray: not annotated; dashed: missed</small>");
    text_put(out, "</h2>\n");
    report_images_open(r, run, NULL, &im);
    put_examples(out, r, &im, run->examples);
    report_images_close(&im);
}

/* The images of one evaluation that went best and worst. */
static void put_picked(Text *out, ReportRuns *r, const ReportRun *run, const ReportList *l)
{
    ReportImages im;
    text_put(out, "<h2>Best and worst images, ");
    text_html(out, l->name);
    text_put(out, " <small>");
    if (r->runs > 1) {
        text_html(out, run->name);
        text_put(out, "; ");
    }
    text_put(out, "by the AP of the image's tags; highest scores: &#10003; in the "
                  "ground truth, &#10007; not; plain: not annotated; dashed: ranked "
                  "lower</small></h2>\n");
    report_images_open(r, run, l, &im);
    text_put(out, "<h3>Best</h3>\n");
    put_examples(out, r, &im, l->scores->best);
    text_put(out, "<h3>Worst</h3>\n");
    put_examples(out, r, &im, l->scores->worst);
    report_images_close(&im);
}

/* The run whose images are shown: the one with the highest mAP. */
static const ReportRun *best_run(const ReportRuns *r)
{
    const ReportRun *best = &r->run[0];
    for (int64_t i = 1; i < r->runs; i++)
        if (report_run_rank(&r->run[i]) > report_run_rank(best)) best = &r->run[i];
    return best;
}

void report_section_examples(Text *out, ReportRuns *r)
{
    for (int64_t i = 0; i < r->runs && i < REPORT_COLORS; i++)
        if (json_array_size(r->run[i].examples)) put_run(out, r, &r->run[i]);
    const ReportRun *best = best_run(r);
    for (int64_t l = 0; l < best->lists; l++) {
        const ReportScores *s = best->list[l].scores;
        if (s && json_array_size(s->best)) put_picked(out, r, best, &best->list[l]);
    }
}
