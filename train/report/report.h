/* SPDX-License-Identifier: Apache-2.0 */
/* A report on one or more runs as one HTML page: curves, AP per tag, comparison, tagged images.
 * The page contains everything it needs and loads nothing from the network. */
#ifndef RAMPLUS_TRAIN_REPORT_REPORT_H
#define RAMPLUS_TRAIN_REPORT_REPORT_H

#include "core/error.h"

#include <stdint.h>

/* Folders of runs, or of ablations, whose runs are all shown. images: the folder of example
 * images that are not in the folder of their run, or NULL. ERROR_DATA for any other folder,
 * ERROR_RUNTIME if the page cannot be written. */
int report_write(const char *const *folder, int64_t folders, const char *images,
                 const char *path, Error *err);

#endif
