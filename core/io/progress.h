/* SPDX-License-Identifier: Apache-2.0 */
/* One progress line with ETA on stderr. On a terminal it is redrawn in place and fits its
 * width; otherwise a plain line is written every 10 s. */
#ifndef RAMPLUS_CORE_IO_PROGRESS_H
#define RAMPLUS_CORE_IO_PROGRESS_H

#include "core/io/text.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Progress {
    const char *what; /* label, such as "scoring"; borrowed */
    int64_t total;    /* 0: unknown */
    int64_t before;   /* of the total, done before the start: rate and ETA leave it out */
    double started, shown;
    bool redraws; /* in place */
} Progress;

Progress progress_start(const char *what, int64_t total);
/* extra: text at the end of the line, or NULL. It consists of fields with two blanks between
 * them. */
void progress_step(Progress *p, int64_t done, const char *extra);
void progress_end(Progress *p, int64_t done);

/* Appends as many fields of `line`, which have two blanks between them, as fit into `columns`:
 * fields at the end are left out, and the first one is cut. */
void progress_fit(Text *t, const char *line, int columns);

#endif
