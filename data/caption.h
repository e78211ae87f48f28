/* SPDX-License-Identifier: Apache-2.0 */
/* Caption cleaning. */
#ifndef RAMPLUS_DATA_CAPTION_H
#define RAMPLUS_DATA_CAPTION_H

/* The reference's cleaning: ASCII letters to lower case, each of . ! " ( ) * # : ; ~ to a
 * space, white space collapsed and trimmed, at most 30 words. The caller owns the result
 * (mem_free). */
char *caption_clean(const char *raw);
/* Like caption_clean, without an allocation: out has room for strlen(raw) + 1 bytes. */
void caption_clean_to(const char *raw, char *out);

#endif
