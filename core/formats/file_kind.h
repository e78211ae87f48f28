/* What a file or folder is. */
#ifndef RAMPLUS_CORE_FORMATS_FILE_KIND_H
#define RAMPLUS_CORE_FORMATS_FILE_KIND_H

#include "core/error.h"

enum FileKind { FILE_H5, FILE_SAFETENSORS, FILE_PTH, FILE_RUN, FILE_DATA, FILE_OTHER };

/* By name and first bytes. EXIT_DATA when it cannot be opened. */
int file_kind(const char *path, enum FileKind *out, Error *err);

#endif
