/* SPDX-License-Identifier: Apache-2.0 */
/* The images that a command line names: files as they are, folders by what is inside. */
#ifndef RAMPLUS_EVAL_IMAGE_PATHS_H
#define RAMPLUS_EVAL_IMAGE_PATHS_H

#include "core/error.h"

#include <stdint.h>

typedef struct ImagePaths {
    char **path;
    int64_t count;
} ImagePaths;

/* Files are taken whatever their names; of a folder and all below it the files that end in
 * .jpg, .jpeg, .png or .webp, sorted by bytes. ERROR_DATA for an unreadable folder and when
 * nothing was found. Owned, also after a failure: image_paths_free. */
int image_paths_find(char *const *argument, int64_t arguments, ImagePaths *out, Error *err);
void image_paths_free(ImagePaths *p); /* frees and empties */

/* ERROR_DATA when fewer of them than all could be read, for the end of a command that skips bad
 * ones. */
int image_paths_check(const ImagePaths *p, int64_t good, Error *err);

#endif
