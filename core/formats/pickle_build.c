/* SPDX-License-Identifier: Apache-2.0 */
/* What the known names of a pickle build: tensors, storages, dictionaries; and the opcodes that
 * call them. */
#include "core/array.h"
#include "core/formats/pickle_machine.h"
#include "core/math/dtype.h"

#include <string.h>

static const PickleValue *refuse(Error *err, const char *why)
{
    error_set(err, ERROR_DATA, "%s", why);
    return NULL;
}

static bool is(const PickleValue *v, enum PickleKind kind) { return v->kind == kind; }

static bool is_text(const PickleValue *v, const char *text)
{
    return is(v, PICKLE_TEXT) && v->len == strlen(text) && memcmp(v->text, text, v->len) == 0;
}

/* Reads a tuple of up to 8 whole numbers >= 0 into out; returns its length, or -1. */
static int sizes(const PickleValue *v, int64_t out[static PICKLE_AXES], const char *what,
                 Error *err)
{
    if (!is(v, PICKLE_TUPLE))
        return error_set(err, ERROR_DATA, "tensor: %s: not a tuple", what);
    if (v->len > PICKLE_AXES)
        return error_set(err, ERROR_DATA, "tensor: %s: %u axes, at most %d", what, v->len,
                         PICKLE_AXES);
    for (uint32_t i = 0; i < v->len; i++) {
        if (!is(v->item[i], PICKLE_INT) || v->item[i]->number < 0)
            return error_set(err, ERROR_DATA, "tensor: %s: not whole numbers >= 0", what);
        out[i] = v->item[i]->number;
    }
    return (int)v->len;
}

/* Checks that the last element of the view lies inside its storage, with overflow detection. */
static int check_view(PickleTensor *t, Error *err)
{
    int64_t last = t->offset, reach;
    bool overflow = false;
    t->len = 1;
    for (int i = 0; i < t->ndim; i++)
        overflow |= __builtin_mul_overflow(t->len, t->shape[i], &t->len);
    for (int i = 0; i < t->ndim && t->len > 0; i++) {
        overflow |= __builtin_mul_overflow(t->shape[i] - 1, t->stride[i], &reach);
        overflow |= __builtin_add_overflow(last, reach, &last);
    }
    if (overflow) return error_set(err, ERROR_DATA, "tensor: shape and strides overflow");
    if (t->offset > t->storage->len)
        return error_set(err, ERROR_DATA,
                         "tensor: offset %ld: its storage '%.100s' has %ld elements", t->offset,
                         t->storage->key, t->storage->len);
    if (t->len > 0 && last >= t->storage->len)
        return error_set(
            err, ERROR_DATA,
            "tensor: shape and strides reach element %ld: its storage '%.100s' has %ld", last,
            t->storage->key, t->storage->len);
    return 0;
}

static const PickleValue *opaque(Pickle *p, const PickleName *name, Error *err)
{
    PickleValue *v = pickle_value(p, PICKLE_OPAQUE, err);
    if (v) v->name = name;
    return v;
}

/* Arguments: (storage, offset, size, stride, ...). The type of the storage was checked. */
static const PickleValue *build_tensor(Pickle *p, const PickleStorage *storage,
                                       const PickleValue *a, Error *err)
{
    if (!is(a->item[1], PICKLE_INT) || a->item[1]->number < 0)
        return refuse(err, "tensor: offset: not a whole number >= 0");
    PickleTensor *t = pickle_alloc(p, sizeof *t, err);
    PickleValue *v = t ? pickle_value(p, PICKLE_TENSOR, err) : NULL;
    if (!v) return NULL;
    t->storage = storage;
    t->offset = a->item[1]->number;
    t->ndim = sizes(a->item[2], t->shape, "shape", err);
    const int strides = sizes(a->item[3], t->stride, "strides", err);
    if (t->ndim < 0 || strides < 0) return NULL;
    if (t->ndim != strides)
        return refuse(err, "tensor: shape and strides of different lengths");
    if (check_view(t, err) != 0) return NULL;
    v->tensor = t;
    p->tensors++;
    return v;
}

/* (storage, offset, size, stride, requires_grad, hooks[, metadata]) */
static const PickleValue *call_tensor(Pickle *p, const PickleValue *a, Error *err)
{
    if (a->len != 6 && a->len != 7) return refuse(err, "tensor: expected 6 or 7 arguments");
    if (is(a->item[0], PICKLE_OPAQUE)) return a->item[0]; /* of a type that is not known */
    if (!is(a->item[0], PICKLE_STORAGE))
        return refuse(err, "tensor: its first argument is not a storage");
    return build_tensor(p, a->item[0]->storage, a, err);
}

