/* SPDX-License-Identifier: Apache-2.0 */
/* Products by oneDNN: those of bfloat16 numbers and of integers by primitives, whose cache
 * makes the second product of a shape cheap, those of float32 numbers by a call in the manner
 * of BLAS. */
#define _GNU_SOURCE /* gettid */
#include "core/math/onednn.h"

#include "core/math/bf16.h"

#include "core/error.h"
#include "core/math/flops.h"
#include "core/math/int8.h"
#include "core/math/tiles.h"
#include "core/mem.h"
#include "core/stop.h"

#include <dnnl.h>
#include <omp.h>
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

typedef struct Engine {
    dnnl_engine_t engine;
    dnnl_stream_t stream;
} Engine;

static void must(dnnl_status_t status, const char *what)
{
    if (status == dnnl_out_of_memory) mem_exhausted(0);
    CHECK(status == dnnl_success, "oneDNN: %s: status %d", what, (int)status);
}

static Engine engine_new(void)
{
    Engine e;
    onednn_open();
    must(dnnl_engine_create(&e.engine, dnnl_cpu, 0), "engine");
    must(dnnl_stream_create(&e.stream, e.engine, dnnl_stream_default_flags), "stream");
    return e;
}

static void engine_free(Engine *e)
{
    dnnl_stream_destroy(e->stream);
    dnnl_engine_destroy(e->engine);
}

