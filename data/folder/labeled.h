/* SPDX-License-Identifier: Apache-2.0 */
/* Images with their captions and tags, as the sources of `prepare` find them. */
#ifndef RAMPLUS_DATA_FOLDER_LABELED_H
#define RAMPLUS_DATA_FOLDER_LABELED_H

#include <stdbool.h>
#include <stdint.h>

/* All strings are owned (labeled_free). */
typedef struct LabeledImage {
    char *path; /* of its file below images/ */
    int64_t captions, tags;
    char **caption, **tag; /* [captions], [tags] */
} LabeledImage;

/* Take ownership of the text. A tag that is empty or that the image already has is freed
 * instead. */
void labeled_add_caption(LabeledImage *image, char *caption);
void labeled_add_tag(LabeledImage *image, char *tag);
bool labeled_has_tag(const LabeledImage *image, const char *tag);
void labeled_free(LabeledImage *image); /* frees and empties */

typedef struct LabeledSet {
    int64_t count, room;
    LabeledImage *image; /* [count] */
} LabeledSet;

/* Moves an image to the end of the set and empties it. */
void labeled_set_add(LabeledSet *set, LabeledImage *image);
void labeled_set_free(LabeledSet *set);

#endif
