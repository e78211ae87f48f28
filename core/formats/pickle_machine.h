/* SPDX-License-Identifier: Apache-2.0 */
/* What core/formats/pickle.c, core/formats/pickle_ops.c and core/formats/pickle_names.c share; of no use elsewhere. */
#ifndef RAMPLUS_CORE_FORMATS_PICKLE_MACHINE_H
#define RAMPLUS_CORE_FORMATS_PICKLE_MACHINE_H

#include "core/formats/pickle.h"

#include <stdbool.h>

/* What a known name may be used for. */
enum PickleUse {
    PICKLE_CALL_TENSOR,    /* torch._utils._rebuild_tensor_v2 */
    PICKLE_CALL_PARAMETER, /* torch._utils._rebuild_parameter: its tensor */
    PICKLE_CALL_DICT,      /* collections.OrderedDict */
    PICKLE_CALL_SIZE,      /* torch.Size: its tuple */
    PICKLE_CALL_INERT,     /* torch.device, argparse.Namespace, lists of torch.jit, ... */
    PICKLE_IS_CLASS,   /* of a TorchScript archive: what NEWOBJ makes keeps its attributes */
    PICKLE_IS_STORAGE, /* torch.FloatStorage, ...: a type for persistent ids */
    PICKLE_IS_INERT,   /* torch.float32, ... */
};

typedef struct PickleName {
    const char *module, *name;
    enum PickleUse use;
    const char *dtype; /* of a storage */
} PickleName;

struct Pickle {
    const PickleValue *root;
    struct Chunk *chunk; /* the values' memory */
    size_t used, room, total;
    int64_t values, tensors, storages, storage_room;
    const PickleStorage **storage;
};

/* The machine while it runs. */
typedef struct PickleMachine {
    Pickle *p;
    const uint8_t *bytes;
    size_t at, len;
    const PickleValue **stack, **memo;
    size_t depth, room, memos, memo_room;
    bool done;
    Error *err; /* a text without place */
} PickleMachine;

typedef struct PickleOpcode {
    const char *name;             /* NULL: there is no such opcode */
    int (*run)(PickleMachine *m); /* NULL: refused */
    const char *why;
} PickleOpcode;

extern const PickleOpcode pickle_opcodes[256];
extern const PickleValue pickle_mark; /* known by its address */

int pickle_refuse(PickleMachine *m, const char *why); /* -1 */
/* The next n bytes of the program; NULL with an error when there are fewer. */
const uint8_t *pickle_take(PickleMachine *m, uint64_t n);
/* -1 for NULL. */
int pickle_push(PickleMachine *m, const PickleValue *v);
/* NULL with an error when nothing is above the last mark. */
const PickleValue *pickle_pop(PickleMachine *m);
const PickleValue *pickle_top(PickleMachine *m);
const PickleValue *pickle_pop_kind(PickleMachine *m, enum PickleKind kind, const char *what);
/* Removes everything above the last mark, and the mark. The items stay readable until the next push. */
int pickle_pop_mark(PickleMachine *m, const PickleValue *const **items, size_t *n);
/* Keeps the top of the stack under a number. Picklers count from 0: so the memo never is larger than
 * the pickle. */
int pickle_keep(PickleMachine *m, uint64_t index);

/* The opcodes of core/formats/pickle_names.c. */
int pickle_op_global(PickleMachine *m);
int pickle_op_stack_global(PickleMachine *m);
int pickle_op_reduce(PickleMachine *m);
int pickle_op_new_object(PickleMachine *m);
int pickle_op_persistent(PickleMachine *m);

/* A value of the kind, zeroed; NULL with an error when the limits are reached. */
PickleValue *pickle_value(Pickle *p, enum PickleKind kind, Error *err);
/* Zeroed memory that lives as long as p; NULL with an error when the limit is reached. */
void *pickle_alloc(Pickle *p, size_t bytes, Error *err);

#endif
