/* SPDX-License-Identifier: Apache-2.0 */
/* Mojibake: UTF-8 that was decoded as Latin-1 or Windows-1252 (`cafÃ©` for `café`). The
 * repair follows the rules of ftfy 6 (github.com/rspeer/python-ftfy: badness.py and
 * fix_encoding) for these two encodings, which account for nearly all mojibake on the web.
 *
 * Left out: other encodings (1250, 1251, 1253, 1254, 1257, ISO 8859-2, Mac Roman, 437),
 * mojibake inside a line that has valid characters beyond U+007F elsewhere, sequences that
 * lost a byte to `?` or U+FFFD, and surrogates in UTF-8. Such lines are not changed. */
#ifndef RAMPLUS_DATA_TEXT_MOJIBAKE_H
#define RAMPLUS_DATA_TEXT_MOJIBAKE_H

#include "core/strings/unicode.h"

/* Repairs one line in place, including several layers of mojibake. */
void mojibake_fix(Runes *line);

#endif
