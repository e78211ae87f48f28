/* SPDX-License-Identifier: Apache-2.0 */
/* Messages on stderr, one line each. Results go to stdout. On a terminal a message replaces the
 * progress line (core/io/progress.h), which is drawn again below it. */
#ifndef RAMPLUS_CORE_LOG_H
#define RAMPLUS_CORE_LOG_H

#include <stdint.h>

void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

double log_now(void); /* monotonic seconds */

/* Writes a duration as "1h02m", "3m20s" or "12s". */
void log_duration(double seconds, char out[static 24]);

#endif
