/* SPDX-License-Identifier: Apache-2.0 */
/* What is in a data folder: tags, captions, images, and images that stand in it twice. */
#ifndef RAMPLUS_DATA_STATS_STATS_H
#define RAMPLUS_DATA_STATS_STATS_H

#include "data/stats/stats_records.h"

typedef struct StatsConfig {
    const char *folder;
    const char *root;         /* of the images; NULL: the folder */
    const char *tags;         /* NULL: train_tags.txt of the folder, or tags.txt */
    const char *const *train; /* files of records; none: train.json, if it exists */
    int64_t train_files;
    const char *const *eval; /* folders with tags.txt and annotations.txt; none: those of
                                       the folder, its seen/ and unseen/ that exist */
    int64_t evals;
    bool images; /* read the images */
    bool absolute;
    ImageRules rules;
    int64_t distance; /* bits in which alike images differ at most */
    int64_t pairs;    /* how many pairs are listed */
    int64_t least;    /* records that a pair with high PMI needs */
} StatsConfig;

/* An evaluation set. */
typedef struct StatsSet {
    char *name; /* its folder, owned */
    int64_t images, tags, labels, untagged;
    int64_t absent_tags; /* on no image */
} StatsSet;

typedef struct Stats {
    const StatsConfig *config; /* borrowed */
    TagList tags;              /* of the training; empty without records */
    RecordStats records;
    bool trained;             /* there are records */
    StatsSet set[STATS_SETS]; /* from 1 on, as numbered in StatsImage */
    int sets;                 /* number of the last one */
    StatsImages images;
    TagPair *by_count, *by_pmi;
    int64_t counts, pmis;
    int64_t *order; /* [tags.count] by frequency, descending, then by position */
} Stats;

/* Reads everything. ERROR_DATA if the folder has neither records nor evaluation sets, or one
 * cannot be read. The caller frees *s (stats_free), also after a failure. */
int stats_read(const StatsConfig *config, Stats *s, Error *err);
void stats_free(Stats *s);

/* Share of all labels that the most frequent tenth of the tags has, in [0, 1]; NaN: no
 * labels. */
double stats_head_share(const Stats *s);

/* The results: for people, as JSON, as CSV files of a folder. */
void stats_print(const Stats *s, int64_t rows);
void stats_print_json(const Stats *s, int64_t rows);
int stats_write_csv(const Stats *s, const char *folder, Error *err);

#endif
