/* SPDX-License-Identifier: Apache-2.0 */
/* Binary cross entropy. */
#include "core/ops/ops.h"
#include "tests/core/ops/loss_case.h"

static Tensor *op(Tape *tape, Tensor *x, Tensor *y, const void *options)
{
    (void)options;
    return op_loss_bce(tape, x, y);
}

static long double oracle(long double x, bool positive, const void *options)
{
    (void)options;
    return -oracle_log_p(positive ? x : -x);
}

static Tensor *stored(Tape *tape, Tensor *x, Tensor *y, const json_t *options)
{
    (void)options;
    return op_loss_bce(tape, x, y);
}

static const LossCase LOSS = {"loss_bce", op, oracle, stored, .options = NULL};

START_TEST(test_loss) { loss_case_check(&LOSS, _i); }
END_TEST

/* Negating every logit and flipping every target changes only the sign of the slopes. */
START_TEST(test_mirror)
{
    Tape *tape = tape_new();
    Tensor *x = loss_case_logits(tape), *y = loss_case_targets(tape);
    Tensor *mx = loss_case_logits(tape), *my = loss_case_targets(tape);
    for (int64_t i = 0; i < tensor_len(x); i++) {
        mx->data[i] = -x->data[i];
        my->data[i] = 1 - y->data[i];
    }
    const Real *slope = loss_case_slopes(tape, op, x, y, NULL);
    const Real *mirrored = loss_case_slopes(tape, op, mx, my, NULL);
    for (int64_t i = 0; i < tensor_len(x); i++) ck_assert(slope[i] == -mirrored[i]);
    tape_free(tape);
}
END_TEST

Suite *test_loss_bce_suite(void);
Suite *test_loss_bce_suite(void)
{
    Suite *s = loss_case_suite(&LOSS, test_loss);
    TCase *t = op_tcase(s, "property");
    tcase_add_test(t, test_mirror);
    return s;
}
