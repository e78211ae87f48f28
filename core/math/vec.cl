/* SPDX-License-Identifier: Apache-2.0 */
#include "core/dialect.h"
#include "core/math/half.h"
#include "core/math/real.h"
#include "core/math/vec_noise.h"
#include "core/philox.h"

enum { VEC_PIECE = 1 << 14 }; /* elements that a thread takes at a time: one may be late */

KERNEL adamw(int64_t n, OUT(Real) p, IN(Real) g, OUT(float) m, OUT(float) v, Real keep,
             Real rate, Real take1, Real beta2, Real take2, Real root_scale, Real eps)
{
    HERE(i, n)
    {
        const Real mi = (Real)m[i] + take1 * (g[i] - (Real)m[i]);
        const Real vi = beta2 * (Real)v[i] + take2 * g[i] * g[i];
        p[i] = keep * p[i] - rate * mi / (root_scale * real_sqrt(vi) + eps);
        m[i] = (float)mi;
        v[i] = (float)vi;
    }
}

/* The upper half of a float32 number, rounded up or down at random: up with the probability of
 * the part that is cut off, so that the mean is exact. noise: 16 random bits. */
INLINE uint16_t half_random(float x, uint32_t noise)
{
    return (uint16_t)((float_bits(x) + noise) >> 16);
}

enum { HALF_OWN = PER_LANE(512, 8) }; /* numbers that a lane takes at a time */

KERNEL adamw_half(int64_t n, OUT(Real) p, IN(Real) g, OUT(uint16_t) m, OUT(uint16_t) v,
                  Real keep, Real rate, Real take1, Real beta2, Real take2, Real root_scale,
                  Real eps, VecNoise noise)
{
    ROWS(k, (n + VEC_PIECE - 1) / VEC_PIECE, PIECES_OF(1, n / VEC_PIECE)) {
        const int64_t begin = k * VEC_PIECE,
                      end = begin + VEC_PIECE < n ? begin + VEC_PIECE : n;
        for (int64_t c = begin + LANE * HALF_OWN; c < end; c += LANES * HALF_OWN) {
            uint32_t random[HALF_OWN];
            const int64_t some = end - c < HALF_OWN ? end - c : HALF_OWN;
            philox_fill(noise.key, noise.counter, noise.start + (uint64_t)c / 4, HALF_OWN,
                        random);
            OWN(j, some) {
                const int64_t i = c + j;
                const Real m0 = (Real)bf16_number(m[i]), v0 = (Real)bf16_number(v[i]);
                const Real mi = m0 + take1 * (g[i] - m0);
                const Real vi = beta2 * v0 + take2 * g[i] * g[i];
                p[i] = keep * p[i] - rate * mi / (root_scale * real_sqrt(vi) + eps);
                m[i] = half_random((float)mi, random[j] >> 16);
                v[i] = half_random((float)vi, random[j] & 0xffff);
            }
        }
    }
}

enum { VEC_OWN = PER_LANE(8, 1), VEC_STRIDE = VEC_OWN * LANES };

/* The lane's part of the sum of squares of x [n]. */
INLINE double sum_squares_lane(int64_t n, IN(Real) x)
{
    double own[VEC_OWN] = {0}, sum = 0;
    const int64_t whole = n / VEC_STRIDE * VEC_STRIDE;
    for (int64_t i = LANE; i < whole; i += VEC_STRIDE)
        for (int l = 0; l < VEC_OWN; l++) own[l] += (double)x[i + l] * (double)x[i + l];
    for (int l = 0; l < VEC_OWN; l++) sum += own[l];
    for (int64_t i = whole + LANE; i < n; i += LANES) sum += (double)x[i] * (double)x[i];
    return sum;
}

INLINE double sum_squares_slice(int64_t n, int64_t slices, int64_t i, IN(Real) x)
{
    const int64_t begin = n * i / slices, end = n * (i + 1) / slices;
    return sum_squares_lane(end - begin, x + begin);
}

/* part [slices, LANES]: sums over slices of x [n]. */
KERNEL sum_squares(int64_t n, int64_t slices, IN(Real) x, OUT(double) part)
{
    ROWS(i, slices, PIECES_OF(4, slices))
        part[i * LANES + LANE] = sum_squares_slice(n, slices, i, x);
}

KERNEL scale_numbers(int64_t n, Real factor, OUT(Real) x)
{
    EACH(i, n, PIECES_OF(VEC_PIECE, n)) x[i] *= factor;
}

KERNEL store_numbers(int64_t n, OUT(float) s, IN(Real) x)
{
    EACH(i, n, PIECES_OF(VEC_PIECE, n)) s[i] = (float)x[i];
}

KERNEL average_numbers(int64_t n, Real take, OUT(float) s, IN(Real) x)
{
    HERE(i, n) s[i] = (float)((Real)s[i] + take * (x[i] - (Real)s[i]));
}

KERNEL swap_numbers(int64_t n, OUT(float) s, OUT(Real) x)
{
    EACH(i, n, PIECES_OF(VEC_PIECE, n)) {
        const float kept = s[i];
        s[i] = (float)x[i];
        x[i] = (Real)kept;
    }
}
