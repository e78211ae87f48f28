/* SPDX-License-Identifier: Apache-2.0 */
/* Turns image-text pairs into triplets: the tags of a record are those that its captions
 * name. */
#ifndef RAMPLUS_DATA_PREPARE_CAPTIONS_H
#define RAMPLUS_DATA_PREPARE_CAPTIONS_H

#include "data/prepare/tag_compare.h"
#include "data/prepare/word_counts.h"
#include "data/tag_parser.h"

enum CaptionsAgainst { CAPTIONS_ALONE, CAPTIONS_UNION, CAPTIONS_PARSE };

typedef struct CaptionsConfig {
    const char *synonyms;          /* path; NULL: none */
    const char *const *exceptions; /* paths of lists of irregular words */
    int64_t exception_lists;
    bool verbs; /* forms of verbs count */
    TagParserRules rules;
    bool keep;          /* tags that a record has already stay */
    bool drop_untagged; /* records without a tag are left out */
    /* The tags that the parsed ones are compared with: union_label_id per record, or
     * parse_label_id per caption. */
    enum CaptionsAgainst against;
} CaptionsConfig;

typedef struct CaptionsReport {
    int64_t records, good, bad; /* the unread rest of a file counts as a bad record */
    int64_t lost;               /* files that could not be read to the end */
    int64_t captions, untagged_captions;
    int64_t mentions; /* tags of captions, each once per caption */
    int64_t negated;  /* mentions left out because the caption says that they are not there */
    int64_t labels;   /* tags of records */
    int64_t untagged; /* good records without a tag; also if they are left out */
    int64_t used_tags;
    WordCounts unmatched; /* words like nouns that belong to no tag, in the singular; sorted */
    TagCompare compare;   /* ranked; without counts unless it was asked for */
} CaptionsReport;

/* Reads the records of all files (a JSON array or JSON Lines; `image` stands for `image_path`,
 * a caption may be a string or a list) and writes OUT/bad.txt, OUT/train_tags.txt and
 * OUT/train.json with union_label_id and parse_label_id; other keys stay. Images are not
 * looked at. ERROR_DATA if no record is good. The caller frees the report (captions_free), also
 * after a failure. */
int captions_prepare(const char *out, char *const *file, int64_t files, const TagList *tags,
                     const CaptionsConfig *config, CaptionsReport *report, Error *err);
void captions_free(CaptionsReport *r);

#endif
