/* SPDX-License-Identifier: Apache-2.0 */
/* Character references of HTML: `&amp;`, `&#38;`, `&#x26;`. */
#ifndef RAMPLUS_DATA_TEXT_HTML_H
#define RAMPLUS_DATA_TEXT_HTML_H

#include "core/unicode.h"

/* Appends the text with every reference replaced, as browsers and Python's html.unescape do: old
 * names need no semicolon (`&ampx` is `&x`), unknown ones stay. */
void html_unescape(const Runes *in, Runes *out);

/* The careful form that ftfy uses on texts which may be no HTML: only references with a semicolon,
 * but also names that were put in capitals (`P&EACUTE;REZ`). */
void html_unescape_closed(const int32_t *in, size_t count, Runes *out);

#endif
