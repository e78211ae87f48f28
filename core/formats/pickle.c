/* SPDX-License-Identifier: Apache-2.0 */
/* The stack machine: its memory, its stack, and running a program. The opcodes are in
 * pickle_ops.c. */
#include "core/formats/pickle.h"

#include "core/formats/pickle_machine.h"
#include "core/mem.h"

#include <string.h>

enum {
    BYTES_MAX = 64 << 20, /* a pickle of 300,000 tensors */
    VALUES_MAX = 4 << 20,
    MEMORY_MAX = 256 << 20, /* of values, names and tensors */
    DEPTH_MAX = 1 << 20,    /* picklers write batches of a thousand items */
    CHUNK_BYTES = 1 << 16,
};

/* ---- values -------------------------------------------------------------------------- */

typedef struct Chunk {
    struct Chunk *next;
    _Alignas(16) unsigned char bytes[];
} Chunk;

void *pickle_alloc(Pickle *p, size_t bytes, Error *err)
{
    bytes = (bytes + 15) / 16 * 16;
    if (bytes > MEMORY_MAX - p->total) {
        error_set(err, ERROR_DATA, "more than %d MiB of values", MEMORY_MAX >> 20);
        return NULL;
    }
    if (bytes > p->room - p->used) {
        const size_t room = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
        Chunk *c = mem_alloc(sizeof *c + room);
        c->next = p->chunk;
        p->chunk = c;
        p->used = 0;
        p->room = room;
    }
    void *out = memset(p->chunk->bytes + p->used, 0, bytes);
    p->used += bytes;
    p->total += bytes;
    return out;
}

PickleValue *pickle_value(Pickle *p, enum PickleKind kind, Error *err)
{
    if (p->values == VALUES_MAX) {
        error_set(err, ERROR_DATA, "more than %d values", VALUES_MAX);
        return NULL;
    }
    PickleValue *v = pickle_alloc(p, sizeof *v, err);
    if (!v) return NULL;
    p->values++;
    v->kind = kind;
    return v;
}

void pickle_free(Pickle *p)
{
    if (!p) return;
    for (Chunk *c = p->chunk, *next; c; c = next) {
        next = c->next;
        mem_free(c);
    }
    mem_free(p->storage);
    mem_free(p);
}

/* ---- the machine --------------------------------------------------------------------- */

const PickleValue pickle_mark = {.kind = PICKLE_INERT};

int pickle_refuse(PickleMachine *m, const char *why)
{
    return error_set(m->err, ERROR_DATA, "%s", why);
}

const uint8_t *pickle_take(PickleMachine *m, uint64_t n)
{
    if (n > m->len - m->at) {
        pickle_refuse(m, "truncated");
        return NULL;
    }
    m->at += n;
    return m->bytes + m->at - n;
}

static void grow(const PickleValue ***array, size_t *room)
{
    *room = 2 * *room + 256;
    *array = mem_realloc(*array, *room * sizeof **array);
}

int pickle_push(PickleMachine *m, const PickleValue *v)
{
    if (!v) return -1;
    if (m->depth == DEPTH_MAX) return pickle_refuse(m, "too many values on the stack");
    if (m->depth == m->room) grow(&m->stack, &m->room);
    m->stack[m->depth++] = v;
    return 0;
}

const PickleValue *pickle_pop(PickleMachine *m)
{
    if (m->depth > 0 && m->stack[m->depth - 1] != &pickle_mark) return m->stack[--m->depth];
    pickle_refuse(m, "the stack is empty");
    return NULL;
}

const PickleValue *pickle_top(PickleMachine *m)
{
    const PickleValue *v = pickle_pop(m);
    if (v) m->depth++;
    return v;
}

const PickleValue *pickle_pop_kind(PickleMachine *m, enum PickleKind kind, const char *what)
{
    const PickleValue *v = pickle_pop(m);
    if (!v || v->kind == kind) return v;
    error_set(m->err, ERROR_DATA, "expected %s", what);
    return NULL;
}

int pickle_pop_mark(PickleMachine *m, const PickleValue *const **items, size_t *n)
{
    size_t i = m->depth;
    while (i > 0 && m->stack[i - 1] != &pickle_mark) i--;
    if (i == 0) return pickle_refuse(m, "no mark on the stack");
    *items = m->stack + i;
    *n = m->depth - i;
    m->depth = i - 1;
    return 0;
}

int pickle_keep(PickleMachine *m, uint64_t index)
{
    const PickleValue *v = pickle_top(m);
    if (!v) return -1;
    if (index > m->memos)
        return error_set(m->err, ERROR_DATA, "memo %lu: only %zu are stored so far", index,
                         m->memos);
    if (m->memos == VALUES_MAX) return pickle_refuse(m, "too many values stored");
    if (m->memos == m->memo_room) grow(&m->memo, &m->memo_room);
    m->memo[index] = v;
    m->memos += index == m->memos;
    return 0;
}

static int step(PickleMachine *m)
{
    const size_t place = m->at;
    const uint8_t *code = pickle_take(m, 1);
    if (!code) return error_prefix(m->err, "byte %zu", place);
    const PickleOpcode *op = &pickle_opcodes[*code];
    if (place == 0 && *code != 0x80)
        return pickle_refuse(m, "byte 0: not a pickle of protocol 2 to 5");
    if (!op->name)
        return error_set(m->err, ERROR_DATA, "byte %zu: 0x%02x: no such opcode", place, *code);
    const int status = op->run ? op->run(m) : pickle_refuse(m, op->why);
    return status == 0 ? 0 : error_prefix(m->err, "byte %zu: %s", place, op->name);
}

int pickle_read(const char *name, const uint8_t *bytes, size_t len, Pickle **out, Error *err)
{
    Error why = {0};
    PickleMachine m = {
        .p = mem_calloc(1, sizeof *m.p), .bytes = bytes, .len = len, .err = &why};
    int status = 0;
    if (len > BYTES_MAX)
        status = error_set(&why, ERROR_DATA, "%zu bytes: at most %d", len, BYTES_MAX);
    while (status == 0 && !m.done) status = step(&m);
    mem_free(m.stack);
    mem_free(m.memo);
    if (status != 0) {
        pickle_free(m.p);
        m.p = NULL;
        error_set(err, why.code, "%s: %s", name, why.text);
    }
    *out = m.p;
    return status;
}

/* ---- what was built ------------------------------------------------------------------ */

const PickleValue *pickle_root(const Pickle *p) { return p->root; }

int64_t pickle_tensors(const Pickle *p) { return p->tensors; }

int64_t pickle_storages(const Pickle *p) { return p->storages; }

const PickleStorage *pickle_storage(const Pickle *p, int64_t i) { return p->storage[i]; }
