/* SPDX-License-Identifier: Apache-2.0 */
/* Runs and pages for tests of reports. Names are relative to the temporary folder. */
#ifndef RAMPLUS_TESTS_TRAIN_REPORT_REPORT_CASE_H
#define RAMPLUS_TESTS_TRAIN_REPORT_REPORT_CASE_H

#include "tests/support/scratch.h"

#include <stdint.h>

/* A metrics.jsonl of 30 steps, and a summary.json of three tags. */
extern const char report_case_records[], report_case_summary[];

char *report_case_path(const Scratch *s, const char *name); /* owned */
/* A run with these records, the summary of the set "seen", and settings. */
void report_case_run(Scratch *s, const char *name, const char *metrics);
/* A gray PNG of 700 x 300 pixels. */
void report_case_image(Scratch *s, const char *name);
/* The report of at most 4 folders, page.html, as text. Owned. */
char *report_case_page(Scratch *s, const char *const *name, int64_t runs);
/* How often a text occurs. */
int report_case_count(const char *page, const char *what);
/* Checks that every element is closed in order; void elements and the doctype are
 * exceptions. */
void report_case_balanced(const char *page);

#endif
