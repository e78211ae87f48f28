/* SPDX-License-Identifier: Apache-2.0 */
/* The words that an inflected English word may come from: "dogs" from "dog", "riding" from
 * "ride". The rules are those of WordNet's Morphy (wordnet.princeton.edu, morphy(7WN)), and of
 * doubled consonants; which of the results is a word, the caller's vocabulary decides. */
#ifndef RAMPLUS_DATA_TEXT_INFLECTION_H
#define RAMPLUS_DATA_TEXT_INFLECTION_H

#include "core/error.h"
#include "data/text/words.h"

#include <stdbool.h>

enum { INFLECTION_BASES = 8 };

typedef struct InflectionBase {
    char word[WORD_BYTES];
    bool verb; /* by a rule of verbs or an exception that is none of nouns */
} InflectionBase;

typedef struct InflectionBases {
    InflectionBase base[INFLECTION_BASES]; /* distinct, without the word itself */
    int count;
} InflectionBases;

/* Exceptions beside the built-in ones. */
typedef struct Inflection Inflection;

/* Reads WordNet's lists of exceptions (`noun.exc`, `verb.exc`: `geese goose`, one word and its
 * bases per line); paths: 0 for none. A list with `verb` in its name is one of verbs. verbs:
 * whether forms of verbs count at all. ERROR_DATA with file and line. The caller owns *out
 * (inflection_free). */
int inflection_read(const char *const *path, int64_t paths, bool verbs, Inflection **out,
                    Error *err);
void inflection_free(Inflection *m); /* accepts NULL */

/* Writes what the word may come from, nouns first. An exception rules the rules out; a word
 * that does not change ("news", "species") comes from nothing else. */
void inflection_bases(const Inflection *m, const char *word, InflectionBases *out);

#endif
