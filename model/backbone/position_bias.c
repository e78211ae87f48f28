/* SPDX-License-Identifier: Apache-2.0 */
/* Separable cubic splines: a matrix of weights from source to target coordinates, applied to
 * both axes. */
#include "model/backbone/position_bias.h"

#include "core/mem.h"

#include <math.h>
#include <string.h>

/* Ratio of the progression 1, q, q^2, ... whose first n terms add up to `reach`, by bisection.
 */
static double ratio(int64_t n, double reach)
{
    double left = 1.01, right = 1.5, q = 0;
    while (right - left > 1e-6) {
        q = (left + right) / 2;
        if ((1 - pow(q, (double)n)) / (1 - q) > reach)
            right = q;
        else
            left = q;
    }
    return q;
}

/* Fills x [2A-1] with 0, +-1, +-(1 + q), +-(1 + q + q^2), ... in ascending order. */
static void source_coordinates(int64_t A, int64_t B, double *x)
{
    const double q = ratio(A - 1, (double)(B - 1));
    double at = 0, term = 1;
    x[A - 1] = 0;
    for (int64_t i = 1; i < A; i++, term *= q) {
        at += term;
        x[A - 1 + i] = at;
        x[A - 1 - i] = -at;
    }
}

/* Solves a tridiagonal system, whose row i is low[i], mid[i], high[i], by Thomas's algorithm.
 * `right` holds the right-hand side and receives the solution; mid is overwritten. */
static void solve_tridiagonal(int64_t n, const double *low, double *mid, const double *high,
                              double *right)
{
    for (int64_t i = 1; i < n; i++) {
        const double f = low[i] / mid[i - 1];
        mid[i] -= f * high[i - 1];
        right[i] -= f * right[i - 1];
    }
    right[n - 1] /= mid[n - 1];
    for (int64_t i = n - 2; i >= 0; i--)
        right[i] = (right[i] - high[i] * right[i + 1]) / mid[i];
}

/* The equation at one end: the third derivative is continuous at the neighboring point. h and d
 * are the steps and the difference quotients from the end inward. */
typedef struct EndRow {
    double mid, other, right;
} EndRow;

static EndRow not_a_knot(double h0, double h1, double d0, double d1)
{
    const double span = h0 + h1;
    return (EndRow){h1, span, ((h0 + 2 * span) * h1 * d0 + h0 * h0 * d1) / span};
}

/* Slopes of the interpolating cubic spline through (x, y) [n], n >= 4; work [5n] is scratch.
 * de Boor 1978, chapter IV. */
static void spline_slopes(int64_t n, const double *x, const double *y, double *slope,
                          double *work)
{
    double *low = work, *mid = low + n, *high = mid + n, *h = high + n, *d = h + n;
    for (int64_t i = 0; i + 1 < n; i++) {
        h[i] = x[i + 1] - x[i];
        d[i] = (y[i + 1] - y[i]) / h[i];
    }
    for (int64_t i = 1; i + 1 < n; i++) {
        low[i] = h[i];
        mid[i] = 2 * (h[i - 1] + h[i]);
        high[i] = h[i - 1];
        slope[i] = 3 * (h[i] * d[i - 1] + h[i - 1] * d[i]);
    }
    const EndRow first = not_a_knot(h[0], h[1], d[0], d[1]);
    const EndRow last = not_a_knot(h[n - 2], h[n - 3], d[n - 2], d[n - 3]);
    mid[0] = first.mid, high[0] = first.other, slope[0] = first.right;
    mid[n - 1] = last.mid, low[n - 1] = last.other, slope[n - 1] = last.right;
    solve_tridiagonal(n, low, mid, high, slope);
}

/* The spline at t, clamped to the range of x, as a cubic Hermite polynomial between two points.
 */
static double spline_at(int64_t n, const double *x, const double *y, const double *slope,
                        double t)
{
    t = fmin(fmax(t, x[0]), x[n - 1]);
    int64_t i = 0;
    while (i < n - 2 && t > x[i + 1]) i++;
    const double h = x[i + 1] - x[i], u = (t - x[i]) / h, v = 1 - u;
    return v * v * (1 + 2 * u) * y[i] + u * u * (1 + 2 * v) * y[i + 1] +
           h * u * v * (v * slope[i] - u * slope[i + 1]);
}

/* Fills weight [2B-1, 2A-1]: column j is the spline through the j-th unit vector at every
 * target. */
static void spline_weights(int64_t A, int64_t B, double *weight)
{
    const int64_t n = 2 * A - 1;
    double *x = mem_calloc((size_t)(8 * n), sizeof *x), *unit = x + n, *slope = unit + n;
    source_coordinates(A, B, x);
    for (int64_t j = 0; j < n; j++) {
        unit[j] = 1;
        spline_slopes(n, x, unit, slope, slope + n);
        for (int64_t t = 0; t < 2 * B - 1; t++)
            weight[t * n + j] = spline_at(n, x, unit, slope, (double)(t - (B - 1)));
        unit[j] = 0;
    }
    mem_free(x);
}

/* out[t, c] = sum over j of weight[t, j] in[j, c].   weight [m, n]  in [n, width]. */
static void apply(int64_t m, int64_t n, int64_t width, const double *weight, const double *in,
                  double *out)
{
    memset(out, 0, (size_t)(m * width) * sizeof *out);
    for (int64_t t = 0; t < m; t++)
        for (int64_t j = 0; j < n; j++)
            for (int64_t c = 0; c < width; c++)
                out[t * width + c] += weight[t * n + j] * in[j * width + c];
}

static void resample(int64_t A, const float *table, int64_t heads, int64_t B, float *out)
{
    const int64_t n = 2 * A - 1, m = 2 * B - 1;
    double *weight = mem_alloc((size_t)(m * n) * sizeof *weight);
    double *in = mem_alloc((size_t)(n * n * heads) * sizeof *in);
    double *rows = mem_alloc((size_t)(m * n * heads) * sizeof *rows);
    double *both = mem_alloc((size_t)(m * heads) * sizeof *both);
    spline_weights(A, B, weight);
    for (int64_t i = 0; i < n * n * heads; i++) in[i] = (double)table[i];
    apply(m, n, n * heads, weight, in, rows); /* [m, n, heads] */
    for (int64_t r = 0; r < m; r++) {
        apply(m, n, heads, weight, rows + r * n * heads, both); /* [m, heads] */
        for (int64_t i = 0; i < m * heads; i++) out[r * m * heads + i] = (float)both[i];
    }
    mem_free(both);
    mem_free(rows);
    mem_free(in);
    mem_free(weight);
}

int position_bias_resize(int64_t A, const float *table, int64_t heads, int64_t B, float *out,
                         Error *err)
{
    CHECK(A > 0 && B > 0 && heads > 0, "windows %ld and %ld, %ld heads", A, B, heads);
    const int64_t len = (2 * A - 1) * (2 * A - 1) * heads;
    if (A == B) {
        memcpy(out, table, (size_t)len * sizeof *out);
        return 0;
    }
    if (A <= 2)
        return error_set(err, ERROR_DATA,
                         "relative position table: window %ld to %ld: a window of 2 or less "
                         "is too small for cubic interpolation",
                         A, B);
    resample(A, table, heads, B, out);
    return 0;
}
