/* SPDX-License-Identifier: Apache-2.0 */
/* Captions of a scene and descriptions of its tags. */
#ifndef RAMPLUS_DATA_SYNTH_SYNTH_TEXT_H
#define RAMPLUS_DATA_SYNTH_SYNTH_TEXT_H

#include "data/synth/synth_scene.h"

enum {
    SYNTH_CAPTION = 320,    /* bytes that hold the longest caption */
    SYNTH_DESCRIPTIONS = 5, /* texts per tag */
    SYNTH_DESCRIPTION = 80, /* bytes that hold the longest description */
    SYNTH_NAMED = 3 * SYNTH_OBJECTS,
};

typedef struct SynthCaption {
    char text[SYNTH_CAPTION];
    int32_t tag[SYNTH_NAMED]; /* [tags] seen tags that the text mentions, ascending */
    int64_t tags;
} SynthCaption;

enum SynthStyle {
    SYNTH_ARRANGED, /* spatial relations: "a red striped circle above two blue squares" */
    SYNTH_LISTED,   /* a list of objects: "a picture of two blue squares and a red circle" */
};

/* Writes a caption. It never names an unseen pair: such an object randomly loses its color
 * word or its shape word ("a star", "a red shape"). */
SynthCaption synth_caption(const SynthScene *s, enum SynthStyle style, Rng *rng);

/* Writes description i (0..SYNTH_DESCRIPTIONS-1) of the tag at position k of its list. */
void synth_description(bool unseen, int k, int i, char out[static SYNTH_DESCRIPTION]);

#endif
