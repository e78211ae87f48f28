/* SPDX-License-Identifier: Apache-2.0 */
/* The tags that a caption names: the text part of the data engine of Tag2Text (Huang et al.,
 * arXiv 2303.05657) and RAM, whose parser has not been released. docs/data.md states the
 * rules. */
#ifndef RAMPLUS_DATA_TAG_PARSER_H
#define RAMPLUS_DATA_TAG_PARSER_H

#include "data/synonyms.h"
#include "data/tag_ids.h"
#include "data/tags.h"
#include "data/text/inflection.h"
#include "data/text/words.h"

enum { TAG_PARSER_GAP = 3 };

typedef struct TagParserRules {
    bool nested;  /* tags inside a longer tag count, too: "hot dog" is also "dog" */
    int64_t gap;  /* other words inside a tag of several words, at most; 0..TAG_PARSER_GAP */
    bool negated; /* what the caption says is not there counts, too */
} TagParserRules;

typedef struct TagParser TagParser;

/* Indexes the tags, the synonyms (NULL: none) and their singular and closed forms. All three
 * must outlive the parser. The caller owns it (tag_parser_free). */
TagParser *tag_parser_new(const TagList *tags, const Synonyms *synonyms,
                          const Inflection *inflection);
void tag_parser_free(TagParser *p); /* accepts NULL */

/* The result of one caption; its memory is reused. Initialize it with {0}. */
typedef struct ParsedTags {
    TagIds tags;      /* a set; of a name that occurs twice in the list, both */
    int64_t left_out; /* mentions that were left out because they are negated */
    Words words;      /* of the caption */
    bool *covered;    /* [words.count] belongs to a tag, also to one that was left out */
    int64_t covered_room;
} ParsedTags;

/* Parses one caption. Any number of threads may use one parser, each with its own result. The
 * time is proportional to the length of the caption times the words of the longest tag. */
void tag_parser_parse(const TagParser *p, const char *caption, const TagParserRules *rules,
                      ParsedTags *out);
void parsed_tags_free(ParsedTags *t); /* frees and empties */

#endif
