/* SPDX-License-Identifier: Apache-2.0 */
/* A profile for people: a table on stderr, and a trace that chrome://tracing and Perfetto
 * show. */
#ifndef RAMPLUS_CORE_AUTOGRAD_PROFILE_REPORT_H
#define RAMPLUS_CORE_AUTOGRAD_PROFILE_REPORT_H

#include "core/autograd/profile.h"
#include "core/error.h"
#include "core/io/text.h"

/* The most events of a trace, divided equally among its lanes: some 15 MB of JSON. */
#define PROFILE_REPORT_EVENTS      100000
#define PROFILE_REPORT_EVENTS_TEXT "100,000"

/* *out: a new profile if `wanted` or if there is a trace to write; NULL otherwise. Owned:
 * profile_free. ERROR_RUNTIME if there is no folder for the trace. */
int profile_report_open(bool wanted, const char *trace, Profile **out, Error *err);

/* Logs the table and writes the trace; NULL: none. Does nothing if p is NULL. Codes of
 * file_write. */
int profile_report(Profile *p, const char *trace, Error *err);

/* Operations with most time first, then everything else, then the sum. */
void profile_report_table(const Profile *p, Text *out);
/* {"traceEvents": [{"ph": "X", "tid": lane, "name": s, "ts": microseconds, "dur": ...}, ...],
 * "otherData": {"events_left_out": n, ...}} */
void profile_report_trace(const Profile *p, Text *out);

#endif
