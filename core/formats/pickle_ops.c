/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the opcodes and their table. A row has a name and either a function or the
 * reason why the opcode is rejected. */
#include "core/formats/pickle_machine.h"

#include <string.h>

enum { TUPLE_MAX = 64 }; /* longer tuples do not occur in weights */

static const PickleValue inert = {.kind = PICKLE_INERT};
static const PickleValue list = {.kind = PICKLE_LIST};
static const PickleValue no_items = {.kind = PICKLE_TUPLE};

static uint64_t little(const uint8_t *p, int bytes)
{
    uint64_t x = 0;
    for (int i = 0; i < bytes; i++) x |= (uint64_t)p[i] << 8 * i;
    return x;
}

/* Reads a length of `bytes` bytes and that many bytes of data. */
static const uint8_t *take_counted(PickleMachine *m, int bytes, uint64_t *n)
{
    const uint8_t *p = pickle_take(m, (uint64_t)bytes);
    if (!p) return NULL;
    *n = little(p, bytes);
    return pickle_take(m, *n);
}

/* ---- opcodes: values ----------------------------------------------------------------- */

static int push_int(PickleMachine *m, int64_t x)
{
    PickleValue *v = pickle_value(m->p, PICKLE_INT, m->err);
    if (v) v->number = x;
    return pickle_push(m, v);
}

static int op_int1(PickleMachine *m)
{
    const uint8_t *p = pickle_take(m, 1);
    return p ? push_int(m, p[0]) : -1;
}

static int op_int2(PickleMachine *m)
{
    const uint8_t *p = pickle_take(m, 2);
    return p ? push_int(m, (int64_t)little(p, 2)) : -1;
}

static int op_int4(PickleMachine *m)
{
    const uint8_t *p = pickle_take(m, 4);
    return p ? push_int(m, (int32_t)little(p, 4)) : -1;
}

/* Reads n bytes in two's complement; numbers of more than 64 bits become inert values. */
static int push_long(PickleMachine *m, const uint8_t *p, uint64_t n)
{
    if (!p) return -1;
    if (n > 8) return pickle_push(m, &inert);
    uint64_t x = little(p, (int)n);
    if (n > 0 && n < 8 && p[n - 1] & 0x80) x |= UINT64_MAX << 8 * n;
    return push_int(m, (int64_t)x);
}

static int op_long1(PickleMachine *m)
{
    uint64_t n = 0;
    const uint8_t *p = take_counted(m, 1, &n);
    return push_long(m, p, n);
}

static int op_long4(PickleMachine *m)
{
    uint64_t n = 0;
    const uint8_t *p = take_counted(m, 4, &n);
    return push_long(m, p, n);
}

static int op_float(PickleMachine *m)
{
    return pickle_take(m, 8) ? pickle_push(m, &inert) : -1;
}

static int op_inert(PickleMachine *m) { return pickle_push(m, &inert); }

static int push_text(PickleMachine *m, int bytes)
{
    uint64_t n = 0;
    const uint8_t *p = take_counted(m, bytes, &n);
    PickleValue *v = p ? pickle_value(m->p, PICKLE_TEXT, m->err) : NULL;
    if (!v) return -1;
    v->text = (const char *)p;
    v->len = (uint32_t)n; /* less than BYTES_MAX */
    return pickle_push(m, v);
}

static int op_text1(PickleMachine *m) { return push_text(m, 1); }
static int op_text4(PickleMachine *m) { return push_text(m, 4); }
static int op_text8(PickleMachine *m) { return push_text(m, 8); }

static int skip_bytes(PickleMachine *m, int bytes)
{
    uint64_t n = 0;
    return take_counted(m, bytes, &n) ? pickle_push(m, &inert) : -1;
}

static int op_bytes1(PickleMachine *m) { return skip_bytes(m, 1); }
static int op_bytes4(PickleMachine *m) { return skip_bytes(m, 4); }
static int op_bytes8(PickleMachine *m) { return skip_bytes(m, 8); }

/* ---- opcodes: containers ------------------------------------------------------------- */

