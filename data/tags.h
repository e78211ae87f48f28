/* Tag lists, thresholds and descriptions. */
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

/* One tag a line, UTF-8. Empty lines, invalid UTF-8 and empty files are EXIT_DATA with the line. */
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

/* One float a line in [0, 1], exactly `count` of them. out [count]. */
int thresholds_read(const char *path, int64_t count, float *out, Error *err);

/* Texts of every tag: text[offset[k]] ... text[offset[k+1]-1] describe tag k. */
typedef struct Descriptions {
    int64_t tags;
    int64_t *offset; /* [tags + 1] */
    char **text;     /* [offset[tags]] */
} Descriptions;

/* The reference's JSON: an array of {tag: [texts]}. Every tag of the list must be there with at least
 * one text; others are ignored with a warning. EXIT_DATA names file, entry and tag. */
int descriptions_read(const char *path, const TagList *tags, Descriptions *out, Error *err);
/* The tags that such a file describes, in its order; one that is described twice stands there twice. */
int descriptions_read_tags(const char *path, TagList *out, Error *err);
/* One text a tag: "a photo of a TAG." */
Descriptions descriptions_template(const TagList *tags);
void descriptions_free(Descriptions *d);

#endif
