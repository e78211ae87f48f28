/* SPDX-License-Identifier: Apache-2.0 */
/* What every page of a report begins and ends with: its policy, its style and its scripts. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_PAGE_H
#define RAMPLUS_TRAIN_REPORT_REPORT_PAGE_H

#include "core/io/text.h"

/* Appends the elements of <head> that allow a browser to run the two scripts of this program,
 * known by their hashes, and to load nothing at all; and the style. */
void report_page_head(Text *out);
/* Appends the scripts: uPlot (train/report/vendor) and report.js. */
void report_page_scripts(Text *out);

/* Appends a name out of a file, of which at most 300 bytes are shown, to the content of an
 * element: escaped, and with places where the line may break. */
void report_page_name(Text *out, const char *name);

#endif
