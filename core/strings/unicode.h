/* SPDX-License-Identifier: Apache-2.0 */
/* Text as code points ("runes") and their properties in Unicode 15.0 (utf8proc 2.8). A newer
 * library brings a newer Unicode, which differs only for characters that were unassigned
 * before. */
#ifndef RAMPLUS_CORE_STRINGS_UNICODE_H
#define RAMPLUS_CORE_STRINGS_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Runes {
    int32_t *at; /* [count]; NULL if room is 0 */
    size_t count, room;
} Runes;

void runes_free(Runes *r); /* frees and empties */
void runes_add(Runes *r, int32_t rune);
void runes_append(Runes *r, const int32_t *from, size_t count);
/* Decodes UTF-8 and appends it. Returns the number of bytes decoded: less than len if it meets
 * something that is not UTF-8. */
size_t runes_decode(Runes *r, const char *text, size_t len);
/* Writes a rune as UTF-8, at most 4 bytes, and returns their number. */
size_t runes_encode(int32_t rune, uint8_t *out);

/* Decodes the first code point of len bytes of UTF-8 and returns its number of bytes; 0 if len
 * is 0 or they are not UTF-8. */
size_t unicode_decode(const char *text, size_t len, int32_t *rune);

/* Length in bytes of the longest prefix that takes at most so many columns on a terminal. */
size_t unicode_fit(const char *text, int columns);

enum UnicodeClass { UNICODE_OTHER, UNICODE_LETTER, UNICODE_NUMBER, UNICODE_SPACE };

/* Letter is \p{L}, number is \p{N}, space is what Python's str.isspace accepts. */
enum UnicodeClass unicode_class(int32_t rune);
bool unicode_is_digit(int32_t rune); /* \p{Nd}: Python's \d */
int32_t unicode_upper(int32_t rune); /* simple upper case */

/* Control characters U+0080 to U+009F are often bytes of Windows-1252 that were read as
 * Latin-1. Returns the character that the byte means in Windows-1252; other runes, and the five
 * bytes that Windows-1252 does not define, are returned unchanged. */
int32_t unicode_from_1252(int32_t rune);
/* Appends r in lower case as Python's str.lower does: rune by rune, except that U+0130 becomes
 * two runes and the Greek sigma has another form at the end of a word. */
void unicode_lower(const Runes *r, Runes *out);
/* Converts to normalization form C in place. */
void unicode_compose(Runes *r);
/* Appends the compatibility decomposition (NFKD) of a rune. */
void unicode_decompose(int32_t rune, Runes *out);

#endif
