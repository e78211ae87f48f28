/* SPDX-License-Identifier: Apache-2.0 */
/* Captions. */
#ifndef RAMPLUS_DATA_CAPTION_H
#define RAMPLUS_DATA_CAPTION_H

/* The reference's cleaning: lower case (ASCII), . ! " ( ) * # : ; ~ to spaces, white space collapsed, trimmed, 30 words.
 * Owned by the caller (mem_free). */
char *caption_clean(const char *raw);
/* The same without an allocation: out has room for strlen(raw) + 1 bytes. */
void caption_clean_to(const char *raw, char *out);

#endif
