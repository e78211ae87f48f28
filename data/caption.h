/* SPDX-License-Identifier: Apache-2.0 */
/* Caption cleaning. */
#ifndef RAMPLUS_DATA_CAPTION_H
#define RAMPLUS_DATA_CAPTION_H

/* The reference's cleaning: letters of every script to lower case, each of . ! " ( ) * # : ; ~
 * to a blank, runs of white space to one blank, blanks at both ends removed, at most 30 words.
 * As in the reference, a lone tab or line end inside the text stays and does not separate
 * words. raw: UTF-8. The caller owns the result (mem_free). */
char *caption_clean(const char *raw);

#endif
