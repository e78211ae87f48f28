/* SPDX-License-Identifier: Apache-2.0 */
/* The gradients of the terms of a loss, apart from each other. */
#include "train/step_norms.h"

#include "core/math/rows.h"
#include "core/math/vec.h"

#include <math.h>

static Real *room(Tape *tape, int64_t n) { return tape_alloc(tape, (size_t)n * sizeof(Real)); }

void step_norms_tags(StepNorms *s, Tape *tape, const RamPlusImage *image)
{
    s->tag = room(tape, tensor_len(image->image_embeds));
    tape_probe(tape, image->image_embeds, s->tag);
}

void step_norms_teacher(StepNorms *s, Tape *tape, const RamPlusImage *image)
{
    const Real *dx = tape_grad(tape, image->cls);
    if (!dx) return;
    s->teacher = room(tape, tensor_len(image->cls));
    rows_copy(tensor_len(image->cls), dx, s->teacher);
}

/* y -= x at the rows index [n] of y; NULL: at the first n. Overwrites x [n, E]. */
static void subtract(int64_t n, int64_t E, const int64_t *index, Real *x, Real *y)
{
    vec_scale(n * E, x, -1);
    if (index)
        rows_scatter_add(n, E, index, x, y);
    else
        rows_add(n * E, x, y);
}

/* The rows of the pooled tokens in image_embeds [B, N, E]. */
static const int64_t *pooled_rows(Tape *tape, const Tensor *x)
{
    const int64_t B = x->shape[0], N = x->shape[1];
    int64_t *index = tape_alloc(tape, (size_t)B * sizeof *index);
    for (int64_t b = 0; b < B; b++) index[b] = b * N;
    return index;
}

/* What is left of all [elements of x], the gradient of x, without the gradients of s. */
static double rest_of(StepNorms *s, Tape *tape, const Tensor *x, const Real *all)
{
    const int64_t n = tensor_len(x), B = x->shape[0], E = tensor_axis(x, -1);
    const double whole = vec_sum_squares(n, all), noise = tape_bf16(tape) ? 0x1p-8 : 1e-6;
    if (!s->tag && !s->teacher) return whole;
    Real *rest = room(tape, n);
    rows_copy(n, all, rest);
    if (s->tag) subtract(n / E, E, NULL, s->tag, rest);
    if (s->teacher) subtract(B, E, pooled_rows(tape, x), s->teacher, rest);
    const double square = vec_sum_squares(n, rest);
    return square < noise * noise * whole ? 0 : square;
}

void step_norms_end(StepNorms *s, Tape *tape, const RamPlusImage *image, enum LossTerm rest,
                    double square[LOSS_TERMS])
{
    const Tensor *x = image->image_embeds;
    const Real *all = tape_backward_after(tape, x);
    const TapeMark mark = tape_mark(tape);
    for (int i = 0; i < LOSS_TERMS && !x->needs_grad; i++) square[i] = (double)NAN;
    if (!all) return;
    if (s->tag) square[LOSS_TERM_TAG] = vec_sum_squares(tensor_len(x), s->tag);
    if (s->teacher)
        square[LOSS_TERM_DISTILL] = vec_sum_squares(tensor_len(image->cls), s->teacher);
    if (rest != LOSS_TERM_DISTILL) square[rest] = rest_of(s, tape, x, all);
    tape_rewind(tape, mark);
}
