/* SPDX-License-Identifier: Apache-2.0 */
/* Resampling tables of relative position bias to another window size, so that a Swin can start
 * from weights trained with another window.
 *
 * As in the reference (recognize-anything, models/utils.py, after BEiT): the table's
 * coordinates form a geometric progression, dense in the middle. A bicubic interpolating spline
 * with not-a-knot ends is evaluated at the integer offsets of the new window; outside the
 * progression the border value applies. */
#ifndef RAMPLUS_MODEL_BACKBONE_POSITION_BIAS_H
#define RAMPLUS_MODEL_BACKBONE_POSITION_BIAS_H

#include "core/error.h"

#include <stdint.h>

/* table [(2A-1)^2, heads] of window side A -> out [(2B-1)^2, heads] of window side B. The rows
 * are offsets (r, c), c fastest. If A == B, the table is copied. ERROR_DATA when A is 2 or less
 * and B differs, because a cubic needs more points. */
int position_bias_resize(int64_t A, const float *table, int64_t heads, int64_t B, float *out,
                         Error *err);

#endif
