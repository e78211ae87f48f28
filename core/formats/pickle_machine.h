/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations shared by the pickle_*.c files only. */
#ifndef RAMPLUS_CORE_FORMATS_PICKLE_MACHINE_H
#define RAMPLUS_CORE_FORMATS_PICKLE_MACHINE_H

#include "core/formats/pickle.h"

#include <stdbool.h>

/* The permitted use of a known name. */
enum PickleUse {
    PICKLE_CALL_TENSOR,    /* torch._utils._rebuild_tensor_v2 */
    PICKLE_CALL_TENSOR_3,  /* torch._utils._rebuild_tensor_v3: with a type of numbers */
    PICKLE_CALL_SUBCLASS,  /* torch._tensor._rebuild_from_type_v2: the tensor inside */
    PICKLE_CALL_PARAMETER, /* torch._utils._rebuild_parameter: its tensor */
    PICKLE_CALL_DICT,      /* collections.OrderedDict */
    PICKLE_CALL_SIZE,      /* torch.Size: its tuple */
    PICKLE_CALL_INERT,     /* torch.device, sets, lists of torch.jit, ... */
    PICKLE_CALL_OPAQUE,    /* any name that is not in the table */
    PICKLE_IS_CLASS,   /* of a TorchScript archive: NEWOBJ creates an object with attributes */
    PICKLE_IS_STORAGE, /* torch.FloatStorage, ...: a type for persistent ids */
    PICKLE_IS_DTYPE,   /* torch.float32, ... */
};

typedef struct PickleName {
    const char *module, *name;
    enum PickleUse use;
    const char *dtype; /* of a storage or type of numbers */
} PickleName;

struct Pickle {
    const PickleValue *root;
    struct Chunk *chunk; /* memory of the values */
    size_t used, room, total;
    int64_t values, tensors, storages, storage_room;
    const PickleStorage **storage;
};

/* State of the running machine. */
typedef struct PickleMachine {
    Pickle *p;
    const uint8_t *bytes;
    size_t at, len;
    const PickleValue **stack, **memo;
    size_t depth, room, memos, memo_room;
    bool done;
    Error *err; /* a message without file and offset */
} PickleMachine;

typedef struct PickleOpcode {
    const char *name;             /* NULL: no such opcode */
    int (*run)(PickleMachine *m); /* NULL: refused */
    const char *why;
} PickleOpcode;

extern const PickleOpcode pickle_opcodes[256];
extern const PickleValue pickle_mark; /* recognized by its address */

int pickle_refuse(PickleMachine *m, const char *why); /* -1 */
/* Returns the next n bytes of the program; NULL with an error if fewer are left. */
const uint8_t *pickle_take(PickleMachine *m, uint64_t n);
/* Pushes v; returns -1 if v is NULL. */
int pickle_push(PickleMachine *m, const PickleValue *v);
/* Pops a value; NULL with an error if none is above the last mark. */
const PickleValue *pickle_pop(PickleMachine *m);
const PickleValue *pickle_top(PickleMachine *m);
const PickleValue *pickle_pop_kind(PickleMachine *m, enum PickleKind kind, const char *what);
/* Removes the last mark and everything above it. The items remain readable until the next
 * push. */
int pickle_pop_mark(PickleMachine *m, const PickleValue *const **items, size_t *n);
/* Stores the top of the stack in the memo under a number. Picklers count from 0, so the memo is
 * never larger than the pickle. */
int pickle_keep(PickleMachine *m, uint64_t index);

/* The opcodes implemented in pickle_names.c and pickle_build.c. */
int pickle_op_global(PickleMachine *m);
int pickle_op_stack_global(PickleMachine *m);
int pickle_op_reduce(PickleMachine *m);
int pickle_op_new_object(PickleMachine *m);
int pickle_op_new_object_ex(PickleMachine *m);
int pickle_op_persistent(PickleMachine *m);

/* Creates a zeroed value of the kind; NULL with an error if a limit is reached. */
PickleValue *pickle_value(Pickle *p, enum PickleKind kind, Error *err);
/* Allocates zeroed memory that lives as long as p; NULL with an error if the limit is
 * reached. */
void *pickle_alloc(Pickle *p, size_t bytes, Error *err);

#endif
