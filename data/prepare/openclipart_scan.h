/* SPDX-License-Identifier: Apache-2.0 */
/* First pass of the clip-art conversion: selects the images to keep. */
#ifndef RAMPLUS_DATA_PREPARE_OPENCLIPART_SCAN_H
#define RAMPLUS_DATA_PREPARE_OPENCLIPART_SCAN_H

#include "data/prepare/clipart_tags.h"
#include "data/prepare/folder.h"
#include "data/prepare/openclipart.h"

/* The images that still have a tag, in scan order. */
typedef struct OpenclipartImages {
    int64_t count, room;
    char **path; /* [count] relative to the PNG tree */
    ClipartInfo *info;
} OpenclipartImages;

/* Walks the tree, drops and counts images, and writes those that are kept into images/ of
 * the folder. The caller owns *out (openclipart_images_free). */
int openclipart_scan(const OpenclipartConfig *config, const DataFolder *folder,
                     OpenclipartImages *out, OpenclipartReport *report, Error *err);
void openclipart_images_free(OpenclipartImages *p);

/* The path images/PATH. The caller owns it (mem_free). */
char *openclipart_image(const char *path);

#endif
