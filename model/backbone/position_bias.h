/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of relative position bias for another window size: a Swin trained with one window starts from the
 * weights of another.
 *
 * As in the reference (recognize-anything, models/utils.py, after BEiT): the table's coordinates are spread
 * as a geometric progression, dense in the middle, and read at the new window's integers by a bicubic
 * interpolating spline with not-a-knot ends; beyond the spread the border value holds. */
#ifndef RAMPLUS_MODEL_BACKBONE_POSITION_BIAS_H
#define RAMPLUS_MODEL_BACKBONE_POSITION_BIAS_H

#include "core/error.h"

#include <stdint.h>

/* table [(2A-1)^2, heads] of window side A -> out [(2B-1)^2, heads] of window side B, both rows (r, c) of
 * offsets with c fastest. Equal sides copy. ERROR_DATA when A is 2 or less and B differs: too few points for
 * a cubic. */
int position_bias_resize(int64_t A, const float *table, int64_t heads, int64_t B, float *out,
                         Error *err);

#endif
