/* SPDX-License-Identifier: Apache-2.0 */
/* Tag lists: one name per output of the model. */
#ifndef RAMPLUS_DATA_TAGS_H
#define RAMPLUS_DATA_TAGS_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* An ordered list of names; a name may occur more than once. Names are equal if their keys are
 * (tags_key), so blanks at the ends of a line do not count, nor does the way letters with marks
 * are composed; capitals do. */
typedef struct TagList {
    int64_t count;
    char **name; /* without white space and byte-order marks at both ends: for output */
    char **line; /* as written: what banks and checkpoints store and hash */
    void *index; /* private: key -> positions */
} TagList;

/* The key of a name: in normalization form C, each run of white space one blank, none at the
 * ends. The caller owns it (mem_free). */
char *tags_key(const char *name);

/* Reads one tag per line, UTF-8. ERROR_DATA with the line number for an empty line, invalid
 * UTF-8 or a name that is not printed as it is (core/printable.h), and ERROR_DATA for an empty
 * file. The caller owns *out (tags_free). */
int tags_read(const char *path, TagList *out, Error *err);
/* Like tags_read, of a list that results already exist for: about such a name it only warns. */
int tags_read_used(const char *path, TagList *out, Error *err);
/* Like tags_read_used, from text stored in a file; `name` replaces the path in messages. */
int tags_parse(const char *name, const char *text, TagList *out, Error *err);
/* Builds a list from copies of `count` names, at least one. The caller owns it (tags_free). */
TagList tags_new(char *const *name, int64_t count);
/* Whether a name can be a line of a tag list: one line of valid UTF-8 that is not blank. */
bool tags_can_hold(const char *name);
void tags_free(TagList *t);
/* The first position at which two lists differ, or -1 if they are equal. */
int64_t tags_difference(const TagList *a, const TagList *b);
/* The list as text, one tag per line, as written. The caller owns it (mem_free). */
char *tags_join(const TagList *t);
/* tags_find returns the first position of a name; tags_next returns the next position with
 * the same name. Both return -1 if none exists. */
int64_t tags_find(const TagList *t, const char *name);
int64_t tags_next(const TagList *t, int64_t position);
/* Whether a name is the one at a position. */
bool tags_is(const TagList *t, int64_t position, const char *name);

#endif
