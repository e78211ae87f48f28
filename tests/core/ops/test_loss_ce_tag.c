/* SPDX-License-Identifier: Apache-2.0 */
/* Softmax cross entropy over tags. */
#include "core/ops/ops.h"
#include "tests/core/ops/loss_case.h"

enum { MAX_ROWS = 8 };

/* Tags and log-sum-exp of each row, for a call with all columns at once. */
typedef struct Whole {
    double y_sum[MAX_ROWS], lse[MAX_ROWS];
} Whole;

static Whole whole(const Tensor *x, const Tensor *y)
{
    Whole w = {0};
    const int64_t B = x->shape[0], K = x->shape[1];
    for (int64_t b = 0; b < B; b++) {
        long double sum = 0;
        for (int64_t i = b * K; i < (b + 1) * K; i++) {
            if (y->data[i] == (Real)TARGET_UNKNOWN) continue;
            w.y_sum[b] += (double)y->data[i];
            sum += expl((long double)x->data[i]);
        }
        w.lse[b] = (double)logl(sum);
    }
    return w;
}

static Tensor *op(Tape *tape, Tensor *x, Tensor *y, const void *options)
{
    (void)options;
    const Whole w = whole(x, y);
    return op_loss_ce_tag(tape, x, y, w.y_sum, w.lse);
}

static Tensor *stored(Tape *tape, Tensor *x, Tensor *y, const json_t *options)
{
    (void)options;
    return op(tape, x, y, NULL);
}

static const LossCase LOSS = {"loss_ce_tag", op, NULL, stored, NULL, .soft = true};

START_TEST(test_loss) { loss_case_check(&LOSS, _i); }
END_TEST

/* Computed by hand: logits ln 1, ln 2, ln 5 give softmax 1/8, 2/8, 5/8; the second image has no
 * tag. */
START_TEST(test_value)
{
    Tape *tape = tape_new();
    const float logits[6] = {0, 0.69314718F, 1.60943791F, 3, -4, 100};
    const float targets[6] = {1, 1, 0, 0, 0, 0};
    Tensor *x = tape_input(tape, 2, (int64_t[]){2, 3}, logits);
    Tensor *y = tape_input(tape, 2, (int64_t[]){2, 3}, targets);
    x->needs_grad = true;
    const Tensor *loss = op(tape, x, y, NULL);
    ck_assert_double_eq_tol((double)loss->data[0], (log(8) + log(4)) / 2, 1e-6);
    const Real *slope = loss_case_slopes(tape, op, x, y, NULL);
    const double want[6] = {1.0 / 8 - 0.5, 2.0 / 8 - 0.5, 5.0 / 8, 0, 0, 0};
    for (int i = 0; i < 6; i++) ck_assert_double_eq_tol((double)slope[i], want[i], 1e-7);
    tape_free(tape);
}
END_TEST

/* Columns first .. first+K-1 of x as a separate input. */
static Tensor *columns(Tape *tape, const Tensor *x, int64_t first, int64_t K)
{
    const int64_t B = x->shape[0], all = x->shape[1];
    Tensor *tile = tape_tensor(tape, 2, (int64_t[]){B, K});
    for (int64_t i = 0; i < B * K; i++) tile->data[i] = x->data[i / K * all + first + i % K];
    tile->needs_grad = x->needs_grad;
    return tile;
}

/* Two tiles add up to the whole and have its slopes. */
START_TEST(test_tiles_add_up)
{
    Tape *tape = tape_new();
    Tensor *x = loss_case_logits(tape), *y = loss_case_targets(tape);
    const Whole w = whole(x, y);
    const double total = (double)op(tape, x, y, NULL)->data[0];
    const Real *slope = loss_case_slopes(tape, op, x, y, NULL);
    double sum = 0;
    for (int64_t first = 0; first < 5; first += 3) {
        const int64_t K = first ? 2 : 3;
        Tensor *tx = columns(tape, x, first, K), *ty = columns(tape, y, first, K);
        Tensor *part = op_loss_ce_tag(tape, tx, ty, w.y_sum, w.lse);
        sum += (double)part->data[0];
        tape_seed(tape, part, 1);
        tape_backward(tape);
        for (int64_t i = 0; i < 3 * K; i++)
            ck_assert(tx->grad[i] == slope[i / K * 5 + first + i % K]);
    }
    ck_assert_double_eq_tol(sum, total, 1e-5);
    tape_free(tape);
}
END_TEST

/* Adding a number to all logits of an image changes nothing; the slopes of an image sum to
 * zero. */
START_TEST(test_shift)
{
    Tape *tape = tape_new();
    Tensor *x = loss_case_logits(tape), *y = loss_case_targets(tape);
    const double before = (double)op(tape, x, y, NULL)->data[0];
    const Real *slope = loss_case_slopes(tape, op, x, y, NULL);
    for (int b = 0; b < 3; b++) {
        double sum = 0;
        for (int k = 0; k < 5; k++) sum += (double)slope[b * 5 + k];
        ck_assert_double_eq_tol(sum, 0, 1e-6);
    }
    for (int i = 0; i < 15; i++) x->data[i] += (Real)(i / 5 * 16);
    ck_assert_double_eq_tol((double)op(tape, x, y, NULL)->data[0], before, 1e-5);
    tape_free(tape);
}
END_TEST

/* Images of three tags, of which one or all are unknown, are images of the others. */
START_TEST(test_unknown)
{
    Tape *tape = tape_new();
    const float logits[6] = {0, 0.69314718F, 1.60943791F, 3, -4, 100};
    const float targets[6] = {1, -1, 0, -1, -1, -1};
    Tensor *x = tape_input(tape, 2, (int64_t[]){2, 3}, logits);
    Tensor *y = tape_input(tape, 2, (int64_t[]){2, 3}, targets);
    x->needs_grad = true;
    ck_assert_double_eq_tol((double)op(tape, x, y, NULL)->data[0], log(6), 1e-6);
    const Real *slope = loss_case_slopes(tape, op, x, y, NULL);
    const double want[6] = {1.0 / 6 - 1, 0, 5.0 / 6, 0, 0, 0};
    for (int i = 0; i < 6; i++) ck_assert_double_eq_tol((double)slope[i], want[i], 1e-7);
    x->data[1] = (Real)NAN;
    ck_assert_double_eq_tol((double)op(tape, x, y, NULL)->data[0], log(6), 1e-6);
    tape_free(tape);
}
END_TEST

START_TEST(test_negative_tag_count)
{
    Tape *tape = tape_new();
    const double y_sum[3] = {2, -1, 2}, lse[3] = {0};
    op_loss_ce_tag(tape, loss_case_logits(tape), loss_case_targets(tape), y_sum, lse);
}
END_TEST

Suite *test_loss_ce_tag_suite(void);
Suite *test_loss_ce_tag_suite(void)
{
    Suite *s = loss_case_suite(&LOSS, test_loss);
    TCase *t = op_tcase(s, "property");
    tcase_add_test(t, test_value);
    tcase_add_test(t, test_tiles_add_up);
    tcase_add_test(t, test_shift);
    tcase_add_test(t, test_unknown);
    tcase_add_test_raise_signal(t, test_negative_tag_count, SIGABRT);
    return s;
}
