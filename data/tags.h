/* SPDX-License-Identifier: Apache-2.0 */
/* Tag lists. */
#ifndef RAMPLUS_DATA_TAGS_H
#define RAMPLUS_DATA_TAGS_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* A list of names in order; a name may stand more than once. */
typedef struct TagList {
    int64_t count;
    char **name;
    void *index; /* private: name -> positions */
} TagList;

/* One tag a line, UTF-8. Empty lines, invalid UTF-8 and empty files are ERROR_DATA with the line. */
int tags_read(const char *path, TagList *out, Error *err);
/* The same from text in memory; name stands for the file in messages. */
int tags_parse(const char *name, const char *text, TagList *out, Error *err);
/* From copies of `count` names, at least one. */
TagList tags_new(char *const *name, int64_t count);
/* Whether a line of a tag list can hold the name: one line of UTF-8 that is not blank. */
bool tags_can_hold(const char *name);
void tags_free(TagList *t);
/* The first position at which two lists differ, or -1. */
int64_t tags_difference(const TagList *a, const TagList *b);
char *tags_join(const TagList *t); /* as such a text, one a line; owned (mem_free) */
/* First position of the name, or -1; then tags_next gives the next one of the same name, or -1. */
int64_t tags_find(const TagList *t, const char *name);
int64_t tags_next(const TagList *t, int64_t position);

#endif