/* (storage of bytes, offset, size, stride, requires_grad, hooks, type[, metadata]) */
static const PickleValue *call_tensor_3(Pickle *p, const PickleValue *a, Error *err)
{
    if (a->len != 7 && a->len != 8) return refuse(err, "tensor: expected 7 or 8 arguments");
    if (!is(a->item[0], PICKLE_STORAGE))
        return refuse(err, "tensor: its first argument is not a storage");
    if (!is(a->item[6], PICKLE_NAME)) return refuse(err, "tensor: its type is not a name");
    const PickleName *type = a->item[6]->name;
    if (type->use == PICKLE_CALL_OPAQUE) return opaque(p, type, err);
    if (type->use != PICKLE_IS_DTYPE) return refuse(err, "tensor: its type is not a type");
    PickleStorage *s = pickle_alloc(p, sizeof *s, err);
    if (!s) return NULL;
    const PickleStorage *bytes = a->item[0]->storage;
    *s = (PickleStorage){bytes->key, dtype_find(type->dtype), 0};
    if (bytes->dtype->bytes != 1 || bytes->len % s->dtype->bytes)
        return refuse(err, "tensor: its storage does not hold whole numbers of its type");
    s->len = bytes->len / s->dtype->bytes;
    return build_tensor(p, s, a, err);
}

/* (function that builds the tensor, class, its arguments, attributes) */
static const PickleValue *call_subclass(Pickle *p, const PickleName *name, const PickleValue *a,
                                        Error *err)
{
    if (a->len != 4 || !is(a->item[0], PICKLE_NAME) || !is(a->item[2], PICKLE_TUPLE))
        return refuse(err, "tensor: expected a function, a class, arguments and attributes");
    if (a->item[0]->name->use == PICKLE_CALL_TENSOR) return call_tensor(p, a->item[2], err);
    if (a->item[0]->name->use == PICKLE_CALL_TENSOR_3) return call_tensor_3(p, a->item[2], err);
    return opaque(p, a->item[0]->name->use == PICKLE_CALL_OPAQUE ? a->item[0]->name : name,
                  err);
}

/* (tensor, requires_grad, hooks[, attributes]) */
static const PickleValue *call_parameter(const PickleValue *a, Error *err)
{
    if ((a->len == 3 || a->len == 4) && is(a->item[0], PICKLE_OPAQUE)) return a->item[0];
    if ((a->len != 3 && a->len != 4) || !is(a->item[0], PICKLE_TENSOR))
        return refuse(err, "parameter: expected a tensor and two more arguments");
    return a->item[0];
}

static const PickleValue *call_size(const PickleValue *a, Error *err)
{
    if (a->len != 1 || !is(a->item[0], PICKLE_TUPLE))
        return refuse(err, "torch.Size: expected one tuple");
    return a->item[0];
}

/* The result of REDUCE and NEWOBJ for a name and a tuple; NULL with an error. */
static const PickleValue *call(Pickle *p, const PickleName *name, const PickleValue *arguments,
                               Error *err)
{
    switch (name->use) {
    case PICKLE_CALL_TENSOR:
        return call_tensor(p, arguments, err);
    case PICKLE_CALL_TENSOR_3:
        return call_tensor_3(p, arguments, err);
    case PICKLE_CALL_SUBCLASS:
        return call_subclass(p, name, arguments, err);
    case PICKLE_CALL_PARAMETER:
        return call_parameter(arguments, err);
    case PICKLE_CALL_DICT: /* a factory is no item; a list of pairs is not kept */
        if (arguments->len && !is(arguments->item[0], PICKLE_NAME)) return opaque(p, name, err);
        return pickle_value(p, PICKLE_DICT, err);
    case PICKLE_CALL_SIZE:
        return call_size(arguments, err);
    case PICKLE_CALL_INERT:
        return pickle_value(p, PICKLE_INERT, err);
    case PICKLE_CALL_OPAQUE:
        return opaque(p, name, err);
    case PICKLE_IS_CLASS:
    case PICKLE_IS_STORAGE:
    case PICKLE_IS_DTYPE:
        break;
    }
    error_set(err, ERROR_DATA, "'%s.%s': not callable", name->module, name->name);
    return NULL;
}

