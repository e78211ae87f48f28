/* SPDX-License-Identifier: Apache-2.0 */
/* Scoring by the dot product of unit vectors of images and texts. */
#ifndef RAMPLUS_EVAL_DOT_H
#define RAMPLUS_EVAL_DOT_H

#include "core/autograd/tape.h"

/* What a cosine c becomes. */
enum DotLogit {
    DOT_SCALED, /* scale c + bias: for a softmax, or for the sigmoid that SigLIP has learned */
    /* log((1 + c) / (1 - c)), whose sigmoid is (1 + c) / 2: it keeps the order of the cosines,
     * where a sigmoid of CLIP's scaled cosines, around 25, would be 1 in float32. */
    DOT_COSINE
};

typedef struct DotRule {
    enum DotLogit logit;
    double scale, bias; /* of DOT_SCALED */
} DotRule;

/* The scale of a model that has not learned one: 1 / 0.07, with which CLIP's training
 * starts. */
#define DOT_SCALE (1 / 0.07)

/* feature [B, E], text [K, E], unit rows -> [B, K]. In float32 whatever the precision of the
 * tape: near 0.25, bfloat16 has steps of 0.002. Records nothing. */
Tensor *dot_logits(Tape *t, const Tensor *feature, const Tensor *text, DotRule rule);

#endif
