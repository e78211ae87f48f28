/* SPDX-License-Identifier: Apache-2.0 */
/* Products of float32 numbers by a call in the manner of BLAS, all others by primitives,
 * which are kept for the next product of their shape. */
#define _GNU_SOURCE /* gettid */
#include "core/math/onednn.h"

#include "core/error.h"
#include "core/fnv.h"
#include "core/math/bf16.h"
#include "core/math/flops.h"
#include "core/math/int8.h"
#include "core/mem.h"
#include "core/stop.h"

#include <dnnl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

_Static_assert(sizeof(Real) == sizeof(float),
               "in double precision core/math/onednn_none.c is built");

/* oneDNN describes instruction sets by sets of bits. */
static bool has(unsigned instructions)
{
    return ((unsigned)dnnl_get_effective_cpu_isa() & instructions) == instructions;
}

/* oneDNN's code keeps data below the stack pointer, which the handler of a signal would
 * overwrite. The main thread has another stack for handlers; other threads leave signals to it,
 * as nearly all of them come to it anyway. */
static void leave_signals(void)
{
    static _Thread_local bool left;
    if (left) return;
    left = true;
    if (gettid() != getpid()) stop_block();
}

/* ---- float32 ----------------------------------------------------------------------------- */

bool onednn_gemm_is_fast(void) { return has(dnnl_cpu_isa_avx512_core); }

bool onednn_has_amx(void) { return has(dnnl_cpu_isa_avx512_core_amx); }

void onednn_open(void)
{
    static const size_t CODE = (size_t)16 << 20; /* bytes; about three times what it takes */
    if (!mem_has(CODE)) mem_exhausted(CODE);
}

void onednn_gemm(int64_t M, int64_t N, int64_t K, Real alpha, Matrix a, Matrix b, Real beta,
                 Real *c, int64_t ldc)
{
    leave_signals();
    const dnnl_status_t status =
        dnnl_sgemm(a.transposed ? 'T' : 'N', b.transposed ? 'T' : 'N', M, N, K, alpha, a.data,
                   a.ld, b.data, b.ld, beta, c, ldc);
    if (status == dnnl_out_of_memory) mem_exhausted(0);
    CHECK(status == dnnl_success, "oneDNN: %ld x %ld x %ld: status %d", M, N, K, (int)status);
}

bool onednn_is_version(int major, int minor)
{
    const dnnl_version_t *v = dnnl_version();
    return v->major == major && v->minor == minor;
}

void onednn_name(char out[static 32])
{
    const dnnl_version_t *v = dnnl_version();
    snprintf(out, 32, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
}

/* ---- primitives -------------------------------------------------------------------------- */

enum { A, B, BIAS, C, OPERANDS };
static const int role[OPERANDS] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST};

/* What a primitive depends on. All members are 64 bits wide, so that equal shapes are equal
 * bytes. */
typedef struct Shape {
    int64_t M, N, K, ldc, bias, add;
    int64_t type[2], ld[2], transposed[2]; /* of a and b */
} Shape;

/* A product of one shape. One thread at a time may use it, since it holds the places of the
 * operands. */
typedef struct Plan {
    Shape shape;
    dnnl_primitive_t product;
    dnnl_memory_t operand[OPERANDS];
    struct Plan *next;
} Plan;

/* Making a plan takes as long as a small product, so that those of recent products are kept,
 * a few of each hash. */
enum { HASHES = 128, KEPT = 4 };

typedef struct Plans {
    pthread_mutex_t lock;
    Plan *idle[HASHES];
} Plans;

struct Onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
    Plans *plans;
};

static void must(dnnl_status_t status, const char *what)
{
    if (status == dnnl_out_of_memory) mem_exhausted(0);
    CHECK(status == dnnl_success, "oneDNN: %s: status %d", what, (int)status);
}

