/* SPDX-License-Identifier: Apache-2.0 */
/* What the threshold of one tag may be, and how good that is. */
#ifndef RAMPLUS_EVAL_THRESHOLD_THRESHOLD_CUT_H
#define RAMPLUS_EVAL_THRESHOLD_THRESHOLD_CUT_H

#include "eval/threshold/threshold.h"

#include <stdbool.h>

/* A candidate: what score >= `score` keeps, and the next lower score. */
typedef struct ThresholdCut {
    float score, below; /* 0 if no score is lower */
    int64_t hits, false_alarms;
} ThresholdCut;

/* Fills cut [images] with the candidates of tag k, in descending order, and returns their
 * number: 0 without a positive. used [images]: the images to look at; NULL: all. */
int64_t threshold_cuts(const Scores *s, const bool *used, int64_t k, ThresholdCut *cut);
/* The first of n cuts whose score is at most x; n if none is. */
int64_t threshold_cut_find(const ThresholdCut *cut, int64_t n, float x);

/* Candidates are compared by whether they meet the floor, then by value. */
typedef struct ThresholdRating {
    bool meets;
    double value;
} ThresholdRating;

ThresholdRating threshold_rate(double precision, double recall, ThresholdObjective objective);
bool threshold_better(ThresholdRating a, ThresholdRating b);

/* Half way between two scores, or the upper one if no float lies between them. */
float threshold_between(float score, float below);

#endif
