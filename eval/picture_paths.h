/* The pictures that a command line names: files as they are, folders by what is inside. */
#ifndef RAMPLUS_EVAL_PICTURE_PATHS_H
#define RAMPLUS_EVAL_PICTURE_PATHS_H

#include "core/error.h"

#include <stdint.h>

typedef struct PicturePaths {
    char **path;
    int64_t count;
} PicturePaths;

/* Files are taken whatever their names; of a folder and all below it the files that end in .jpg, .jpeg,
 * .png or .webp, sorted by bytes. EXIT_DATA for an unreadable folder and when nothing was found.
 * Owned, also after a failure: picture_paths_free. */
int picture_paths_find(char *const *argument, int64_t arguments, PicturePaths *out, Error *err);
void picture_paths_free(PicturePaths *p); /* frees and empties */

/* EXIT_DATA when fewer of them than all could be read, for the end of a command that skips bad ones. */
int picture_paths_check(const PicturePaths *p, int64_t good, Error *err);

#endif
