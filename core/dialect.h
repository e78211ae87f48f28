/* SPDX-License-Identifier: Apache-2.0 */
/* The words of kernels. A kernel is a function of numbers in a file *.cl, which is C, OpenCL C
 * and CUDA C at once. CONTRIBUTING.md tells how to write one. Its loops name who may share
 * their turns:
 *
 *   EACH(i, n, how)       the elements of a flat array: all lanes of all teams
 *   ROWS(i, n, how)       the rows of a matrix: the teams. Once in a kernel, in no other loop
 *   SHARE(c, n)           the elements of a row: the lanes of its team
 *   SHARE_SUM(c, n, a, b) the same, where each lane adds up its part of a and b for team_sum
 *   SHARE_MAX(c, n, a)    the same with the greatest, for team_max
 *   OWN(i, n)             what one lane holds: nobody
 *   HERE(i, n)            EACH for a part of an array, one of which each thread has already
 *
 * On a GPU a team is 32 lanes. In C it is one lane, so that everything between lanes vanishes
 * and a plain OpenMP loop is left, which threads share as `how` says: EVENLY; PIECES_OF(k, n),
 * k of n turns at a time, because one thread may be late; IF_LARGE(elements), where little work
 * is not worth waking threads. No element has two writers and sums have a fixed order, so that
 * results do not depend on the number of threads. */
#ifndef RAMPLUS_CORE_DIALECT_H
#define RAMPLUS_CORE_DIALECT_H

#if defined(__OPENCL_C_VERSION__) || defined(__CUDACC__)
#define DIALECT_GPU
#endif

/* The type of sums over a row. A lane of a GPU adds up a thirty-second of it, for which float
 * suffices. Where one lane adds up everything, the sum is a double. */
#if defined(DIALECT_GPU) && !defined(RAMPLUS_DOUBLE)
typedef float Sum;
#else
typedef double Sum;
#endif

#if defined(__OPENCL_C_VERSION__) /* ---- OpenCL C: a team is a work-group ------------------ */

#pragma OPENCL FP_CONTRACT OFF
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
typedef ushort uint16_t;
typedef uint uint32_t;
typedef long int64_t;
typedef ulong uint64_t;
enum { LANES = 32 };
#define KERNEL      __kernel __attribute__((reqd_work_group_size(LANES, 1, 1))) void
#define INLINE      static inline
#define GLOBAL      __global
#define LANE        ((int64_t)get_local_id(0))
#define TEAM        ((int64_t)get_group_id(0))
#define TEAMS       ((int64_t)get_num_groups(0))
#define TEAM_MEMORY __local __attribute__((unused)) Sum team_memory[LANES];
#define TEAM_PARAM  , __local Sum *team_memory
#define TEAM_ARG    , team_memory

/* What lanes of a team wrote to arrays becomes visible to the others. */
#define TEAM_SYNC()   barrier(CLK_GLOBAL_MEM_FENCE)
#define float_bits(x) as_uint(x)
#define bits_float(x) as_float(x)

/* The x of another lane. */
INLINE Sum team_other(Sum x, int distance TEAM_PARAM)
{
    team_memory[LANE] = x;
    barrier(CLK_LOCAL_MEM_FENCE);
    const Sum other = team_memory[LANE ^ distance];
    barrier(CLK_LOCAL_MEM_FENCE);
    return other;
}

#elif defined(                                                                                 \
    __CUDACC__) /* ---- CUDA C (NVRTC): a team is a warp, threadIdx.x a lane ------- */

typedef unsigned short uint16_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
enum { LANES = 32 };
#define KERNEL extern "C" __global__ void __launch_bounds__(256)
#define INLINE static __device__ __forceinline__
#define GLOBAL
#define restrict __restrict__
#define LANE  ((int64_t)threadIdx.x)
#define TEAM  ((int64_t)(blockIdx.x * blockDim.y + threadIdx.y))
#define TEAMS ((int64_t)(gridDim.x * blockDim.y))
#define TEAM_MEMORY
#define TEAM_PARAM
#define TEAM_ARG

