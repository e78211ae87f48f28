/* SPDX-License-Identifier: Apache-2.0 */
/* The named characters of HTML, for data/text/html.c. */
#ifndef RAMPLUS_DATA_TEXT_HTML_ENTITIES_H
#define RAMPLUS_DATA_TEXT_HTML_ENTITIES_H

/* By first letter, A to Z then a to z: entries `NAME;HEX ` or `NAME;HEX+HEX `, sorted by bytes. A `!` in
 * the place of the `;` marks the old names, which are also known without their semicolon. */
extern const char *const html_entities[52];

#endif
