/* Captions. */
#ifndef RAMPLUS_DATA_CAPTION_H
#define RAMPLUS_DATA_CAPTION_H

/* The reference's cleaning: lower case (ASCII), . ! " ( ) * # : ; ~ to spaces, white space collapsed, trimmed, 30 words.
 * Owned by the caller (mem_free). */
char *caption_clean(const char *raw);

#endif
