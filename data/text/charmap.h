/* SPDX-License-Identifier: Apache-2.0 */
/* The one-byte encodings in which UTF-8 is often misread. Bytes that an encoding leaves
 * undefined are those of Latin-1, as most software reads them. */
#ifndef RAMPLUS_DATA_TEXT_CHARMAP_H
#define RAMPLUS_DATA_TEXT_CHARMAP_H

#include <stdbool.h>
#include <stdint.h>

/* In the order in which they are tried. */
enum Charmap {
    CHARMAP_LATIN_1,
    CHARMAP_1252,
    CHARMAP_1251,
    CHARMAP_1250,
    CHARMAP_1253,
    CHARMAP_1254,
    CHARMAP_1257,
    CHARMAP_8859_2,
    CHARMAP_MAC_ROMAN,
    CHARMAP_437,
    CHARMAPS,
};

enum { CHARMAP_LOST = 0x1a }; /* stands for the byte of U+FFFD in the Windows encodings */

/* Whether it is one of Windows. */
bool charmap_is_windows(enum Charmap map);
/* The byte that means this rune; -1 if none does. */
int charmap_byte(enum Charmap map, int32_t rune);
/* Whether a byte from lo to hi, both at least 0x80, means this rune in Latin-1 or one of
 * Windows' encodings. */
bool charmap_any(int32_t rune, int lo, int hi);

#endif
