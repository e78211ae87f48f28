/* SPDX-License-Identifier: Apache-2.0 */
/* The table of losses: every name selects its operation with the right constants. */
#include "model/loss.h"

#include "core/mem.h"
#include "core/ops/ops.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <string.h>

static const float LOGITS[6] = {-3, 0.5F, 2, -0.25F, 1.5F, -1};
static const float TARGETS[6] = {1, 0, 0, 0, 1, 0};
static const float SQUARE[4] = {2, -1, 0.5F, 1};
static const float IDENTITY[4] = {1, 0, 0, 1};

static Tape *tape;
static LossInput tags, captions;
static LossOptions options;

static void set_up(void)
{
    tape = tape_new();
    tags = (LossInput){.x = tape_input(tape, 2, (int64_t[]){2, 3}, LOGITS),
                       .y = tape_input(tape, 2, (int64_t[]){2, 3}, TARGETS)};
    captions = (LossInput){.x = tape_input(tape, 2, (int64_t[]){2, 2}, SQUARE),
                           .y = tape_input(tape, 2, (int64_t[]){2, 2}, IDENTITY)};
    option_defaults(&loss_options, &options);
}

static void tear_down(void)
{
    option_free(&loss_options, &options);
    tape_free(tape);
}

static void set(const char *assignment)
{
    Error err = {0};
    ck_assert_msg(option_set(&loss_options, &options, assignment, &err) == 0, "%s", err.text);
}

static float tag_value(const char *name)
{
    char *setting = mem_format("loss.tag=%s", name);
    set(setting);
    mem_free(setting);
    return tensor_item(loss_tag(tape, &options, &tags));
}

static float align_value(const char *name)
{
    char *setting = mem_format("loss.align=%s", name);
    set(setting);
    mem_free(setting);
    return tensor_item(loss_align(tape, &options, &captions));
}

static float is(Tensor *loss) { return tensor_item(loss); }

START_TEST(test_losses_of_tags)
{
    Tensor *x = tags.x, *y = tags.y;
    const AslOptions asl = {.gamma_neg = 7, .gamma_pos = 0, .clip = 0.05};
    const HillOptions hill = {.lambda = 1.5, .margin = 1, .gamma = 2};
    const SplcOptions splc = {.tau = 0.6, .margin = 1, .gamma = 2};
    const double y_sum[] = {1, 1}, lse[] = {2.5, 2};
    ck_assert(tag_value("bce") == is(op_loss_bce(tape, x, y)));
    ck_assert(tag_value("asl") == is(op_loss_asl(tape, x, y, asl)));
    ck_assert(tag_value("hill") == is(op_loss_hill(tape, x, y, hill)));
    ck_assert(tag_value("splc") == is(op_loss_splc(tape, x, y, splc)));
    ck_assert(!loss_tag_is_normalized(&options));
    tags.y_sum = y_sum, tags.lse = lse;
    ck_assert(tag_value("ce") == is(op_loss_ce_tag(tape, x, y, y_sum, lse)));
    ck_assert(loss_tag_is_normalized(&options));
}
END_TEST

START_TEST(test_losses_of_captions)
{
    Tensor *x = captions.x, *y = captions.y;
    const AslOptions asl = {.gamma_neg = 4, .gamma_pos = 0, .clip = 0.05};
    ck_assert(align_value("asl") == is(op_loss_asl(tape, x, y, asl)));
    ck_assert(align_value("bce") == is(op_loss_bce(tape, x, y)));
    ck_assert(align_value("ce") == is(op_loss_ce_align(tape, x)));
}
END_TEST

/* The constants change linearly from the first ones in epoch 0 to the last ones. */
START_TEST(test_gr_moves_with_the_epochs)
{
    static const int64_t epoch[] = {0, 4, 8, 20};
    static const double done[] = {0, 0.5, 1, 1};
    for (int i = 0; i < 4; i++) {
        const GrOptions want = {.slope = 2 * done[i],
                                .offset = -2,
                                .mean = 0.5 + 0.3 * done[i],
                                .deviation = 2 - 1.5 * done[i],
                                .q_pos = 0.01,
                                .q_neg = 1};
        tags.epoch = epoch[i];
        const double value = (double)is(op_loss_gr(tape, tags.x, tags.y, want));
        ck_assert_double_eq_tol((double)tag_value("gr"), value, 1e-6);
    }
}
END_TEST

/* The sigmoid loss has a scale and a bias with SigLIP's initial values; files may lack them,
 * and they do not decay. */
