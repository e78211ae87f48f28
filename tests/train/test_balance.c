/* SPDX-License-Identifier: Apache-2.0 */
/* loss.balance=gradnorm: equal shares of the gradient, the same bits for any number of threads
 * and across a resume, and what the log says of it. */
#include "core/hdf5/h5_file.h"
#include "core/mem.h"
#include "model/loss_balance.h"
#include "optim/adamw.h"
#include "tests/support/h5_copy.h"
#include "tests/support/tiny.h"
#include "tests/train/step_world.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { CHECKPOINT = 6 };

#define SMALL "swin.depths=1,1,1,1 model.layers=1 loss.tag=bce log.every=1 "
#define ON    "loss.balance=gradnorm "

/* ---- steps on one batch ------------------------------------------------------------------ */

/* From the second step on every term has the same share, whatever the weights, as long as the
 * norms move more slowly than their averages. */
START_TEST(shares_become_equal)
{
    StepWorld w;
    LossBalance b = {0};
    double norm[LOSS_TERMS], factor[LOSS_TERMS];
    step_world_new(&w);
    const StepInput input = step_world_input(&w);
    StepConfig config = step_world_config(&w, "bce", 4 * WORLD_B);
    AdamW *adamw = adamw_new((AdamWConfig){.beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8}, w.ps);
    step_world_set(&w, "loss.weight.align=3");
    config.factor = factor;
    for (int i = 0; i < 12; i++) {
        loss_balance_factors(&b, factor);
        const StepLosses l = step_run(w.shards, w.model, w.bank, &config, &input, 1);
        step_term_norms(&l, norm);
        loss_balance_update(&b, factor, norm);
        adamw_step(adamw, w.ps, 1e-7);
        param_set_zero_grad(w.ps);
        const double mean = (norm[0] + norm[1] + norm[2]) / LOSS_TERMS;
        double apart = 0;
        for (int k = 0; k < LOSS_TERMS; k++) apart = fmax(apart, fabs(norm[k] / mean - 1));
        if (i == 0) ck_assert_double_gt(apart, 0.5); /* the plain weights are not equal */
        if (i >= 1) ck_assert_double_lt(apart, 0.05);
        ck_assert_double_eq_tol(
            l.total, factor[0] * l.tag + factor[1] * l.distill + 3 * factor[2] * l.align, 1e-9);
    }
    adamw_free(adamw);
    step_world_free(&w);
}
END_TEST

/* ---- runs -------------------------------------------------------------------------------- */

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "whole", SMALL ON "train.max_steps=9 threads=2"));
}

static void expect_the_whole(const char *run)
{
    char one[33], two[33];
    tiny_content("whole", one);
    tiny_content(run, two);
    ck_assert_str_eq(one, two);
}

START_TEST(a_resumed_run_has_the_same_bits)
{
    mem_free(tiny_train(0, "parts", SMALL ON "train.max_steps=4"));
    mem_free(tiny_train(0, "parts", SMALL ON "train.max_steps=9"));
    expect_the_whole("parts");
}
END_TEST

START_TEST(threads_change_no_bit)
{
    char *settings = mem_format(SMALL ON "train.max_steps=9 threads=%d", _i);
    char *run = mem_format("threads%d", _i);
    mem_free(tiny_train(0, run, settings));
    expect_the_whole(run);
    mem_free(run);
    mem_free(settings);
}
END_TEST

/* The line of a step in metrics.jsonl. */
static json_t *line_of(const char *run, int64_t step)
{
    char *name = mem_format("@/%s/metrics.jsonl", run), *text = tiny_read(name), *rest = text;
    json_t *found = NULL;
    for (char *line; !found && (line = strtok_r(rest, "\n", &rest));) {
        found = json_loads(line, 0, NULL);
        if (json_integer_value(json_object_get(found, "step")) == step) continue;
        json_decref(found);
        found = NULL;
    }
    mem_free(text);
    mem_free(name);
    ck_assert_ptr_nonnull(found);
    return found;
}

static double number(const json_t *line, const char *key)
{
    ck_assert_msg(json_is_number(json_object_get(line, key)), "no %s", key);
    return json_number_value(json_object_get(line, key));
}

