/* SPDX-License-Identifier: Apache-2.0 */
/* Mending of damaged text before it is tokenized: the part of ftfy.fix_text (6.x, its defaults) that
 * texts on images need. Line by line, until nothing changes:
 *   - references of HTML that end in a semicolon, unless a `<` was seen in this line or before;
 *   - UTF-8 that was read as Latin-1 or Windows-1252 (data/text/mojibake.h says what is left out);
 *   - other control characters U+0080 to U+009F are read as Windows-1252;
 *   - ligatures and digraphs of Latin letters are split, half- and full-width forms become ordinary ones,
 *     curly quotes straight ones; terminal escapes and control characters leave;
 *   - normalization form C. */
#ifndef RAMPLUS_DATA_TEXT_REPAIR_H
#define RAMPLUS_DATA_TEXT_REPAIR_H

#include "core/unicode.h"

/* Appends the mended text. */
void repair_text(const Runes *in, Runes *out);

#endif