Onednn *onednn_new(void)
{
    Onednn *e = mem_alloc(sizeof *e);
    onednn_open();
    must(dnnl_engine_create(&e->engine, dnnl_cpu, 0), "engine");
    must(dnnl_stream_create(&e->stream, e->engine, dnnl_stream_default_flags), "stream");
    e->plans = mem_calloc(1, sizeof *e->plans);
    pthread_mutex_init(&e->plans->lock, NULL);
    return e;
}

static void free_plans(Plan *p)
{
    while (p) {
        Plan *next = p->next;
        dnnl_primitive_destroy(p->product);
        for (int i = 0; i < OPERANDS; i++)
            if (p->operand[i]) dnnl_memory_destroy(p->operand[i]);
        mem_free(p);
        p = next;
    }
}

void onednn_free(Onednn *e)
{
    if (!e) return;
    for (int i = 0; i < HASHES; i++) free_plans(e->plans->idle[i]);
    pthread_mutex_destroy(&e->plans->lock);
    mem_free(e->plans);
    dnnl_stream_destroy(e->stream);
    dnnl_engine_destroy(e->engine);
    mem_free(e);
}

/* ---- making a plan ---- */

static dnnl_memory_desc_t packed(int64_t rows, int64_t cols, bool bf16)
{
    dnnl_memory_desc_t out;
    const dnnl_dims_t size = {rows, cols};
    must(dnnl_memory_desc_init_by_tag(&out, 2, size, bf16 ? dnnl_bf16 : dnnl_f32,
                                      bf16 ? dnnl_BA16a64b2a : dnnl_BA16a64b),
         "packed");
    return out;
}

/* Describes a block of a matrix. */
static dnnl_memory_desc_t block(int64_t rows, int64_t cols, OnednnType type, int64_t ld,
                                bool transposed)
{
    static const dnnl_data_type_t types[] = {[ONEDNN_FLOAT] = dnnl_f32,
                                             [ONEDNN_BF16] = dnnl_bf16,
                                             [ONEDNN_UNSIGNED] = dnnl_u8,
                                             [ONEDNN_SIGNED] = dnnl_s8};
    dnnl_memory_desc_t out;
    const dnnl_dims_t size = {rows, cols}, stride = {transposed ? 1 : ld, transposed ? ld : 1};
    if (type == ONEDNN_PACKED_FLOAT) return packed(rows, cols, false);
    if (type == ONEDNN_PACKED_BF16) return packed(rows, cols, true);
    must(dnnl_memory_desc_init_by_strides(&out, 2, size, types[type], stride), "block");
    return out;
}

static dnnl_memory_desc_t factor(const Shape *s, int i, int64_t rows, int64_t cols)
{
    return block(rows, cols, (OnednnType)s->type[i], s->ld[i], s->transposed[i]);
}

static dnnl_primitive_attr_t attributes(bool add)
{
    dnnl_primitive_attr_t out;
    must(dnnl_primitive_attr_create(&out), "attributes");
    if (!add) return out;
    dnnl_post_ops_t sum;
    must(dnnl_post_ops_create(&sum), "sum");
    must(dnnl_post_ops_append_sum(sum, 1), "sum");
    must(dnnl_primitive_attr_set_post_ops(out, sum), "sum");
    dnnl_post_ops_destroy(sum);
    return out;
}

static dnnl_primitive_t product(const Onednn *e, const dnnl_memory_desc_t *operand,
                                const Shape *s)
{
    dnnl_matmul_desc_t wanted;
    dnnl_primitive_desc_t plan;
    dnnl_primitive_t out;
    dnnl_primitive_attr_t options = attributes(s->add);
    must(dnnl_matmul_desc_init(&wanted, &operand[A], &operand[B],
                               s->bias ? &operand[BIAS] : NULL, &operand[C]),
         "product");
    must(dnnl_primitive_desc_create(&plan, &wanted, options, e->engine, NULL), "product");
    must(dnnl_primitive_create(&out, plan), "product");
    dnnl_primitive_desc_destroy(plan);
    dnnl_primitive_attr_destroy(options);
    return out;
}