START_TEST(the_log_has_the_weights)
{
    json_t *first = line_of("whole", 1), *last = line_of("whole", 9);
    ck_assert_double_eq(number(first, "weight_tag"), 1);
    ck_assert_double_eq(number(first, "weight_alignment"), 1);
    ck_assert_double_gt(number(first, "grad_norm_alignment"), 0);
    const double tag = number(last, "weight_tag"), align = number(last, "weight_alignment");
    ck_assert_double_gt(fabs(tag - align), 0.01);
    ck_assert_double_eq_tol(number(last, "loss"),
                            tag * number(last, "loss_tag") +
                                align * number(last, "loss_alignment"),
                            1e-5 * number(last, "loss"));
    ck_assert_double_eq_tol(number(last, "grad_norm_tag") / number(last, "grad_norm_alignment"),
                            1, 0.5);
    json_decref(first);
    json_decref(last);
}
END_TEST

static bool has_state(const char *run)
{
    H5File *f;
    char *name = mem_format("@/%s/checkpoints/latest", run), *path = tiny_path(name);
    ck_assert_int_eq(h5_open(path, &f, NULL), 0);
    const bool found = h5_find(f, "state/balance") != NULL;
    h5_close(f);
    mem_free(path);
    mem_free(name);
    return found;
}

/* A checkpoint without averages starts them; without loss.balance they are dropped. */
START_TEST(turned_on_and_off)
{
    mem_free(tiny_train(0, "plain", SMALL "train.max_steps=3"));
    ck_assert(!has_state("plain"));
    json_t *line = line_of("plain", 3);
    ck_assert_ptr_null(json_object_get(line, "weight_tag"));
    json_decref(line);
    mem_free(tiny_train(CHECKPOINT, "plain", SMALL ON "train.max_steps=4"));
    mem_free(tiny_train(0, "plain", SMALL ON "train.max_steps=5 resume.allow=loss.balance"));
    ck_assert(has_state("plain"));
    line = line_of("plain", 4);
    ck_assert_double_eq(number(line, "weight_tag"), 1);
    json_decref(line);
    mem_free(tiny_train(0, "plain", SMALL "train.max_steps=6 resume.allow=loss.balance"));
    ck_assert(!has_state("plain"));
    line = line_of("plain", 6);
    ck_assert_double_eq_tol(number(line, "loss"),
                            number(line, "loss_tag") + number(line, "loss_alignment"), 1e-4);
    json_decref(line);
}
END_TEST

static bool set_norm(const H5Entry *e, void *numbers, void *context)
{
    if (strcmp(e->name, "state/balance") == 0) ((double *)numbers)[2] = *(double *)context;
    return true;
}

START_TEST(absurd_averages_are_refused)
{
    double absurd[] = {-1, (double)NAN, HUGE_VAL};
    for (int i = 0; i < 3; i++) {
        h5_copy("@/whole/checkpoints/latest", "@/absurd.h5", set_norm, &absurd[i]);
        char *messages =
            tiny_train(CHECKPOINT, "absurd", SMALL ON "train.max_steps=10 resume=@/absurd.h5");
        ck_assert_ptr_nonnull(strstr(messages, "state/balance: "));
        mem_free(messages);
    }
}
END_TEST

Suite *test_balance_suite(void);
Suite *test_balance_suite(void)
{
    Suite *s = suite_create("balance");
    TCase *steps = tcase_create("steps"), *runs = tcase_create("runs");
    tcase_add_test(steps, shares_become_equal);
    tcase_add_unchecked_fixture(runs, setup, tiny_free);
    tcase_add_test(runs, a_resumed_run_has_the_same_bits);
    tcase_add_loop_test(runs, threads_change_no_bit, 1, 5);
    tcase_add_test(runs, the_log_has_the_weights);
    tcase_add_test(runs, turned_on_and_off);
    tcase_add_test(runs, absurd_averages_are_refused);
    suite_add_tcase(s, steps);
    suite_add_tcase(s, runs);
    return s;
}
