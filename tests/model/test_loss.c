/* The table of losses: names lead to the right op with the right constants. */
#include "model/loss.h"

#include <check.h>
#include <signal.h>
#include <string.h>

static const float LOGITS[6] = {-3, 0.5F, 2, -0.25F, 1.5F, -1};
static const float TARGETS[6] = {1, 0, 0, 0, 1, 0};

static Tape *tape;
static Tensor *x, *y;

static void set_up(void)
{
    tape = tape_new();
    x = tape_input(tape, 2, (int64_t[]){2, 3}, LOGITS);
    y = tape_input(tape, 2, (int64_t[]){2, 3}, TARGETS);
}

static void tear_down(void) { tape_free(tape); }

static float by_name(const char *name)
{
    const LossConfig config = loss_config_tag(name);
    ck_assert_str_eq(config.name, name);
    ck_assert(!loss_is_ce(&config));
    return tensor_item(loss_elementwise(tape, &config, x, y));
}

START_TEST(test_names)
{
    ck_assert(by_name("bce") == tensor_item(op_loss_bce(tape, x, y)));
    const AslOptions asl = {.gamma_neg = 7, .gamma_pos = 0, .clip = 0.05};
    ck_assert(by_name("asl") == tensor_item(op_loss_asl(tape, x, y, asl)));
    const HillOptions hill = {.lambda = 1.5, .margin = 1, .gamma = 2};
    ck_assert(by_name("hill") == tensor_item(op_loss_hill(tape, x, y, hill)));
    const SplcOptions splc = {.tau = 0.6, .margin = 1, .gamma = 2};
    ck_assert(by_name("splc") == tensor_item(op_loss_splc(tape, x, y, splc)));
    const LossConfig ce = loss_config_align("ce");
    ck_assert(loss_is_ce(&ce));
}
END_TEST

START_TEST(test_alignment_focuses_less)
{
    LossConfig tag = loss_config_tag("asl"), align = loss_config_align("asl");
    ck_assert(tag.asl.gamma_neg == 7.0 && align.asl.gamma_neg == 4.0);
    ck_assert(align.asl.clip == tag.asl.clip && align.asl.gamma_pos == tag.asl.gamma_pos);
    ck_assert(!tag.asl.focal_grad && !align.asl.focal_grad && !tag.splc.correct);
    const float tag_value = tensor_item(loss_elementwise(tape, &tag, x, y));
    ck_assert(tag_value < tensor_item(loss_elementwise(tape, &align, x, y)));
}
END_TEST

START_TEST(test_options_arrive)
{
    LossConfig config = loss_config_tag("splc");
    const float before = tensor_item(loss_elementwise(tape, &config, x, y));
    config.splc.correct = true;
    const float after = tensor_item(loss_elementwise(tape, &config, x, y));
    ck_assert(after < before); /* the missed tags at 0.5 and 2 count as found */
}
END_TEST

START_TEST(test_unknown_name) { loss_config_tag("focal"); }
END_TEST

START_TEST(test_ce_is_not_elementwise)
{
    const LossConfig config = loss_config_tag("ce");
    loss_elementwise(tape, &config, x, y);
}
END_TEST

Suite *test_loss_suite(void);
Suite *test_loss_suite(void)
{
    Suite *s = suite_create("loss");
    TCase *t = tcase_create("loss");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, test_names);
    tcase_add_test(t, test_alignment_focuses_less);
    tcase_add_test(t, test_options_arrive);
    tcase_add_test_raise_signal(t, test_unknown_name, SIGABRT);
    tcase_add_test_raise_signal(t, test_ce_is_not_elementwise, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
