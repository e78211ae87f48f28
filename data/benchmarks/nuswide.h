/* SPDX-License-Identifier: Apache-2.0 */
/* NUS-WIDE to a data folder, in the zero-shot division into 925 seen and 81 unseen tags: the
 * 81 concepts, which people labeled, are unseen; of the 1,000 most frequent tags of Flickr's
 * users, those that are no concept are seen. Read are, below the root:
 *
 *   ImageList/TrainImagelist.txt, TestImagelist.txt   an image per line, `folder\name.jpg`
 *   ConceptsList/Concepts81.txt, or Concepts81.txt    a concept per line
 *   NUS_WID_Tags/TagList1k.txt                        a tag per line
 *   NUS_WID_Tags/Train_Tags1k.dat, Test_Tags1k.dat    per image a line of 0 and 1 per tag
 *   Groundtruth/TrainTestLabels/Labels_CONCEPT_Test.txt   per image a line with 0 or 1
 *
 * Sources: Chua et al. 2009, "NUS-WIDE", CIVR; Zhang et al. 2016, "Fast Zero-Shot Image
 * Tagging", CVPR, for the division. */
#ifndef RAMPLUS_DATA_BENCHMARKS_NUSWIDE_H
#define RAMPLUS_DATA_BENCHMARKS_NUSWIDE_H

#include "data/folder/label_set.h"

typedef struct NuswideConfig {
    const char *root;
    const char *images;  /* folder in which every image must exist; NULL: not looked for */
    bool keep_unlabeled; /* evaluate also images without any tag of the set */
} NuswideConfig;

typedef struct NuswideCounts {
    int64_t train_list, test_list; /* images of the lists */
    int64_t bad;                   /* lines that are left out, and images that are missing */
    LabelCounts train, seen, unseen, all;
} NuswideCounts;

/* Writes OUT/bad.txt, the training files of label_set.h (images of the training list with a
 * seen tag), the evaluation sets unseen/ (zero-shot), seen/ and all/ (generalized), each of the
 * test images with at least one of its tags, and OUT/dataset.yaml. ERROR_DATA, also for files
 * of another number of lines than the list of images; ERROR_RUNTIME. */
int nuswide_prepare(const char *out, const NuswideConfig *config, NuswideCounts *counts,
                    Error *err);

#endif
