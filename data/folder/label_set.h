/* SPDX-License-Identifier: Apache-2.0 */
/* Images with labels and captions over one list of tags, collected in any order, and the files
 * of a data folder that are made of them:
 *
 *   LabelSet s = {0};
 *   label_set_add_tag(&s, "cat"), label_set_add_image(&s, "1.jpg");
 *   label_set_add_label(&s, 0, 0);
 *   label_set_sort(&s);
 *   label_set_write_eval(&s, &(LabelPart){0}, "out", "test", err);
 *   label_set_free(&s);
 *
 * Memory: 8 bytes for a label, 16 for a caption and its text, and the names. */
#ifndef RAMPLUS_DATA_FOLDER_LABEL_SET_H
#define RAMPLUS_DATA_FOLDER_LABEL_SET_H

#include "core/error.h"
#include "core/strings/strings.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct LabelPair {
    int32_t image, tag;
} LabelPair;

typedef struct LabelImage {
    const char *name; /* as the lists write it */
    bool untold;      /* which tags it has is not known */
    uint8_t role;     /* for the caller */
} LabelImage;

typedef struct LabelText {
    int32_t image, order; /* order: in which it was added */
    const char *text;
} LabelText;

typedef struct LabelSet {
    int64_t tags, images, labels, unknowns, captions;
    const char **tag;  /* [tags] names, as the lists write them */
    LabelImage *image; /* [images] */
    LabelPair *label;  /* [labels] */
    LabelPair
        *unknown; /* [unknowns] tags of which it is not known whether the image has them */
    LabelText *caption; /* [captions] */
    int64_t room[5];    /* private */
    StringPool strings; /* private */
} LabelSet;

/* Each returns the index of what it adds; names and texts are copied. Labels that are added
 * more than once count once. */
int64_t label_set_add_tag(LabelSet *s, const char *name);
int64_t label_set_add_image(LabelSet *s, const char *name);
void label_set_add_label(LabelSet *s, int64_t image, int64_t tag);
void label_set_add_unknown(LabelSet *s, int64_t image, int64_t tag);
void label_set_add_caption(LabelSet *s, int64_t image, const char *text);
/* An image from `first` on that has the name of an earlier one; -1: none. */
int64_t label_set_repeated(const LabelSet *s, int64_t first);
/* Puts labels and captions in the order of the images and drops repeated labels; a tag that is
 * a label, too, is not unknown. Call it after the last label and before anything is written. */
void label_set_sort(LabelSet *s);
/* Numbers the images anew, and the tags if `tags`, in the order of their bytes, so that equal
 * sets are written alike however they were read; sorts. Indices from before are void. */
void label_set_sort_names(LabelSet *s, bool tags);
void label_set_free(LabelSet *s);

/* The images and tags of an output, in the order of the set; NULL: all. */
typedef struct LabelPart {
    const bool *image, *tag;
    bool negatives; /* train on images without a label and a caption, too: they lack all tags */
} LabelPart;

/* *has [images]: whether an image of the part has one of its tags. Owned: mem_free. */
bool *label_set_having(const LabelSet *s, const LabelPart *p);

/* What an output has in it. */
typedef struct LabelCounts {
    int64_t images, tags, labels, unknowns, captions;
    int64_t untagged, unused; /* images without a label, tags without an image */
    int64_t untold;           /* images whose tags are not known */
} LabelCounts;

/* Writes the evaluation set ROOT/NAME: tags.txt, unknown.txt if tags of images are not known,
 * and annotations.txt, which comes last. Images without a label are in it: they have none of
 * the tags; those whose tags are not known are not. ERROR_DATA if it would have no tag, no
 * image or no label, or a list that starts with a bracket, as JSON does; ERROR_RUNTIME. */
int label_set_write_eval(const LabelSet *s, const LabelPart *p, const char *root,
                         const char *name, LabelCounts *counts, Error *err);
/* Writes ROOT/train_tags.txt and ROOT/train.json, which comes last: triplets of the images that
 * have a tag or a caption of the part, or lack all tags. union_label_id is null where the tags
 * are not known, unknown_label_id holds single ones that are not. ERROR_DATA if none has;
 * ERROR_RUNTIME. */
int label_set_write_train(const LabelSet *s, const LabelPart *p, const char *root,
                          LabelCounts *counts, Error *err);

/* The evaluation sets that a data folder may have. */
enum { LABEL_SETS = 4 };
extern const char *const label_sets[LABEL_SETS];

/* Removes what would make an incomplete ROOT look like a data folder: train.json, and the
 * annotations of the evaluation sets. Makes ROOT if needed. */
int label_set_begin(const char *root, Error *err);

#endif
