/* SPDX-License-Identifier: Apache-2.0 */
/* Packed attention against plain loops over sequences, heads and positions. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>
#include <string.h>

enum { MOST = 6 };

typedef struct Packing {
    bool causal;
    int64_t count, offset[MOST + 1], row[24], first[MOST], end[MOST];
} Packing;

static const Packing *packing_of(const void *options)
{
    return ((const OpCase *)options)->options;
}

static Tensor *attention(Tape *tape, Tensor *qkv, const Packing *p, int64_t heads)
{
    const PackedSequences in = {p->count, p->offset, p->row, p->first, p->end};
    return op_packed_attention(tape, qkv, in, heads, p->causal);
}

/* n heads, and the Packing. */
static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return attention(tape, input[0], packing_of(options), ((const OpCase *)options)->n);
}

/* ---- the oracle ---- */

typedef struct Oracle {
    const Packing *p;
    const double *qkv;
    int64_t C, D;
} Oracle;

/* q, k or v (which = 0, 1, 2) of position i of sequence n. */
static const double *part(const Oracle *o, int64_t n, int64_t i, int which, int64_t head)
{
    return o->qkv + (o->p->row[o->p->offset[n] + i] * 3 + which) * o->C + head * o->D;
}

static void answer(const Oracle *o, int64_t n, int64_t i, int64_t head, double *y)
{
    const int64_t T = o->p->causal ? i + 1 : o->p->offset[n + 1] - o->p->offset[n];
    double p[24];
    for (int64_t j = 0; j < T; j++) {
        p[j] = 0;
        for (int64_t d = 0; d < o->D; d++)
            p[j] += part(o, n, i, 0, head)[d] * part(o, n, j, 1, head)[d];
        p[j] /= sqrt((double)o->D);
    }
    op_softmax(T, p);
    for (int64_t j = 0; j < T; j++)
        for (int64_t d = 0; d < o->D; d++) y[d] += p[j] * part(o, n, j, 2, head)[d];
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const int64_t heads = ((const OpCase *)c->options)->n, C = c->input[0].shape[1] / 3;
    const Oracle o = {packing_of(c->options), x[0], C, C / heads};
    for (int64_t n = 0; n < o.p->count; n++)
        for (int64_t i = o.p->first[n]; i < o.p->end[n]; i++)
            for (int64_t head = 0; head < heads; head++, y += o.D) answer(&o, n, i, head, y);
}

/* ---- properties ---- */

/* Later positions and other sequences have no influence: changing row 2 of text 0 changes no
 * bit of earlier positions and other texts. */
static void causal_and_separate(const OpRun *r)
{
    for (int64_t i = 0; i < 18; i++) r->input[0]->data[2 * 18 + i] += 1;
    const Tensor *y = op_again(r);
    for (int64_t row = 0; row < 9; row++) {
        const bool same =
            memcmp(y->data + row * 6, r->y->data + row * 6, 6 * sizeof(Real)) == 0;
        ck_assert_int_eq(same, row != 2 && row != 3);
    }
}

/* Shared rows give the same results as copies of them. */
static void sharing_is_copying(const OpRun *r)
{
    static const Packing apart = {.causal = true,
                                  .count = 3,
                                  .offset = {0, 4, 9, 12},
                                  .row = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11},
                                  .first = {0, 3, 1},
                                  .end = {4, 5, 3}};
    const Packing *p = packing_of(r->c->options);
    Tensor *copy = tape_tensor(r->tape, 2, (int64_t[]){12, 12});
    for (int64_t i = 0; i < 12; i++)
        memcpy(copy->data + i * 12, r->input[0]->data + p->row[i] * 12, 12 * sizeof(Real));
    ck_assert(op_same_bits(r->y, attention(r->tape, copy, &apart, 1)));
}

/* Scores far out of the range of exp. */
static void stays_finite(const OpRun *r)
{
    for (int64_t i = 0; i < tensor_len(r->y); i++) ck_assert(isfinite((double)r->y->data[i]));
}

/* ---- cases: causal, sequences, offset, row, first, end ---- */

/* Three consecutive texts; all positions are queries. */
static const Packing TEXTS = {true, 3,        {0, 4, 5, 9}, {0, 1, 2, 3, 4, 5, 6, 7, 8},
                              {0},  {4, 1, 4}};
