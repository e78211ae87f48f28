/* SPDX-License-Identifier: Apache-2.0 */
/* Embeddings of tokens plus embeddings of their positions. */
#include "core/error.h"
#include "core/ops/ops.h"

typedef struct Saved {
    Tensor *table, *position, *y;
    const int32_t *id, *at; /* [n] */
} Saved;

static void forward(const Saved *s)
{
    const int64_t n = s->y->shape[0], C = s->y->shape[1];
#pragma omp parallel for schedule(static)
    for (int64_t i = 0; i < n; i++) {
        const Real *restrict a = s->table->data + s->id[i] * C;
        const Real *restrict b = s->position->data + s->at[i] * C;
        Real *restrict y = s->y->data + i * C;
        for (int64_t c = 0; c < C; c++) y[c] = a[c] + b[c];
    }
}

/* Row index[i] of dx += row i of dy, in the order of rows, since an index may occur more than
 * once. */
static void scatter(int64_t n, int64_t C, const int32_t *index, const Real *restrict dy,
                    Real *restrict dx)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < C; c++) dx[index[i] * C + c] += dy[i * C + c];
}

static void backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const int64_t n = s->y->shape[0], C = s->y->shape[1];
    const Real *dy = tape_grad(tape, s->y);
    Real *dtable = tape_grad(tape, s->table), *dposition = tape_grad(tape, s->position);
    if (dtable) scatter(n, C, s->id, dy, dtable);
    if (dposition) scatter(n, C, s->at, dy, dposition);
}

static void check_range(const char *what, int64_t n, const int32_t *index, int64_t rows)
{
    for (int64_t i = 0; i < n; i++)
        CHECK(index[i] >= 0 && index[i] < rows, "%s %ld is %d of %ld", what, i, (int)index[i],
              rows);
}

Tensor *op_embed_tokens(Tape *tape, Tensor *table, Tensor *position, int64_t n,
                        const int32_t *id, const int32_t *at)
{
    char a[96], b[96];
    CHECK(table->ndim == 2 && position->ndim == 2 && table->shape[1] == position->shape[1],
          "table %s, position %s", tensor_shape_text(table, a), tensor_shape_text(position, b));
    CHECK(n > 0, "%ld tokens", n);
    check_range("token", n, id, table->shape[0]);
    check_range("position", n, at, position->shape[0]);
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.table = table, .position = position, .id = id, .at = at};
    s->y =
        tape_output(tape, 2, (int64_t[]){n, table->shape[1]}, 2, (Tensor *[]){table, position});
    forward(s);
    tape_record(tape, "embed_tokens", s->y, backward, s);
    return s->y;
}
