/* SPDX-License-Identifier: Apache-2.0 */
/* Safetensors files: a JSON header of names, types, shapes and byte ranges, followed by the
 * data. The reader checks header size, nesting, ranges, overlaps and overflow of products. */
#ifndef RAMPLUS_CORE_FORMATS_SAFETENSORS_H
#define RAMPLUS_CORE_FORMATS_SAFETENSORS_H

#include "core/error.h"

#include <stdint.h>

typedef struct StEntry {
    char *name;
    char dtype[24]; /* "F32", "F64", "F16", "BF16", "U8", "I64", ... as in the file, cut */
    int ndim;       /* at most 8 */
    int64_t shape[8];
    int64_t len;    /* elements */
    uint64_t begin; /* byte range in the file */
    uint64_t end;
} StEntry;

typedef struct StFile StFile;

/* Opens a file and checks its header. ERROR_DATA with file and offset on any defect. The caller
 * closes it with st_close. */
int st_open(const char *path, StFile **out, Error *err);
void st_close(StFile *f); /* accepts NULL */
int64_t st_count(const StFile *f);
const StEntry *st_entry(const StFile *f, int64_t i);       /* in file order */
const StEntry *st_find(const StFile *f, const char *name); /* NULL when missing */
const char *st_metadata(const StFile *f, const char *key); /* NULL when missing */
/* Reads all len elements, converted to float32 (from F32, F64, F16, BF16, integers, BOOL);
 * ERROR_DATA for another type. */
int st_read_f32(StFile *f, const StEntry *e, float *out, Error *err);
/* Reads the raw bytes. */
int st_read_raw(StFile *f, const StEntry *e, void *out, Error *err);

typedef struct StWrite {
    const char *name;
    int ndim;
    int64_t shape[8];
    const float *data;
} StWrite;
/* Entries of `__metadata__`, in addition to the "format" that every file has. */
typedef struct StMetadata {
    const char *key, *value;
} StMetadata;
/* Writes F32 tensors in the given order, 8-byte aligned, to a new file that replaces an old one
 * as a whole. ERROR_RUNTIME; ERROR_DATA for a name or text that is not UTF-8, or a
 * duplicate. */
int st_write(const char *path, const StMetadata *metadata, int64_t entries,
             const StWrite *tensor, int64_t count, Error *err);
/* The same for one BF16 tensor, whose numbers are `half`, not `data`. */
int st_write_half(const char *path, const StMetadata *metadata, int64_t entries,
                  const StWrite *tensor, const uint16_t *half, Error *err);

/* st_write one tensor at a time: st_create takes all names and shapes (`data` is ignored), then
 * st_put the numbers of each tensor in the same order. After the first failure the other calls
 * do nothing and commit reports it. */
typedef struct StWriter StWriter;
int st_create(const char *path, const StWrite *tensor, int64_t count, StWriter **out,
              Error *err);
int st_put(StWriter *w, const float *data, Error *err);
int st_commit(StWriter *w, Error *err); /* frees w in every case */
void st_abandon(StWriter *w);           /* removes the temporary file; accepts NULL */

#endif
