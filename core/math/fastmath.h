/* SPDX-License-Identifier: Apache-2.0 */
/* Elementary functions that compilers can vectorize: no branches, no calls, the same bits in
 * every lane and in the scalar remainder. float uses its own polynomials (relative error of exp
 * below 1e-7, of the normal distribution below 3e-7); double uses the C library, for gradient
 * checks. For kernels, too (core/dialect.h). */
#ifndef RAMPLUS_CORE_MATH_FASTMATH_H
#define RAMPLUS_CORE_MATH_FASTMATH_H

#include "core/dialect.h"
#include "core/math/real.h"

#ifdef RAMPLUS_DOUBLE

INLINE Real fast_exp(Real x) { return exp(x); }

/* Phi(x) = P(N(0,1) <= x), and the density phi(x). */
INLINE void fast_normal(Real x, Real *cdf, Real *pdf)
{
    *pdf = 0.39894228040143267794 * exp(-0.5 * x * x);
    *cdf = 0.5 * erfc(-0.70710678118654752440 * x);
}

INLINE Real fast_limit(Real x) { return fabs(x); }
INLINE Real fast_power_half(Real x) { return exp2(x); }
INLINE Real fast_log_half(Real z) { return log2(0.5 * erfc(0.70710678118654752440 * z)); }

#else

/* exp(x) = 2^n exp(r), r in +-ln(2)/2. Adding a large number rounds to n, so that no conversion
 * to an integer meets a NaN. Arguments are clamped to the range of normal results; NaN passes
 * through. */
INLINE Real fast_exp(Real x)
{
    const Real below = x > 88.0f ? 88.0f : x;
    const Real y = x < -87.0f ? -87.0f : below;
    const Real shifted = real_fma(y, 1.4426950408889634f, 12582912.0f);
    const Real n = shifted - 12582912.0f;
    Real r = real_fma(n, -0.693145751953125f, y);
    r = real_fma(n, -1.42860677e-6f, r);
    Real p = real_fma(1.381441069e-3f, r, 8.368779958e-3f);
    p = real_fma(p, r, 4.166839491e-2f);
    p = real_fma(p, r, 1.666652011e-1f);
    p = real_fma(p, r, 4.999999341e-1f);
    p = real_fma(p, r, 1.0f);
    p = real_fma(p, r, 1.0f);
    /* the low bits of shifted are n */
    const Real power = bits_float((float_bits(shifted) << 23) + 0x3f800000u);
    return x < -87.0f ? 0.0f : p * power;
}

/* Phi(-z) = exp(-z^2/2) t P(t), t = 1 / (1 + 0.3 z), for z >= 0: P is fitted to the scaled
 * complementary error function in relative error, so that the far tail keeps its precision. */
INLINE void fast_normal(Real x, Real *cdf, Real *pdf)
{
    const Real z = real_abs(x);
    const Real e = fast_exp(-0.5f * x * x);
    const Real t = 1.0f / real_fma(0.3f, z, 1.0f);
    Real p = real_fma(-2.061292544e-02f, t, 1.123762943e-01f);
    p = real_fma(p, t, -2.280687091e-01f);
    p = real_fma(p, t, 1.915832583e-01f);
    p = real_fma(p, t, -7.924860827e-02f);
    p = real_fma(p, t, 9.605848882e-02f);
    p = real_fma(p, t, 7.842536078e-02f);
    p = real_fma(p, t, 1.102273685e-01f);
    p = real_fma(p, t, 1.195728362e-01f);
    p = real_fma(p, t, 1.196866343e-01f);
    const Real tail = e * t * p;
    *cdf = x > 0 ? 1.0f - tail : tail;
    *pdf = 0.39894228f * e;
}

/* |x|, at most 12.5: Phi(-12.5) = 4e-36 stands for all that is smaller. A NaN becomes 12.5. */
INLINE Real fast_limit(Real x)
{
    const uint32_t magnitude = float_bits(x) & 0x7fffffffu, most = 0x41480000u; /* 12.5 */
    return bits_float(magnitude < most ? magnitude : most);
}

/* 2^x, without limits. Relative error below 3e-6. */
INLINE Real fast_power_half(Real x)
{
    const Real shifted = x + 12582912.0f, r = x - (shifted - 12582912.0f);
    Real p = real_fma(9.570101699e-3f, r, 5.591786030e-2f);
    p = real_fma(p, r, 2.402474483e-1f);
    p = real_fma(p, r, 6.931218147e-1f);
    p = real_fma(p, r, 9.999992614e-1f);
    return bits_float(float_bits(p) + (float_bits(shifted) << 23));
}

/* The binary logarithm of Phi(-z), 0 <= z <= 12.5. Relative error of Phi(-z) below 2e-5 for
 * z < 4, 1e-4 for z < 6, 3e-3 for all. */
INLINE Real fast_log_half(Real z)
{
    Real log = real_fma(5.591000379e-8f, z, -3.032629380e-6f);
    log = real_fma(log, z, 7.120843037e-5f);
    log = real_fma(log, z, -9.647019878e-4f);
    log = real_fma(log, z, 8.547949310e-3f);
    log = real_fma(log, z, -5.390229355e-2f);
    log = real_fma(log, z, -4.586406851e-1f);
    log = real_fma(log, z, -1.151132942f);
    return real_fma(log, z, -1.000011370f);
}

#endif

/* exp(x) for x < 88 and results that are rounded to bfloat16: relative error below 1e-5, and
 * 2^-126 for all that is smaller. NaN passes through. */
INLINE Real fast_exp_half(Real x)
{
    const Real log = (Real)1.44269504088896340736 * x;
    return fast_power_half(log < -126 ? -126 : log);
}

/* Phi and phi for results that are rounded to bfloat16, in half of the time: nothing is
 * divided. Phi(x) is fast_cdf_half(x, fast_log_half(fast_limit(x))). In a loop of its own for
 * the logarithms these take two thirds of the time: a processor that waits for the steps of one
 * number looks ahead at just a few others. phi has a relative error below 2e-5. */
INLINE Real fast_cdf_half(Real x, Real log)
{
    const Real tail = fast_power_half(log);
    return x > 0 ? 1 - tail : tail;
}

INLINE Real fast_pdf_half(Real x)
{
    const Real z = fast_limit(x);
    return (Real)0.39894228040143267794 *
           fast_power_half((Real)-0.72134752044448170368 * z * z);
}

#endif
