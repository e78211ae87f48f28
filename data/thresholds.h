/* SPDX-License-Identifier: Apache-2.0 */
/* Thresholds: from which score on a tag counts as found. */
#ifndef RAMPLUS_DATA_THRESHOLDS_H
#define RAMPLUS_DATA_THRESHOLDS_H

#include "core/error.h"

#include <stdint.h>

/* One float a line in [0, 1], exactly `count` of them. out [count]. */
int thresholds_read(const char *path, int64_t count, float *out, Error *err);

#endif