START_TEST(test_learnable_parameters)
{
    ParamSet *ps = param_set_new();
    set("loss.align=sigmoid");
    LossParams p = loss_params(&options, ps);
    param_set_build(ps);
    param_set_init(ps, 1);
    ck_assert_int_eq(ps->count, 2);
    ck_assert_ptr_eq(p.align[0], &param_find(ps, "loss.align.log_scale")->tensor);
    ck_assert_ptr_eq(p.align[1], &param_find(ps, "loss.align.bias")->tensor);
    ck_assert_double_eq_tol(exp((double)p.align[0]->data[0]), 10, 1e-5);
    ck_assert_double_eq((double)p.align[1]->data[0], -10);
    for (int i = 0; i < 2; i++) ck_assert(ps->param[i]->no_decay && ps->param[i]->optional);
    captions.param = p.align;
    ck_assert(is(loss_align(tape, &options, &captions)) ==
              is(op_loss_sigmoid(tape, captions.x, p.align[0], p.align[1])));
    param_set_free(ps);
}
END_TEST

START_TEST(test_only_a_loss_in_use_has_parameters)
{
    ParamSet *ps = param_set_new();
    loss_params(&options, ps);
    set("loss.align=sigmoid");
    set("loss.weight.align=0");
    loss_params(&options, ps);
    ck_assert_int_eq(ps->count, 0);
    param_set_free(ps);
}
END_TEST

START_TEST(test_not_a_loss_of_tags)
{
    Error err = {0};
    ck_assert_int_eq(option_set(&loss_options, &options, "loss.tag=sigmoid", &err), -1);
    ck_assert_ptr_null(strstr(strstr(err.text, "expected"), "sigmoid"));
    set("loss.align=sigmoid");
    options.tag = options.align;
    loss_tag(tape, &options, &tags); /* a bug: aborts */
}
END_TEST

START_TEST(test_options_arrive)
{
    Tensor *x = tags.x, *y = tags.y;
    set("loss.asl.tag.gamma_neg=3");
    set("loss.asl.focal_grad=true");
    set("loss.hill.lambda=2");
    const AslOptions asl = {.gamma_neg = 3, .gamma_pos = 0, .clip = 0.05, .focal_grad = true};
    const HillOptions hill = {.lambda = 2, .margin = 1, .gamma = 2};
    ck_assert(tag_value("asl") == is(op_loss_asl(tape, x, y, asl)));
    ck_assert(tag_value("hill") == is(op_loss_hill(tape, x, y, hill)));
}
END_TEST

START_TEST(test_splc_corrects_from_its_epoch)
{
    set("loss.splc.change_epoch=2");
    tags.epoch = 1;
    const float before = tag_value("splc");
    tags.epoch = 2;
    const float after = tag_value("splc");
    ck_assert(after < before); /* logits 0.5 and 2 become positives */
}
END_TEST

/* Every row applies to tags or captions, and its name is unique. */
START_TEST(test_names)
{
    int rows = 0;
    for (; loss_tag_name(rows); rows++) {
        const char *tag = loss_tag_name(rows), *align = loss_align_name(rows);
        ck_assert(*tag || *align);
        if (*tag && *align) ck_assert_str_eq(tag, align);
        for (int i = 0; i < rows; i++) ck_assert(!*tag || strcmp(tag, loss_tag_name(i)) != 0);
    }
    ck_assert_int_ge(rows, 5);
    ck_assert_ptr_null(loss_align_name(rows));
    ck_assert_ptr_null(loss_tag_name(-1));
}
END_TEST

START_TEST(test_no_such_row)
{
    options.tag = 99;
    loss_tag(tape, &options, &tags);
}
END_TEST

START_TEST(test_ce_without_normalizers) { tag_value("ce"); }
END_TEST

Suite *test_loss_suite(void);
Suite *test_loss_suite(void)
{
    Suite *s = suite_create("loss");
    TCase *t = tcase_create("loss");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_losses_of_tags);
    tcase_add_test(t, test_losses_of_captions);
    tcase_add_test(t, test_gr_moves_with_the_epochs);
    tcase_add_test(t, test_learnable_parameters);
    tcase_add_test(t, test_only_a_loss_in_use_has_parameters);
    tcase_add_test_raise_signal(t, test_not_a_loss_of_tags, SIGABRT);
    tcase_add_test(t, test_options_arrive);
    tcase_add_test(t, test_splc_corrects_from_its_epoch);
    tcase_add_test(t, test_names);
    tcase_add_test_raise_signal(t, test_no_such_row, SIGABRT);
    tcase_add_test_raise_signal(t, test_ce_without_normalizers, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
