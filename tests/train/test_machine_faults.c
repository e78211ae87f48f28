/* SPDX-License-Identifier: Apache-2.0 */
/* A machine that fails while it reads: a fault that passes changes no result, one that lasts
 * ends the command with the name of the file; neither is taken for a fault of the file. */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/image/image.h"
#include "tests/support/deny.h"
#include "tests/support/sanitized.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FOREVER = 1 << 30 };

static char whole[33]; /* content of a run without faults */

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "whole", "train.epochs=1"));
    tiny_content("whole", whole);
    mem_free(tiny_messages(0, "eval --checkpoint @/whole --data @/data/seen -o @/scores"));
}

static void says(char *messages, const char *what)
{
    ck_assert_msg(strstr(messages, what), "no '%s' in: %s", what, messages);
    mem_free(messages);
}

static void same_file(const char *a, const char *b)
{
    char *x = tiny_read(a), *y = tiny_read(b);
    ck_assert_str_eq(x, y);
    mem_free(y);
    mem_free(x);
}

static const struct {
    long call;
    int error;
} faults[] = {{SYS_openat, EMFILE}, {SYS_openat, ENFILE}, {SYS_openat, ENOMEM},
              {SYS_openat, ESTALE}, {SYS_openat, EINTR},  {SYS_read, EIO},
              {SYS_read, ENOSPC},   {SYS_read, ESTALE},   {SYS_read, EINTR}};
enum { FAULTS = sizeof faults / sizeof *faults };

/* In training, in its evaluation, and in a command. */
START_TEST(a_passing_fault_changes_nothing)
{
    char have[33];
    deny_some(faults[_i].call, faults[_i].error, _i % 2 ? "000007.png" : "test/000003.png", 1,
              2);
    mem_free(tiny_train(0, "again", "train.epochs=1"));
    tiny_content("again", have);
    ck_assert_str_eq(have, whole);
    same_file("@/again/eval/step_00000007/seen/pred.txt",
              "@/whole/eval/step_00000007/seen/pred.txt");
    ck_assert(!tiny_exists("@/again/bad_images.txt"));
    char *clear = tiny_path("rm -rf @/again");
    ck_assert_int_eq(system(clear), 0);
    mem_free(clear);
}
END_TEST

/* Each command that reads images. */
static const char *const readers[] = {
    "train -c @/tiny.yaml run=@/lasting train.epochs=1 data.eval=",
    "train -c @/tiny.yaml run=@/lasting2 train.epochs=1 data.root=@/data data.train=@/two.json",
    "eval --checkpoint @/whole --data @/data/seen -o @/lasting3",
    "tag --checkpoint @/whole --top 1 @/data/images",
    "tag --checkpoint @/whole --top 1 --heatmap @/maps @/data/images/test",
    "retrieve --checkpoint @/whole --text red @/data/images/test @/data/images/train",
    ("prepare triplets @/triplets --tags @/data/train_tags.txt --root @/data "
     "@/data/train.json"),
};
enum { READERS = sizeof readers / sizeof *readers };

START_TEST(a_lasting_fault_ends_the_command)
{
    if (_i == 1) {
        char *copy = tiny_path("cp @/data/train.json @/two.json");
        ck_assert_int_eq(system(copy), 0);
        mem_free(copy);
    }
    deny_some(SYS_read, EIO, "/000007.png", 0, FOREVER);
    char *messages = tiny_messages(1, readers[_i]);
    ck_assert_msg(strstr(messages, "/000007.png: cannot read: Input/output error"), "%s",
                  messages);
    mem_free(messages);
    ck_assert(!tiny_exists("@/lasting/bad_images.txt"));
    ck_assert(!tiny_exists("@/lasting3/summary.json"));
    ck_assert(!tiny_exists("@/triplets/train.json"));
}
END_TEST

/* The image can be read in the first epoch only. A child meets the fault, so that this process
 * can resume without it. */
START_TEST(a_run_that_ends_keeps_its_steps)
{
    char have[33], want[33];
    mem_free(tiny_train(0, "two", "train.epochs=2 save.every=100 data.eval="));
    tiny_content("two", want);
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        deny_some(SYS_openat, EIO, "/000007.png", 1, FOREVER);
        says(tiny_train(1, "kept", "train.epochs=2 save.every=100 data.eval="),
             "/000007.png: cannot open: Input/output error");
        _exit(0);
    }
    ck_assert_int_eq(tiny_wait(child), 0);
    mem_free(tiny_out(0, "verify @/kept/checkpoints/latest"));
    says(tiny_train(0, "kept", "train.epochs=2 save.every=100 data.eval="), "resuming from ");
    tiny_content("kept", have);
    ck_assert_str_eq(have, want);
}
END_TEST

/* A missing image and one that may not be read are faults of the data. */
static const int of_the_image[] = {ENOENT, EACCES};

START_TEST(a_fault_of_the_image_does_not)
{
    char name[16];
    snprintf(name, sizeof name, "image%d", _i);
    deny_some(SYS_openat, of_the_image[_i], "000007.png", 0, FOREVER);
    says(tiny_train(0, name, "train.epochs=1 data.eval="), "1 image could not be read");
}
END_TEST

/* A list of images is complete or not there. */
START_TEST(a_folder_that_cannot_be_listed)
{
    char *listed, *messages;
    deny_some(SYS_getdents64, EIO, "/images", 1, FOREVER);
    ck_assert_int_eq(
        tiny_run("tag --checkpoint @/whole --top 1 @/data/images", &listed, &messages), 1);
    ck_assert_str_eq(listed, "");
    says(messages, "cannot list: Input/output error");
    mem_free(listed);
}
END_TEST

