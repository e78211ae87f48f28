/* SPDX-License-Identifier: Apache-2.0 */
/* The names that a pickle of tensors may mention, and the opcodes that mention them. What they
 * build is in pickle_build.c. */
#include "core/formats/pickle_machine.h"

#include <stdio.h>
#include <string.h>

static const PickleName names[] = {
    {"torch._utils", "_rebuild_tensor_v2", PICKLE_CALL_TENSOR, NULL},
    {"torch._utils", "_rebuild_tensor_v3", PICKLE_CALL_TENSOR_3, NULL},
    {"torch._tensor", "_rebuild_from_type_v2", PICKLE_CALL_SUBCLASS, NULL},
    {"torch._utils", "_rebuild_parameter", PICKLE_CALL_PARAMETER, NULL},
    {"torch._utils", "_rebuild_parameter_with_state", PICKLE_CALL_PARAMETER, NULL},
    {"collections", "OrderedDict", PICKLE_CALL_DICT, NULL},
    {"collections", "defaultdict", PICKLE_CALL_DICT, NULL},
    {"torch", "Size", PICKLE_CALL_SIZE, NULL},
    {"torch", "device", PICKLE_CALL_INERT, NULL},
    {"builtins", "set", PICKLE_CALL_INERT, NULL},
    {"__builtin__", "set", PICKLE_CALL_INERT, NULL},
    {"builtins", "complex", PICKLE_CALL_INERT, NULL},
    {"__builtin__", "complex", PICKLE_CALL_INERT, NULL},
    {"builtins", "bytearray", PICKLE_CALL_INERT, NULL},
    {"__builtin__", "bytearray", PICKLE_CALL_INERT, NULL},
    {"collections", "Counter", PICKLE_CALL_INERT, NULL},
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
    {"torch", "ComplexFloatStorage", PICKLE_IS_STORAGE, "C64"},
    {"torch", "ComplexDoubleStorage", PICKLE_IS_STORAGE, "C128"},
    {"torch.storage", "UntypedStorage", PICKLE_IS_STORAGE, "U8"},
    {"torch", "float32", PICKLE_IS_DTYPE, "F32"},
    {"torch", "float64", PICKLE_IS_DTYPE, "F64"},
    {"torch", "float16", PICKLE_IS_DTYPE, "F16"},
    {"torch", "bfloat16", PICKLE_IS_DTYPE, "BF16"},
    {"torch", "int64", PICKLE_IS_DTYPE, "I64"},
    {"torch", "int32", PICKLE_IS_DTYPE, "I32"},
    {"torch", "int16", PICKLE_IS_DTYPE, "I16"},
    {"torch", "int8", PICKLE_IS_DTYPE, "I8"},
    {"torch", "uint8", PICKLE_IS_DTYPE, "U8"},
    {"torch", "uint16", PICKLE_IS_DTYPE, "U16"},
    {"torch", "uint32", PICKLE_IS_DTYPE, "U32"},
    {"torch", "uint64", PICKLE_IS_DTYPE, "U64"},
    {"torch", "bool", PICKLE_IS_DTYPE, "BOOL"},
    {"torch", "complex64", PICKLE_IS_DTYPE, "C64"},
    {"torch", "complex128", PICKLE_IS_DTYPE, "C128"},
    {"torch", "float8_e4m3fn", PICKLE_IS_DTYPE, "F8_E4M3"},
    {"torch", "float8_e5m2", PICKLE_IS_DTYPE, "F8_E5M2"},
    {"torch", "float8_e8m0fnu", PICKLE_IS_DTYPE, "F8_E8M0"},
};

/* Names whose only use in a pickle is an attack; name NULL: every name of the module. Nothing
 * is called in any case, but a file with one of them deserves no trust at all. */
static const struct {
    const char *module, *name;
} attacks[] = {
    {"os", NULL},
    {"posix", NULL},
    {"nt", NULL},
    {"subprocess", NULL},
    {"sys", NULL},
    {"pty", NULL},
    {"shutil", NULL},
    {"socket", NULL},
    {"ctypes", NULL},
    {"runpy", NULL},
    {"importlib", NULL},
    {"webbrowser", NULL},
    {"pickle", NULL},
    {"_pickle", NULL},
    {"marshal", NULL},
    {"torch", "load"},
    {"torch.hub", NULL},
    {"builtins", "eval"},
    {"builtins", "exec"},
    {"builtins", "compile"},
    {"builtins", "open"},
    {"builtins", "__import__"},
    {"__builtin__", "eval"},
    {"__builtin__", "execfile"},
    {"__builtin__", "compile"},
    {"__builtin__", "open"},
    {"__builtin__", "file"},
    {"__builtin__", "__import__"},
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

static bool is_attack(const char *module, size_t module_len, const char *name, size_t name_len)
{
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++)
        if (equals(attacks[i].module, module, module_len) &&
            (!attacks[i].name || equals(attacks[i].name, name, name_len)))
            return true;
    return false;
}

enum { NAME_PART = 100 }; /* bytes that are kept of an unknown module or name */

static const char *keep_text(Pickle *p, const char *text, size_t len, Error *err)
{
    if (len > NAME_PART) len = NAME_PART;
    char *copy = pickle_alloc(p, len + 1, err);
    return copy ? memcpy(copy, text, len) : NULL;
}

/* A row for a name that is not in the table; NULL with an error. */
static const PickleName *unknown(Pickle *p, const char *module, size_t module_len,
                                 const char *name, size_t name_len, Error *err)
{
    PickleName *row = pickle_alloc(p, sizeof *row, err);
    if (!row) return NULL;
    row->use = PICKLE_CALL_OPAQUE;
    row->module = keep_text(p, module, module_len, err);
    row->name = row->module ? keep_text(p, name, name_len, err) : NULL;
    return row->name ? row : NULL;
}

const char *pickle_name_text(const PickleValue *v, char out[static PICKLE_NAME_TEXT])
{
    snprintf(out, PICKLE_NAME_TEXT, "%s.%s", v->name->module, v->name->name);
    return out;
}

static int push_name(PickleMachine *m, const char *module, size_t module_len, const char *name,
                     size_t name_len)
{
    const PickleName *found = find(module, module_len, name, name_len);
    if (!found && is_attack(module, module_len, name, name_len))
        return error_set(m->err, ERROR_DATA,
                         "'%.*s.%.*s': refused: it could run code, which weights never need",
                         (int)module_len, module,
                         name_len < NAME_PART ? (int)name_len : NAME_PART, name);
    if (!found) found = unknown(m->p, module, module_len, name, name_len, m->err);
    if (!found) return -1;
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
