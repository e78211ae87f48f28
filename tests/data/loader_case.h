/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of images with annotations for the loader, and traces of what a loader returns. */
#ifndef RAMPLUS_TESTS_DATA_LOADER_CASE_H
#define RAMPLUS_TESTS_DATA_LOADER_CASE_H

#include "data/loader.h"
#include "tests/support/scratch.h"

/* 23 images in batches of 4: the last short batch of an epoch is dropped. */
enum { IMAGES = 23, BATCH = 4, SIDE = 12, TEACHER = 8, VIEW = 3 * SIDE * SIDE };

/* Image i has two captions, "First: caption I!" and "SECOND  caption I.", and i % 4 tags,
 * 10 i, 10 i + 1, ... */
typedef struct LoaderCase {
    Scratch scratch;
    Annotations notes;
    char *paths[IMAGES], *captions[2 * IMAGES];
    int64_t caption_offset[IMAGES + 1], tag_offset[IMAGES + 1];
    int32_t tags[4 * IMAGES];
    LoaderConfig config; /* without a bad list */
    char bad_list[128];  /* a path in the scratch folder */
} LoaderCase;

/* The case must not move: its config points into it. */
void loader_case_new(LoaderCase *c);
void loader_case_free(LoaderCase *c);

/* Asserts that a loader finds no batch, with ERROR_DATA and this reason. */
void loader_case_no_batch(const LoaderCase *c, const char *why);

/* Overwrites image i with text. */
void loader_case_spoil(LoaderCase *c, int i);

/* Results of successive calls of loader_next. */
typedef struct Trace {
    uint64_t hash[32];        /* of the batch; 0 at the end of an epoch */
    LoaderPosition after[32]; /* position after the call */
    int64_t skipped;          /* after the last call */
} Trace;

/* Makes `calls` calls, at most 32, from a position or from the start. */
Trace trace_from(const LoaderConfig *config, LoaderPosition start, int calls);
Trace trace(const LoaderConfig *config, int calls);

/* Asserts that the first `calls` results are equal. */
void same_traces(const Trace *a, const Trace *b, int calls);

#endif
