/* SPDX-License-Identifier: Apache-2.0 */
/* The built-in data set: images of colored, textured shapes. */
#ifndef RAMPLUS_DATA_PREPARE_SYNTH_H
#define RAMPLUS_DATA_PREPARE_SYNTH_H

#include "core/error.h"

#include <stdint.h>

enum { RNG_SYNTH = 7 }; /* random stream of everything drawn (core/rng.h) */

typedef struct SynthConfig {
    int64_t train, test; /* images, at least 1 each */
    int64_t size;        /* pixels a side, at least 16 */
    int64_t objects;     /* at most in an image, 1..SYNTH_OBJECTS; fewer are as likely */
    double missing;      /* share of the true training tags left out, 0..1 */
    uint64_t seed;
} SynthConfig;

/* What was made. */
typedef struct SynthReport {
    int64_t true_tags;              /* of the training images, seen list */
    int64_t left_out;               /* of them, from the annotations */
    int64_t unseen;                 /* unseen pairs shown in training images, never annotated */
    int64_t test_seen, test_unseen; /* true tags of the test images */
} SynthReport;

/* Makes the data folder `out` (data/prepare/folder.h). Each image, caption and omission depends on (seed, number of
 * the image) alone: same seed, same bytes, for any number of threads; `missing` changes only which
 * tags are left out. Training images have two captions; parse_label_id lists the tags of
 * union_label_id that a caption names. Evaluation annotations are complete. */
int synth_prepare(const char *out, const SynthConfig *config, SynthReport *report, Error *err);

#endif
