/* SPDX-License-Identifier: Apache-2.0 */
/* The common endings first: a name without an ending is tried with each in turn. */
#include "data/image/endings.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

const char *const image_endings[] = {".jpg",   ".jpeg", ".png", ".webp", ".jpe",  ".jfif",
                                     ".pjpeg", ".pjp",  ".gif", ".bmp",  ".apng", NULL};

bool image_ending_in(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (int i = 0; dot && image_endings[i]; i++)
        if (strcasecmp(dot, image_endings[i]) == 0) return true;
    return false;
}
