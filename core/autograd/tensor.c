/* SPDX-License-Identifier: Apache-2.0 */
/* Shape arithmetic, conversion to float32 and debug output of tensors. */
#include "core/autograd/tensor.h"

#include "core/error.h"

#include <math.h>
#include <stdio.h>

enum { ROWS_SHOWN = 4, COLUMNS_SHOWN = 8 }; /* by tensor_print */

int64_t tensor_len(const Tensor *x)
{
    int64_t n = 1;
    for (int i = 0; i < x->ndim; i++) n *= x->shape[i];
    return n;
}

int64_t tensor_axis(const Tensor *x, int axis)
{
    const int i = axis < 0 ? x->ndim + axis : axis;
    CHECK(i >= 0 && i < x->ndim, "axis %d of %d", axis, x->ndim);
    return x->shape[i];
}

int64_t tensor_rows(const Tensor *x)
{
    int64_t n = 1;
    for (int i = 0; i < x->ndim - 1; i++) n *= x->shape[i];
    return n;
}

bool tensor_same_shape(const Tensor *a, const Tensor *b)
{
    if (a->ndim != b->ndim) return false;
    for (int i = 0; i < a->ndim; i++)
        if (a->shape[i] != b->shape[i]) return false;
    return true;
}

const char *tensor_shape_text(const Tensor *x, char out[static 96])
{
    int at = snprintf(out, 96, "[");
    for (int i = 0; i < x->ndim && at < 90; i++)
        at += snprintf(out + at, (size_t)(96 - at), "%s%ld", i ? ", " : "", x->shape[i]);
    if (at < 95) snprintf(out + at, (size_t)(96 - at), "]");
    return out;
}

void tensor_write(Tensor *x, const float *values)
{
    const int64_t n = tensor_len(x);
    for (int64_t i = 0; i < n; i++) x->data[i] = (Real)values[i];
}

void tensor_read(const Tensor *x, float *values)
{
    const int64_t n = tensor_len(x);
    CHECK(x->data, "numbers that exist in bfloat16 alone");
    for (int64_t i = 0; i < n; i++) values[i] = (float)x->data[i];
}

float tensor_item(const Tensor *x)
{
    CHECK(tensor_len(x) == 1, "%ld elements", tensor_len(x));
    return (float)x->data[0];
}

/* Prints one line about the range of n numbers. */
static void print_range(const char *what, int64_t n, const Real *x)
{
    double min = HUGE_VAL, max = -HUGE_VAL, sum = 0;
    int64_t bad = 0;
    for (int64_t i = 0; i < n; i++) {
        const double v = (double)x[i];
        if (!isfinite(v)) {
            bad++;
            continue;
        }
        min = fmin(min, v);
        max = fmax(max, v);
        sum += v;
    }
    fprintf(stderr, "  %s: min %.6g, mean %.6g, max %.6g, %ld of %ld not finite\n", what, min,
            sum / (double)(n - bad), max, bad, n);
}

void tensor_print(const Tensor *x, const char *name)
{
    char shape[96];
    const int64_t n = tensor_len(x), rows = tensor_rows(x), columns = n / rows;
    fprintf(stderr, "%s %s%s\n", name, tensor_shape_text(x, shape),
            x->needs_grad ? " needs_grad" : "");
    print_range("values", n, x->data);
    if (x->grad) print_range("gradient", n, x->grad);
    for (int64_t i = 0; i < rows && i < ROWS_SHOWN; i++) {
        fprintf(stderr, "  [%ld]", i);
        for (int64_t j = 0; j < columns && j < COLUMNS_SHOWN; j++)
            fprintf(stderr, " %.6g", (double)x->data[i * columns + j]);
        fprintf(stderr, "%s\n", columns > COLUMNS_SHOWN ? " ..." : "");
    }
    if (rows > ROWS_SHOWN) fprintf(stderr, "  ...\n");
}
