/* SPDX-License-Identifier: Apache-2.0 */
/* How often two tags occur together. */
#ifndef RAMPLUS_DATA_STATS_PAIR_COUNTS_H
#define RAMPLUS_DATA_STATS_PAIR_COUNTS_H

#include "data/tag_ids.h"

enum { PAIR_TAGS = 1 << 16, PAIR_RECORD = 1000 };

typedef struct TagPair {
    int32_t a, b; /* a < b */
    int64_t count;
    double pmi; /* log2 (p(a, b) / (p(a) p(b))): pointwise mutual information */
} TagPair;

/* Only pairs that occur take memory, 8 to 16 bytes each. Initialize it with {0}. */
typedef struct PairCounts {
    int64_t pairs;
    int64_t crowded; /* sets of more than PAIR_RECORD tags, which are left out */
    uint64_t *slot;  /* [room] private: key + 1 above, count below; 0: free */
    int64_t room;
} PairCounts;

/* Counts all pairs of a set of ids below PAIR_TAGS. */
void pair_counts_add(PairCounts *p, const TagIds *set);
void pair_counts_free(PairCounts *p); /* frees and empties */
int64_t pair_counts_get(const PairCounts *p, int32_t a, int32_t b);

/* Writes the `most` pairs with the highest count, or PMI among the pairs of at least `least`
 * records, in descending order; returns their number. alone [tags]: records of each tag;
 * records: all of them. */
int64_t pair_counts_top(const PairCounts *p, const int64_t *alone, int64_t records, bool by_pmi,
                        int64_t least, TagPair *out, int64_t most);

#endif
