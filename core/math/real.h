/* SPDX-License-Identifier: Apache-2.0 */
/* Real, the number type of every tensor: float in the program, double in the gradient-check
 * build of the same source (make check builds both). */
#ifndef RAMPLUS_CORE_MATH_REAL_H
#define RAMPLUS_CORE_MATH_REAL_H

#include <math.h>

#ifdef RAMPLUS_DOUBLE
typedef double Real;
static inline Real real_exp(Real x) { return exp(x); }
static inline Real real_log(Real x) { return log(x); }
static inline Real real_log1p(Real x) { return log1p(x); }
static inline Real real_sqrt(Real x) { return sqrt(x); }
static inline Real real_pow(Real x, Real y) { return pow(x, y); }
static inline Real real_fma(Real a, Real b, Real c) { return fma(a, b, c); }
#else
typedef float Real;
static inline Real real_exp(Real x) { return expf(x); }
static inline Real real_log(Real x) { return logf(x); }
static inline Real real_log1p(Real x) { return log1pf(x); }
static inline Real real_sqrt(Real x) { return sqrtf(x); }
static inline Real real_pow(Real x, Real y) { return powf(x, y); }
static inline Real real_fma(Real a, Real b, Real c) { return fmaf(a, b, c); }
#endif

#endif
