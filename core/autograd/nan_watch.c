/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the outputs and gradients of operations until one is not finite, then describes its
 * operation. */
#include "core/autograd/nan_watch.h"

#include "core/io/text.h"
#include "core/math/half.h"
#include "core/mem.h"

#include <math.h>

struct NanWatch {
    const ParamSet *params;
    const char *last; /* the parameter read most recently: locates the operation in the model */
    Text found;
};

NanWatch *nan_watch_new(const ParamSet *params)
{
    NanWatch *w = mem_calloc(1, sizeof *w);
    w->params = params;
    return w;
}

void nan_watch_free(NanWatch *w)
{
    if (!w) return;
    text_free(&w->found);
    mem_free(w);
}

const char *nan_watch_found(const NanWatch *w) { return w->found.data; }

void nan_watch_clear(NanWatch *w)
{
    text_free(&w->found);
    w->last = NULL;
}

static int64_t count_bad(const Tensor *x, const Real *values)
{
    const int64_t n = values ? tensor_len(x) : 0;
    int64_t bad = 0;
    for (int64_t i = 0; i < n; i++) bad += !isfinite(values[i]);
    return bad;
}

/* Of a tensor in either type. */
static int64_t count_bad_values(const Tensor *x)
{
    if (!x->half) return count_bad(x, x->data);
    const int64_t n = tensor_len(x);
    int64_t bad = 0;
    for (int64_t i = 0; i < n; i++) bad += !isfinite(bf16_number(x->half[i]));
    return bad;
}

static const char *param_name(const NanWatch *w, const Tensor *x)
{
    for (int64_t i = 0; x && i < w->params->count; i++) {
        const Tensor *p = &w->params->param[i]->tensor;
        if (p == x || p == x->base) return w->params->param[i]->name;
    }
    return NULL;
}

static void describe_bad(Text *t, int64_t bad, const Tensor *x)
{
    text_add(t, " (%ld of %ld not finite)", bad, tensor_len(x));
}

/* "forward of linear: output [2, 5] (1 of 10 not finite), inputs [2, 3], norm.weight" */
static void describe(NanWatch *w, const OpTrace *trace, const Real *const *grad)
{
    char shape[96];
    const int64_t bad = grad ? count_bad(trace->y, trace->y->grad) : count_bad_values(trace->y);
    text_add(&w->found, "%s of %s: %s %s", grad ? "backward" : "forward", trace->op,
             grad ? "gradients of output" : "output", tensor_shape_text(trace->y, shape));
    if (bad) describe_bad(&w->found, bad, trace->y);
    const char *separator = ", inputs ";
    for (int i = 0; i < trace->inputs; i++) {
        const Tensor *x = trace->input[i];
        if (!x) continue;
        const char *name = param_name(w, x);
        text_add(&w->found, "%s%s", separator, name ? name : tensor_shape_text(x, shape));
        const int64_t n = grad ? count_bad(x, grad[i]) : count_bad_values(x);
        if (n) describe_bad(&w->found, n, x);
        separator = ", ";
    }
    if (w->last) text_add(&w->found, "; newest parameter: %s", w->last);
}

/* Remembers the last parameter among the inputs. */
static void note_place(NanWatch *w, const OpTrace *trace)
{
    for (int i = 0; i < trace->inputs; i++) {
        const char *name = param_name(w, trace->input[i]);
        if (name) w->last = name;
    }
}

void nan_watch_forward(NanWatch *w, const OpTrace *trace)
{
    if (w->found.data) return;
    note_place(w, trace);
    if (count_bad_values(trace->y)) describe(w, trace, NULL);
}

void nan_watch_backward(NanWatch *w, const OpTrace *trace, const Real *const *grad)
{
    if (w->found.data) return;
    note_place(w, trace);
    int64_t bad = 0;
    for (int i = 0; i < trace->inputs; i++) bad += count_bad(trace->input[i], grad[i]);
    if (bad) describe(w, trace, grad);
}
