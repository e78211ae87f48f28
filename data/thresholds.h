/* SPDX-License-Identifier: Apache-2.0 */
/* Thresholds: the lowest score at which a tag is predicted. */
#ifndef RAMPLUS_DATA_THRESHOLDS_H
#define RAMPLUS_DATA_THRESHOLDS_H

#include "data/tags.h"

/* Reads one number in [0, 1] per tag, in the order of the list: a number per line, or a CSV
 * table with a column `threshold` in its header. If it has a column `tag` too, the names must
 * be those of the list. out [tags->count]. ERROR_DATA with file and line. */
int thresholds_read(const char *path, const TagList *tags, float *out, Error *err);

#endif