static int push_tuple(PickleMachine *m, const PickleValue *const *items, size_t n)
{
    if (n == 0) return pickle_push(m, &no_items);
    if (n > TUPLE_MAX) return pickle_push(m, &inert);
    const PickleValue **copy = pickle_alloc(m->p, n * sizeof *copy, m->err);
    PickleValue *v = copy ? pickle_value(m->p, PICKLE_TUPLE, m->err) : NULL;
    if (!v) return -1;
    memcpy(copy, items, n * sizeof *copy);
    v->item = copy;
    v->len = (uint32_t)n;
    return pickle_push(m, v);
}

static int op_tuple(PickleMachine *m)
{
    const PickleValue *const *items;
    size_t n;
    return pickle_pop_mark(m, &items, &n) == 0 ? push_tuple(m, items, n) : -1;
}

static int last_items(PickleMachine *m, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!pickle_pop(m)) return -1;
    return push_tuple(m, m->stack + m->depth, n);
}

static int op_tuple0(PickleMachine *m) { return pickle_push(m, &no_items); }
static int op_tuple1(PickleMachine *m) { return last_items(m, 1); }
static int op_tuple2(PickleMachine *m) { return last_items(m, 2); }
static int op_tuple3(PickleMachine *m) { return last_items(m, 3); }

static int op_empty_list(PickleMachine *m) { return pickle_push(m, &list); }

static int need_list(PickleMachine *m)
{
    const PickleValue *v = pickle_top(m);
    if (!v) return -1;
    return v->kind == PICKLE_LIST || v->kind == PICKLE_OPAQUE
               ? 0
               : pickle_refuse(m, "expected a list");
}

static int op_append(PickleMachine *m) { return pickle_pop(m) ? need_list(m) : -1; }

static int op_appends(PickleMachine *m)
{
    const PickleValue *const *items;
    size_t n;
    return pickle_pop_mark(m, &items, &n) == 0 ? need_list(m) : -1;
}

static int op_list(PickleMachine *m)
{
    const PickleValue *const *items;
    size_t n;
    return pickle_pop_mark(m, &items, &n) == 0 ? pickle_push(m, &list) : -1;
}

static int op_add_items(PickleMachine *m)
{
    const PickleValue *const *items;
    size_t n;
    if (pickle_pop_mark(m, &items, &n) != 0) return -1;
    const PickleValue *v = pickle_top(m);
    if (!v) return -1;
    return v->kind == PICKLE_INERT || v->kind == PICKLE_OPAQUE
               ? 0
               : pickle_refuse(m, "expected a set");
}

static int op_frozenset(PickleMachine *m)
{
    const PickleValue *const *items;
    size_t n;
    return pickle_pop_mark(m, &items, &n) == 0 ? pickle_push(m, &inert) : -1;
}

static int op_empty_dict(PickleMachine *m)
{
    return pickle_push(m, pickle_value(m->p, PICKLE_DICT, m->err));
}

/* The allocated number of pairs is a power of two. */
static int add_pairs(PickleMachine *m, PickleValue *d, const PickleValue *const *items,
                     size_t n)
{
    size_t room = 4, old = 4;
    if (n % 2) return pickle_refuse(m, "a key without a value");
    while (old < d->len) old *= 2;
    while (room < d->len + n / 2) room *= 2;
    if (d->len == 0 || room > old) {
        const PickleValue **more = pickle_alloc(m->p, 2 * room * sizeof *more, m->err);
        if (!more) return -1;
        if (d->len) memcpy(more, d->item, 2 * d->len * sizeof *more);
        d->item = more;
    }
    memcpy(d->item + 2 * d->len, items, n * sizeof *items);
    d->len += (uint32_t)(n / 2);
    return 0;
}

static int set_items(PickleMachine *m, const PickleValue *const *items, size_t n)
{
    const PickleValue *d = pickle_top(m);
    if (!d) return -1;
    if (d->kind == PICKLE_OPAQUE) return 0;
    if (d->kind != PICKLE_DICT) return pickle_refuse(m, "expected a dictionary");
    return n ? add_pairs(m, (PickleValue *)d, items, n)
             : 0; /* dictionaries are never const objects */
}

static int op_set_item(PickleMachine *m)
{
    if (!pickle_pop(m) || !pickle_pop(m)) return -1;
    return set_items(m, m->stack + m->depth, 2);
}

static int op_set_items(PickleMachine *m)
{
    const PickleValue *const *items;
    size_t n;
    return pickle_pop_mark(m, &items, &n) == 0 ? set_items(m, items, n) : -1;
}

