/* SPDX-License-Identifier: Apache-2.0 */
/* Title, description and tags of a clip-art image, from the RDF metadata of its SVG file. */
#ifndef RAMPLUS_DATA_COLLECTIONS_CLIPART_SVG_H
#define RAMPLUS_DATA_COLLECTIONS_CLIPART_SVG_H

#include "core/error.h"

#include <stdint.h>

/* Texts are owned (clipart_info_free), with white space collapsed and trimmed; never NULL. */
typedef struct ClipartInfo {
    char *title, *description; /* empty if the file has none */
    int64_t tags;
    char **tag; /* [tags] as written, not empty; may repeat */
} ClipartInfo;

/* Call xml_start (data/folder/xml.h) once before any thread reads. ERROR_DATA if the file is
 * missing, is not well-formed XML or has no RDF element. */
int clipart_svg_read(const char *path, ClipartInfo *out, Error *err);
void clipart_info_free(ClipartInfo *info);

#endif
