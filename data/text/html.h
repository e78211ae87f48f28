/* SPDX-License-Identifier: Apache-2.0 */
/* HTML character references: `&amp;`, `&#38;`, `&#x26;`. */
#ifndef RAMPLUS_DATA_TEXT_HTML_H
#define RAMPLUS_DATA_TEXT_HTML_H

#include "core/strings/unicode.h"

/* Appends the text with every reference replaced, as browsers and Python's html.unescape do:
 * legacy names need no semicolon (`&ampx` is `&x`), unknown names are kept. */
void html_unescape(const Runes *in, Runes *out);

/* The conservative form that ftfy uses on text that may not be HTML: it replaces only
 * references with a semicolon, but also names in capitals (`P&EACUTE;REZ`). */
void html_unescape_closed(const int32_t *in, size_t count, Runes *out);

#endif
