/* SPDX-License-Identifier: Apache-2.0 */
/* PyTorch's checkpoints (`torch.save` of PyTorch 1.6 and later): a zip archive
 * (core/formats/zip.h) of a pickle (core/formats/pickle.h) and a record of numbers for every
 * storage. Nothing in them is ever executed: of TorchScript archives, which also contain a
 * program, such as OpenAI's CLIP, only the tensors are read.
 *
 * The weights of a file are the tensors of its dictionary, or of the dictionary under "model",
 * "state_dict" or another usual key in it, or of the only one with tensors, also further
 * inside; the optimizer, configuration and counters of a training checkpoint are not included.
 * The weights of a TorchScript module are the tensors among its attributes and those of its
 * submodules, named as in its state_dict (which may omit some). */
#ifndef RAMPLUS_CORE_FORMATS_PTH_H
#define RAMPLUS_CORE_FORMATS_PTH_H

#include "core/error.h"
#include "core/formats/safetensors.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct PthEntry {
    char *name;
    const char
        *dtype;   /* as in safetensors: "F32", "F64", "F16", "BF16", "I64", ...; NULL: opaque */
    char *opaque; /* the name that made this value, which is no plain tensor; else NULL */
    int ndim;     /* at most 8 */
    int64_t shape[8];
    int64_t len;    /* elements */
    int64_t source; /* private to pth.c */
} PthEntry;

typedef struct PthFile PthFile;

/* Whether a file that begins with these bytes was written by PyTorch, in the current format or
 * the one before 1.6. */
bool pth_magic(const char head[static 4]);

/* Opens a file and checks everything except the numbers. ERROR_DATA with file, record and
 * offset on any defect. Views may be strided and overlap, but must lie inside their storage,
 * and their total number of elements is limited in proportion to the size of the file. The
 * caller closes the file with pth_close. */
int pth_open(const char *path, PthFile **out, Error *err);
void pth_close(PthFile *f); /* accepts NULL */
int64_t pth_count(const PthFile *f);
const PthEntry *pth_entry(const PthFile *f, int64_t i); /* in the order of the dictionary */
/* Where in the file the weights stand and what else could be meant; NULL: nothing to say. */
const char *pth_where(const PthFile *f);
/* Number of tensors that are not weights, such as the moments of an optimizer. */
int64_t pth_others(const PthFile *f);
/* Reads the elements of a tensor in row-major order, as stored (raw) or converted to float32
 * (ERROR_DATA for a type that has no such conversion). The checksum of a record is compared
 * when it is first read. Memory holds at most the section of the file that the tensor spans. */
int pth_read_raw(PthFile *f, const PthEntry *e, void *out, Error *err);
int pth_read_f32(PthFile *f, const PthEntry *e, float *out, Error *err);
/* Compares the checksums of all records except programs, which are never read. *all: whether
 * every record has a checksum. */
int pth_verify(PthFile *f, bool *all, Error *err);

/* Writes a file of {"model": {name: tensor}} that torch.load(weights_only=True) opens: F32,
 * contiguous, one storage per tensor. pth_create takes all names and shapes (`data` is
 * ignored), then pth_put the numbers of each tensor in the same order, so that memory holds one
 * tensor at a time. ERROR_RUNTIME; ERROR_DATA for a duplicate name. After the first failure the
 * other calls do nothing and commit reports it. */
typedef struct PthWriter PthWriter;
int pth_create(const char *path, const StWrite *tensor, int64_t count, PthWriter **out,
               Error *err);
int pth_put(PthWriter *w, const float *data, Error *err);
int pth_commit(PthWriter *w, Error *err); /* frees w in every case */
void pth_abandon(PthWriter *w);           /* accepts NULL */

#endif
