/* SPDX-License-Identifier: Apache-2.0 */
/* Text as code points ("runes"), and the properties of Unicode 15.0 (utf8proc 2.8; a newer library
 * brings a newer Unicode: it only differs where characters were unassigned). */
#ifndef RAMPLUS_CORE_UNICODE_H
#define RAMPLUS_CORE_UNICODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Runes {
    int32_t *at; /* [count], NULL when there is no room */
    size_t count, room;
} Runes;

void runes_free(Runes *r); /* frees and empties */
void runes_add(Runes *r, int32_t rune);
void runes_append(Runes *r, const int32_t *from, size_t count);
/* Appends UTF-8. Returns the bytes that were decoded: less than len where something is not UTF-8. */
size_t runes_decode(Runes *r, const char *text, size_t len);
/* Writes one as UTF-8, at most 4 bytes; returns how many. */
size_t runes_encode(int32_t rune, uint8_t *out);

/* The code point that the len bytes of UTF-8 start with, and how many of them it takes; 0 when len is 0 or
 * they are not UTF-8. */
size_t unicode_decode(const char *text, size_t len, int32_t *rune);

enum UnicodeClass { UNICODE_OTHER, UNICODE_LETTER, UNICODE_NUMBER, UNICODE_SPACE };

/* Letter: \p{L}; number: \p{N}; space: what Python's str.isspace accepts. */
enum UnicodeClass unicode_class(int32_t rune);
bool unicode_is_digit(int32_t rune); /* \p{Nd}: Python's \d */
int32_t unicode_upper(int32_t rune); /* simple upper case */

/* Control characters U+0080 to U+009F are bytes of Windows-1252 that were read as Latin-1: what they
 * were meant to be. Others, and the five that Windows-1252 does not define, stay. */
int32_t unicode_from_1252(int32_t rune);
/* The byte that stands for this in Windows-1252, undefined ones as in Latin-1; -1 if none does. */
int unicode_to_1252(int32_t rune);

/* Appends r in lower case as Python's str.lower does: one to one, but for U+0130, which becomes two,
 * and the Greek sigma, which has another form at the end of a word. */
void unicode_lower(const Runes *r, Runes *out);
/* Normalization form C, in place. */
void unicode_compose(Runes *r);
/* Appends the compatibility decomposition of one (NFKD). */
void unicode_decompose(int32_t rune, Runes *out);

#endif
