/* SPDX-License-Identifier: Apache-2.0 */
/* Pascal VOC's image sets to a data folder: ImageSets/Main/SPLIT.txt, one image per line, and
 * ImageSets/Main/CLASS_SPLIT.txt, lines of an image and 1 (has the class), -1 (has not) or 0
 * (has only objects that are difficult to recognize).
 *
 * Source: Everingham et al., development kits of the VOC challenges 2007 to 2012. */
#ifndef RAMPLUS_DATA_BENCHMARKS_VOC_H
#define RAMPLUS_DATA_BENCHMARKS_VOC_H

#include "data/folder/label_set.h"

enum VocDifficult { VOC_DIFFICULT_NEGATIVE, VOC_DIFFICULT_POSITIVE, VOC_DIFFICULT_UNKNOWN };

typedef struct VocConfig {
    const char *devkit; /* folder with ImageSets/ and JPEGImages/ */
    const char *test;   /* split that is evaluated */
    const char *train;  /* split that trains; NULL: none */
    int difficult;      /* enum VocDifficult: what 0 counts as */
    bool words;         /* pottedplant -> potted plant, and so on */
} VocConfig;

typedef struct VocCounts {
    int64_t images, classes; /* images of all splits that are used */
    int64_t difficult;       /* labels 0 of the split that is evaluated */
    int64_t bad;             /* lines that are left out, and labels that are missing */
    LabelCounts test, train;
} VocCounts;

/* Writes OUT/bad.txt, the evaluation set OUT/test/ with truth.csv (a table of images and
 * classes with 1, 0 and, where VOC has 0, -1: not annotated), the training files of label_set.h
 * and OUT/dataset.yaml. Images must exist if JPEGImages/ does. ERROR_DATA, ERROR_RUNTIME. */
int voc_prepare(const char *out, const VocConfig *config, VocCounts *counts, Error *err);

#endif
