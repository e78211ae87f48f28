/* SPDX-License-Identifier: Apache-2.0 */
/* Using label banks in bfloat16: the numbers are those of a bank that is rounded in memory,
 * every command reads them, and none does so in silence. */
#include "core/formats/tensor_set.h"
#include "core/io/file.h"
#include "core/math/bf16.h"
#include "core/mem.h"
#include "tests/model/labels/bank_case.h"
#include "tests/support/bank_make.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <string.h>

/* @/m is a run without a bank, @/h one with a bank in bfloat16. */
static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", SMALL));
    mem_free(tiny_messages(0, EMBED SEEN "-o @/seen.h5"));
    mem_free(tiny_messages(0, EMBED UNSEEN "-o @/unseen.h5"));
    mem_free(tiny_messages(0, EMBED SEEN "--dtype bfloat16 -o @/half_seen.h5"));
    mem_free(tiny_messages(0, EMBED UNSEEN "--dtype bfloat16 -o @/half_unseen.h5"));
    mem_free(tiny_messages(0, EMBED UNSEEN "--dtype bfloat16 -o @/half_unseen.safetensors"));
    mem_free(tiny_train(0, "h", SMALL "model.bank=@/half_seen.h5"));
}

START_TEST(the_same_as_rounded_in_memory)
{
    bank_case_equal(TAG "eval.bank=bfloat16 --bank @/unseen.h5 " ONE " " TWO,
                    TAG "--bank @/half_unseen.h5 " ONE " " TWO);
    bank_case_equal(TAG "--bank @/half_unseen.safetensors " ONE " " TWO,
                    TAG "eval.bank=bfloat16 --bank @/half_unseen.h5 " ONE " " TWO);
    bank_case_equal("eval --json --checkpoint @/m --data @/data/unseen -o @/e1 "
                    "eval.bank=bfloat16 --bank @/unseen.h5",
                    "eval --json --checkpoint @/m --data @/data/unseen -o @/e2 --bank "
                    "@/half_unseen.h5");
}
END_TEST

START_TEST(commands_say_so)
{
    static const char *const line[] = {TAG "--bank @/half_unseen.h5 " ONE,
                                       TAG "--add-bank @/half_unseen.h5 " ONE,
                                       "tag --checkpoint @/h --top 1 " ONE,
                                       "eval --checkpoint @/m --data @/data/unseen -o @/e3 "
                                       "--bank @/half_unseen.h5"};
    for (size_t i = 0; i < sizeof line / sizeof *line; i++) {
        char *messages = tiny_messages(0, line[i]);
        ck_assert_msg(strstr(messages, ": its label bank is in bfloat16\n"), "%s", messages);
        mem_free(messages);
    }
    char *messages = tiny_messages(0, TAG "--bank @/unseen.h5 " ONE);
    ck_assert_ptr_null(strstr(messages, "bfloat16"));
    mem_free(messages);
}
END_TEST

/* The checkpoints of a run share the bank as it is; another precision is another bank. */
START_TEST(training)
{
    char *messages = tiny_train(ERROR_CHECKPOINT, "h", SMALL "model.bank=@/seen.h5");
    ck_assert_ptr_nonnull(strstr(messages, "bfloat16"));
    mem_free(messages);
    messages = tiny_train(0, "h",
                          "swin.depths=1,1,1,1 model.layers=1 train.max_steps=7 "
                          "model.bank=@/half_seen.h5");
    ck_assert_msg(strstr(messages, "half_seen.h5: the label bank is in bfloat16\n") &&
                      strstr(messages, "resuming from "),
                  "%s", messages);
    mem_free(messages);
    char *lines = tiny_out(0, "train -c @/tiny.yaml run=@/dry " SMALL
                              "model.bank=@/half_seen.h5 --dry-run");
    ck_assert_msg(strstr(lines, " descriptions in bfloat16\n"), "%s", lines);
    mem_free(lines);
    bank_case_equal("tag --checkpoint @/h --json --threshold 0 " ONE,
                    "tag --checkpoint @/h --json --threshold 0 --bank @/half_seen.h5 " ONE);
}
END_TEST

static void expect_widened(const char *path, const Labels *half)
{
    TensorSet set;
    Error err = {0};
    char *full = tiny_path(path);
    ck_assert_msg(tensor_set_open(full, &set, &err) == 0, "%s", err.text);
    const int64_t at = tensor_set_find(&set, "label_embed"), n = label_bank_numbers(half->bank);
    ck_assert_int_ge(at, 0);
    ck_assert_str_eq(set.entry[at].dtype, "F32");
    ck_assert_int_eq(set.entry[at].len, n);
    float *x = mem_alloc((size_t)n * sizeof *x);
    ck_assert_int_eq(tensor_set_read(&set, at, x, NULL), 0);
    for (int64_t i = 0; i < n; i++) ck_assert(x[i] == bf16_number(half->bank->half[i]));
    mem_free(x);
    mem_free(full);
    tensor_set_close(&set);
}

/* Other programs get float32, of the same values, and so the same scores. */
START_TEST(converting)
{
    static const char *const file[] = {"@/w.h5", "@/w.safetensors", "@/w.pth"};
    Labels half = bank_read("@/half_seen.h5");
    for (int i = 0; i < 3; i++) {
        char *line = mem_format("convert @/h %s", file[i]);
        mem_free(tiny_messages(0, line));
        expect_widened(file[i], &half);
        mem_free(line);
    }
    labels_free(&half);
    bank_case_equal("tag --checkpoint @/h --json --threshold 0 " ONE,
                    "tag --checkpoint @/w.h5 --json --threshold 0 " ONE);
}
END_TEST

Suite *test_bank_half_suite(void);
Suite *test_bank_half_suite(void)
{
    Suite *suite = suite_create("bank_half");
    TCase *c = tcase_create("bank_half");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, the_same_as_rounded_in_memory);
    tcase_add_test(c, commands_say_so);
    tcase_add_test(c, training);
    tcase_add_test(c, converting);
    suite_add_tcase(suite, c);
    return suite;
}
