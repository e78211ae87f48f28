/* SPDX-License-Identifier: Apache-2.0 */
/* Prints the tags of images on stdout: one line per image, CSV, or one JSON document. */
#ifndef RAMPLUS_EVAL_TAG_TAG_PRINT_H
#define RAMPLUS_EVAL_TAG_TAG_PRINT_H

#include "core/io/text.h"
#include "data/tags.h"
#include "eval/tag/tag_choice.h"

typedef struct TagPrinter {
    enum RankedFormat format;
    const TagList *tags; /* borrowed */
    int64_t images;      /* in the JSON document so far */
    Text text;           /* not yet printed */
} TagPrinter;

/* Starts with what precedes the first image. Owned: tag_print_close. */
TagPrinter tag_print_open(enum RankedFormat format, const TagList *tags);

/* One image with its n tags, in the order given. damage: why it could not be read as a whole,
 * for JSON, or NULL. */
void tag_print_image(TagPrinter *p, const char *path, const Ranked *found, int64_t n,
                     const char *damage);
/* An image that could not be read: no line, a CSV line without tag and score, or a JSON object
 * with the reason. */
void tag_print_failed(TagPrinter *p, const char *path, const char *why);

/* Prints what has been added. Returns false once stdout takes no more. */
bool tag_print_flush(TagPrinter *p);
/* Prints what follows the last image. */
void tag_print_close(TagPrinter *p);

#endif