/* The same texts without causality. */
static const Packing SEEN = {false, 3,        {0, 4, 5, 9}, {0, 1, 2, 3, 4, 5, 6, 7, 8},
                             {0},   {4, 1, 4}};
/* Texts with common prefixes: rows 0 to 2 and 0 to 1 are shared. */
static const Packing SHARED = {
    true, 3, {0, 4, 9, 12}, {0, 1, 2, 3, 0, 1, 2, 4, 5, 0, 6, 7}, {0, 3, 1}, {4, 5, 3}};
/* Only the last position is a query. */
static const Packing LAST = {true, 2, {0, 3, 7}, {0, 1, 2, 3, 4, 5, 6}, {2, 3}, {3, 4}};
/* Only the first position is a query and sees everything, like the class token of an image. */
static const Packing FIRST = {false, 2, {0, 3, 6}, {0, 1, 2, 3, 4, 5}, {0, 0}, {1, 1}};
/* Some rows belong to no sequence; the others are in arbitrary order. */
static const Packing SOME = {true, 2, {0, 3, 5}, {9, 2, 4, 7, 0}, {1, 0}, {3, 2}};
static const Packing ONE = {true, 1, {0, 1}, {0}, {0}, {1}};
static const Packing MANY = {
    true,
    6,
    {0, 1, 3, 6, 10, 15, 24},
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 0, 1, 2, 3, 4},
    {0},
    {1, 2, 3, 4, 5, 9}};

/* One sequence of rows 0, 1 and 2; each case of misuse changes one thing. */
static const Packing WHOLE = {true, 1, {0, 3}, {0, 1, 2}, {0}, {3}},
                     NOBODY = {true, 1, {0, 3}, {0, 1, 2}, {2}, {2}},
                     AFTER = {true, 1, {0, 3}, {0, 1, 2}, {0}, {4}},
                     BEFORE = {true, 1, {0, 3}, {0, 1, 2}, {-1}, {3}},
                     FIFTH = {true, 1, {0, 3}, {0, 1, 4}, {0}, {3}},
                     NEGATIVE = {true, 1, {0, 3}, {0, 1, -1}, {0}, {3}},
                     NONE = {true, 0, {0, 3}, {0, 1, 2}, {0}, {3}};

static const OpCase CASE[] = {
    {"qkv [9,18] -> [9,6]", 2, .options = &TEXTS},
    {"qkv [9,18] -> [9,6]", 2, .options = &SEEN},
    {"qkv [8,12] -> [8,4]", 1, .options = &SHARED},
    {"qkv [7,18] -> [2,6]", 3, .options = &LAST},
    {"qkv [6,15] -> [2,5]", 1, .options = &FIRST},
    {"qkv [10,6] -> [4,2]", 2, .options = &SOME},
    {"qkv [1,3] -> [1,1]", 1, .options = &ONE},
    {"qkv [9,18]", 2, .options = &TEXTS, .property = causal_and_separate},
    {"qkv [8,12]", 1, .options = &SHARED, .property = sharing_is_copying},
    {"qkv [9,18] -> [9,6]", 2, .options = &TEXTS, .range = {{-60, 60}}, .value = 1e-3,
     .property = stays_finite},
    {"qkv [24,600] -> [24,200]", 5, .options = &MANY, .value = 1e-5, .large = true},
    {"qkv [4,9]", 2, .options = &WHOLE, .misuse = "heads do not divide"},
    {"qkv [4,12]", 2, .options = &NOBODY, .misuse = "nobody asks"},
    {"qkv [4,12]", 2, .options = &AFTER, .misuse = "asks past the end"},
    {"qkv [4,12]", 2, .options = &BEFORE, .misuse = "asks before the start"},
    {"qkv [4,12]", 2, .options = &FIFTH, .misuse = "row out of range"},
    {"qkv [4,12]", 2, .options = &NEGATIVE, .misuse = "negative row"},
    {"qkv [4,12]", 2, .options = &NONE, .misuse = "no sequence"},
    {0},
};

static const OpTable TABLE = {"packed_attention",
                              build,
                              oracle,
                              CASE,
                              .value = 2e-6,
                              .gradient = 1e-5,
                              .range = {{-1.5, 1.5}},
                              .always = op_attention_keeps_constants};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_packed_attention_suite(void);
Suite *test_packed_attention_suite(void) { return op_suite(&TABLE, test_case); }
