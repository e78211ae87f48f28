/* SPDX-License-Identifier: Apache-2.0 */
/* Debian's clip-art collection (openclipart-png, openclipart-svg) as a data folder. */
#ifndef RAMPLUS_DATA_PREPARE_OPENCLIPART_H
#define RAMPLUS_DATA_PREPARE_OPENCLIPART_H

#include "core/error.h"

#include <stdint.h>

typedef struct OpenclipartConfig {
    const char *png, *svg; /* the two trees: PATH.png and PATH.svg are one image */
    int64_t size;          /* longest side of the images written, pixels */
    int64_t least;         /* images that a tag of the vocabulary stands on */
} OpenclipartConfig;

/* Every image is counted once, by the first rule that drops it. */
typedef struct OpenclipartReport {
    int64_t images;                                 /* in the PNG tree */
    int64_t bad_svg, untagged, bad_png, duplicates; /* dropped */
    int64_t kept;
    int64_t tagged; /* of the kept, with a tag left after cleaning */
    int64_t tags, seen, unseen;
    int64_t test, others, train; /* train: of the others, with a seen tag */
    int64_t labels;              /* of the training images */
} OpenclipartReport;

/* Makes the data folder `out`. Rules, in this order, for each image of the PNG tree (folders sorted by
 * bytes, the files of a folder before its folders): its SVG is
 * well-formed XML with RDF metadata; has a tag; its PNG decodes and has at most 178,956,970 pixels; no
 * earlier image that passed has the same size and pixels over white. Test images: FNV-1a 64 of the
 * path divisible by 5. parse_label_id: the tags whose words stand in the caption. */
int openclipart_prepare(const char *out, const OpenclipartConfig *config,
                        OpenclipartReport *report, Error *err);

#endif
