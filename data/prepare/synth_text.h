/* SPDX-License-Identifier: Apache-2.0 */
/* Captions of a scene, and descriptions of its tags. */
#ifndef RAMPLUS_DATA_PREPARE_SYNTH_TEXT_H
#define RAMPLUS_DATA_PREPARE_SYNTH_TEXT_H

#include "data/prepare/synth_scene.h"

enum {
    SYNTH_CAPTION = 320,    /* bytes that hold any caption */
    SYNTH_DESCRIPTIONS = 5, /* texts a tag */
    SYNTH_DESCRIPTION = 80, /* bytes that hold any of them */
    SYNTH_NAMED = 3 * SYNTH_OBJECTS,
};

typedef struct SynthCaption {
    char text[SYNTH_CAPTION];
    int32_t tag[SYNTH_NAMED]; /* seen tags that the text names, rising */
    int64_t tags;
} SynthCaption;

enum SynthStyle {
    SYNTH_ARRANGED, /* what is where: "a red striped circle above two blue squares" */
    SYNTH_LISTED,   /* what there is: "an image of two blue squares and a red circle" */
};

/* A caption never names an unseen pair: such an object loses its color word or its shape word, by
 * chance ("a star", "a red shape"). */
SynthCaption synth_caption(const SynthScene *s, enum SynthStyle style, Rng *rng);

/* Text i of 0..SYNTH_DESCRIPTIONS-1 about a tag, given its position in the list. */
void synth_description(bool unseen, int k, int i, char out[static SYNTH_DESCRIPTION]);

#endif
