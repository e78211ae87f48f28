/* SPDX-License-Identifier: Apache-2.0 */
/* Under which key of a JSON record its image, its tags, its captions and its split are. */
#ifndef RAMPLUS_DATA_FOLDER_JSON_KEYS_H
#define RAMPLUS_DATA_FOLDER_JSON_KEYS_H

#include "core/io/text.h"
#include "core/options/option.h"

#include <jansson.h>

enum JsonPart {
    JSON_PART_IMAGE,
    JSON_PART_TAGS,
    JSON_PART_CAPTION,
    JSON_PART_SPLIT,
    JSON_PARTS
};

typedef struct JsonKey {
    const char *name;
    int64_t records; /* from which its value was taken */
} JsonKey;

typedef struct JsonKeys {
    const char *what; /* "image", ... */
    JsonKey *key;     /* [keys] the first that a record has counts */
    int64_t keys;
    bool given;
} JsonKeys;

/* given: the keys of the user, borrowed; without any, those that are usual. The caller frees
 * the keys with json_keys_free. */
JsonKeys json_keys_new(enum JsonPart part, const OptionStrings *given);
void json_keys_free(JsonKeys *k);

/* The first key whose value the record has, and not null; NULL if there is none. `take` counts
 * it. */
const char *json_keys_find(const JsonKeys *k, const json_t *record, const json_t **value);
const char *json_keys_take(JsonKeys *k, const json_t *record, const json_t **value);

/* Appends the names with commas. */
void json_keys_put(const JsonKeys *k, Text *to);
/* Logs one line about the keys that were used. */
void json_keys_log(const JsonKeys *k);

#endif
