/* SPDX-License-Identifier: Apache-2.0 */
/* Automatic re-weighting of descriptions. */
#include "core/math/bf16.h"
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

enum { DESCRIPTIONS = 64 }; /* maximum of one tag */

typedef struct Tags {
    int64_t K, offset[8]; /* [K + 1] */
} Tags;

static const Tags *tags_of(const void *options) { return ((const OpCase *)options)->options; }

/* The rows of the bank as floats. The float build uses the rows of the input itself, so that an
 * access beyond them meets its guard words. */
static const float *rows_of(Tape *tape, const Tensor *bank)
{
    if (!op_double()) return (const void *)bank->data;
    float *rows = tape_alloc(tape, (size_t)tensor_len(bank) * sizeof *rows);
    for (int64_t i = 0; i < tensor_len(bank); i++) rows[i] = (float)bank->data[i];
    return rows;
}

/* Without options: 7 descriptions for every tag. */
static RowGroups tile_of(Tape *tape, const Tensor *bank, const void *options)
{
    const Tags *t = tags_of(options);
    RowGroups tile = {.rows = rows_of(tape, bank), .E = bank->shape[1]};
    if (t) return tile.K = t->K, tile.offset = t->offset, tile;
    tile.K = bank->shape[0] / 7;
    int64_t *offset = tape_alloc(tape, (size_t)(tile.K + 1) * sizeof *offset);
    for (int64_t k = 0; k <= tile.K; k++) offset[k] = 7 * k;
    return tile.offset = offset, tile;
}

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_reweight(tape, input[0], input[1], tile_of(tape, input[2], options), NULL);
}

/* The weights of one image for the n rows [n, E] of a tag. */
static void weigh(int64_t n, int64_t E, const double *u, double log_scale, const double *rows,
                  double *p)
{
    for (int64_t d = 0; d < n; d++) {
        p[d] = 0;
        for (int64_t i = 0; i < E; i++) p[d] += u[i] * (double)(float)rows[d * E + i];
        p[d] *= exp(log_scale);
    }
    op_softmax(n, p);
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Tags *t = tags_of(c->options);
    const int64_t B = c->input[0].shape[0], E = c->input[0].shape[1];
    const int64_t K = t ? t->K : c->input[2].shape[0] / 7;
    double p[DESCRIPTIONS];
    for (int64_t b = 0; b < B; b++)
        for (int64_t k = 0; k < K; k++, y += E) {
            const int64_t n = t ? t->offset[k + 1] - t->offset[k] : 7;
            const double *rows = x[2] + (t ? t->offset[k] - t->offset[0] : 7 * k) * E;
            weigh(n, E, x[0] + b * E, x[1][0], rows, p);
            for (int64_t i = 0; i < n * E; i++) y[i % E] += p[i / E] * (double)(float)rows[i];
        }
}

/* ---- a bank in bfloat16 ---- */

static Tensor *build_half(Tape *tape, Tensor *const *input, const void *options)
{
    const int64_t n = tensor_len(input[2]);
    RowGroups tile = tile_of(tape, input[2], options);
    uint16_t *half = tape_alloc(tape, (size_t)n * sizeof *half);
    for (int64_t i = 0; i < n; i++) half[i] = bf16_of((float)input[2]->data[i]);
    tile.rows = NULL;
    tile.half = half;
    return op_reweight(tape, input[0], input[1], tile, NULL);
}

static void oracle_half(const GradCase *c, const double *const *x, double *y)
{
    static double rounded[2107 * 64];
    const int64_t n = op_len(c, 2);
    for (int64_t i = 0; i < n; i++) {
        const uint16_t half = bf16_of((float)x[2][i]);
        Real r;
        bf16_expand(1, &half, &r);
        rounded[i] = (double)r;
    }
    oracle(c, (const double *[]){x[0], x[1], rounded}, y);
}

/* ---- properties ---- */

/* Weights are the softmax, sum to 1 for each tag, have no gradient and do not change the
 * output. */
