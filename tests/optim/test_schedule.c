/* SPDX-License-Identifier: Apache-2.0 */
/* Learning rates at positions in training. */
#include "optim/schedule.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>

enum { STEPS = 10000 }; /* of an epoch */

static double at(const ScheduleConfig *c, int64_t epoch, int64_t step)
{
    return schedule_lr(c, step, STEPS, epoch);
}

static void near(double got, double want)
{
    ck_assert_double_eq_tol(got, want, 1e-12 * fmax(fabs(want), 1e-12));
}

/* The reference's pre-training. */
static ScheduleConfig pretraining(void)
{
    return (ScheduleConfig){
        .kind = SCHEDULE_REFERENCE,
        .lr = 1e-4,
        .min_lr = 5e-7,
        .warmup_lr = 5e-7,
        .rate = 0.9,
        .warmup_steps = 3000,
        .epochs = 5,
    };
}

START_TEST(test_reference)
{
    const ScheduleConfig c = pretraining();
    near(at(&c, 0, 0), 5e-7);
    near(at(&c, 0, 1), 5e-7 + (1e-4 - 5e-7) / 3000);
    near(at(&c, 0, 1500), (5e-7 + 1e-4) / 2);
    near(at(&c, 0, 3000), 1e-4);
    near(at(&c, 0, STEPS - 1), 1e-4);
    near(at(&c, 1, 0), 9e-5);
    near(at(&c, 1, STEPS - 1), 9e-5);
    near(at(&c, 4, 5), 6.561e-5);
    near(at(&c, 60, 0), 5e-7); /* 0.9^60 is below the floor */
}
END_TEST

/* The reference warms up only in epoch 0, even if that epoch is short. */
START_TEST(test_reference_with_a_short_epoch)
{
    const ScheduleConfig c = pretraining();
    near(schedule_lr(&c, 99, 100, 0), 5e-7 + (1e-4 - 5e-7) * 99 / 3000);
    near(schedule_lr(&c, 0, 100, 1), 9e-5);
}
END_TEST

START_TEST(test_cosine_epoch)
{
    ScheduleConfig c = pretraining();
    c.kind = SCHEDULE_COSINE_EPOCH, c.lr = 5e-6, c.min_lr = 0, c.epochs = 2;
    near(at(&c, 0, 0), 5e-6);
    near(at(&c, 0, STEPS - 1), 5e-6);
    near(at(&c, 1, 0), 2.5e-6);
    c.epochs = 3, c.min_lr = 1e-6;
    near(at(&c, 1, 7), 4e-6 * 0.75 + 1e-6);
    near(at(&c, 2, 7), 4e-6 * 0.25 + 1e-6);
}
END_TEST

START_TEST(test_cosine)
{
    ScheduleConfig c = pretraining();
    c.kind = SCHEDULE_COSINE, c.lr = 3e-4, c.warmup_lr = 0, c.min_lr = 1e-5,
    c.warmup_steps = 200;
    near(at(&c, 0, 50), 3e-4 / 4);
    near(at(&c, 0, 200), 3e-4);
    const int64_t middle = 200 + (5 * STEPS - 200) / 2;
    near(at(&c, middle / STEPS, middle % STEPS), (3e-4 + 1e-5) / 2);
    ck_assert(at(&c, 4, STEPS - 1) >= 1e-5 && at(&c, 4, STEPS - 1) < 1.0001e-5);
    c.total_steps = 1200;
    near(at(&c, 0, 700), (3e-4 + 1e-5) / 2);
    near(at(&c, 0, 1200), 1e-5);
    near(at(&c, 3, 0), 1e-5); /* it does not rise again after the end */
}
END_TEST

START_TEST(test_constant)
{
    ScheduleConfig c = pretraining();
    c.kind = SCHEDULE_CONSTANT, c.warmup_lr = 1e-5, c.warmup_steps = 15000;
    near(at(&c, 0, 0), 1e-5);
    near(at(&c, 1, 0), 1e-5 + 9e-5 * 2 / 3); /* the warm-up continues in the next epoch */
    near(at(&c, 1, 5000), 1e-4);
    near(at(&c, 4, 1), 1e-4);
}
END_TEST

static const enum Schedule KINDS[] = {SCHEDULE_REFERENCE, SCHEDULE_COSINE_EPOCH,
                                      SCHEDULE_COSINE, SCHEDULE_CONSTANT};

/* The rate rises during the warm-up, never rises later, and stays within its limits. */
START_TEST(test_shape)
{
    ScheduleConfig c = pretraining();
    c.kind = KINDS[_i];
    const bool warms = _i != 1;
    double before = 0;
    for (int64_t t = 0; t < 5 * STEPS; t++) {
        const double lr = at(&c, t / STEPS, t % STEPS);
        ck_assert(lr >= 5e-7 - 1e-18 && lr <= 1e-4 + 1e-18);
        if (t > 0) ck_assert(warms && t <= 3000 ? lr > before : lr <= before);
        before = lr;
    }
}
END_TEST

START_TEST(test_no_warm_up)
{
    ScheduleConfig c = pretraining();
    c.kind = KINDS[_i], c.warmup_steps = 0;
    near(at(&c, 0, 0), 1e-4);
}
END_TEST

/* With more warm-up than steps, nothing is divided by zero and no rate exceeds the maximum. */
START_TEST(test_only_warm_up)
{
    ScheduleConfig c = pretraining();
    c.kind = SCHEDULE_COSINE, c.total_steps = 3000;
    near(at(&c, 0, 2999), 5e-7 + (1e-4 - 5e-7) * 2999 / 3000);
    near(at(&c, 0, 3000), 5e-7);
}
END_TEST

START_TEST(test_no_schedule)
{
    ScheduleConfig c = pretraining();
    c.kind = _i == 0 ? SCHEDULE_AUTO : (enum Schedule)(SCHEDULE_CONSTANT + 1);
    at(&c, 0, 0);
}
END_TEST

START_TEST(test_step_beyond_the_epoch)
{
    const ScheduleConfig c = pretraining();
    at(&c, 0, STEPS);
}
END_TEST

Suite *test_schedule_suite(void);
Suite *test_schedule_suite(void)
{
    Suite *s = suite_create("schedule");
    TCase *t = tcase_create("schedule");
    tcase_add_test(t, test_reference);
    tcase_add_test(t, test_reference_with_a_short_epoch);
    tcase_add_test(t, test_cosine_epoch);
    tcase_add_test(t, test_cosine);
    tcase_add_test(t, test_constant);
    tcase_add_loop_test(t, test_shape, 0, 4);
    tcase_add_loop_test(t, test_no_warm_up, 0, 4);
    tcase_add_test(t, test_only_warm_up);
    tcase_add_loop_test_raise_signal(t, test_no_schedule, SIGABRT, 0, 2);
    tcase_add_test_raise_signal(t, test_step_beyond_the_epoch, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
