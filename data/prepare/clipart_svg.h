/* SPDX-License-Identifier: Apache-2.0 */
/* Title, description and tags of a clip-art image, from the RDF metadata of its SVG file. */
#ifndef RAMPLUS_DATA_PREPARE_CLIPART_SVG_H
#define RAMPLUS_DATA_PREPARE_CLIPART_SVG_H

#include "core/error.h"

#include <stdint.h>

/* Texts are owned, white space collapsed and trimmed; never NULL. */
typedef struct ClipartInfo {
    char *title, *description; /* empty when there is none */
    int64_t tags;
    char **tag; /* as written, none empty; repeats possible */
} ClipartInfo;

/* Call once before any thread reads. */
void clipart_svg_start(void);

/* ERROR_DATA when the file is missing, not well-formed XML (name
 * spaces included), or has no RDF element. Nothing is fetched. */
int clipart_svg_read(const char *path, ClipartInfo *out, Error *err);
void clipart_info_free(ClipartInfo *info);

#endif