static void keep_storage(Pickle *p, const PickleStorage *s)
{
    p->storage = array_grow(p->storage, sizeof *p->storage, p->storages, &p->storage_room);
    p->storage[p->storages++] = s;
}

/* ("storage", a storage type, key, location, length) -> storage. */
static const PickleValue *storage_of(Pickle *p, const PickleValue *id, Error *err)
{
    if (!is(id, PICKLE_TUPLE) || id->len != 5) return refuse(err, "storage: expected 5 fields");
    const PickleValue *const *f = id->item;
    if (!is_text(f[0], "storage")) return refuse(err, "persistent id: not the id of a storage");
    if (is(f[1], PICKLE_NAME) && f[1]->name->use == PICKLE_CALL_OPAQUE)
        return opaque(p, f[1]->name, err); /* of quantized numbers, say */
    if (!is(f[1], PICKLE_NAME) || f[1]->name->use != PICKLE_IS_STORAGE)
        return refuse(err, "storage: its type is not a storage type");
    if (!is(f[2], PICKLE_TEXT) || !is(f[3], PICKLE_TEXT))
        return refuse(err, "storage: key and location: expected texts");
    if (memchr(f[2]->text, 0, f[2]->len)) return refuse(err, "storage: key: a NUL byte inside");
    if (!is(f[4], PICKLE_INT) || f[4]->number < 0)
        return refuse(err, "storage: length: not a whole number >= 0");
    PickleStorage *s = pickle_alloc(p, sizeof *s, err);
    char *key = s ? pickle_alloc(p, f[2]->len + (size_t)1, err) : NULL;
    PickleValue *v = key ? pickle_value(p, PICKLE_STORAGE, err) : NULL;
    if (!v) return NULL;
    memcpy(key, f[2]->text, f[2]->len);
    *s = (PickleStorage){key, dtype_find(f[1]->name->dtype), f[4]->number};
    v->storage = s;
    keep_storage(p, s);
    return v;
}

/* ---- opcodes ----------------------------------------------------------------------------- */

/* Pops a callable and returns its row: a name, or what an unknown name built. */
static const PickleName *pop_callee(PickleMachine *m)
{
    const PickleValue *v = pickle_pop(m);
    if (v && v->kind != PICKLE_NAME && v->kind != PICKLE_OPAQUE) {
        pickle_refuse(m, "expected a known name");
        return NULL;
    }
    return v ? v->name : NULL;
}

static int need_tuple(PickleMachine *m, const PickleValue *arguments)
{
    return is(arguments, PICKLE_TUPLE) ? 0 : pickle_refuse(m, "expected a tuple of arguments");
}

int pickle_op_reduce(PickleMachine *m)
{
    const PickleValue *arguments = pickle_pop(m);
    const PickleName *callee = arguments ? pop_callee(m) : NULL;
    if (!callee) return -1;
    if (callee->use == PICKLE_CALL_OPAQUE) return pickle_push(m, opaque(m->p, callee, m->err));
    if (need_tuple(m, arguments) != 0) return -1;
    return pickle_push(m, call(m->p, callee, arguments, m->err));
}

/* Creates an empty object of a class; BUILD fills it. */
int pickle_op_new_object(PickleMachine *m)
{
    const PickleValue *arguments = pickle_pop(m);
    const PickleName *type = arguments ? pop_callee(m) : NULL;
    if (!type) return -1;
    if (type->use == PICKLE_CALL_OPAQUE) return pickle_push(m, opaque(m->p, type, m->err));
    if (need_tuple(m, arguments) != 0) return -1;
    if (type->use == PICKLE_IS_CLASS)
        return pickle_push(m, pickle_value(m->p, PICKLE_OBJECT, m->err));
    if (type->use != PICKLE_CALL_INERT && type->use != PICKLE_CALL_DICT)
        return pickle_refuse(m, "expected a class");
    return pickle_push(m, call(m->p, type, arguments, m->err));
}

/* The same with arguments by name. */
int pickle_op_new_object_ex(PickleMachine *m)
{
    return pickle_pop(m) ? pickle_op_new_object(m) : -1;
}

int pickle_op_persistent(PickleMachine *m)
{
    const PickleValue *id = pickle_pop(m);
    return id ? pickle_push(m, storage_of(m->p, id, m->err)) : -1;
}
