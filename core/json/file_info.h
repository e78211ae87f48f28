/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about a file or folder: what its format stores, and how much of it. */
#ifndef RAMPLUS_CORE_JSON_FILE_INFO_H
#define RAMPLUS_CORE_JSON_FILE_INFO_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* An array in a file, or a file in a folder with the number of its records. */
typedef struct FileEntry {
    char *name;
    char type[12]; /* "f32", "bf16", ..., or the unit of a file's size: "records", "bytes" */
    int ndim;
    int64_t shape[8];
} FileEntry;

typedef struct FileInfo {
    char *kind; /* "checkpoint", "weights", "bank", "scores", "run", "data", ... */
    int64_t bytes;
    bool checksums;   /* the format has checksums, and they match */
    char content[33]; /* content hash; of a run: of its newest checkpoint; "" if none */
    int64_t count;
    FileEntry *entry;
    char *about;            /* further facts as one line of text; NULL: none */
    struct json_t *details; /* further facts as a JSON object; NULL: none */
} FileInfo;

/* Adds an entry. The type is stored in lower case, as in the program's own files. */
void file_info_add(FileInfo *info, const char *name, const char *type, int ndim,
                   const int64_t *shape);
void file_info_free(FileInfo *info); /* frees and empties */

/* The JSON object {"file": ..., "kind": ..., "bytes": n, "content": ..., "checksums": b, ...},
 * which ends with the members of details. The caller frees it with json_decref. */
struct json_t *file_info_json(const char *path, const FileInfo *info);

/* Writes a size with its unit ("12.3 MiB") and returns out. */
const char *file_info_size(int64_t bytes, char out[static 24]);

#endif
