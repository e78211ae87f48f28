/* SPDX-License-Identifier: Apache-2.0 */
/* What the members of a sample beside its image say: captions and tags. */
#ifndef RAMPLUS_DATA_PREPARE_SHARD_TEXT_H
#define RAMPLUS_DATA_PREPARE_SHARD_TEXT_H

#include "core/error.h"

#include <jansson.h>
#include <stddef.h>

typedef struct ShardText {
    json_t *captions; /* a list of texts; NULL: none */
    json_t *tags;     /* likewise; NULL: not told */
    json_t *unknown;  /* tags of which it is not known whether the image has them */
} ShardText;

void shard_text_free(ShardText *t); /* frees and empties */

/* Each adds a member of so many bytes, which a NUL follows. ERROR_DATA with why it cannot be
 * used: the sample is left out then. */

/* KEY.txt: a caption. */
int shard_text_caption(ShardText *t, const char *text, size_t bytes, Error *err);
/* KEY.tags, KEY.tags.txt: tags, separated by commas or line ends. */
int shard_text_tags(ShardText *t, const char *text, size_t bytes, Error *err);
/* KEY.json: an object with `caption` (a text or a list of texts) and `tags`, `keywords` or
 * `labels` (a list of texts or a text with commas), `unknown_tags` (likewise); a `status` other
 * than success refuses the sample, as img2dataset means it. Other keys are not looked at. */
int shard_text_json(ShardText *t, const char *text, size_t bytes, Error *err);

#endif
