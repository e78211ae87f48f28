/* SPDX-License-Identifier: Apache-2.0 */
/* How often words occur, in bounded memory. */
#ifndef RAMPLUS_DATA_PREPARE_WORD_COUNTS_H
#define RAMPLUS_DATA_PREPARE_WORD_COUNTS_H

#include "core/hash_map.h"
#include "core/strings/strings.h"

enum { WORD_COUNTS_ROOM = 1 << 16 };

typedef struct WordCount {
    const char *word;
    int64_t count;
} WordCount;

typedef struct WordCounts {
    WordCount *at; /* [count], in no order before word_counts_sort */
    int64_t count;
    bool pruned;   /* rare words were forgotten, so a count may be too low */
    HashMap index; /* private from here on */
    StringPool pool;
} WordCounts;

WordCounts word_counts_new(void); /* owned: word_counts_free */
void word_counts_free(WordCounts *w);

/* Counts a word. Of more than WORD_COUNTS_ROOM different ones, the rarer half is forgotten. */
void word_counts_add(WordCounts *w, const char *word);
/* Sorts by count, descending, then by bytes. Nothing is counted after it. */
void word_counts_sort(WordCounts *w);

#endif