static int op_dict(PickleMachine *m)
{
    const PickleValue *const *items;
    size_t n;
    if (pickle_pop_mark(m, &items, &n) != 0) return -1;
    PickleValue *d = pickle_value(m->p, PICKLE_DICT, m->err);
    if (!d || (n && add_pairs(m, d, items, n) != 0)) return -1;
    return pickle_push(m, d);
}

/* ---- opcodes: stack and memo --------------------------------------------------------- */

static int op_mark(PickleMachine *m) { return pickle_push(m, &pickle_mark); }

static int op_pop(PickleMachine *m)
{
    if (m->depth == 0) return pickle_refuse(m, "the stack is empty");
    m->depth--;
    return 0;
}

static int op_pop_mark(PickleMachine *m)
{
    const PickleValue *const *items;
    size_t n;
    return pickle_pop_mark(m, &items, &n);
}

static int op_memoize(PickleMachine *m) { return pickle_keep(m, m->memos); }

static int op_put1(PickleMachine *m)
{
    const uint8_t *p = pickle_take(m, 1);
    return p ? pickle_keep(m, p[0]) : -1;
}

static int op_put4(PickleMachine *m)
{
    const uint8_t *p = pickle_take(m, 4);
    return p ? pickle_keep(m, little(p, 4)) : -1;
}

static int recall(PickleMachine *m, const uint8_t *p, int bytes)
{
    if (!p) return -1;
    const uint64_t index = little(p, bytes);
    if (index < m->memos) return pickle_push(m, m->memo[index]);
    return error_set(m->err, ERROR_DATA, "memo %lu: not stored before", index);
}

static int op_get1(PickleMachine *m) { return recall(m, pickle_take(m, 1), 1); }
static int op_get4(PickleMachine *m) { return recall(m, pickle_take(m, 4), 4); }

/* ---- opcodes: the rest --------------------------------------------------------------- */

/* Sets attributes. An object keeps them; those of an OrderedDict or of an opaque value, and the
 * result of __getstate__, are discarded. */
static int op_build(PickleMachine *m)
{
    const PickleValue *state = pickle_pop(m);
    if (!state) return -1;
    const PickleValue *v = pickle_top(m);
    if (!v) return -1;
    if (v->kind == PICKLE_OBJECT) {
        PickleValue *object = (PickleValue *)v; /* never a const object */
        if (object->len) return pickle_refuse(m, "the object has its attributes already");
        if (state->kind != PICKLE_DICT) return 0;
        object->item = state->item;
        object->len = state->len;
        return 0;
    }
    if (v->kind == PICKLE_DICT || v->kind == PICKLE_INERT || v->kind == PICKLE_OPAQUE) return 0;
    return pickle_refuse(m, "the value has no attributes to set");
}

static int op_proto(PickleMachine *m)
{
    const uint8_t *p = pickle_take(m, 1);
    if (!p) return -1;
    if (m->at != 2) return pickle_refuse(m, "not at the start");
    if (p[0] >= 2 && p[0] <= 5) return 0;
    return error_set(m->err, ERROR_DATA, "protocol %d: expected 2 to 5", p[0]);
}

static int op_frame(PickleMachine *m)
{
    const uint8_t *p = pickle_take(m, 8);
    if (!p) return -1;
    return little(p, 8) <= m->len - m->at ? 0 : pickle_refuse(m, "longer than the pickle");
}

static int op_stop(PickleMachine *m)
{
    m->p->root = pickle_pop(m);
    m->done = true;
    if (!m->p->root) return -1;
    if (m->depth) return pickle_refuse(m, "values left on the stack");
    return m->at == m->len ? 0 : pickle_refuse(m, "bytes left after the end");
}

/* ---- the table ----------------------------------------------------------------------- */

static const char calls[] = "refused: it could run code";
static const char text_form[] = "refused: part of protocol 0, which torch.save does not write";
static const char unused[] = "refused: torch.save does not write it";

