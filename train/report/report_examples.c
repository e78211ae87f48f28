/* SPDX-License-Identifier: Apache-2.0 */
/* The section of tagged images, from eval/examples.json of each run. The images are scaled down
 * and embedded in the page. */
#include "core/io/base64.h"
#include "core/io/path_below.h"
#include "core/log.h"
#include "core/mem.h"
#include "data/image/fit.h"
#include "train/report/report_section.h"

#include <string.h>

enum { SIDE = 320, QUALITY = 85, IMAGES = 48 /* maximum per run */ };

/* Appends an <img> element with the image embedded as JPEG. */
static int put_image(Text *out, const char *path, Error *err)
{
    Image image = {0};
    Bytes file = {0};
    int status = -1;
    if (image_read(path, &(ImageRules){.alpha = IMAGE_ALPHA_WHITE}, &image, NULL, err) != 0)
        goto done;
    image_fit(&image, FIT_LONGEST, SIDE, RESIZE_BICUBIC);
    if (image_encode_jpeg(&image, QUALITY, &file, err) != 0) goto done;
    text_put(out, "<img alt=\"\" src=\"data:image/jpeg;base64,");
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
    text_html(out, name);
    if (json_is_number(score)) text_add(out, " <small>%.2f</small>", json_number_value(score));
    text_put(out, "</span>");
}

/* Appends the predicted tags, then the missed ones. */
static void put_tags(Text *out, const json_t *example)
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
            chip(out, contains(truth, name) ? " hit" : "", name,
                 json_object_get(entry, "score"));
    }
    json_array_foreach(truth, i, entry)
    {
        const char *name = json_string_value(entry);
        if (name && !is_predicted(tags, name)) chip(out, " miss", name, NULL);
    }
    text_put(out, "</p>");
}

/* The path of the image: in the folder of the run, or in that of the images. Whoever wrote the
 * run must not choose a file from elsewhere for the page. Owned. */
static char *find_image(const ReportRuns *r, const ReportRun *run, const char *name, Error *err)
{
    char *inside = path_below(run->path, name, false, r->images ? NULL : err);
    if (!r->images || (inside && file_exists(inside))) return inside;
    mem_free(inside);
    return path_below(r->images, name, false, err);
}

static void put_example(Text *out, ReportRuns *r, const ReportRun *run, const json_t *example)
{
    const char *name = json_string_value(json_object_get(example, "image"));
    if (!name) return;
    Error err = {0};
    char *path = find_image(r, run, name, &err);
    text_put(out, "<div class=\"example\" title=\"");
    text_html(out, name);
    text_put(out, "\">");
    const bool shown = path && put_image(out, path, &err) == 0;
    if (!shown && err.code != ERROR_DATA) error_move(&r->fault, &err);
    if (!shown) {
        log_warn("%s: omitted from the report%s", err.text,
                 r->images ? "" : "; report --images DIR names the folder of such images");
        text_put(out, "<p class=\"soft\">");
        text_html(out, name);
        text_put(out, " (cannot be read)</p>");
    }
    put_tags(out, example);
    text_put(out, "</div>\n");
    mem_free(path);
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

static void put_run(Text *out, ReportRuns *r, const ReportRun *run)
{
    text_put(out, "<h2>Tagged images");
    if (r->runs > 1) {
        text_put(out, ", ");
        text_html(out, run->name);
    }
    if (has_truth(run->examples))
        text_put(out, " <small>green: right; gray: not annotated; dashed: missed</small>");
    text_put(out, "</h2>\n<div class=\"examples\">\n");
    size_t i;
    json_t *example;
    json_array_foreach(run->examples, i, example)
    {
        if (i == IMAGES || r->fault.code) break;
        put_example(out, r, run, example);
    }
    text_put(out, "</div>\n");
}

void report_section_examples(Text *out, ReportRuns *r)
{
    for (int64_t i = 0; i < r->runs; i++)
        if (json_array_size(r->run[i].examples)) put_run(out, r, &r->run[i]);
}
