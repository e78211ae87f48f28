/* SPDX-License-Identifier: Apache-2.0 */
/* Runs on file systems that lack something. */
#define _GNU_SOURCE
#include "core/mem.h"
#include "tests/support/deny.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

static char whole[33]; /* content of an uninterrupted run */

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "whole", ""));
    tiny_content("whole", whole);
}

static void says(char *messages, const char *what)
{
    ck_assert_msg(strstr(messages, what), "no '%s' in: %s", what, messages);
    mem_free(messages);
}

/* Trains in two parts, and reads the run in every way. */
static void trains_in_two_parts(void)
{
    char have[33], want[33], *clear = tiny_path("rm -rf @/parts @/from_best @/from_file");
    ck_assert_int_eq(system(clear), 0);
    mem_free(clear);
    mem_free(tiny_train(0, "parts", "train.max_steps=14 eval.every=5"));
    says(tiny_train(0, "parts", "save.keep=1"), "step 14, epoch 2\n");
    tiny_content("parts", have);
    ck_assert_str_eq(have, whole);
    mem_free(tiny_out(0, "verify @/parts @/parts/checkpoints/latest"));
    mem_free(tiny_out(0, "convert @/parts/checkpoints/best @/best.safetensors"));
    mem_free(tiny_out(0, "eval --checkpoint @/parts --data @/data/seen -o @/e"));
    mem_free(tiny_train(0, "from_best", "model.init=@/parts train.max_steps=1"));
    tiny_content("from_best", have);
    mem_free(
        tiny_train(0, "from_file", "model.init=@/parts/checkpoints/best train.max_steps=1"));
    tiny_content("from_file", want);
    ck_assert_str_eq(have, want);
}

/* exFAT, SMB, some mounted clouds. */
START_TEST(without_symbolic_links)
{
    deny_call(SYS_symlink, EPERM);
    trains_in_two_parts();
    char *latest = tiny_read("@/parts/checkpoints/latest");
    ck_assert_str_eq(latest, "step_00000021.h5\n");
    mem_free(latest);
    json_t *info = tiny_json("info --json @/parts/checkpoints/latest");
    ck_assert_int_eq(json_integer_value(json_object_get(info, "bytes")),
                     tiny_bytes("@/parts/checkpoints/step_00000021.h5"));
    json_decref(info);
}
END_TEST

static const int refusals[] = {EINVAL, ENOTSUP, ENOSYS};

START_TEST(without_fsync)
{
    deny_call(SYS_fsync, refusals[_i]);
    trains_in_two_parts();
}
END_TEST

START_TEST(without_locks)
{
    deny_call(SYS_flock, ENOTSUP);
    trains_in_two_parts();
    says(tiny_train(0, "locks", "train.max_steps=1"),
         "locks/lock: this file system has no locks");
}
END_TEST

/* The first checkpoint is whole and stays; nothing is left of the second one. */
START_TEST(a_full_disk)
{
    mem_free(tiny_train(0, "full", "train.max_steps=7 save.keep=1"));
    deny_call(SYS_pwrite64, ENOSPC);
    char *messages = tiny_train(1, "full", "train.max_steps=14");
    ck_assert_msg(strstr(messages, "step_00000014.h5: "), "%s", messages);
    ck_assert_ptr_nonnull(strstr(messages, "No space left on device; a checkpoint takes "));
    ck_assert_ptr_nonnull(strstr(messages, " are free on the disk of "));
    ck_assert_ptr_nonnull(strstr(messages, "lower save.keep"));
    mem_free(messages);
    char *line = tiny_path("ls @/full/checkpoints | tr '\\n' ' ' > @/listing");
    ck_assert_int_eq(system(line), 0);
    mem_free(line);
    char *listing = tiny_read("@/listing");
    ck_assert_str_eq(listing, "best latest step_00000007.h5 ");
    mem_free(listing);
    mem_free(tiny_out(0, "verify @/full"));
}
END_TEST

START_TEST(a_failing_fsync_is_an_error)
{
    deny_call(SYS_fsync, EIO);
    says(tiny_train(1, "failing", ""), "Input/output error");
}
END_TEST

Suite *test_file_systems_suite(void);
Suite *test_file_systems_suite(void)
{
    Suite *suite = suite_create("file_systems");
    TCase *c = tcase_create("file_systems");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, without_symbolic_links);
    tcase_add_loop_test(c, without_fsync, 0, sizeof refusals / sizeof *refusals);
    tcase_add_test(c, without_locks);
    tcase_add_test(c, a_full_disk);
    tcase_add_test(c, a_failing_fsync_is_an_error);
    suite_add_tcase(suite, c);
    return suite;
}
