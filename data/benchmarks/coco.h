/* SPDX-License-Identifier: Apache-2.0 */
/* COCO's JSON files to a data folder. */
#ifndef RAMPLUS_DATA_BENCHMARKS_COCO_H
#define RAMPLUS_DATA_BENCHMARKS_COCO_H

#include "data/benchmarks/coco_file.h"

enum CocoSplit { COCO_SPLIT_NONE, COCO_SPLIT_ZERO_SHOT, COCO_SPLIT_GENERALIZED };

typedef struct CocoConfig {
    const char *instances, *captions, *images; /* training; NULL: none, none, not looked for */
    const char *test_instances, *test_images;  /* evaluation */
    double test;   /* share of the images of `instances` that are evaluated, too, 0..1 */
    int64_t seed;  /* of the choice, which depends on it and the names alone */
    int64_t least; /* images of the training, or without one of the test, that a tag needs */
    int split;     /* enum CocoSplit; without `least` */
    bool labeled_only; /* evaluate only images with a label */
} CocoConfig;

typedef struct CocoCounts {
    CocoReport read;
    int64_t rare;                  /* tags left out for too few images */
    LabelCounts train, test;       /* without a split: the evaluation set test/ */
    LabelCounts seen, unseen, all; /* with a split: the evaluation sets */
} CocoCounts;

/* Writes OUT/bad.txt, the training files of label_set.h, the evaluation sets and
 * OUT/dataset.yaml, the settings of a run.
 *
 * Without a split, test/ holds the test images with all categories, and all other images train.
 * With one, as in Bansal et al. 2018, images with an unseen class leave the training, which has
 * the 48 seen classes; the test images are those with an unseen class, and the evaluation sets
 * are seen/ (48 classes), unseen/ (17) and, generalized, all/ (65). ERROR_USAGE if there is no
 * file to read; ERROR_DATA; ERROR_RUNTIME. */
int coco_prepare(const char *out, const CocoConfig *config, CocoCounts *counts, Error *err);

#endif