static void weights(const OpRun *r)
{
    const RowGroups tile = tile_of(r->tape, r->input[2], r->c->options);
    Tensor *w = NULL;
    const Tensor *y = op_reweight(r->tape, r->input[0], r->input[1], tile, &w);
    const int64_t B = y->shape[0], total = r->input[2]->shape[0];
    ck_assert(w != NULL && !w->needs_grad && op_same_bits(y, r->y));
    ck_assert(w->ndim == 2 && w->shape[0] == B && w->shape[1] == total);
    double u[16], rows[64], want[DESCRIPTIONS];
    for (int64_t b = 0; b < B; b++)
        for (int64_t k = 0, at = 0; k < tile.K; k++) {
            const int64_t n = tile.offset[k + 1] - tile.offset[k];
            for (int64_t i = 0; i < tile.E; i++)
                u[i] = (double)r->input[0]->data[b * tile.E + i];
            for (int64_t i = 0; i < n * tile.E; i++)
                rows[i] = (double)tile.rows[at * tile.E + i];
            weigh(n, tile.E, u, (double)r->input[1]->data[0], rows, want);
            double sum = 0;
            for (int64_t d = 0; d < n; d++, at++) {
                const double got = (double)w->data[b * total + at];
                ck_assert_double_eq_tol(got, want[d], op_double() ? 1e-12 : 2e-6);
                sum += got;
            }
            ck_assert_double_eq_tol(sum, 1, 1e-6);
        }
}

/* One description: weight 1, and the output is the description. */
static void single_description(const OpRun *r)
{
    op_backward(r);
    for (int64_t i = 0; i < 15; i++)
        ck_assert_double_eq_tol((double)r->y->data[i], (double)r->input[2]->data[i], 1e-7);
    ck_assert_double_eq_tol((double)r->input[1]->grad[0], 0, 1e-6);
}

/* Tags 0..3 in one piece give exactly the same numbers as tags 0..1 and 2..3. */
static void tiles_do_not_matter(const OpRun *r)
{
    const RowGroups all = tile_of(r->tape, r->input[2], r->c->options);
    for (int64_t first = 0; first < 4; first += 2) {
        const RowGroups tile = {all.rows + all.offset[first] * all.E, NULL, all.offset + first,
                                2, all.E};
        const Tensor *part = op_reweight(r->tape, r->input[0], r->input[1], tile, NULL);
        for (int64_t b = 0; b < 2; b++)
            for (int64_t i = 0; i < 2 * all.E; i++)
                ck_assert(part->data[b * 2 * all.E + i] ==
                          r->y->data[(b * 4 + first) * all.E + i]);
    }
}

/* ---- cases ---- */

/* Different numbers of descriptions; a tile that does not start at row 0; one description per
 * tag. */
static const Tags RAGGED = {4, {0, 3, 4, 9, 11}}, LATER = {3, {17, 18, 23, 25}},
                  SINGLE = {5, {0, 1, 2, 3, 4, 5}}, ONE_TAG = {1, {0, 7}};
static const Tags NO_TAG = {0, {0}}, NO_DESCRIPTION = {3, {0, 2, 2, 4}};

/* Values of log_scale other than 1.2: 2, the initial value of the reference ln(1 / 0.07), and
 * its upper range. */
static const double TWO = 2, INITIAL = 2.6592600369, SHARP = 4.6;

