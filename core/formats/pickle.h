/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of Python pickles as torch.save writes them (protocols 2 to 5), without Python.
 *
 * A pickle is a program for a stack machine, and Python's machine lets it call any function.
 * This machine only builds dictionaries, texts, whole numbers, tuples and descriptions of
 * tensors. The few names that it knows (core/formats/pickle_names.c) are rows of a table, not
 * functions. What another name would build is a value without contents that remembers the name:
 * an error only where a weight should be. Names and opcodes whose only use is to run code are
 * rejected with an error that names them. Objects of the classes of a TorchScript archive are
 * dictionaries of their attributes; their programs are not read. Values that weights do not
 * need (lists, sets, floats, bytes) are checked and discarded. Nothing recurses, and memory is
 * bounded. */
#ifndef RAMPLUS_CORE_FORMATS_PICKLE_H
#define RAMPLUS_CORE_FORMATS_PICKLE_H

#include "core/error.h"
#include "core/math/dtype.h"

#include <stddef.h>
#include <stdint.h>

enum { PICKLE_AXES = 8 };

enum PickleKind {
    PICKLE_INERT,  /* not needed: None, bool, float, bytes, set, ... */
    PICKLE_OPAQUE, /* what an unknown name built: `name` is that name */
    PICKLE_LIST,   /* its items are discarded */
    PICKLE_INT,
    PICKLE_TEXT,
    PICKLE_TUPLE,
    PICKLE_DICT,
    PICKLE_OBJECT, /* of a TorchScript class: its attributes, as a dictionary */
    PICKLE_STORAGE,
    PICKLE_TENSOR,
    PICKLE_NAME, /* a global: a known name, a TorchScript class, or any other */
};

/* Numbers of one type in one record of the archive. */
typedef struct PickleStorage {
    char *key; /* name of the record */
    const Dtype *dtype;
    int64_t len; /* elements */
} PickleStorage;

/* A view of a storage: element (i, j, ...) is number offset + i stride[0] + j stride[1] + ...
 * of the storage. All elements lie inside it; offset and strides are not negative. */
typedef struct PickleTensor {
    const PickleStorage *storage;
    int64_t offset;
    int ndim;
    int64_t shape[PICKLE_AXES], stride[PICKLE_AXES];
    int64_t len;
} PickleTensor;

typedef struct PickleValue {
    enum PickleKind kind;
    uint32_t len; /* bytes of a text, items of a tuple, pairs of a dictionary or object */
    union {
        int64_t number;
        const char *text;                /* in the pickle's bytes, not NUL-terminated */
        const struct PickleValue **item; /* tuple; others: key, value, key, value, ... */
        const PickleStorage *storage;
        const PickleTensor *tensor;
        const struct PickleName *name;
    };
} PickleValue;

typedef struct Pickle Pickle;

/* "torch._utils._rebuild_qtensor": the name that built an opaque value. Returns out. */
enum { PICKLE_NAME_TEXT = 208 };
const char *pickle_name_text(const PickleValue *opaque, char out[static PICKLE_NAME_TEXT]);

/* Runs the whole program. `name` names the file in messages; the bytes are borrowed and must
 * outlive the result. ERROR_DATA with the offset and the opcode. The caller frees the result
 * with pickle_free. */
int pickle_read(const char *name, const uint8_t *bytes, size_t len, Pickle **out, Error *err);
void pickle_free(Pickle *p); /* accepts NULL */

const PickleValue *pickle_root(const Pickle *p);
int64_t pickle_tensors(const Pickle *p);  /* number of tensors built */
int64_t pickle_storages(const Pickle *p); /* number of storages referenced, with repetitions */
const PickleStorage *pickle_storage(const Pickle *p, int64_t i);

#endif
