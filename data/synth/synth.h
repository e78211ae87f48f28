/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in data set: images of colored, textured shapes. */
#ifndef RAMPLUS_DATA_SYNTH_SYNTH_H
#define RAMPLUS_DATA_SYNTH_SYNTH_H

#include "core/error.h"

#include <stdint.h>

enum { RNG_SYNTH = 7 }; /* random stream of everything that is drawn (core/rng.h) */

typedef struct SynthConfig {
    int64_t train, test; /* number of images, at least 1 each */
    int64_t size;        /* pixels per side, at least 16 */
    int64_t objects;     /* most per image, 1..SYNTH_OBJECTS; all counts are equally likely */
    double missing;      /* fraction of the true training tags that is left out, 0..1 */
    uint64_t seed;
} SynthConfig;

/* Counts for the summary. */
typedef struct SynthReport {
    int64_t true_tags;              /* tags of the training images, from the seen list */
    int64_t left_out;               /* of these, tags left out of the annotations */
    int64_t unseen;                 /* unseen pairs shown in training images; never annotated */
    int64_t test_seen, test_unseen; /* true tags of the test images */
} SynthReport;

/* Creates the data folder `out` (data/folder/folder.h). Each image, its captions and its
 * omitted tags depend only on (seed, image number): the same seed gives the same bytes for
 * any number of threads, and `missing` changes only which tags are left out. Each training
 * image has two captions; parse_label_id lists the tags of union_label_id that a caption
 * mentions. Evaluation annotations are complete. */
int synth_prepare(const char *out, const SynthConfig *config, SynthReport *report, Error *err);

#endif
