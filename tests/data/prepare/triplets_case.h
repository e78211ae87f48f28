/* SPDX-License-Identifier: Apache-2.0 */
/* A folder with an image and a tag list for the tests of `prepare triplets`. */
#ifndef RAMPLUS_TESTS_DATA_PREPARE_TRIPLETS_CASE_H
#define RAMPLUS_TESTS_DATA_PREPARE_TRIPLETS_CASE_H

#include "tests/support/scratch.h"

/* a.png of 40 x 30 pixels; tags.txt with red, blue and green. */
typedef struct TripletsCase {
    Scratch scratch;
    char *out_dir, *tags_path;
} TripletsCase;

void triplets_case_new(TripletsCase *c);
void triplets_case_free(TripletsCase *c);

/* The contents of out_dir/NAME. The caller frees them with mem_free. */
char *triplets_case_text(const TripletsCase *c, const char *name);

#endif
