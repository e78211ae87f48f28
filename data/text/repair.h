/* SPDX-License-Identifier: Apache-2.0 */
/* Repair of damaged text before tokenization: the part of ftfy.fix_text (6.x, default
 * settings) that applies to image captions. Each line is processed until nothing changes:
 *   - HTML references that end in a semicolon are resolved, unless this line or an earlier
 *     one contains a `<`;
 *   - UTF-8 that was decoded from another encoding is restored (data/text/mojibake.h
 *     lists them);
 *   - other control characters U+0080 to U+009F are read as Windows-1252;
 *   - ligatures and digraphs of Latin letters are split, half- and full-width forms become
 *     ordinary characters, curly quotes become straight; terminal escapes and control
 *     characters are removed;
 *   - the result is normalized to form C (NFC). */
#ifndef RAMPLUS_DATA_TEXT_REPAIR_H
#define RAMPLUS_DATA_TEXT_REPAIR_H

#include "core/strings/unicode.h"

/* Appends the repaired text to out. */
void repair_text(const Runes *in, Runes *out);

#endif