const PickleOpcode pickle_opcodes[256] = {
    [0x80] = {"PROTO", op_proto, NULL},
    [0x95] = {"FRAME", op_frame, NULL},
    ['.'] = {"STOP", op_stop, NULL},
    ['('] = {"MARK", op_mark, NULL},
    ['0'] = {"POP", op_pop, NULL},
    ['1'] = {"POP_MARK", op_pop_mark, NULL},
    ['N'] = {"NONE", op_inert, NULL},
    [0x88] = {"NEWTRUE", op_inert, NULL},
    [0x89] = {"NEWFALSE", op_inert, NULL},
    ['J'] = {"BININT", op_int4, NULL},
    ['K'] = {"BININT1", op_int1, NULL},
    ['M'] = {"BININT2", op_int2, NULL},
    [0x8a] = {"LONG1", op_long1, NULL},
    [0x8b] = {"LONG4", op_long4, NULL},
    ['G'] = {"BINFLOAT", op_float, NULL},
    ['X'] = {"BINUNICODE", op_text4, NULL},
    [0x8c] = {"SHORT_BINUNICODE", op_text1, NULL},
    [0x8d] = {"BINUNICODE8", op_text8, NULL},
    ['T'] = {"BINSTRING", op_text4, NULL},
    ['U'] = {"SHORT_BINSTRING", op_text1, NULL},
    ['B'] = {"BINBYTES", op_bytes4, NULL},
    ['C'] = {"SHORT_BINBYTES", op_bytes1, NULL},
    [0x8e] = {"BINBYTES8", op_bytes8, NULL},
    [0x96] = {"BYTEARRAY8", op_bytes8, NULL},
    [')'] = {"EMPTY_TUPLE", op_tuple0, NULL},
    ['t'] = {"TUPLE", op_tuple, NULL},
    [0x85] = {"TUPLE1", op_tuple1, NULL},
    [0x86] = {"TUPLE2", op_tuple2, NULL},
    [0x87] = {"TUPLE3", op_tuple3, NULL},
    [']'] = {"EMPTY_LIST", op_empty_list, NULL},
    ['l'] = {"LIST", op_list, NULL},
    ['a'] = {"APPEND", op_append, NULL},
    ['e'] = {"APPENDS", op_appends, NULL},
    ['}'] = {"EMPTY_DICT", op_empty_dict, NULL},
    ['d'] = {"DICT", op_dict, NULL},
    ['s'] = {"SETITEM", op_set_item, NULL},
    ['u'] = {"SETITEMS", op_set_items, NULL},
    [0x8f] = {"EMPTY_SET", op_inert, NULL},
    [0x90] = {"ADDITEMS", op_add_items, NULL},
    [0x91] = {"FROZENSET", op_frozenset, NULL},
    ['q'] = {"BINPUT", op_put1, NULL},
    ['r'] = {"LONG_BINPUT", op_put4, NULL},
    [0x94] = {"MEMOIZE", op_memoize, NULL},
    ['h'] = {"BINGET", op_get1, NULL},
    ['j'] = {"LONG_BINGET", op_get4, NULL},
    ['c'] = {"GLOBAL", pickle_op_global, NULL},
    [0x93] = {"STACK_GLOBAL", pickle_op_stack_global, NULL},
    ['R'] = {"REDUCE", pickle_op_reduce, NULL},
    [0x81] = {"NEWOBJ", pickle_op_new_object, NULL},
    ['b'] = {"BUILD", op_build, NULL},
    ['Q'] = {"BINPERSID", pickle_op_persistent, NULL},
    ['i'] = {"INST", NULL, calls},
    ['o'] = {"OBJ", NULL, calls},
    [0x92] = {"NEWOBJ_EX", pickle_op_new_object_ex, NULL},
    [0x82] = {"EXT1", NULL, calls},
    [0x83] = {"EXT2", NULL, calls},
    [0x84] = {"EXT4", NULL, calls},
    ['P'] = {"PERSID", NULL, text_form},
    ['I'] = {"INT", NULL, text_form},
    ['L'] = {"LONG", NULL, text_form},
    ['F'] = {"FLOAT", NULL, text_form},
    ['S'] = {"STRING", NULL, text_form},
    ['V'] = {"UNICODE", NULL, text_form},
    ['g'] = {"GET", NULL, text_form},
    ['p'] = {"PUT", NULL, text_form},
    ['2'] = {"DUP", NULL, unused},
    [0x97] = {"NEXT_BUFFER", NULL, unused},
    [0x98] = {"READONLY_BUFFER", NULL, unused},
};
