/* SPDX-License-Identifier: Apache-2.0 */
/* Converts Debian's clip-art collection (openclipart-png, openclipart-svg) to a data folder. */
#ifndef RAMPLUS_DATA_PREPARE_OPENCLIPART_H
#define RAMPLUS_DATA_PREPARE_OPENCLIPART_H

#include "core/error.h"

#include <stdint.h>

typedef struct OpenclipartConfig {
    const char *png, *svg; /* the two trees; PATH.png and PATH.svg are one image */
    int64_t size;          /* longest side of the written images, pixels */
    int64_t least;         /* a tag of the vocabulary occurs on at least this many images */
} OpenclipartConfig;

/* Image counts; a dropped image counts only for the first rule that drops it. */
typedef struct OpenclipartReport {
    int64_t images;                                 /* in the PNG tree */
    int64_t bad_svg, untagged, bad_png, duplicates; /* dropped */
    int64_t kept;
    int64_t tagged; /* kept images with at least one tag after cleaning */
    int64_t tags, seen, unseen;
    int64_t test, others, train; /* others: not test images; train: others with a seen tag */
    int64_t labels;              /* tags of all training images */
} OpenclipartReport;

/* Creates the data folder `out`. Each image of the PNG tree (folders sorted by bytes, the
 * files of a folder before its subfolders) must pass these rules, in this order: its SVG is
 * well-formed XML with RDF metadata; it has a tag; its PNG decodes and has at most
 * 178,956,970 pixels; no earlier image that passed has the same size and the same pixels
 * over white. Test images are those for which FNV-1a 64 of the path is divisible by 5.
 * parse_label_id lists the tags whose words occur in the caption. */
int openclipart_prepare(const char *out, const OpenclipartConfig *config,
                        OpenclipartReport *report, Error *err);

#endif
