/* SPDX-License-Identifier: Apache-2.0 */
/* The names that a pickle of tensors may mention, what they build, and the opcodes that use
 * them. */
#include "core/array.h"
#include "core/formats/pickle_machine.h"

#include "core/mem.h"

#include <string.h>

static const PickleName names[] = {
    {"torch._utils", "_rebuild_tensor_v2", PICKLE_CALL_TENSOR, NULL},
    {"torch._utils", "_rebuild_parameter", PICKLE_CALL_PARAMETER, NULL},
    {"collections", "OrderedDict", PICKLE_CALL_DICT, NULL},
    {"torch", "Size", PICKLE_CALL_SIZE, NULL},
    {"torch", "device", PICKLE_CALL_INERT, NULL},
    {"argparse", "Namespace", PICKLE_CALL_INERT, NULL},
    {"torch.jit._pickle", "build_intlist", PICKLE_CALL_INERT, NULL},
    {"torch.jit._pickle", "build_doublelist", PICKLE_CALL_INERT, NULL},
    {"torch.jit._pickle", "build_boollist", PICKLE_CALL_INERT, NULL},
    {"torch.jit._pickle", "build_tensorlist", PICKLE_CALL_INERT, NULL},
    {"torch.jit._pickle", "restore_type_tag", PICKLE_CALL_INERT, NULL},
    {"torch", "FloatStorage", PICKLE_IS_STORAGE, "F32"},
    {"torch", "DoubleStorage", PICKLE_IS_STORAGE, "F64"},
    {"torch", "HalfStorage", PICKLE_IS_STORAGE, "F16"},
    {"torch", "BFloat16Storage", PICKLE_IS_STORAGE, "BF16"},
    {"torch", "LongStorage", PICKLE_IS_STORAGE, "I64"},
    {"torch", "IntStorage", PICKLE_IS_STORAGE, "I32"},
    {"torch", "ShortStorage", PICKLE_IS_STORAGE, "I16"},
    {"torch", "CharStorage", PICKLE_IS_STORAGE, "I8"},
    {"torch", "ByteStorage", PICKLE_IS_STORAGE, "U8"},
    {"torch", "BoolStorage", PICKLE_IS_STORAGE, "BOOL"},
    {"torch", "float32", PICKLE_IS_INERT, NULL},
    {"torch", "float64", PICKLE_IS_INERT, NULL},
    {"torch", "float16", PICKLE_IS_INERT, NULL},
    {"torch", "bfloat16", PICKLE_IS_INERT, NULL},
    {"torch", "int64", PICKLE_IS_INERT, NULL},
    {"torch", "int32", PICKLE_IS_INERT, NULL},
    {"torch", "int16", PICKLE_IS_INERT, NULL},
    {"torch", "int8", PICKLE_IS_INERT, NULL},
    {"torch", "uint8", PICKLE_IS_INERT, NULL},
    {"torch", "bool", PICKLE_IS_INERT, NULL},
};

/* Matches any class that a TorchScript archive defines. */
static const char script[] = "__torch__";
static const PickleName script_class = {script, "*", PICKLE_IS_CLASS, NULL};

static bool equals(const char *known, const char *text, size_t len)
{
    return strlen(known) == len && memcmp(known, text, len) == 0;
}

static const PickleName *find(const char *module, size_t module_len, const char *name,
                              size_t name_len)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (equals(names[i].module, module, module_len) &&
            equals(names[i].name, name, name_len))
            return &names[i];
    const size_t n = sizeof script - 1;
    const bool is_script = module_len >= n && memcmp(module, script, n) == 0 &&
                           (module_len == n || module[n] == '.');
    return is_script ? &script_class : NULL;
}

static const PickleValue *refuse(Error *err, const char *why)
{
    error_set(err, ERROR_DATA, "%s", why);
    return NULL;
}

static bool is(const PickleValue *v, enum PickleKind kind) { return v->kind == kind; }

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

