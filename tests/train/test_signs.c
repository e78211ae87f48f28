/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings of a run that does not learn: when they come, and that they come once. */
#include "train/signs.h"

#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SMALL "swin.depths=1,1,1,1 model.layers=1 "

/* ---- steps that are made up -------------------------------------------------------------- */

static const LossOptions LOSSES = {.weight_tag = 1, .weight_align = 2};

/* One step with this loss of the tags; a second term, under a weight that changes, is half. */
static void step(Signs *g, RunState *s, double loss, bool epoch_ended)
{
    LogLine line = {.epoch = s->epoch, .grad_norm = 1};
    line.losses.tag = loss;
    line.losses.align = loss / 2;
    line.losses.total = 99 * (double)s->step * loss;
    s->step++;
    signs_step(g, &LOSSES, s, &line, epoch_ended);
    s->epoch_steps = epoch_ended ? 0 : s->epoch_steps + 1;
    s->epoch += epoch_ended;
}

static void epoch(Signs *g, RunState *s, double first, double last)
{
    step(g, s, first, false);
    step(g, s, last, true);
}

/* Means of epochs count, not single steps, and neither do weights that change. */
START_TEST(a_loss_that_rises)
{
    Signs g = {0};
    RunState s = run_state_start();
    epoch(&g, &s, 5, 9);
    epoch(&g, &s, 4, 9);
    epoch(&g, &s, 1, 9);
    epoch(&g, &s, 9, 1);
    ck_assert(!g.rose);
    epoch(&g, &s, 9, 1.1);
    ck_assert(g.rose);
}
END_TEST

/* A start in the middle of an epoch has not seen all of it. */
START_TEST(a_part_of_an_epoch)
{
    Signs g = {0};
    RunState s = run_state_start();
    s.epoch_steps = 1;
    step(&g, &s, 1, true);
    epoch(&g, &s, 5, 5);
    ck_assert(!g.rose);
    epoch(&g, &s, 6, 6);
    ck_assert(g.rose);
}
END_TEST

/* Steps that are not finite are left out, and an epoch of nothing else has no mean. */
START_TEST(losses_that_are_not_numbers)
{
    Signs g = {0};
    RunState s = run_state_start();
    epoch(&g, &s, 5, HUGE_VAL);
    epoch(&g, &s, (double)NAN, 4);
    epoch(&g, &s, (double)NAN, (double)NAN);
    epoch(&g, &s, 9, 9);
    ck_assert(!g.rose);
    epoch(&g, &s, (double)NAN, 10);
    ck_assert(g.rose);
}
END_TEST

START_TEST(scores_on_one_side)
{
    static const struct {
        int64_t scores, reached;
        bool found;
    } rows[] = {{20, 0, true}, {20, 20, true}, {20, 1, false}, {20, 19, false}, {0, 0, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        Signs g = {0};
        const EvalResult r = {.scores = rows[i].scores, .reached = rows[i].reached};
        signs_eval(&g, "seen", 7, &r);
        ck_assert_int_eq(g.one_sided, rows[i].found);
    }
}
END_TEST

/* ---- runs -------------------------------------------------------------------------------- */

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

/* @/all and @/none: the data with thresholds that each score reaches, or none; @/some: for the
 * first tag all, for the others none. */
static void setup(void)
{
    tiny_new();
    char *copy = tiny_path(
        "cd @ && for d in all none some; do cp -r data $d; done && for l in seen unseen; do "
        "sed s/.*/0/ data/$l/tags.txt > all/$l/thresholds.txt; "
        "sed s/.*/1/ data/$l/tags.txt > none/$l/thresholds.txt; "
        "sed '1s/.*/0/;2,$s/.*/1/' data/$l/tags.txt > some/$l/thresholds.txt; done");
    ck_assert_int_eq(system(copy), 0);
    mem_free(copy);
}

static const struct {
    const char *settings, *message;
    int times;
} said[] = {
    {"train.max_steps=3 loss.weight.tag=0 loss.weight.align=0",
     "warning: step 1: the gradient is exactly zero", 1},
    {"train.max_steps=3", "exactly zero", 0},
    {"train.max_steps=4 eval.every=2 data.root=@/all",
     "warning: step 2: seen: each of the 1340 scores reaches its threshold", 1},
    {"train.max_steps=4 eval.every=2 data.root=@/all", "reaches its threshold", 1},
    {"train.max_steps=4 eval.every=2 data.root=@/none", "seen: none of the 1340 scores", 1},
    {"train.max_steps=4 eval.every=2 data.root=@/some", "reaches its threshold", 0},
    {"loss.balance=gradnorm train.max_steps=2 model.freeze=visual_encoder.*,image_proj.*",
     "warning: loss.balance: has no effect: model.freeze freezes", 1},
    {"loss.balance=gradnorm train.max_steps=2", "loss.balance", 0},
    {"optim.lr=10 optim.clip_norm=0", "the mean loss has risen from", 1},
};
enum { SAID = sizeof said / sizeof *said };

START_TEST(messages)
{
    char run[16];
    snprintf(run, sizeof run, "said%d", _i);
    char *settings = mem_format(SMALL "%s", said[_i].settings);
    char *text = tiny_train(0, run, settings);
    ck_assert_msg(count(text, said[_i].message) == said[_i].times, "%s", text);
    mem_free(text);
    mem_free(settings);
}
END_TEST

Suite *test_signs_suite(void);
Suite *test_signs_suite(void)
{
    Suite *s = suite_create("signs");
    TCase *steps = tcase_create("steps"), *runs = tcase_create("runs");
    tcase_add_test(steps, a_loss_that_rises);
    tcase_add_test(steps, a_part_of_an_epoch);
    tcase_add_test(steps, losses_that_are_not_numbers);
    tcase_add_test(steps, scores_on_one_side);
    tcase_add_unchecked_fixture(runs, setup, tiny_free);
    tcase_add_loop_test(runs, messages, 0, SAID);
    suite_add_tcase(s, steps);
    suite_add_tcase(s, runs);
    return s;
}
