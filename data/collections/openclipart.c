/* SPDX-License-Identifier: Apache-2.0 */
/* The clip-art collection: the words of an image are the metadata of its SVG file. */
#include "data/collections/openclipart.h"

#include "core/mem.h"
#include "data/collections/clipart_tags.h"
#include "data/folder/xml.h"

#include <string.h>

typedef struct Clipart {
    const OpenclipartConfig *config;
    TreeCounts *counts;
} Clipart;

static char *svg_path(const char *folder, const char *path)
{
    char *twin = mem_format("%.*s.svg", (int)strlen(path) - 4, path);
    char *full = file_join(folder, twin);
    mem_free(twin);
    return full;
}

static enum TreeVerdict words(const void *context, const char *path, LabeledImage *out,
                              Error *err)
{
    const OpenclipartConfig *config = context;
    char *svg = svg_path(config->svg, path);
    ClipartInfo info;
    enum TreeVerdict verdict = TREE_KEPT;
    if (clipart_svg_read(svg, &info, err) != 0) {
        verdict = TREE_BAD_WORDS;
    } else if (info.tags == 0) {
        verdict = TREE_NO_WORDS;
    } else {
        clipart_tags_clean(&info);
        clipart_label(&info, out);
    }
    clipart_info_free(&info);
    mem_free(svg);
    return verdict;
}

static int collect(void *context, const DataFolder *folder, LabeledSet *set, Error *err)
{
    const Clipart *c = context;
    const TreeSource source = {.root = c->config->png,
                               .what = "reading clip art",
                               .words = words,
                               .context = c->config,
                               .size = c->config->size};
    xml_start();
    return tree_scan(&source, folder, set, c->counts, err);
}

int openclipart_prepare(const char *out, const OpenclipartConfig *config,
                        OpenclipartReport *report, Error *err)
{
    *report = (OpenclipartReport){0};
    Clipart c = {config, &report->tree};
    const AnnotateRules rules = {.source = config->png, .min_images = config->least};
    return annotate_folder(out, &rules, collect, &c, &report->set, err);
}
