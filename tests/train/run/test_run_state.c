/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of a run, compared with an example worked out by hand: steps of 2 batches of 3
 * records. */
#include "train/run/run_state.h"

#include <check.h>

static Config config;
static RunInputs inputs;

static void setup(void)
{
    config = (Config){.train = {.batch = 3, .epochs = 2},
                      .optim = {.lr = 8, .accumulate = 2, .schedule = SCHEDULE_COSINE}};
    inputs = (RunInputs){.config = &config, .annotations = {.count = 20}, .steps_per_epoch = 3};
}

/* The third step ends at record 18, so the last two records are left out. */
START_TEST(an_epoch_ends_where_no_whole_step_is_left)
{
    RunState s = run_state_start();
    run_state_advance(&s, &inputs, (LoaderPosition){1, 14});
    ck_assert_int_eq(s.epoch, 1);
    ck_assert_int_eq(s.next, 14);
    run_state_advance(&s, &inputs,
                      (LoaderPosition){1, 15}); /* after an image that could not be read */
    ck_assert_int_eq(s.epoch, 2);
    ck_assert_int_eq(s.next, 0);
}
END_TEST

START_TEST(a_run_ends_with_its_epochs_or_steps)
{
    RunState s = run_state_start();
    ck_assert(!run_state_finished(&s, &inputs));
    s.epoch = 1;
    s.step = 5;
    ck_assert(!run_state_finished(&s, &inputs));
    config.train.max_steps = 5;
    ck_assert(run_state_finished(&s, &inputs));
    config.train.max_steps = 6;
    ck_assert(!run_state_finished(&s, &inputs));
    s.epoch = 2;
    ck_assert(run_state_finished(&s, &inputs));
}
END_TEST

/* Six steps in total: the rate of step t is 4 (1 + cos(pi t / 6)), which is 4 at the middle. */
START_TEST(the_rate_is_that_of_the_next_step)
{
    RunState s = run_state_start();
    ck_assert_double_eq_tol(run_state_rate(&s, &inputs), 8, 1e-12);
    s.next = 12;
    ck_assert_double_eq_tol(run_state_rate(&s, &inputs), 6, 1e-12);
    s.next = 0;
    s.epoch = 1;
    ck_assert_double_eq_tol(run_state_rate(&s, &inputs), 4, 1e-12);
    s.next = 7; /* one image of the first step could not be read */
    ck_assert_double_eq_tol(run_state_rate(&s, &inputs), 2, 1e-12);
}
END_TEST

/* Three steps of 6 records in each of the two epochs. */
START_TEST(steps_that_are_left)
{
    RunState s = run_state_start();
    ck_assert_int_eq(run_state_left(&s, &inputs), 6);
    s.epoch = 1;
    s.next = 7; /* one image of the first step could not be read */
    s.step = 40;
    ck_assert_int_eq(run_state_left(&s, &inputs), 2);
    config.train.max_steps = 41;
    ck_assert_int_eq(run_state_left(&s, &inputs), 1);
    config.train.max_steps = 40;
    ck_assert_int_eq(run_state_left(&s, &inputs), 0);
    config.train.max_steps = 0;
    s.epoch = 5;
    ck_assert_int_eq(run_state_left(&s, &inputs), 0);
}
END_TEST

Suite *test_run_state_suite(void);
Suite *test_run_state_suite(void)
{
    Suite *s = suite_create("run_state");
    TCase *t = tcase_create("run_state");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, an_epoch_ends_where_no_whole_step_is_left);
    tcase_add_test(t, a_run_ends_with_its_epochs_or_steps);
    tcase_add_test(t, steps_that_are_left);
    tcase_add_test(t, the_rate_is_that_of_the_next_step);
    suite_add_tcase(s, t);
    return s;
}
