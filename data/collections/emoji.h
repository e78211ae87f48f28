/* SPDX-License-Identifier: Apache-2.0 */
/* Converts emoji to a data folder: bitmaps of a font (Debian's fonts-noto-color-emoji), names
 * and keywords of Unicode's CLDR (unicode-cldr-core). */
#ifndef RAMPLUS_DATA_COLLECTIONS_EMOJI_H
#define RAMPLUS_DATA_COLLECTIONS_EMOJI_H

#include "data/folder/annotate.h"

typedef struct EmojiConfig {
    const char *font;   /* a font with color bitmaps */
    const char *cldr;   /* CLDR's folder, with common/annotations/en.xml */
    int64_t size;       /* longest side of the written images, pixels */
    int64_t min_images; /* a tag of the vocabulary occurs on at least this many images */
    const char *seen;   /* a tag list, or NULL: see AnnotateRules */
} EmojiConfig;

/* A dropped entry counts only for the first rule that drops it. */
typedef struct EmojiReport {
    int64_t characters; /* single code points with a name and keywords */
    int64_t sequences;  /* names of several code points: skin tones, flags, families, ... */
    int64_t no_bitmap, bad_bitmap, duplicates; /* dropped characters */
    int64_t kept;
    AnnotateCounts set;
} EmojiReport;

/* Creates the data folder `out`. An image is named after its code point; its caption is the
 * short name, its tags are the keywords in lower case. A character with the pixels of one
 * before it is a duplicate. */
int emoji_prepare(const char *out, const EmojiConfig *config, EmojiReport *report, Error *err);

#endif
