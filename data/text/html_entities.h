/* SPDX-License-Identifier: Apache-2.0 */
/* The named character references of HTML, for data/text/html.c. */
#ifndef RAMPLUS_DATA_TEXT_HTML_ENTITIES_H
#define RAMPLUS_DATA_TEXT_HTML_ENTITIES_H

/* One string per first letter, A to Z then a to z, of entries `NAME;HEX ` or `NAME;HEX+HEX
 * `, sorted by bytes. A `!` instead of the `;` marks the legacy names, which are also valid
 * without a semicolon. */
extern const char *const html_entities[52];

#endif
