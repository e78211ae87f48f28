/* SPDX-License-Identifier: Apache-2.0 */
/* What a file or folder is. */
#ifndef RAMPLUS_CORE_FORMATS_FILE_KIND_H
#define RAMPLUS_CORE_FORMATS_FILE_KIND_H

#include "core/error.h"

enum FileKind { FILE_H5, FILE_SAFETENSORS, FILE_PTH, FILE_RUN, FILE_DATA, FILE_OTHER };

/* By the first bytes or, when they say nothing, by the name: the only place that decides it. ERROR_DATA when
 * it cannot be opened. */
int file_kind(const char *path, enum FileKind *out, Error *err);
/* The same, of a file that cannot be opened by its name alone: for callers whose next step opens it. */
enum FileKind file_kind_guess(const char *path);

#endif