#define TEAM_SYNC()             __syncwarp()
#define float_bits(x)           __float_as_uint(x)
#define bits_float(x)           __uint_as_float(x)
#define team_other(x, distance) __shfl_xor_sync(0xffffffffu, x, distance)

#else /* ---- C: a team is one lane ---------------------------------------------------------- */

#include <stdint.h>
#include <string.h>
enum { LANES = 1, LANE = 0, DIALECT_SMALL = 1 << 14 };
#define KERNEL static inline void
#define INLINE static inline
#define GLOBAL
#define TEAM_PARAM
#define TEAM_ARG

#define DIALECT_PRAGMA(...)     _Pragma(#__VA_ARGS__)
#define DIALECT_LOOP(i, n, ...) DIALECT_PRAGMA(__VA_ARGS__) for (int64_t i = 0; i < (n); i++)
#define EACH(i, n, how)      DIALECT_LOOP(i, n, omp parallel for simd how)
#define ROWS(i, n, how)      DIALECT_LOOP(i, n, omp parallel for how)
#define SHARE(c, n)          DIALECT_LOOP(c, n, omp simd)
#define SHARE_SUM(c, n, ...) DIALECT_LOOP(c, n, omp simd reduction(+ : __VA_ARGS__))
#define SHARE_MAX(c, n, top) DIALECT_LOOP(c, n, omp simd reduction(max : top))
#define OWN(i, n)            DIALECT_LOOP(i, n, omp simd)
#define HERE(i, n)           DIALECT_LOOP(i, n, omp simd)
#define EVENLY               schedule(static)
#define PIECES_OF(k, n)      schedule(dynamic, k) if (parallel : (n) > (k))
#define IF_LARGE(elements)   schedule(static) if (parallel : (elements) > DIALECT_SMALL)

#define PER_LANE(c, gpu)    (c)
#define TEAM_SYNC()         ((void)0)
#define team_sum(x)         (x)
#define team_max(x)         (x)
#define team_any(x)         (x)

static inline uint32_t float_bits(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float bits_float(uint32_t bits)
{
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* Calls a kernel, here. Another device would take its arguments from this place. */
#define LAUNCH(kernel, ...) kernel(__VA_ARGS__)

#endif

/* Parameters: an array that is read, one that is written. Neither overlaps any other. */
#define IN(type)  GLOBAL const type *restrict
#define OUT(type) GLOBAL type *restrict

#ifdef DIALECT_GPU /* ---- what GPUs have in common ----------------------------------------- */

#define EACH(i, n, how)      for (int64_t i = TEAM * LANES + LANE; i < (n); i += TEAMS * LANES)
#define HERE(i, n)           EACH(i, n, EVENLY)
#define ROWS(i, n, how)      TEAM_MEMORY for (int64_t i = TEAM; i < (n); i += TEAMS)
#define SHARE(c, n)          for (int64_t c = LANE; c < (n); c += LANES)
#define SHARE_SUM(c, n, ...) SHARE(c, n)
#define SHARE_MAX(c, n, top) SHARE(c, n)

#define OWN(i, n)        for (int64_t i = 0; i < (n); i++)
#define PER_LANE(c, gpu) (gpu)
#define team_sum(x)      team_total(x TEAM_ARG)
#define team_max(x)      team_greatest(x TEAM_ARG)
#define team_any(x)      (team_max((x) ? 1 : 0) > 0)

INLINE Sum team_total(Sum x TEAM_PARAM)
{
    for (int d = LANES / 2; d > 0; d /= 2) x += team_other(x, d TEAM_ARG);
    return x;
}

INLINE Sum team_greatest(Sum x TEAM_PARAM)
{
    for (int d = LANES / 2; d > 0; d /= 2) x = fmax(x, team_other(x, d TEAM_ARG));
    return x;
}

#endif

#endif
