/* SPDX-License-Identifier: Apache-2.0 */
/* The images that a command line names: single files, and all images in folders. */
#ifndef RAMPLUS_EVAL_IMAGE_PATHS_H
#define RAMPLUS_EVAL_IMAGE_PATHS_H

#include "core/error.h"

#include <stdint.h>

typedef struct ImagePaths {
    char **path;
    int64_t count;
} ImagePaths;

/* Files are included regardless of their names. A folder contributes the files that
 * gather_files (core/io/gather.h) finds and that are named like images (data/image/endings.h).
 * A message counts the others, and the subfolders that cannot be listed. ERROR_DATA if a folder
 * cannot be listed, or if no image is found. Owned, also after a failure: image_paths_free. */
int image_paths_find(char *const *argument, int64_t arguments, ImagePaths *out, Error *err);
void image_paths_free(ImagePaths *p); /* frees and empties */

/* ERROR_DATA if `good`, the number of images that could be read, is less than p->count: for the
 * end of a command that skips unreadable images. */
int image_paths_check(const ImagePaths *p, int64_t good, Error *err);

#endif
