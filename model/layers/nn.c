/* SPDX-License-Identifier: Apache-2.0 */
/* Linear layers and layer normalization with names and initial values. */
#include "model/layers/nn.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { NAME = 200 };

static ParamInit weight_init(enum NnInit init, int64_t in)
{
    switch (init) {
    case INIT_SWIN:
        return (ParamInit){PARAM_TRUNC_NORMAL, 0.02};
    case INIT_BERT:
        return (ParamInit){PARAM_NORMAL, 0.02};
    case INIT_SMALL_RESIDUAL:
        return (ParamInit){PARAM_NORMAL, 0.3 / sqrt((double)in)};
    case INIT_FAN_IN:
    case INIT_RARE_PRIOR:
        return (ParamInit){PARAM_NORMAL, 1 / sqrt((double)in)};
    case INIT_UNIT_VARIANCE:
        return (ParamInit){PARAM_NORMAL, 1};
    case INIT_UNIFORM:
        break;
    }
    return (ParamInit){PARAM_UNIFORM, 1 / sqrt((double)in)};
}

Linear nn_linear_new(ParamSet *ps, enum NnInit init, int64_t in, int64_t out, bool bias,
                     const char *name, ...)
{
    char full[NAME];
    va_list args;
    va_start(args, name);
    vsnprintf(full, sizeof full, name, args);
    va_end(args);
    const ParamInit weight = weight_init(init, in);
    const ParamInit fixed = {PARAM_CONSTANT, init == INIT_RARE_PRIOR ? -3 : 0};
    const ParamInit start = init == INIT_UNIFORM ? weight : fixed;
    Linear m = {.weight = param_add(ps, weight, 2, (int64_t[]){out, in}, "%s.weight", full)};
    if (bias) m.bias = param_add(ps, start, 1, (int64_t[]){out}, "%s.bias", full);
    return m;
}

Tensor *nn_linear(Tape *tape, const Linear *m, Tensor *x)
{
    return op_linear(tape, x, m->weight, m->bias);
}

Tensor *nn_linear_half(Tape *tape, const Linear *m, Tensor *x)
{
    return op_linear_half(tape, x, m->weight, m->bias);
}

Tensor *nn_linear_gelu(Tape *tape, const Linear *m, Tensor *x)
{
    return op_linear_gelu(tape, x, m->weight, m->bias);
}

Tensor *nn_linear_add(Tape *tape, const Linear *m, Tensor *x, Tensor *other)
{
    return op_linear_add(tape, x, m->weight, m->bias, other);
}

Tensor *nn_branch(Tape *tape, const Linear *m, Tensor *x, Tensor *other, double p,
                  uint64_t site)
{
    if (!tape_training(tape) || p == 0) return nn_linear_add(tape, m, x, other);
    return op_add(tape, other, op_drop_path(tape, nn_linear(tape, m, x), p, site));
}

PackedSequences nn_sequences(Tape *t, int64_t B, int64_t T, int64_t queries)
{
    int64_t *offset = tape_alloc(t, (size_t)(B + 1) * sizeof *offset);
    int64_t *row = tape_alloc(t, (size_t)(B * T) * sizeof *row);
    int64_t *first = tape_alloc(t, (size_t)B * sizeof *first);
    int64_t *end = tape_alloc(t, (size_t)B * sizeof *end);
    for (int64_t b = 0; b <= B; b++) offset[b] = b * T;
    for (int64_t i = 0; i < B * T; i++) row[i] = i;
    for (int64_t b = 0; b < B; b++) first[b] = 0, end[b] = queries;
    return (PackedSequences){B, offset, row, first, end};
}

double nn_drop_path(double last, int64_t i, int64_t blocks)
{
    return blocks > 1 ? last * (double)i / (double)(blocks - 1) : 0;
}

LayerNorm nn_norm_new(ParamSet *ps, int64_t C, double eps, const char *name, ...)
{
    char full[NAME];
    va_list args;
    va_start(args, name);
    vsnprintf(full, sizeof full, name, args);
    va_end(args);
    const ParamInit zero = {PARAM_CONSTANT, 0}, one = {PARAM_CONSTANT, 1};
    return (LayerNorm){.weight = param_add(ps, one, 1, &C, "%s.weight", full),
                       .bias = param_add(ps, zero, 1, &C, "%s.bias", full),
                       .eps = eps};
}

Tensor *nn_norm(Tape *tape, const LayerNorm *m, Tensor *x)
{
    return op_layernorm(tape, x, m->weight, m->bias, m->eps);
}

Tensor *nn_norm_for_linear(Tape *tape, const LayerNorm *m, Tensor *x)
{
    return op_layernorm_for_linear(tape, x, m->weight, m->bias, m->eps);
}
