/* SPDX-License-Identifier: Apache-2.0 */
/* PyTorch's checkpoints (`torch.save` of PyTorch 1.6 and later): a zip archive (core/formats/zip.h) of a pickle
 * (core/formats/pickle.h) and a record of numbers for every storage. Nothing in them is ever run: of TorchScript
 * archives, which hold a program too, such as OpenAI's CLIP, the tensors are read.
 *
 * The weights of a file are the tensors of its dictionary, or of the dictionary under "model" or
 * "state_dict" in it; a whole checkpoint's optimizer, configuration and counters are left out. Of a TorchScript
 * module they are the tensors among its attributes and those of the modules inside, named as in its
 * state_dict, which may leave some out. */
#ifndef RAMPLUS_CORE_FORMATS_PTH_H
#define RAMPLUS_CORE_FORMATS_PTH_H

#include "core/error.h"
#include "core/formats/safetensors.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct PthEntry {
    char *name;
    const char *dtype; /* "F32", "F64", "F16", "BF16", "I64", ... as safetensors spells them */
    int ndim;          /* at most 8 */
    int64_t shape[8];
    int64_t len;    /* elements */
    int64_t source; /* of use to core/formats/pth.c alone */
} PthEntry;

typedef struct PthFile PthFile;

/* Whether a file that begins with these bytes is PyTorch's, of today's format or the one before 1.6. */
bool pth_magic(const char head[static 4]);

/* Opens and checks everything but the numbers; ERROR_DATA with file, record and offset on any defect.
 * Views, also strided and overlapping ones, must lie inside their storage, and all of them together may not
 * have many more elements than the file has bytes. Owned: pth_close. */
int pth_open(const char *path, PthFile **out, Error *err);
void pth_close(PthFile *f); /* accepts NULL */
int64_t pth_count(const PthFile *f);
const PthEntry *pth_entry(const PthFile *f, int64_t i); /* in the order of the dictionary */
/* Tensors outside the weights, such as an optimizer's moments. */
int64_t pth_others(const PthFile *f);
/* Reads the elements in row-major order, as they are stored or converted to float32. The record's
 * checksum is compared when it is first read from. Holds no more than a tensor's stretch of the file. */
int pth_read_raw(PthFile *f, const PthEntry *e, void *out, Error *err);
int pth_read_f32(PthFile *f, const PthEntry *e, float *out, Error *err);
/* Compares the checksums of all records but programs, which nobody reads. *all: whether every one has one. */
int pth_verify(PthFile *f, bool *all, Error *err);

/* A file of {"model": {name: tensor}} that torch.load(weights_only=True) opens: F32, contiguous, a storage
 * each. All names and shapes come first (`data` is ignored), then the numbers in the same order, so
 * that one tensor need be in memory. Errors as zip_create; ERROR_DATA for a name given twice. */
typedef struct PthWriter PthWriter;
int pth_create(const char *path, const StWrite *tensor, int64_t count, PthWriter **out,
               Error *err);
int pth_put(PthWriter *w, const float *data, Error *err);
int pth_commit(PthWriter *w, Error *err); /* frees w in every case */
void pth_abandon(PthWriter *w);           /* accepts NULL */

#endif
