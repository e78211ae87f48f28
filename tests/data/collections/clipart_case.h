/* SPDX-License-Identifier: Apache-2.0 */
/* A clip-art collection in a scratch folder: the trees png/ and svg/. */
#ifndef RAMPLUS_TESTS_DATA_COLLECTIONS_CLIPART_CASE_H
#define RAMPLUS_TESTS_DATA_COLLECTIONS_CLIPART_CASE_H

#include "tests/support/scratch.h"

#include <stddef.h>
#include <stdint.h>

/* Creates the scratch folder and both trees, each with the subfolders sub-first/ and
 * sub/deep/. */
void clipart_folders(Scratch *s);

/* The path FOLDER/NAME below the scratch folder. The caller owns it (mem_free). */
char *clipart_path(const Scratch *s, const char *folder, const char *name);

/* Write the file FOLDER/NAME. */
void clipart_bytes(const Scratch *s, const char *folder, const char *name, const void *data,
                   size_t len);
void clipart_text(const Scratch *s, const char *folder, const char *name, const char *text);

/* Writes an SVG file with `head` in the metadata of the work and tags separated by `|`. */
void clipart_svg(const Scratch *s, const char *name, const char *head, const char *tags);

/* Writes a PNG file of one color: the given red, with green and blue 255. */
void clipart_png(const Scratch *s, const char *name, int64_t width, int64_t height, int red);

/* Writes NAME.png and NAME.svg. */
void clipart_image(const Scratch *s, const char *name, int red, const char *tags);

#endif
