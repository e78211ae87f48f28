/* SPDX-License-Identifier: Apache-2.0 */
/* What annotations hold: tags, captions, and which tags occur together. */
#ifndef RAMPLUS_DATA_STATS_STATS_RECORDS_H
#define RAMPLUS_DATA_STATS_STATS_RECORDS_H

#include "data/stats/distribution.h"
#include "data/stats/pair_counts.h"
#include "data/stats/stats_images.h"
#include "data/tags.h"

enum { STATS_CAPTION_WORDS = 30 }; /* training uses so many words of a caption */

/* Initialize it with {0}. */
typedef struct RecordStats {
    int64_t tags;    /* of the list */
    int64_t records; /* good ones */
    int64_t bad;     /* records that training would refuse, or the unread rest of a file */
    Error first_bad;
    int64_t labels, untagged, uncaptioned, blank_captions, cut_captions;
    int64_t unannotated; /* records whose tags are not annotated; untagged ones have none */
    int64_t unknown;     /* tags that are not annotated, beside others that are */
    int64_t *per_tag;    /* [tags] records with the tag; owned */
    Distribution tags_of, captions_of, words; /* per record, per record, per caption */
    TagIds set;                               /* private: of the present record */
    PairCounts pairs;                         /* without lists of more than PAIR_TAGS tags */
} RecordStats;

/* Reads files of records one by one and adds the images to the table. ERROR_DATA if one cannot
 * be opened. The caller frees *s (record_stats_free), also after a failure. */
int record_stats_read(const char *const *file, int64_t files, const TagList *tags,
                      RecordStats *s, StatsImages *images, Error *err);
/* Tags on from..to records. */
int64_t record_stats_tags(const RecordStats *s, int64_t from, int64_t to);
void record_stats_free(RecordStats *s);

#endif