/* Describes a block of a matrix whose rows (columns, if transposed) are ld elements apart. */
static dnnl_memory_desc_t block(int64_t rows, int64_t cols, int64_t ld, bool transposed,
                                dnnl_data_type_t type)
{
    dnnl_memory_desc_t out;
    const dnnl_dims_t size = {rows, cols}, stride = {transposed ? 1 : ld, transposed ? ld : 1};
    must(dnnl_memory_desc_init_by_strides(&out, 2, size, type, stride), "block");
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

static dnnl_primitive_t product(const Engine *e, const dnnl_memory_desc_t *operand, bool bias,
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

static void run(const Engine *e, const dnnl_memory_desc_t *operand, void *const *data, bool add)
{
    dnnl_exec_arg_t argument[OPERANDS];
    int n = 0;
    for (int i = 0; i < OPERANDS; i++) {
        if (!data[i]) continue;
        argument[n].arg = role[i];
        must(dnnl_memory_create(&argument[n++].memory, &operand[i], e->engine, data[i]),
             "memory");
    }
    leave_signals();
    dnnl_primitive_t p = product(e, operand, data[BIAS] != NULL, add);
    must(dnnl_primitive_execute(p, e->stream, n, argument), "product");
    must(dnnl_stream_wait(e->stream), "product");
    dnnl_primitive_destroy(p);
    for (int i = 0; i < n; i++) dnnl_memory_destroy(argument[i].memory);
}

/* ---- bfloat16 ---------------------------------------------------------------------------- */

struct Bf16 {
    Engine engine;
};

const char *bf16_missing(void)
{
    return has(dnnl_cpu_isa_avx512_core_bf16) ? NULL
                                              : "this processor has no bfloat16 instructions";
}

Bf16 *bf16_new(void)
{
    CHECK(!bf16_missing(), "%s", bf16_missing());
    Bf16 *m = mem_alloc(sizeof *m);
    m->engine = engine_new();
    return m;
}

void bf16_free(Bf16 *m)
{
    if (!m) return;
    engine_free(&m->engine);
    mem_free(m);
}

/* Number of multiplications from which on a product is split among several calls of oneDNN. */
static const int64_t SPLIT_MIN = 1 << 24;

/* oneDNN uses AMX for dense blocks only. Blocks of whole rows are dense, but each call copies
 * b: that pays where rows are short and many. Otherwise tiles are about square. */
enum { SHORT = 1024, MANY = 512, ROWS = 144, PIECES = 8 };

static Tiles choose_tiles(int64_t M, int64_t N, int64_t K, HalfMatrix a)
{
    const Tiles square = tiles_of(M, N, K, SPLIT_MIN);
    if (a.transposed || K > SHORT || M < MANY || tiles_count(&square) == 1) return square;
    return (Tiles){M, N, M / ROWS < PIECES ? M / ROWS : PIECES, 1};
}

typedef struct Product {
    int64_t N, K;
    HalfMatrix a, b;
    Finish finish;
    Real *c;
    bool add;
    Tiles tiles;
} Product;

static void multiply_tile(const Bf16 *m, const Product *p, int64_t i)
{
    const Tile t = tiles_at(&p->tiles, i);
    flops_count(t.rows, t.cols, p->K);
    const dnnl_memory_desc_t operand[OPERANDS] = {
        [A] = block(t.rows, p->K, p->a.ld, p->a.transposed, dnnl_bf16),
        [B] = block(p->K, t.cols, p->b.ld, p->b.transposed, dnnl_bf16),
        [BIAS] = block(1, t.cols, t.cols, false, dnnl_f32),
        [C] = block(t.rows, t.cols, p->N, false, dnnl_f32),
    };
    /* oneDNN's interface takes read-only data without const. */
    void *const data[OPERANDS] = {
        [A] = (uint16_t *)p->a.data + t.row * (p->a.transposed ? 1 : p->a.ld),
        [B] = (uint16_t *)p->b.data + t.col * (p->b.transposed ? p->b.ld : 1),
        [BIAS] = p->finish.bias ? (Real *)p->finish.bias + t.col : NULL,
        [C] = p->c + t.row * p->N + t.col,
    };
    run(&m->engine, operand, data, p->add);
    finish_tile(&(Finish){.add = p->finish.add, .gelu = p->finish.gelu}, t, p->N, p->c);
}

void bf16_gemm(const Bf16 *m, int64_t M, int64_t N, int64_t K, HalfMatrix a, HalfMatrix b,
               Finish finish, bool add, Real *c)
{
    CHECK(a.ld == (a.transposed ? M : K) && b.ld == (b.transposed ? K : N), "ld %ld and %ld",
          a.ld, b.ld);
    const Product p = {N, K, a, b, finish, c, add, choose_tiles(M, N, K, a)};
    const int64_t tiles = tiles_count(&p.tiles);
#pragma omp parallel if (tiles > 1)
    {
        omp_set_num_threads(1); /* in this region only: oneDNN also splits by threads */
#pragma omp for schedule(dynamic)
        for (int64_t i = 0; i < tiles; i++) multiply_tile(m, &p, i);
    }
}

/* ---- integers ---------------------------------------------------------------------------- */

struct Int8 {
    Engine engine;
};

/* Without VNNI sums of two products would be cut to 16 bits. */
const char *int8_missing(void)
{
    return has(dnnl_cpu_isa_avx512_core_vnni)
               ? NULL
               : "this processor has no AVX-512 VNNI instructions";
}

Int8 *int8_new(void)
{
    CHECK(!int8_missing(), "%s", int8_missing());
    Int8 *m = mem_alloc(sizeof *m);
    m->engine = engine_new();
    return m;
}

void int8_free(Int8 *m)
{
    if (!m) return;
    engine_free(&m->engine);
    mem_free(m);
}

void onednn_int8_gemm(const Int8 *m, int64_t M, int64_t N, int64_t K, const uint8_t *a,
                      const int8_t *b, Real *c, int64_t ldc)
{
    flops_count(M, N, K);
    const dnnl_memory_desc_t operand[OPERANDS] = {
        [A] = block(M, K, K, false, dnnl_u8),
        [B] = block(K, N, K, true, dnnl_s8),
        [C] = block(M, N, ldc, false, dnnl_f32),
    };
    void *const data[OPERANDS] = {[A] = (uint8_t *)a, [B] = (int8_t *)b, [C] = c};
    run(&m->engine, operand, data, false);
}
