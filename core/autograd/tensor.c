/* Shape arithmetic and the float32 window into a tensor. */
#include "core/autograd/tensor.h"

#include "core/error.h"

#include <stdio.h>

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
        at += snprintf(out + at, (size_t)(96 - at), "%s%lld", i ? ", " : "",
                       (long long)x->shape[i]);
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
    for (int64_t i = 0; i < n; i++) values[i] = (float)x->data[i];
}

float tensor_item(const Tensor *x)
{
    CHECK(tensor_len(x) == 1, "%lld elements", (long long)tensor_len(x));
    return (float)x->data[0];
}
