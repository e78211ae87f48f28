/* SPDX-License-Identifier: Apache-2.0 */
/* Output formats for the tags of images: one line per image, CSV, or one JSON document. */
#ifndef RAMPLUS_EVAL_TAG_TAG_PRINT_H
#define RAMPLUS_EVAL_TAG_TAG_PRINT_H

#include "core/io/text.h"
#include "data/tags.h"
#include "eval/tag/tag_choice.h"

/* What precedes the first image and follows the last one. */
void tag_print_start(Text *out, enum RankedFormat format);
void tag_print_end(Text *out, enum RankedFormat format);

/* One image with its n tags, in the order given. damage: why it could not be read as a whole,
 * for JSON, or NULL. */
void tag_print_image(Text *out, enum RankedFormat format, const char *path, const TagList *tags,
                     const Ranked *found, int64_t n, const char *damage);
/* An image that could not be read: no line, a CSV line without tag and score, or a JSON object
 * with the reason. */
void tag_print_failed(Text *out, enum RankedFormat format, const char *path, const char *why);

#endif
