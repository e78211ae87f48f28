/* SPDX-License-Identifier: Apache-2.0 */
/* Text of files and servers on a terminal. Nothing printed for people carries a character that
 * a terminal may take as a command, or that changes the order in which a line is shown: control
 * characters (C0, DEL, C1), marks, embeddings, overrides and isolates of the bidirectional
 * algorithm (Unicode's Bidi_Control), separators of lines and paragraphs, and bytes that are
 * not UTF-8. JSON keeps them, escaped (core/json/json.h). */
#ifndef RAMPLUS_CORE_PRINTABLE_H
#define RAMPLUS_CORE_PRINTABLE_H

#include <stddef.h>

/* Length in bytes of the character at text if it is such a one; 0 for any other and at the
 * end. */
size_t printable_fault(const char *text);
/* The first such character of the text; NULL if there is none. */
const char *printable_find_fault(const char *text);
/* Replaces each by '?', in place; those of `kept` remain. */
void printable_make(char *text, const char *kept);
/* Writes a result to stdout, its lines and tabs as they are. */
void printable_print(const char *text);

#endif
