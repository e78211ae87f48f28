/* SPDX-License-Identifier: Apache-2.0 */
/* The text file beside an image, as programs that tag or describe images write it: `a.txt` or
 * `a.jpg.txt` of `a.jpg`. */
#ifndef RAMPLUS_DATA_FOLDER_SIDECAR_H
#define RAMPLUS_DATA_FOLDER_SIDECAR_H

#include "core/io/file.h"

enum SidecarKind { SIDECAR_TAGS, SIDECAR_CAPTION };

enum { SIDECAR_MAX_BYTES = 1 << 20 };

typedef struct SidecarText {
    char *text;   /* not blank */
    int64_t line; /* from 1 */
} SidecarText;

typedef struct Sidecar {
    SidecarText *text; /* [texts] */
    int64_t texts, room;
    Lines lines; /* private */
} Sidecar;

/* Reads a file. SIDECAR_TAGS: the tags of all lines, which commas separate; SIDECAR_CAPTION:
 * each line that is not blank. ERROR_DATA, also for text that is not UTF-8 and for files above
 * SIDECAR_MAX_BYTES; ERROR_RUNTIME. The caller frees *out with sidecar_free. */
int sidecar_read(const char *path, enum SidecarKind kind, Sidecar *out, Error *err);
void sidecar_free(Sidecar *s);

/* Cuts the next tag off a list with commas, in place: without white space at both ends, and
 * with `\(` and `\)` as the parentheses that they stand for. Empty ones are left out; NULL
 * after the last one, where *rest is NULL. */
char *sidecar_cut(char **rest);

/* Turns underscores into blanks, in place, as taggers do: not in tags of at most three
 * characters, which may be emoticons (`^_^`). */
void sidecar_unscore(char *tag);

#endif
