/* SPDX-License-Identifier: Apache-2.0 */
/* Counts words; when the table is full, it starts again with the more frequent half. */
#include "data/prepare/word_counts.h"

#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

WordCounts word_counts_new(void)
{
    return (WordCounts){.at = mem_calloc(WORD_COUNTS_ROOM, sizeof(WordCount)),
                        .index = hash_map_new(WORD_COUNTS_ROOM)};
}

void word_counts_free(WordCounts *w)
{
    mem_free(w->at);
    hash_map_free(&w->index);
    strings_free(&w->pool);
    *w = (WordCounts){0};
}

static int by_count(const void *a, const void *b)
{
    const WordCount *x = a, *y = b;
    if (x->count != y->count) return x->count < y->count ? 1 : -1;
    return strcmp(x->word, y->word);
}

void word_counts_sort(WordCounts *w)
{
    if (w->count) qsort(w->at, (size_t)w->count, sizeof *w->at, by_count);
}

static void put(WordCounts *w, const char *word, int64_t count)
{
    uint8_t key[HASH_BYTES];
    const size_t n = strlen(word);
    hash_of(word, n, key);
    const int64_t i = hash_map_get(&w->index, key);
    if (i >= 0) {
        w->at[i].count += count;
        return;
    }
    hash_map_add(&w->index, key, w->count);
    w->at[w->count++] = (WordCount){strings_add(&w->pool, word, n), count};
}

static void prune(WordCounts *w)
{
    WordCounts kept = word_counts_new();
    word_counts_sort(w);
    for (int64_t i = 0; i < w->count / 2; i++) put(&kept, w->at[i].word, w->at[i].count);
    kept.pruned = true;
    word_counts_free(w);
    *w = kept;
}

void word_counts_add(WordCounts *w, const char *word)
{
    if (w->count == WORD_COUNTS_ROOM) prune(w);
    put(w, word, 1);
}
