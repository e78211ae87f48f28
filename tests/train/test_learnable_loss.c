/* SPDX-License-Identifier: Apache-2.0 */
/* A loss with learnable parameters, from training to the files that contain them. */
#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

#define SIGMOID "loss.align=sigmoid optim.ema=0.9 "

static void setup(void) { tiny_new(); }

/* The parameters of the loss are saved and resumed like all others. */
START_TEST(resumes_to_the_same_bits)
{
    char whole[33], cut[33];
    mem_free(tiny_train(0, "whole", SIGMOID "train.max_steps=4"));
    mem_free(tiny_train(0, "cut", SIGMOID "train.max_steps=2"));
    mem_free(tiny_train(0, "cut", SIGMOID "train.max_steps=4"));
    tiny_content("whole", whole);
    tiny_content("cut", cut);
    ck_assert_str_eq(cut, whole);
    char *arrays = tiny_out(0, "info @/whole/checkpoints/latest");
    ck_assert_ptr_nonnull(strstr(arrays, "param/loss.align.log_scale"));
    ck_assert_ptr_nonnull(strstr(arrays, "optim/m/loss.align.bias"));
    mem_free(arrays);
}
END_TEST

/* A checkpoint of another loss lacks them: they keep their start values. In the other direction
 * they are dropped. */
#define ALLOW " resume.allow=loss.align"

START_TEST(a_run_may_change_its_loss)
{
    mem_free(tiny_train(0, "change", "train.max_steps=2"));
    mem_free(tiny_train(0, "change", SIGMOID "train.max_steps=4" ALLOW));
    mem_free(tiny_train(0, "change", "train.max_steps=6" ALLOW));
    mem_free(tiny_out(0, "eval --checkpoint @/change --data @/data/seen"));
}
END_TEST

Suite *test_learnable_loss_suite(void);
Suite *test_learnable_loss_suite(void)
{
    Suite *s = suite_create("learnable_loss");
    TCase *t = tcase_create("learnable_loss");
    tcase_add_unchecked_fixture(t, setup, tiny_free);
    tcase_add_test(t, resumes_to_the_same_bits);
    tcase_add_test(t, a_run_may_change_its_loss);
    suite_add_tcase(s, t);
    return s;
}
