/* SPDX-License-Identifier: Apache-2.0 */
/* One HTML page about one run or several: curves, AP per tag, comparison, tagged images. The
 * page holds everything itself and needs no network. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_H
#define RAMPLUS_TRAIN_REPORT_REPORT_H

#include "core/error.h"

#include <stdint.h>

/* run: folders of runs. ERROR_DATA for a folder that is not a run, ERROR_RUNTIME when the page
 * cannot be written. */
int report_write(const char *const *run, int64_t runs, const char *path, Error *err);

#endif
