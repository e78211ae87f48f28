/* SPDX-License-Identifier: Apache-2.0 */
/* Using label banks in bfloat16, and mapped ones: the numbers are those of a bank that is
 * rounded in memory, every command reads them, and none does so in silence. */
#include "core/formats/tensor_set.h"
#include "core/io/file.h"
#include "core/math/bf16.h"
#include "core/mem.h"
#include "tests/model/labels/bank_case.h"
#include "tests/support/bank_make.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Rounded where products are, unless asked otherwise, or its pages are shared. */
START_TEST(as_precise_as_products)
{
    if (bf16_missing()) {
        printf("bank_half: bfloat16 products not checked: %s\n", bf16_missing());
        return;
    }
    bank_case_equal(TAG "precision=bfloat16 --bank @/unseen.h5 " ONE,
                    TAG "precision=bfloat16 eval.bank=bfloat16 --bank @/unseen.h5 " ONE);
    bank_case_equal(TAG "precision=bfloat16 model.bank_map=true --bank @/unseen.h5 " ONE,
                    TAG "precision=bfloat16 eval.bank=float32 --bank @/unseen.h5 " ONE);
    char *rounded = tiny_out(0, TAG "precision=bfloat16 --bank @/unseen.h5 " ONE),
         *whole =
             tiny_out(0, TAG "precision=bfloat16 eval.bank=float32 --bank @/unseen.h5 " ONE);
    ck_assert_str_ne(rounded, whole);
    mem_free(whole);
    mem_free(rounded);
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

/* ---- mapped banks ---- */

static const char *const mapped[] = {
    TAG "%s --bank @/unseen.h5 " ONE " " TWO,
    TAG "%s --bank @/half_unseen.h5 " ONE " " TWO,
    TAG "%s eval.bank=bfloat16 --bank @/unseen.h5 " ONE,
    TAG "%s --add-bank @/unseen.h5 " ONE,
    TAG "%s --add-bank @/half_unseen.h5 " ONE,
    TAG "%s --bank @/half_unseen.safetensors " ONE,
    TAG "%s " ONE,
    "tag --checkpoint @/h --json --threshold 0 %s " ONE,
    "tag --checkpoint @/m --json --tags @/data/unseen/tags.txt %s " ONE,
    "eval --json --checkpoint @/m --data @/data/unseen -o @/e4 --bank @/unseen.h5 %s",
    "retrieve --json --checkpoint @/h --text red %s " ONE " " TWO,
};
enum { MAPPED = sizeof mapped / sizeof *mapped };

START_TEST(the_same_as_in_memory)
{
    char *plain = mem_format(mapped[_i], ""),
         *map = mem_format(mapped[_i], "model.bank_map=true");
    bank_case_equal(plain, map);
    mem_free(map);
    mem_free(plain);
}
END_TEST

/* Not a change of the run, and not a setting of its checkpoints. */
START_TEST(training_on_a_map)
{
    char want[33], have[33];
    mem_free(tiny_train(0, "plain", SMALL "model.bank=@/seen.h5"));
    mem_free(tiny_train(0, "mapped", SMALL "model.bank=@/seen.h5 model.bank_map=true"));
    tiny_content("plain", want);
    tiny_content("mapped", have);
    ck_assert_str_eq(have, want);
    char *messages = tiny_train(0, "mapped",
                                "swin.depths=1,1,1,1 model.layers=1 "
                                "train.max_steps=6 model.bank=@/seen.h5");
    ck_assert_ptr_nonnull(strstr(messages, "resuming from "));
    ck_assert_ptr_null(strstr(messages, "bank_map"));
    mem_free(messages);
}
END_TEST

/* Why the vectors are in memory all the same. */
START_TEST(what_is_not_mapped)
{
    char *messages =
        tiny_messages(0, TAG "model.bank_map=true --bank @/half_unseen.safetensors " ONE);
    ck_assert_ptr_nonnull(strstr(
        messages, "half_unseen.safetensors: read into memory, not mapped: only .h5 files"));
    mem_free(messages);
    messages = tiny_messages(0, TAG "model.bank_map=true --bank @/unseen.h5 " ONE);
    ck_assert_ptr_null(strstr(messages, "not mapped"));
    mem_free(messages);
}
END_TEST

/* A small bank may begin at any byte: it is mapped where its numbers can be read. */
START_TEST(any_place)
{
    static const char *const names[] = {"a", "ab", "abc", "abcd", "abcde"};
    char *path = tiny_path("@/small.h5");
    int maps = 0;
    for (int i = 0; i < 5; i++) {
        Labels want = bank_make(names[i], 3), have;
        Error err = {0};
        ck_assert_int_eq(bank_file_write(path, &want, NULL), 0);
        ck_assert_msg(bank_file_open(path, true, &have, &err) == 0, "%s", err.text);
        maps += have.bank->map != NULL;
        ck_assert_int_eq(labels_same(path, &have, &want, NULL), 0);
        labels_free(&have);
        labels_free(&want);
    }
    ck_assert_int_gt(maps, 0);
    ck_assert_int_lt(maps, 5);
    mem_free(path);
}
END_TEST

/* A bank whose file changes while it is mapped is refused before its numbers are used. */
START_TEST(a_bank_that_changes)
{
    char *path = tiny_path("@/changing.h5"), *copy = tiny_path("cp @/unseen.h5 @/changing.h5");
    Labels b, none = {0};
    Error err = {0};
    ck_assert_int_eq(system(copy), 0);
    ck_assert_msg(bank_file_open(path, true, &b, &err) == 0, "%s", err.text);
    ck_assert_ptr_nonnull(b.bank->map);
    ck_assert_int_eq(label_bank_check(b.bank, NULL), 0);
    ck_assert_int_eq(label_bank_check(none.bank, NULL), 0);
    ck_assert_int_eq(truncate(path, 100), 0);
    ck_assert_int_eq(label_bank_check(b.bank, &err), -1);
    ck_assert_int_eq(err.code, ERROR_CHECKPOINT);
    ck_assert_ptr_nonnull(strstr(err.text, "changing.h5: the file has become shorter"));
    labels_free(&b);
    mem_free(copy);
    mem_free(path);
}
END_TEST

/* Waits until there is something in a file or folder, then changes all but the ends of a
 * bank. */
static void change_later(const char *sign, const char *bank)
{
    char *command = mem_format("for i in $(seq 6000); do [ -n \"$(ls -A %s 2>&-)\" ] && break; "
                               "sleep 0.01; done; dd if=/dev/zero of=%s bs=1000 seek=1 "
                               "count=$(($(wc -c < %s) / 1000 - 2)) conv=notrunc 2>&-",
                               sign, bank, bank);
    char *full = tiny_path(command);
    ck_assert_int_eq(system(full), 0);
    mem_free(full);
    mem_free(command);
}

static void expect_change_found(const char *line, const char *sign)
{
    char *copy = tiny_path("cp @/seen.h5 @/changing.h5");
    ck_assert_int_eq(system(copy), 0);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        change_later(sign, "@/changing.h5");
        _exit(0);
    }
    char *messages = tiny_messages(ERROR_CHECKPOINT, line);
    ck_assert_msg(strstr(messages, "changing.h5: the file was changed while it was in use"),
                  "%s", messages);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    mem_free(messages);
    mem_free(copy);
}

