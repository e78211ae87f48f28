/* SPDX-License-Identifier: Apache-2.0 */
/* The kind of a file or folder. */
#ifndef RAMPLUS_CORE_FORMATS_FILE_KIND_H
#define RAMPLUS_CORE_FORMATS_FILE_KIND_H

#include "core/error.h"

/* FILE_INDEX: of weights in several files (core/formats/tensor_shards.h). */
enum FileKind {
    FILE_H5,
    FILE_SAFETENSORS,
    FILE_PTH,
    FILE_INDEX,
    FILE_RUN,
    FILE_DATA,
    FILE_OTHER
};

/* Determines the kind by the first bytes or, if they are inconclusive, by the name. No other
 * code decides this. ERROR_DATA if the file cannot be opened. */
int file_kind(const char *path, enum FileKind *out, Error *err);
/* The kind of a file that must hold arrays: FILE_H5, FILE_SAFETENSORS, FILE_PTH or FILE_INDEX.
 * ERROR_DATA, or ERROR_CHECKPOINT if the name ends in .h5, for any other file; the message says
 * what it is. */
int file_kind_arrays(const char *path, enum FileKind *out, Error *err);

#endif
