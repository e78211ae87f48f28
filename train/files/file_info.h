/* What a file or folder is: for `info`, `verify` and `convert`. */
#ifndef RAMPLUS_TRAIN_FILES_FILE_INFO_H
#define RAMPLUS_TRAIN_FILES_FILE_INFO_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* An array, or in a folder a file with the number of its records. */
typedef struct FileEntry {
    char *name;
    char type[12]; /* "f32", "bf16", ... or "records", "tags", "pictures", "bytes" */
    int ndim;
    int64_t shape[8];
} FileEntry;

typedef struct FileInfo {
    char *kind; /* "checkpoint", "weights", "bank", "scores", "run", "data", ... */
    int64_t bytes;
    bool checksums;   /* the format has them, and they match */
    char content[33]; /* of a run: of its newest checkpoint; "" when there is none */
    int64_t count;
    FileEntry *entry;
    char *about;            /* further facts as a line of text; NULL: none */
    struct json_t *details; /* the same as an object; NULL: none */
} FileInfo;

/* Reads everything and compares every checksum there is. Codes as h5_open and tensor_set_open; EXIT_DATA for
 * what none of our programs writes. Owned: file_info_free. */
int file_info_read(const char *path, FileInfo *out, Error *err);
void file_info_free(FileInfo *info); /* frees and empties */

/* The object {"file": ..., "kind": ..., "bytes": n, "content": ..., "checksums": b}; that of a label bank also
 * has "tags": n, "texts": n, "width": n, "encoder": ..., "fingerprint": ..., "texts_hash": .... Owned:
 * json_decref. */
struct json_t *file_info_json(const char *path, const FileInfo *info);

/* "12.3 MiB" */
const char *file_info_size(int64_t bytes, char out[static 24]);

#endif
