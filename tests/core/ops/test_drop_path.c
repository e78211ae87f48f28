/* SPDX-License-Identifier: Apache-2.0 */
/* Stochastic depth: whole samples are dropped. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include <math.h>

enum { LEN = 15 }; /* elements per sample */

/* p is the rate, n the site. */
static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const OpCase *row = options;
    return op_drop_path(tape, input[0], row->p, (uint64_t)row->n);
}

/* A sample is dropped as a whole or scaled as a whole, and so is its gradient. */
static void whole_samples(const OpRun *r)
{
    const double p = ((const OpCase *)r->c->options)->p;
    op_backward(r);
    for (int64_t b = 0; b < r->y->shape[0]; b++) {
        const double scale = r->y->data[b * LEN] == 0 ? 0 : 1 / (1 - p);
        ck_assert(p > 0 || scale > 0);
        for (int64_t i = b * LEN; i < (b + 1) * LEN; i++) {
            const double want = (double)r->input[0]->data[i] * scale;
            ck_assert_double_eq_tol((double)r->y->data[i], want, 1e-6 * (1 + scale));
            ck_assert_double_eq_tol((double)r->input[0]->grad[i], op_weight(i) * scale,
                                    1e-6 * (1 + scale));
        }
    }
}

static void not_in_training(const OpRun *r) { ck_assert_ptr_eq(r->y, r->input[0]); }

/* Batches of 5 over many sites and steps, as in training: the rate is within five standard
 * deviations of 1 - p, and the samples of a batch are dropped independently. */
static void keep_rate(const OpRun *r)
{
    enum { B = 5, DRAWS = 4000 };
    const double p = ((const OpCase *)r->c->options)->p, q = 1 - p, q2 = q * q;
    int64_t kept[B] = {0}, pairs = 0;
    for (int d = 0; d < DRAWS; d++) {
        const TapeMark mark = tape_mark(r->tape);
        tape_set_step(r->tape, 1, (uint32_t)(d / 48));
        const Tensor *y = op_drop_path(r->tape, r->input[0], p, (uint64_t)(d % 48));
        for (int b = 0; b < B; b++) kept[b] += y->data[b * LEN] != 0;
        pairs += y->data[0] != 0 && y->data[LEN] != 0;
        tape_rewind(r->tape, mark);
    }
    for (int b = 0; b < B; b++)
        ck_assert_double_eq_tol((double)kept[b] / DRAWS, q, 5 * sqrt(q * p / DRAWS) + 1e-12);
    ck_assert_double_eq_tol((double)pairs / DRAWS, q2, 5 * sqrt(q2 * (1 - q2) / DRAWS) + 1e-12);
}

/* Site and step select the stream. */
static void streams(const OpRun *r) /* seed 7, step 3 */
{
    ck_assert(op_same_bits(r->y, op_drop_path(r->tape, r->input[0], 0.5, 2)));
    ck_assert(!op_same_bits(r->y, op_drop_path(r->tape, r->input[0], 0.5, 3)));
    tape_set_step(r->tape, 7, 4);
    ck_assert(!op_same_bits(r->y, op_drop_path(r->tape, r->input[0], 0.5, 2)));
}

static const OpCase CASE[] = {
    {"x [9,3,5] -> [9,3,5]", 1, 0.1, .training = true},
    {"x [9,3,5] -> [9,3,5]", 2, 0.5, .training = true},
    {"x [9,3,5] -> [9,3,5]", 3, 0.9, .training = true},
    {"x [9,3,5] -> [9,3,5]", 4, 0, .training = true},
    {"x [33,3,5]", 1, 0.1, .training = true, .property = whole_samples},
    {"x [33,3,5]", 2, 0.5, .training = true, .property = whole_samples},
    {"x [33,3,5]", 3, 0.9, .training = true, .property = whole_samples},
    {"x [33,3,5]", 4, 0, .training = true, .property = whole_samples},
    {"x [5,3,5]", 1, 0.1, .training = true, .property = keep_rate},
    {"x [5,3,5]", 2, 0.5, .training = true, .property = keep_rate},
    {"x [5,3,5]", 3, 0.9, .training = true, .property = keep_rate},
    {"x [5,3,5]", 4, 0, .training = true, .property = keep_rate},
    {"x [3,3,5]", 2, 0.5, .property = not_in_training},
    {"x [64,3,5]", 2, 0.5, .training = true, .property = streams},
    {"x [3001,3,5] -> [3001,3,5]", 2, 0.5, .training = true, .large = true},
    {"x [2,5]", 1, 1, .training = true, .misuse = "certain drop"},
    {"x [2,5]", 1, -0.1, .training = true, .misuse = "negative rate"},
    {"x []", 1, 0.1, .training = true, .misuse = "no axis"},
    {0},
};

/* Values are never 0: a 0 means dropped. */
static const OpTable TABLE = {"drop_path", build, NULL, CASE, .range = {{0.5, 1.5}}};

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_drop_path_suite(void);
Suite *test_drop_path_suite(void) { return op_suite(&TABLE, test_case); }