static void write_thresholds(void)
{
    char *tags = tiny_read("@/data/seen/tags.txt"), *lines = mem_alloc(strlen(tags) * 4),
         *to = lines;
    for (const char *p = tags; *p; p++)
        if (*p == '\n') to += sprintf(to, "0.1\n");
    tiny_write("@/data/seen/thresholds.txt", lines);
    mem_free(lines);
    mem_free(tags);
}

/* Whether a file is there decides what is computed: here, at which thresholds. */
START_TEST(a_file_that_cannot_be_seen)
{
    static const char line[] = "eval --checkpoint @/whole --data @/data/seen -o @/seen";
    write_thresholds();
    mem_free(tiny_out(0, "eval --checkpoint @/whole --data @/data/seen -o @/low"));
    if (_i == 0) {
        deny_some(SYS_newfstatat, ESTALE, "/thresholds.txt", 0, 2);
        mem_free(tiny_out(0, line));
        same_file("@/seen/pr.txt", "@/low/pr.txt");
    } else {
        deny_some(SYS_newfstatat, ESTALE, "/thresholds.txt", 0, FOREVER);
        says(tiny_messages(1, line), "thresholds.txt: cannot open: Stale file handle");
    }
}
END_TEST

/* A checkpoint on a failing disk is not damaged: no older one takes its place. */
START_TEST(a_checkpoint_that_cannot_be_read)
{
    mem_free(tiny_train(0, "three", "train.max_steps=3 save.every=1 data.eval="));
    deny_some(SYS_pread64, EIO, "/step_00000003.h5", _i ? 0 : 2, _i ? FOREVER : 2);
    if (_i == 0) {
        mem_free(tiny_out(0, "verify @/three"));
        return;
    }
    static const char why[] = ": cannot read: Input/output error\n";
    says(tiny_messages(1, "verify @/three"), why);
    says(tiny_train(1, "three", "train.max_steps=4 resume=whole data.eval="), why);
    says(tiny_train(1, "three", "train.max_steps=4 data.eval="), why);
}
END_TEST

/* A large image needs more than the program has beside it. */
static void limit_memory(void)
{
    const rlim_t bytes = (rlim_t)600 << 20;
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &(struct rlimit){bytes, bytes}), 0);
}

/* Its tables lack what needs the scores, and the exit code says so; again, they are whole. */
START_TEST(scores_of_an_ablation)
{
    static const char command[] = "ablate -c @/tiny.yaml run=@/cells train.max_steps=1 "
                                  "eval.images=1 --grid loss.tag=bce --seeds 1";
    mem_free(tiny_messages(0, command));
    char *want = tiny_read("@/cells/ablation.csv");
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child == 0) {
        deny_some(SYS_openat, EIO, "/scores.h5", 0, FOREVER);
        says(tiny_messages(1, command), "error: ablate: 2 files of scores cannot be read");
        _exit(0);
    }
    ck_assert_int_eq(tiny_wait(child), 0);
    char *lacking = tiny_read("@/cells/ablation.csv");
    ck_assert_str_ne(lacking, want);
    mem_free(tiny_messages(0, command));
    char *again = tiny_read("@/cells/ablation.csv");
    ck_assert_str_eq(again, want);
    mem_free(want);
    mem_free(lacking);
    mem_free(again);
}
END_TEST

START_TEST(an_image_larger_than_memory)
{
    char *small = tiny_path("@/small.png"), *large = tiny_path("@/large.png");
    Image one = image_new(32, 32), all = image_new(14000, 14000);
    ck_assert_int_eq(image_write_png(small, &one, NULL), 0);
    ck_assert_int_eq(image_write_png(large, &all, NULL), 0);
    image_free(&all);
    image_free(&one);
    if (SANITIZED_MEMORY)
        fputs("skipped under sanitizers, which need more memory than the limit\n", stderr);
    else
        limit_memory();
    mem_free(tiny_out(0, "tag --checkpoint @/whole --top 1 data.max_pixels=200 "
                         "data.max_memory=2000 @/small.png"));
    if (!SANITIZED_MEMORY)
        says(tiny_messages(1, "tag --checkpoint @/whole --top 1 data.max_pixels=200 "
                              "data.max_memory=2000 @/small.png @/large.png"),
             "large.png: PNG: out of memory: needs ");
    mem_free(large);
    mem_free(small);
}
END_TEST

Suite *test_machine_faults_suite(void);
Suite *test_machine_faults_suite(void)
{
    Suite *suite = suite_create("machine_faults");
    TCase *c = tcase_create("machine_faults");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_loop_test(c, a_passing_fault_changes_nothing, 0, FAULTS);
    tcase_add_loop_test(c, a_lasting_fault_ends_the_command, 0, READERS);
    tcase_add_test(c, a_run_that_ends_keeps_its_steps);
    tcase_add_loop_test(c, a_fault_of_the_image_does_not, 0, 2);
    tcase_add_test(c, a_folder_that_cannot_be_listed);
    tcase_add_loop_test(c, a_file_that_cannot_be_seen, 0, 2);
    tcase_add_loop_test(c, a_checkpoint_that_cannot_be_read, 0, 2);
    tcase_add_test(c, scores_of_an_ablation);
    tcase_add_test(c, an_image_larger_than_memory);
    suite_add_tcase(suite, c);
    return suite;
}
