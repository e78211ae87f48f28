/* SPDX-License-Identifier: Apache-2.0 */
/* Converts the stamps of the paint program Tux Paint (Debian's tuxpaint-stamps-default) to a
 * data folder. */
#ifndef RAMPLUS_DATA_COLLECTIONS_STAMPS_H
#define RAMPLUS_DATA_COLLECTIONS_STAMPS_H

#include "data/folder/annotate.h"
#include "data/folder/tree_scan.h"

typedef struct StampsConfig {
    const char *from;   /* the tree: PATH.png is an image, PATH.txt its sentence in languages */
    int64_t size;       /* longest side of the written images, pixels */
    int64_t min_images; /* a tag of the vocabulary occurs on at least this many images */
    const char *seen;   /* a tag list, or NULL: see AnnotateRules */
} StampsConfig;

typedef struct StampsReport {
    int64_t drawings; /* stamps that are drawn as SVG alone, which is not read */
    /* left_out: alphabets and money; bad words: the text is not UTF-8 or not printable; no
     * words: there is no text, or its first line is empty. */
    TreeCounts tree;
    AnnotateCounts set;
} StampsReport;

/* Creates the data folder `out`. The caption of an image is the first line of its text, which
 * is English; its tags are its folders. The other rules are those of tree_scan. */
int stamps_prepare(const char *out, const StampsConfig *config, StampsReport *report,
                   Error *err);

/* The tag that the folder of n bytes stands for: in the singular, words separated. The caller
 * owns it (mem_free). */
char *stamps_tag(const char *folder, size_t n);

#endif
