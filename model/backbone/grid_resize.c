/* SPDX-License-Identifier: Apache-2.0 */
/* Bicubic resampling as a product with a matrix of weights, along the columns and then along
 * the rows. */
#include "model/backbone/grid_resize.h"

#include "core/error.h"
#include "core/mem.h"

#include <math.h>
#include <string.h>

/* Keys 1981, eq. 4, a = -1/2. */
static double cubic(double x)
{
    x = fabs(x);
    if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
    return x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0;
}

/* Fills weight [B, A], whose rows sum to 1. */
static void axis_weights(int64_t A, int64_t B, double *weight)
{
    const double step = (double)A / (double)B, scale = fmax(step, 1);
    for (int64_t i = 0; i < B; i++) {
        double sum = 0, *w = weight + i * A;
        for (int64_t j = 0; j < A; j++) {
            w[j] = cubic(((double)j + 0.5 - ((double)i + 0.5) * step) / scale);
            sum += w[j];
        }
        for (int64_t j = 0; j < A; j++) w[j] /= sum;
    }
}

void grid_resize(int64_t A, int64_t C, const float *in, int64_t B, float *out)
{
    CHECK(A > 0 && B > 0 && C > 0, "grids %ld and %ld of %ld", A, B, C);
    double *weight = mem_alloc((size_t)(A * B) * sizeof *weight);
    double *rows = mem_calloc((size_t)(A * B * C), sizeof *rows); /* [A, B, C] */
    double *cell = mem_alloc((size_t)C * sizeof *cell);
    axis_weights(A, B, weight);
    for (int64_t r = 0; r < A; r++)
        for (int64_t i = 0; i < B; i++)
            for (int64_t j = 0; j < A; j++)
                for (int64_t c = 0; c < C; c++)
                    rows[(r * B + i) * C + c] +=
                        weight[i * A + j] * (double)in[(r * A + j) * C + c];
    for (int64_t i = 0; i < B * B; i++) {
        memset(cell, 0, (size_t)C * sizeof *cell);
        for (int64_t r = 0; r < A; r++)
            for (int64_t c = 0; c < C; c++)
                cell[c] += weight[i / B * A + r] * rows[(r * B + i % B) * C + c];
        for (int64_t c = 0; c < C; c++) out[i * C + c] = (float)cell[c];
    }
    mem_free(cell);
    mem_free(rows);
    mem_free(weight);
}
