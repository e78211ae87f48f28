/* SPDX-License-Identifier: Apache-2.0 */
/* Products of float32 numbers by a call in the manner of BLAS, all others by primitives, whose
 * cache makes the second product of a shape cheap. */
#define _GNU_SOURCE /* gettid */
#include "core/math/onednn.h"

#include "core/error.h"
#include "core/math/bf16.h"
#include "core/math/flops.h"
#include "core/math/int8.h"
#include "core/mem.h"
#include "core/stop.h"

#include <dnnl.h>
#include <stdio.h>
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

struct Onednn {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
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
    return e;
}

void onednn_free(Onednn *e)
{
    if (!e) return;
    dnnl_stream_destroy(e->stream);
    dnnl_engine_destroy(e->engine);
    mem_free(e);
}

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
static dnnl_memory_desc_t block(int64_t rows, int64_t cols, OnednnMatrix m)
{
    static const dnnl_data_type_t types[] = {[ONEDNN_FLOAT] = dnnl_f32,
                                             [ONEDNN_BF16] = dnnl_bf16,
                                             [ONEDNN_UNSIGNED] = dnnl_u8,
                                             [ONEDNN_SIGNED] = dnnl_s8};
    dnnl_memory_desc_t out;
    const dnnl_dims_t size = {rows, cols},
                      stride = {m.transposed ? 1 : m.ld, m.transposed ? m.ld : 1};
    if (m.type == ONEDNN_PACKED_FLOAT) return packed(rows, cols, false);
    if (m.type == ONEDNN_PACKED_BF16) return packed(rows, cols, true);
    must(dnnl_memory_desc_init_by_strides(&out, 2, size, types[m.type], stride), "block");
    return out;
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

enum { A, B, BIAS, C, OPERANDS };
static const int role[OPERANDS] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_BIAS, DNNL_ARG_DST};

static dnnl_primitive_t product(const Onednn *e, const dnnl_memory_desc_t *operand, bool bias,
                                bool add)
{
    dnnl_matmul_desc_t wanted;
    dnnl_primitive_desc_t plan;
    dnnl_primitive_t out;
    dnnl_primitive_attr_t options = attributes(add);
    must(dnnl_matmul_desc_init(&wanted, &operand[A], &operand[B], bias ? &operand[BIAS] : NULL,
                               &operand[C]),
         "product");
    must(dnnl_primitive_desc_create(&plan, &wanted, options, e->engine, NULL), "product");
    must(dnnl_primitive_create(&out, plan), "product");
    dnnl_primitive_desc_destroy(plan);
    dnnl_primitive_attr_destroy(options);
    return out;
}

void onednn_product(const Onednn *e, int64_t M, int64_t N, int64_t K, OnednnMatrix a,
                    OnednnMatrix b, const Real *bias, bool add, Real *c, int64_t ldc)
{
    const dnnl_memory_desc_t operand[OPERANDS] = {
        [A] = block(M, K, a),
        [B] = block(K, N, b),
        [BIAS] = block(1, N, (OnednnMatrix){.ld = N}),
        [C] = block(M, N, (OnednnMatrix){.ld = ldc}),
    };
    /* oneDNN's interface takes read-only data without const. */
    void *const data[OPERANDS] = {
        [A] = (void *)(intptr_t)a.data,
        [B] = (void *)(intptr_t)b.data,
        [BIAS] = (void *)(intptr_t)bias,
        [C] = c,
    };
    dnnl_exec_arg_t argument[OPERANDS];
    int n = 0;
    for (int i = 0; i < OPERANDS; i++) {
        if (!data[i]) continue;
        argument[n].arg = role[i];
        must(dnnl_memory_create(&argument[n++].memory, &operand[i], e->engine, data[i]),
             "memory");
    }
    leave_signals();
    flops_count(M, N, K);
    dnnl_primitive_t p = product(e, operand, bias != NULL, add);
    must(dnnl_primitive_execute(p, e->stream, n, argument), "product");
    must(dnnl_stream_wait(e->stream), "product");
    dnnl_primitive_destroy(p);
    for (int i = 0; i < n; i++) dnnl_memory_destroy(argument[i].memory);
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