static const OpCase CASE[] = {
    {"u [2,5]  log_scale []  const bank [11,5] -> [2,4,5]", .options = &RAGGED},
    {"u [3,7]  log_scale []  const bank [8,7] -> [3,3,7]", .options = &LATER},
    {"u [1,3]  log_scale []  const bank [5,3] -> [1,5,3]", .options = &SINGLE},
    {"u [5,9]  log_scale []  const bank [7,9] -> [5,1,9]", .options = &ONE_TAG},
    {"u [2,5]  log_scale []  const bank [11,5] -> [2,4,5]", .options = &RAGGED,
     .values = {NULL, &INITIAL}, .value = 2e-5, .gradient = 1e-4},
    {"u [2,5]  log_scale []  const bank [11,5] -> [2,4,5]", .options = &RAGGED,
     .values = {NULL, &SHARP}, .value = 1e-4, .gradient = 1e-3},
    {"u [2,5]  log_scale []  const bank [11,5]", .options = &RAGGED, .values = {NULL, &TWO},
     .property = weights},
    {"u [3,7]  log_scale []  const bank [8,7]", .options = &LATER, .values = {NULL, &TWO},
     .property = weights},
    {"u [1,3]  log_scale []  const bank [5,3]", .options = &SINGLE, .values = {NULL, &TWO},
     .property = weights},
    {"u [5,9]  log_scale []  const bank [7,9]", .options = &ONE_TAG, .values = {NULL, &TWO},
     .property = weights},
    {"u [1,3]  log_scale []  const bank [5,3]", .options = &SINGLE, .values = {NULL, &TWO},
     .property = single_description},
    {"u [2,5]  log_scale []  const bank [11,5]", .options = &RAGGED, .values = {NULL, &TWO},
     .property = tiles_do_not_matter},
    {"u [3,64]  log_scale []  const bank [2107,64] -> [3,301,64]", .values = {NULL, &TWO},
     .large = true, .range = {{-1, 1}, {0}, {-0.2, 0.2}}, .value = 1e-5},
    {"u [2,4]  log_scale []  const bank [11,5]", .options = &RAGGED, .misuse = "other width"},
    {"u [2,5]  log_scale [2]  const bank [11,5]", .options = &RAGGED, .misuse = "two scales"},
    {"u [2,5]  log_scale []  const bank [11,5]", .options = &NO_TAG, .misuse = "no tags"},
    {"u [2,5]  log_scale []  const bank [4,5]", .options = &NO_DESCRIPTION,
     .misuse = "tag without description"},
    {0},
};

/* One image reads the rows as they are: whole vectors, what is left of them, and several blocks
 * of them. */
static const OpCase HALF_CASE[] = {
    {"u [1,5]  log_scale []  const bank [11,5] -> [1,4,5]", .options = &RAGGED},
    {"u [1,7]  log_scale []  const bank [8,7] -> [1,3,7]", .options = &LATER},
    {"u [1,64]  log_scale []  const bank [2107,64] -> [1,301,64]", .values = {NULL, &TWO},
     .large = true, .range = {{-1, 1}, {0}, {-0.2, 0.2}}, .value = 1e-5},
    {"u [1,333]  log_scale []  const bank [77,333] -> [1,11,333]", .large = true,
     .range = {{-1, 1}, {0}, {-0.2, 0.2}}, .value = 1e-5},
    {"u [2,5]  log_scale []  const bank [11,5] -> [2,4,5]", .options = &RAGGED},
    {"u [3,7]  log_scale []  const bank [8,7] -> [3,3,7]", .options = &LATER},
    {"u [3,64]  log_scale []  const bank [2107,64] -> [3,301,64]", .values = {NULL, &TWO},
     .large = true, .range = {{-1, 1}, {0}, {-0.2, 0.2}}, .value = 1e-5},
    {0},
};

/* Rows of the bank have about unit length, as in a real bank. */
static const OpTable TABLE = {"reweight",
                              build,
                              oracle,
                              CASE,
                              .value = 1e-6,
                              .gradient = 5e-6,
                              .range = {{-1, 1}, {1.2, 1.2 + 1e-9}, {-0.75, 0.75}}};
static const OpTable HALVES = {"halves",
                               build_half,
                               oracle_half,
                               HALF_CASE,
                               .value = 1e-6,
                               .gradient = 5e-6,
                               .range = {{-1, 1}, {1.2, 1.2 + 1e-9}, {-0.75, 0.75}}};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

START_TEST(test_halves) { op_check(&HALVES, _i); }
END_TEST

Suite *test_reweight_suite(void);
Suite *test_reweight_suite(void)
{
    Suite *s = op_suite(&TABLE, test_case);
    op_add_table(s, &HALVES, test_halves);
    return s;
}
