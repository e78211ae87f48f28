/* SPDX-License-Identifier: Apache-2.0 */
/* Mojibake: UTF-8 that was decoded from another encoding (`cafÃ©` for `café`). The repair
 * follows ftfy 6.3 (github.com/rspeer/python-ftfy: badness.py and fix_encoding): Latin-1,
 * Windows-1250 to 1254 and 1257, ISO 8859-2, Mac Roman and code page 437, whole lines and parts
 * of them, sequences that lost a byte, and surrogates in UTF-8. */
#ifndef RAMPLUS_DATA_TEXT_MOJIBAKE_H
#define RAMPLUS_DATA_TEXT_MOJIBAKE_H

#include "core/strings/unicode.h"

/* Repairs one line in place, including several layers of mojibake. */
void mojibake_fix(Runes *line);

#endif
