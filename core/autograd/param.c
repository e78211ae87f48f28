/* SPDX-License-Identifier: Apache-2.0 */
/* The flat parameter store. */
#define _GNU_SOURCE /* FNM_CASEFOLD */
#include "core/autograd/param.h"

#include "core/mem.h"
#include "core/rng.h"

#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { PADDING = 16 }; /* elements, so that every parameter starts on a cache line */

ParamSet *param_set_new(void) { return mem_calloc(1, sizeof(ParamSet)); }

void param_set_free(ParamSet *ps)
{
    if (!ps) return;
    for (int64_t i = 0; i < ps->count; i++) {
        mem_free(ps->param[i]->name);
        mem_free(ps->param[i]);
    }
    mem_free(ps->param);
    mem_free(ps->data);
    mem_free(ps->grad);
    mem_free(ps);
}

Tensor *param_add(ParamSet *ps, ParamInit init, int ndim, const int64_t *shape,
                  const char *name_format, ...)
{
    CHECK(!ps->data, "parameters are already built");
    CHECK(ndim >= 0 && ndim <= TENSOR_MAX_AXES, "%d axes", ndim);
    char name[256];
    va_list args;
    va_start(args, name_format);
    vsnprintf(name, sizeof name, name_format, args);
    va_end(args);
    CHECK(!param_find(ps, name), "parameter %s added twice", name);
    Param *p = mem_calloc(1, sizeof *p);
    p->name = mem_strdup(name);
    p->init = init;
    p->lr_scale = 1;
    p->tensor.ndim = ndim;
    p->tensor.needs_grad = true;
    for (int i = 0; i < ndim; i++) p->tensor.shape[i] = shape[i];
    p->len = tensor_len(&p->tensor);
    CHECK(p->len > 0, "parameter %s is empty", name);
    p->offset = ps->len;
    ps->len += (p->len + PADDING - 1) / PADDING * PADDING;
    ps->param = mem_realloc(ps->param, (size_t)(ps->count + 1) * sizeof *ps->param);
    ps->param[ps->count++] = p;
    return &p->tensor;
}

void param_set_build_frozen(ParamSet *ps)
{
    CHECK(!ps->data, "parameters are already built");
    ps->data = mem_calloc((size_t)ps->len, sizeof(Real));
    for (int64_t i = 0; i < ps->count; i++) {
        ps->param[i]->tensor.data = ps->data + ps->param[i]->offset;
        ps->param[i]->tensor.needs_grad = false;
    }
}

void param_set_build(ParamSet *ps)
{
    CHECK(!ps->data, "parameters are already built");
    ps->data = mem_calloc((size_t)ps->len, sizeof(Real));
    ps->grad = mem_calloc((size_t)ps->len, sizeof(Real));
    for (int64_t i = 0; i < ps->count; i++) {
        Param *p = ps->param[i];
        p->tensor.data = ps->data + p->offset;
        p->tensor.grad = p->tensor.needs_grad ? ps->grad + p->offset : NULL;
    }
}

static double draw(const ParamInit *init, Rng *rng)
{
    double x;
    switch (init->kind) {
    case PARAM_NORMAL:
        return init->scale * rng_normal(rng);
    case PARAM_TRUNC_NORMAL:
        do x = init->scale * rng_normal(rng);
        while (x < -2 || x > 2);
        return x;
    case PARAM_UNIFORM:
        return rng_range(rng, -init->scale, init->scale);
    case PARAM_CONSTANT:
        break;
    }
    return init->scale;
}

void param_set_init(ParamSet *ps, uint64_t seed)
{
    for (int64_t i = 0; i < ps->count; i++) {
        Param *p = ps->param[i];
        Rng rng = rng_new(seed, 0, rng_hash(p->name), RNG_INIT);
        for (int64_t k = 0; k < p->len; k++) p->tensor.data[k] = (Real)draw(&p->init, &rng);
    }
}

void param_set_zero_grad(ParamSet *ps) { memset(ps->grad, 0, (size_t)ps->len * sizeof(Real)); }

Param *param_find(const ParamSet *ps, const char *name)
{
    for (int64_t i = 0; i < ps->count; i++)
        if (strcmp(ps->param[i]->name, name) == 0) return ps->param[i];
    return NULL;
}

bool param_set_holds(const ParamSet *ps, const Real *x)
{
    return (uintptr_t)x - (uintptr_t)ps->data < (size_t)ps->len * sizeof *x;
}

static bool matches(const char *patterns, const char *name)
{
    char *copy = mem_strdup(patterns), *rest = copy;
    bool found = false;
    for (char *one; !found && (one = strtok_r(rest, ", ", &rest));)
        found = fnmatch(one, name, FNM_CASEFOLD) == 0;
    mem_free(copy);
    return found;
}

/* Returns the next parameter from index *i on that matches a pattern and advances *i past it,
 * or NULL. */
static Param *next_match(const ParamSet *ps, const char *patterns, int64_t *i)
{
    while (*i < ps->count) {
        Param *p = ps->param[(*i)++];
        if (matches(patterns, p->name)) return p;
    }
    return NULL;
}

int64_t param_set_count(const ParamSet *ps, const char *patterns)
{
    int64_t n = 0, i = 0;
    while (next_match(ps, patterns, &i)) n++;
    return n;
}

int64_t param_set_freeze(ParamSet *ps, const char *patterns)
{
    int64_t n = 0, i = 0;
    for (Param *p; (p = next_match(ps, patterns, &i)); n++) {
        p->tensor.needs_grad = false;
        p->tensor.grad = NULL;
    }
    return n;
}

int64_t param_set_no_decay(ParamSet *ps, const char *patterns)
{
    int64_t n = 0, i = 0;
    for (Param *p; (p = next_match(ps, patterns, &i)); n++) p->no_decay = true;
    return n;
}

int64_t param_set_lr_scale(ParamSet *ps, const char *patterns, double factor)
{
    int64_t n = 0, i = 0;
    for (Param *p; (p = next_match(ps, patterns, &i)); n++) p->lr_scale *= factor;
    return n;
}

/* Whether p is a weight matrix, which has an axis of inputs. Tables have none, and their names
 * do not end in ".weight". */
static bool is_matrix(const Param *p)
{
    return p->tensor.ndim >= 2 && matches("*.weight", p->name);
}

void param_set_lr_width(ParamSet *ps, double width)
{
    for (int64_t i = 0; i < ps->count; i++) {
        Param *p = ps->param[i];
        if (is_matrix(p)) p->lr_scale *= width * (double)p->tensor.shape[0] / (double)p->len;
    }
}