/* (storage, offset, size, stride, requires_grad, hooks[, metadata]) */
static const PickleValue *call_tensor(Pickle *p, const PickleValue *a, Error *err)
{
    if (a->len != 6 && a->len != 7) return refuse(err, "tensor: expected 6 or 7 arguments");
    if (!is(a->item[0], PICKLE_STORAGE))
        return refuse(err, "tensor: its first argument is not a storage");
    if (!is(a->item[1], PICKLE_INT) || a->item[1]->number < 0)
        return refuse(err, "tensor: offset: not a whole number >= 0");
    PickleTensor *t = pickle_alloc(p, sizeof *t, err);
    PickleValue *v = t ? pickle_value(p, PICKLE_TENSOR, err) : NULL;
    if (!v) return NULL;
    t->storage = a->item[0]->storage;
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

/* (tensor, requires_grad, hooks) */
static const PickleValue *call_parameter(const PickleValue *a, Error *err)
{
    if (a->len != 3 || !is(a->item[0], PICKLE_TENSOR))
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
    case PICKLE_CALL_PARAMETER:
        return call_parameter(arguments, err);
    case PICKLE_CALL_DICT:
        if (arguments->len) return refuse(err, "OrderedDict: expected no arguments");
        return pickle_value(p, PICKLE_DICT, err);
    case PICKLE_CALL_SIZE:
        return call_size(arguments, err);
    case PICKLE_CALL_INERT:
        return pickle_value(p, PICKLE_INERT, err);
    case PICKLE_IS_CLASS:
    case PICKLE_IS_STORAGE:
    case PICKLE_IS_INERT:
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
    if (!is(f[0], PICKLE_TEXT) || !equals("storage", f[0]->text, f[0]->len))
        return refuse(err, "persistent id: not the id of a storage");
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

/* ---- opcodes ------------------------------------------------------ */

static int push_name(PickleMachine *m, const char *module, size_t module_len, const char *name,
                     size_t name_len)
{
    const PickleName *found = find(module, module_len, name, name_len);
    if (!found)
        return error_set(m->err, ERROR_DATA,
                         "'%.*s.%.*s': refused: only tensors, their storages, OrderedDict "
                         "and TorchScript's objects are built, nothing else is called",
                         module_len < 100 ? (int)module_len : 100, module,
                         name_len < 100 ? (int)name_len : 100, name);
    PickleValue *v = pickle_value(m->p, PICKLE_NAME, m->err);
    if (v) v->name = found;
    return pickle_push(m, v);
}

/* Reads up to the next newline and consumes it. */
static const char *take_line(PickleMachine *m, size_t *n)
{
    const uint8_t *from = m->bytes + m->at;
    const uint8_t *end = memchr(from, '\n', m->len - m->at);
    if (!end) {
        pickle_refuse(m, "truncated");
        return NULL;
    }
    *n = (size_t)(end - from);
    m->at += *n + 1;
    return (const char *)from;
}

int pickle_op_global(PickleMachine *m)
{
    size_t a = 0, b = 0;
    const char *module = take_line(m, &a);
    const char *name = module ? take_line(m, &b) : NULL;
    return name ? push_name(m, module, a, name, b) : -1;
}

int pickle_op_stack_global(PickleMachine *m)
{
    const PickleValue *name = pickle_pop_kind(m, PICKLE_TEXT, "a name");
    const PickleValue *module =
        name ? pickle_pop_kind(m, PICKLE_TEXT, "a module's name") : NULL;
    return module ? push_name(m, module->text, module->len, name->text, name->len) : -1;
}

int pickle_op_reduce(PickleMachine *m)
{
    const PickleValue *arguments = pickle_pop_kind(m, PICKLE_TUPLE, "a tuple of arguments");
    const PickleValue *callee =
        arguments ? pickle_pop_kind(m, PICKLE_NAME, "a known name") : NULL;
    return callee ? pickle_push(m, call(m->p, callee->name, arguments, m->err)) : -1;
}

/* Creates an empty object of a class; BUILD fills it. */
int pickle_op_new_object(PickleMachine *m)
{
    const PickleValue *arguments = pickle_pop_kind(m, PICKLE_TUPLE, "a tuple of arguments");
    const PickleValue *type =
        arguments ? pickle_pop_kind(m, PICKLE_NAME, "a known name") : NULL;
    if (!type) return -1;
    if (type->name->use == PICKLE_IS_CLASS)
        return pickle_push(m, pickle_value(m->p, PICKLE_OBJECT, m->err));
    if (type->name->use != PICKLE_CALL_INERT && type->name->use != PICKLE_CALL_DICT)
        return pickle_refuse(m, "expected a class");
    return pickle_push(m, call(m->p, type->name, arguments, m->err));
}

int pickle_op_persistent(PickleMachine *m)
{
    const PickleValue *id = pickle_pop(m);
    return id ? pickle_push(m, storage_of(m->p, id, m->err)) : -1;
}
