/* SPDX-License-Identifier: Apache-2.0 */
/* Divides labeled images into training and test sets, and writes their annotations. */
#ifndef RAMPLUS_DATA_FOLDER_ANNOTATE_H
#define RAMPLUS_DATA_FOLDER_ANNOTATE_H

#include "data/folder/folder.h"
#include "data/folder/labeled.h"

typedef struct AnnotateRules {
    const char *source; /* what the images were read from, for messages */
    int64_t min_images; /* a tag of the vocabulary occurs on at least this many images */
    /* NULL: every fifth tag is unseen, and a fifth of the images is for the test. Else a tag
     * list: the tags that a model was trained with are seen, the others unseen, and every image
     * is for the test. */
    const char *seen;
} AnnotateRules;

typedef struct AnnotateCounts {
    int64_t tags, seen, unseen;
    int64_t test, others, train; /* others: not test images; train: others with a seen tag */
    int64_t labels;              /* tags of all training images */
} AnnotateCounts;

/* Writes the images that are kept into images/ of the folder and adds them to the set. */
typedef int AnnotateCollect(void *context, const DataFolder *folder, LabeledSet *set,
                            Error *err);

/* Creates the data folder `out` of the images that `collect` finds. Test images are those for
 * which FNV-1a 64 of the path is divisible by 5, or all. parse_label_id lists the tags whose
 * words occur in the caption. The texts that describe a tag are the same for every source, so
 * that a tag has the same vectors in each. ERROR_DATA if a set would be empty. */
int annotate_folder(const char *out, const AnnotateRules *rules, AnnotateCollect *collect,
                    void *context, AnnotateCounts *counts, Error *err);

#endif
