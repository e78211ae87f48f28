/* SPDX-License-Identifier: Apache-2.0 */
/* Thresholds: the lowest score at which a tag is predicted. */
#ifndef RAMPLUS_DATA_THRESHOLDS_H
#define RAMPLUS_DATA_THRESHOLDS_H

#include "core/error.h"

#include <stdint.h>

/* Reads exactly `count` lines with one number in [0, 1] per line. out [count]. ERROR_DATA
 * with file and line. */
int thresholds_read(const char *path, int64_t count, float *out, Error *err);

#endif
