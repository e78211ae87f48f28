/* SPDX-License-Identifier: Apache-2.0 */
/* Strict UTF-8 in C strings: no surrogates, no overlong forms, at most U+10FFFF. */
#ifndef RAMPLUS_CORE_STRINGS_UTF8_H
#define RAMPLUS_CORE_STRINGS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length in bytes of the character at text, a NUL-terminated string (1 for the NUL itself); 0
 * if it is not UTF-8. */
size_t utf8_length(const char *text);
/* Returns the code point at *text and advances *text past it; -1 if it is not UTF-8. */
int32_t utf8_next(const char **text);
bool utf8_valid(const char *text); /* the whole string */
/* Length in bytes of the white-space character at text (what Python's str.isspace accepts); 0
 * if another character is there. */
size_t utf8_space(const char *text);
/* Whether the string has white space and byte-order marks only, or nothing. */
bool utf8_blank(const char *text);
/* Length in bytes of the white space and byte-order marks at the start of the text. */
size_t utf8_indent(const char *text);
/* Moves *text past the white space and byte-order marks at its start. Returns the length of the
 * rest without those at its end. */
size_t utf8_trim(const char **text);
/* Cuts what utf8_trim leaves out off both ends, in place. Returns the new start. */
char *utf8_strip(char *text);
/* Collapses each run of white space to one blank and removes it at both ends, in place. */
void utf8_collapse(char *text);
/* Whether a character starts with this byte, that is, it is not a continuation byte. */
bool utf8_starts(char byte);
/* Length of the longest prefix of the len bytes that has at most max bytes and ends between two
 * characters. */
size_t utf8_cut(const char *text, size_t len, size_t max);

#endif
