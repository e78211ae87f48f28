/* SPDX-License-Identifier: Apache-2.0 */
/* How much memory a loader takes, from its configuration and a few of its images. */
#ifndef RAMPLUS_DATA_LOADER_NEED_H
#define RAMPLUS_DATA_LOADER_NEED_H

#include "data/loader.h"

typedef struct LoaderNeed {
    double prepared; /* bytes of a prepared image, both views */
    double decoding; /* of the images that all threads decode at a time */
    double decoded;  /* of all images, decoded */
} LoaderNeed;

/* Decodes up to eight images from all over the list for the last two numbers; those that cannot
 * be read count as nothing. */
LoaderNeed loader_need(const LoaderConfig *config);

#endif
