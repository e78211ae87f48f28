/* The built-in data set: pictures of coloured, textured shapes. */
#ifndef RAMPLUS_DATA_PREPARE_SYNTH_H
#define RAMPLUS_DATA_PREPARE_SYNTH_H

#include "core/error.h"

#include <stdint.h>

enum { RNG_SYNTH = 7 }; /* random stream of everything drawn (core/rng.h) */

typedef struct SynthConfig {
    int64_t train, test; /* pictures, at least 1 each */
    int64_t size;        /* pixels a side, at least 16 */
    int64_t objects;     /* at most in a picture, 1..SYNTH_OBJECTS; fewer are as likely */
    double missing;      /* share of the true training tags left out, 0..1 */
    uint64_t seed;
} SynthConfig;

/* What was made. */
typedef struct SynthReport {
    int64_t true_tags; /* of the training pictures, seen list */
    int64_t left_out;  /* of them, from the annotations */
    int64_t unseen;    /* unseen pairs shown in training pictures, never annotated */
    int64_t test_seen, test_unseen; /* true tags of the test pictures */
} SynthReport;

/* Makes the data folder `out` (data/prepare/folder.h). Each picture, caption and omission depends on (seed, number of
 * the picture) alone: same seed, same bytes, for any number of threads; `missing` changes only which
 * tags are left out. Training pictures have two captions; parse_label_id lists the tags of
 * union_label_id that a caption names. Evaluation annotations are complete. */
int synth_prepare(const char *out, const SynthConfig *config, SynthReport *report, Error *err);

#endif
