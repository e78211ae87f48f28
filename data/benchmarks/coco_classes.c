/* SPDX-License-Identifier: Apache-2.0 */
/* The names, in the order of COCO's categories. */
#include "data/benchmarks/coco_classes.h"

#include <string.h>

static const char *const seen_class[COCO_SEEN] = {
    "person",   "bicycle",      "car",      "motorcycle", "train",  "truck",     "boat",
    "bench",    "bird",         "horse",    "sheep",      "bear",   "zebra",     "giraffe",
    "backpack", "handbag",      "suitcase", "frisbee",    "skis",   "kite",      "surfboard",
    "bottle",   "fork",         "spoon",    "bowl",       "banana", "apple",     "sandwich",
    "orange",   "broccoli",     "carrot",   "pizza",      "donut",  "chair",     "bed",
    "toilet",   "tv",           "laptop",   "mouse",      "remote", "microwave", "oven",
    "toaster",  "refrigerator", "book",     "clock",      "vase",   "toothbrush"};

static const char *const unseen_class[COCO_UNSEEN] = {
    "airplane", "bus",   "cat",       "dog",        "cow",     "elephant",
    "umbrella", "tie",   "snowboard", "skateboard", "cup",     "knife",
    "cake",     "couch", "keyboard",  "sink",       "scissors"};

static int mark(const LabelSet *set, const char *const *name, int names, bool *out, Error *err)
{
    memset(out, 0, (size_t)set->tags * sizeof *out);
    for (int i = 0; i < names; i++) {
        int64_t k = 0;
        while (k < set->tags && strcmp(set->tag[k], name[i]) != 0) k++;
        if (k == set->tags)
            return error_set(err, ERROR_DATA,
                             "no category is named '%s': the split is that of COCO's 80 "
                             "categories",
                             name[i]);
        out[k] = true;
    }
    return 0;
}

int coco_classes_mark(const LabelSet *set, bool *seen, bool *unseen, Error *err)
{
    if (mark(set, seen_class, COCO_SEEN, seen, err) != 0) return -1;
    return mark(set, unseen_class, COCO_UNSEEN, unseen, err);
}
