/* SPDX-License-Identifier: Apache-2.0 */
/* The first half of openclipart: which images stay. */
#ifndef RAMPLUS_DATA_PREPARE_OPENCLIPART_SCAN_H
#define RAMPLUS_DATA_PREPARE_OPENCLIPART_SCAN_H

#include "data/prepare/clipart_tags.h"
#include "data/prepare/folder.h"
#include "data/prepare/openclipart.h"

/* Images with a tag left, in order. */
typedef struct OpenclipartImages {
    int64_t count, room;
    char **path; /* relative to the PNG tree */
    ClipartInfo *info;
} OpenclipartImages;

/* Walks the tree, drops, counts, and writes what stays into images/ of the folder. */
int openclipart_scan(const OpenclipartConfig *config, const DataFolder *folder,
                     OpenclipartImages *out, OpenclipartReport *report, Error *err);
void openclipart_images_free(OpenclipartImages *p);

/* images/PATH. Owned by the caller (mem_free). */
char *openclipart_image(const char *path);

#endif
