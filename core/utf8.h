/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 in C strings: no surrogates, nothing overlong, at most U+10FFFF. */
#ifndef RAMPLUS_CORE_UTF8_H
#define RAMPLUS_CORE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character at text, which a NUL ends (the NUL itself counts 1); 0 when it is not UTF-8. */
size_t utf8_length(const char *text);
/* The code point at *text, moving *text past it; -1 when it is not UTF-8. */
int32_t utf8_next(const char **text);
bool utf8_valid(const char *text); /* the whole string */
/* Bytes of the white-space character at text (what Python's str.isspace accepts); 0 if there is none. */
size_t utf8_space(const char *text);
/* Whether a character starts with this byte: it does not continue one. */
bool utf8_starts(char byte);
/* Bytes of the longest beginning of at most `most` of the len bytes that ends between two characters. */
size_t utf8_cut(const char *text, size_t len, size_t most);

#endif