static Plan *new_plan(const Onednn *e, const Shape *s)
{
    const dnnl_memory_desc_t operand[OPERANDS] = {
        [A] = factor(s, A, s->M, s->K),
        [B] = factor(s, B, s->K, s->N),
        [BIAS] = block(1, s->N, ONEDNN_FLOAT, s->N, false),
        [C] = block(s->M, s->N, ONEDNN_FLOAT, s->ldc, false),
    };
    Plan *p = mem_calloc(1, sizeof *p);
    p->shape = *s;
    for (int i = 0; i < OPERANDS; i++)
        if (i != BIAS || s->bias)
            must(dnnl_memory_create(&p->operand[i], &operand[i], e->engine, DNNL_MEMORY_NONE),
                 "memory");
    p->product = product(e, operand, s);
    return p;
}

/* ---- using it ---- */

static Plan **idle_of(const Onednn *e, const Shape *s)
{
    return &e->plans->idle[fnv_add(FNV_START, s, sizeof *s) % HASHES];
}

/* An idle plan, or a new one. */
static Plan *take_plan(const Onednn *e, const Shape *s)
{
    pthread_mutex_lock(&e->plans->lock);
    Plan **at = idle_of(e, s);
    while (*at && memcmp(&(*at)->shape, s, sizeof *s) != 0) at = &(*at)->next;
    Plan *found = *at;
    if (found) *at = found->next;
    pthread_mutex_unlock(&e->plans->lock);
    return found ? found : new_plan(e, s);
}

/* The first of its hash again; those that have not been used for long go. */
static void leave_plan(const Onednn *e, Plan *p)
{
    pthread_mutex_lock(&e->plans->lock);
    Plan **at = idle_of(e, &p->shape);
    p->next = *at;
    *at = p;
    for (int i = 0; i < KEPT && *at; i++) at = &(*at)->next;
    Plan *old = *at;
    *at = NULL;
    pthread_mutex_unlock(&e->plans->lock);
    free_plans(old);
}

void onednn_product(const Onednn *e, int64_t M, int64_t N, int64_t K, OnednnMatrix a,
                    OnednnMatrix b, const Real *bias, bool add, Real *c, int64_t ldc)
{
    const Shape shape = {M,
                         N,
                         K,
                         ldc,
                         bias != NULL,
                         add,
                         {a.type, b.type},
                         {a.ld, b.ld},
                         {a.transposed, b.transposed}};
    /* oneDNN's interface takes read-only data without const. */
    void *const data[OPERANDS] = {
        [A] = (void *)(intptr_t)a.data,
        [B] = (void *)(intptr_t)b.data,
        [BIAS] = (void *)(intptr_t)bias,
        [C] = c,
    };
    leave_signals();
    flops_count(M, N, K);
    Plan *p = take_plan(e, &shape);
    dnnl_exec_arg_t argument[OPERANDS];
    int n = 0;
    for (int i = 0; i < OPERANDS; i++) {
        if (!p->operand[i]) continue;
        must(dnnl_memory_set_data_handle(p->operand[i], data[i]), "memory");
        argument[n++] = (dnnl_exec_arg_t){role[i], p->operand[i]};
    }
    must(dnnl_primitive_execute(p->product, e->stream, n, argument), "product");
    must(dnnl_stream_wait(e->stream), "product");
    leave_plan(e, p);
}

/* ---- what there is ----------------------------------------------------------------------- */

const char *bf16_missing(void)
{
    return has(dnnl_cpu_isa_avx512_core_bf16) ? NULL
                                              : "this processor has no bfloat16 instructions";
}

/* Without VNNI sums of two products would be cut to 16 bits. */
const char *int8_missing(void)
{
    return has(dnnl_cpu_isa_avx512_core_vnni)
               ? NULL
               : "this processor has no AVX-512 VNNI instructions";
}
