/* SPDX-License-Identifier: Apache-2.0 */
/* The names of images in tables that people write, as names below a folder. */
#ifndef RAMPLUS_DATA_FOLDER_IMAGE_NAME_H
#define RAMPLUS_DATA_FOLDER_IMAGE_NAME_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* The name below root: without ./ in front, and without the root itself where the name is an
 * absolute path below it. With `exists`, of a file that is there; then \ may stand for /, and a
 * common ending of image files may be missing. Owned (mem_free). NULL and ERROR_DATA, without
 * the name in the text: it is blank, cannot be printed, is an address, lies outside the root
 * (core/io/path_below.h), or, with `exists`, is not there, which *missing counts;
 * ERROR_RUNTIME. */
char *image_name_below(const char *root, const char *name, bool exists, int64_t *missing,
                       Error *why);
/* What to do about so many missing ones, if there are any, on stderr. */
void image_name_warn(int64_t missing, const char *root);

#endif
