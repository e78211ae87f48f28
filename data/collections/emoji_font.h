/* SPDX-License-Identifier: Apache-2.0 */
/* The color bitmaps of a font (OpenType's CBDT table, as in Noto Color Emoji), by FreeType. */
#ifndef RAMPLUS_DATA_COLLECTIONS_EMOJI_FONT_H
#define RAMPLUS_DATA_COLLECTIONS_EMOJI_FONT_H

#include "data/image/image.h"

#include <stdbool.h>

/* Not for several threads at once. */
typedef struct EmojiFont EmojiFont;

/* Opens a font file of at most 256 MiB. The caller owns *out (emoji_font_free). ERROR_DATA if
 * it is missing, is no font or has no table CBDT, whose bitmaps have at most 255 x 255
 * pixels. */
int emoji_font_open(const char *path, EmojiFont **out, Error *err);
void emoji_font_free(EmojiFont *font); /* accepts NULL */

/* Blends the bitmap of a character over white. *found: whether the font has one; if so, the
 * caller owns *out (image_free). ERROR_DATA if it does not decode. */
int emoji_font_image(EmojiFont *font, int32_t rune, bool *found, Image *out, Error *err);

#endif
