/* SPDX-License-Identifier: Apache-2.0 */
/* Real, the number type of every tensor: float in the program, double in the gradient-check
 * build of the same source (make check builds both). Kernels (core/dialect.h) may use these
 * functions. */
#ifndef RAMPLUS_CORE_MATH_REAL_H
#define RAMPLUS_CORE_MATH_REAL_H

#ifdef RAMPLUS_DOUBLE
typedef double Real;
#else
typedef float Real;
#endif

#if defined(__OPENCL_C_VERSION__) || defined(__CUDACC__) /* where a name serves both types */
#define real_exp   exp
#define real_log   log
#define real_log1p log1p
#define real_sqrt  sqrt
#define real_pow   pow
#define real_abs   fabs
#define real_fma   fma
#else
#include <math.h>
#ifdef RAMPLUS_DOUBLE
static inline Real real_exp(Real x) { return exp(x); }
static inline Real real_log(Real x) { return log(x); }
static inline Real real_log1p(Real x) { return log1p(x); }
static inline Real real_sqrt(Real x) { return sqrt(x); }
static inline Real real_pow(Real x, Real y) { return pow(x, y); }
static inline Real real_abs(Real x) { return fabs(x); }
static inline Real real_fma(Real a, Real b, Real c) { return fma(a, b, c); }
#else
static inline Real real_exp(Real x) { return expf(x); }
static inline Real real_log(Real x) { return logf(x); }
static inline Real real_log1p(Real x) { return log1pf(x); }
static inline Real real_sqrt(Real x) { return sqrtf(x); }
static inline Real real_pow(Real x, Real y) { return powf(x, y); }
static inline Real real_abs(Real x) { return fabsf(x); }
static inline Real real_fma(Real a, Real b, Real c) { return fmaf(a, b, c); }
#endif
#endif

#endif
