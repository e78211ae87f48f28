/* SPDX-License-Identifier: Apache-2.0 */
/* The kind of a file or folder. */
#ifndef RAMPLUS_CORE_FORMATS_FILE_KIND_H
#define RAMPLUS_CORE_FORMATS_FILE_KIND_H

#include "core/error.h"

enum FileKind { FILE_H5, FILE_SAFETENSORS, FILE_PTH, FILE_RUN, FILE_DATA, FILE_OTHER };

/* Determines the kind by the first bytes or, if they are inconclusive, by the name. No other
 * code decides this. ERROR_DATA if the file cannot be opened. */
int file_kind(const char *path, enum FileKind *out, Error *err);
/* file_kind for callers that open the file next: a file that cannot be opened is classified by
 * its name alone. */
enum FileKind file_kind_guess(const char *path);

#endif
