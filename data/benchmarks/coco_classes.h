/* SPDX-License-Identifier: Apache-2.0 */
/* The seen and unseen classes of COCO: 48 and 17 of the 80.
 *
 * Source: Bansal et al. 2018, "Zero-Shot Object Detection", ECCV. */
#ifndef RAMPLUS_DATA_BENCHMARKS_COCO_CLASSES_H
#define RAMPLUS_DATA_BENCHMARKS_COCO_CLASSES_H

#include "data/folder/label_set.h"

enum { COCO_SEEN = 48, COCO_UNSEEN = 17 };

/* Marks the tags of either list: seen [tags] and unseen [tags]. ERROR_DATA with the name of a
 * class that the set has not. */
int coco_classes_mark(const LabelSet *set, bool *seen, bool *unseen, Error *err);

#endif
