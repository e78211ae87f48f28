/* SPDX-License-Identifier: Apache-2.0 */
/* COCO's JSON files to a data folder. */
#ifndef RAMPLUS_DATA_BENCHMARKS_COCO_H
#define RAMPLUS_DATA_BENCHMARKS_COCO_H

#include "data/benchmarks/coco_file.h"

enum CocoSplit { COCO_SPLIT_NONE, COCO_SPLIT_ZERO_SHOT, COCO_SPLIT_GENERALIZED };

typedef struct CocoConfig {
    const char *instances, *captions; /* training, and an evaluated share; NULL: none */
    const char *test_instances;       /* evaluation */
    OwnRules rules; /* images: of `instances`; test_images: of `test_instances` */
    int split;      /* enum CocoSplit; without rules.least and rules.tags */
} CocoConfig;

typedef struct CocoCounts {
    CocoReport read;
    OwnCounts own;                 /* own.test without a split alone */
    LabelCounts seen, unseen, all; /* with a split: the evaluation sets */
} CocoCounts;

/* Without a split, writes the data folder of own_set_write: test/ holds the test images with
 * all categories, and all other images train.
 *
 * With one, as in Bansal et al. 2018, images with an unseen class leave the training, which has
 * the 48 seen classes; the test images are those with an unseen class, and the evaluation sets
 * are seen/ (48 classes), unseen/ (17) and, generalized, all/ (65). ERROR_USAGE if there is no
 * file to read; ERROR_DATA; ERROR_RUNTIME. */
int coco_prepare(const char *out, const CocoConfig *config, CocoCounts *counts, Error *err);

#endif
