/* SPDX-License-Identifier: Apache-2.0 */
/* Converts Debian's clip-art collection (openclipart-png, openclipart-svg) to a data folder. */
#ifndef RAMPLUS_DATA_COLLECTIONS_OPENCLIPART_H
#define RAMPLUS_DATA_COLLECTIONS_OPENCLIPART_H

#include "data/folder/annotate.h"
#include "data/folder/tree_scan.h"

typedef struct OpenclipartConfig {
    const char *png, *svg; /* the two trees; PATH.png and PATH.svg are one image */
    int64_t size;          /* longest side of the written images, pixels */
    int64_t least;         /* a tag of the vocabulary occurs on at least this many images */
} OpenclipartConfig;

typedef struct OpenclipartReport {
    TreeCounts tree; /* bad words: the SVG file is bad; no words: it has no tag */
    AnnotateCounts set;
} OpenclipartReport;

/* Creates the data folder `out`. The SVG of an image must be well-formed XML with RDF metadata
 * and have a tag; the other rules are those of tree_scan. */
int openclipart_prepare(const char *out, const OpenclipartConfig *config,
                        OpenclipartReport *report, Error *err);

#endif