/* While images are tagged, and during training, whose checkpoints remain good. */
START_TEST(a_change_in_use)
{
    char *images = mem_format(ONE), *all = mem_strdup("");
    for (int i = 0; i < 400; i++) {
        char *more = mem_format("%s %s", all, images);
        mem_free(all);
        all = more;
    }
    char *line =
        mem_format("tag --checkpoint @/m --threshold 0 --top 1 --heatmap @/maps --bank "
                   "@/changing.h5 model.bank_map=true eval.batch=4 %s",
                   all);
    expect_change_found(line, "@/maps");
    expect_change_found("train -c @/tiny.yaml run=@/broken swin.depths=1,1,1,1 model.layers=1 "
                        "train.epochs=100000 save.every=1 data.eval= model.bank=@/changing.h5 "
                        "model.bank_map=true",
                        "@/broken/metrics.jsonl");
    mem_free(tiny_out(0, "verify @/broken"));
    mem_free(line);
    mem_free(all);
    mem_free(images);
}
END_TEST

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
    tcase_add_test(c, as_precise_as_products);
    tcase_add_test(c, commands_say_so);
    tcase_add_test(c, training);
    tcase_add_test(c, converting);
    tcase_add_loop_test(c, the_same_as_in_memory, 0, MAPPED);
    tcase_add_test(c, training_on_a_map);
    tcase_add_test(c, what_is_not_mapped);
    tcase_add_test(c, any_place);
    tcase_add_test(c, a_bank_that_changes);
    tcase_add_test(c, a_change_in_use);
    suite_add_tcase(suite, c);
    return suite;
}
