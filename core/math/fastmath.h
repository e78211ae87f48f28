/* SPDX-License-Identifier: Apache-2.0 */
/* Elementary functions that compilers can vectorize: no branches, no calls, the same bits in
 * every lane and in the scalar remainder. float uses its own polynomials (relative error of exp
 * below 1e-7, of the normal distribution below 3e-7); double uses the C library, for gradient
 * checks. */
#ifndef RAMPLUS_CORE_MATH_FASTMATH_H
#define RAMPLUS_CORE_MATH_FASTMATH_H

#include "core/math/real.h"

#include <stdint.h>
#include <string.h>

#ifdef RAMPLUS_DOUBLE

static inline Real fast_exp(Real x) { return exp(x); }

/* Phi(x) = P(N(0,1) <= x), and the density phi(x). */
static inline void fast_normal(Real x, Real *cdf, Real *pdf)
{
    *pdf = 0.39894228040143267794 * exp(-0.5 * x * x);
    *cdf = 0.5 * erfc(-0.70710678118654752440 * x);
}

#else

/* exp(x) = 2^n exp(r), r in +-ln(2)/2. Adding a large number rounds to n, so that no conversion
 * to an integer meets a NaN. Arguments are clamped to the range of normal results; NaN passes
 * through. */
static inline Real fast_exp(Real x)
{
    x = x > 88.0f ? 88.0f : x;
    const Real below = x < -87.0f ? 0.0f : 1.0f;
    x = x < -87.0f ? -87.0f : x;
    const Real shifted = fmaf(x, 1.4426950408889634f, 12582912.0f);
    const Real n = shifted - 12582912.0f;
    Real r = fmaf(n, -0.693145751953125f, x);
    r = fmaf(n, -1.42860677e-6f, r);
    Real p = fmaf(1.381441069e-3f, r, 8.368779958e-3f);
    p = fmaf(p, r, 4.166839491e-2f);
    p = fmaf(p, r, 1.666652011e-1f);
    p = fmaf(p, r, 4.999999341e-1f);
    p = fmaf(p, r, 1.0f);
    p = fmaf(p, r, 1.0f);
    uint32_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits << 23) + 0x3f800000u; /* the low bits of shifted are n */
    Real power;
    memcpy(&power, &bits, sizeof power);
    return p * power * below;
}

/* Phi(-z) = exp(-z^2/2) t P(t), t = 1 / (1 + 0.3 z), for z >= 0: P is fitted to the scaled
 * complementary error function in relative error, so that the far tail keeps its precision. */
static inline void fast_normal(Real x, Real *cdf, Real *pdf)
{
    const Real z = fabsf(x);
    const Real e = fast_exp(-0.5f * x * x);
    const Real t = 1.0f / fmaf(0.3f, z, 1.0f);
    Real p = fmaf(-2.061292544e-02f, t, 1.123762943e-01f);
    p = fmaf(p, t, -2.280687091e-01f);
    p = fmaf(p, t, 1.915832583e-01f);
    p = fmaf(p, t, -7.924860827e-02f);
    p = fmaf(p, t, 9.605848882e-02f);
    p = fmaf(p, t, 7.842536078e-02f);
    p = fmaf(p, t, 1.102273685e-01f);
    p = fmaf(p, t, 1.195728362e-01f);
    p = fmaf(p, t, 1.196866343e-01f);
    const Real tail = e * t * p;
    *cdf = x > 0 ? 1.0f - tail : tail;
    *pdf = 0.39894228f * e;
}

#endif

#endif
