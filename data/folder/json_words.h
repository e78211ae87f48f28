/* SPDX-License-Identifier: Apache-2.0 */
/* What a JSON record says about its image, in whatever way: a text, a list, objects with a
 * name. */
#ifndef RAMPLUS_DATA_FOLDER_JSON_WORDS_H
#define RAMPLUS_DATA_FOLDER_JSON_WORDS_H

#include "core/json/json_array.h"
#include "data/folder/json_keys.h"
#include "data/folder/own_set.h"
#include "data/tags.h"

typedef struct JsonWordsRules {
    const TagList *names; /* of which numbers stand for one, from 0; NULL: numbers are faults */
    const char *path;     /* of the image, where {} stands for the value; NULL: the value */
    bool underscores;     /* of tags become blanks (sidecar_unscore) */
} JsonWordsRules;

typedef struct JsonWords {
    char *image;                       /* as written (image_name_below) */
    json_t *tags, *unknown, *captions; /* lists of texts; NULL: there are none */
    enum OwnRole role;
} JsonWords;

/* Takes the record that `array` returned last. Tags: a text with commas, a list of names,
 * numbers or objects, or an object, with the name under name, label, tag, category or class, or
 * their plurals; tags of unknown_label_id are unknown. Captions: a text, a list of texts or of
 * objects, with the text under caption, text, raw, phrase, sentence, value or content; of a
 * conversation, the first answer. A key that is missing or null is nothing.
 * ERROR_DATA: `FILE: record N (line L): why`. The caller frees *out with json_words_free. */
int json_words_take(const JsonWordsRules *rules, JsonKeys keys[static JSON_PARTS],
                    const JsonArray *array, const json_t *record, JsonWords *out, Error *err);
void json_words_free(JsonWords *w);

#endif
