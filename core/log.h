/* SPDX-License-Identifier: Apache-2.0 */
/* Messages on stderr, and one progress line with ETA. Results go to stdout. On a terminal the
 * progress line is redrawn in place; otherwise a plain line is written every 10 s. */
#ifndef RAMPLUS_CORE_LOG_H
#define RAMPLUS_CORE_LOG_H

#include <stdbool.h>
#include <stdint.h>

void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

double log_now(void); /* monotonic seconds */

typedef struct Progress {
    const char *what; /* label, such as "scoring"; borrowed */
    int64_t total;    /* 0: unknown */
    double started, shown;
    bool terminal;
} Progress;

Progress progress_start(const char *what, int64_t total);
void progress_step(Progress *p, int64_t done,
                   const char *extra); /* extra: text at the end of the line, or NULL */
void progress_end(Progress *p, int64_t done);

/* Writes a duration as "1h02m", "3m20s" or "12s". */
void log_duration(double seconds, char out[static 24]);

#endif
