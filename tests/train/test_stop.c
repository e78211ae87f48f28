/* SPDX-License-Identifier: Apache-2.0 */
/* Runs that are stopped by signals or killed resume as if they had not been interrupted. */
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/log.h"
#include "core/mem.h"
#include "tests/support/tiny.h"
#include "tests/train/run_log.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { STOPPED = 75, KILLS = 20 };

/* Fewer arrays per checkpoint than tiny.yaml, because these tests write many. */
#define SMALL "swin.depths=1,1,1,1 model.layers=1"

static char whole[33];  /* content of the uninterrupted run */
static double duration; /* duration of that run, seconds */

/* An evaluation set in which every image is scored 200 times. */
static void make_long_set(void)
{
    char *make = tiny_path("mkdir -p @/long @/few && "
                           "for d in @/long @/few; do cp @/data/seen/tags.txt $d; done && "
                           "for i in $(seq 200); do cat @/data/seen/annotations.txt; done "
                           "> @/long/annotations.txt && "
                           "head -400 @/long/annotations.txt > @/few/annotations.txt");
    ck_assert_int_eq(system(make), 0);
    mem_free(make);
}

static void setup(void)
{
    tiny_new();
    const double start = log_now();
    mem_free(tiny_train(0, "whole", SMALL " save.every=1"));
    duration = log_now() - start;
    make_long_set();
    tiny_content("whole", whole);
}

/* Waits until a file has more than `bytes` bytes, at most a minute. */
static void wait_for_growth(const char *path, int64_t bytes)
{
    char *full = tiny_path(path);
    for (int i = 0; i < 60000 && file_bytes(full) <= bytes; i++) tiny_sleep(1e-3);
    ck_assert_msg(file_bytes(full) > bytes, "%s does not grow", full);
    mem_free(full);
}

static void verify(const char *path)
{
    char *line = mem_format("verify %s", path);
    mem_free(tiny_out(0, line));
    mem_free(line);
}

static void check_nothing_left(const char *run)
{
    char *name = mem_format("@/%s", run), *folder = tiny_path(name);
    Lines files;
    ck_assert_int_eq(file_walk(folder, &files, NULL), 0);
    for (size_t i = 0; i < files.count; i++)
        ck_assert_msg(!strstr(files.line[i], ".tmp") && strcmp(files.line[i], "lock") != 0,
                      "left: %s", files.line[i]);
    lines_free(&files);
    mem_free(folder);
    mem_free(name);
}

/* Starts or resumes @/RUN, sends the signal after its first step and returns the exit code. */
static int run_and_signal(const char *run, int number)
{
    char *log = mem_format("@/%s/metrics.jsonl", run);
    const int64_t before = tiny_bytes(log);
    const pid_t child = tiny_start(run, SMALL);
    wait_for_growth(log, before);
    kill(child, number);
    mem_free(log);
    return tiny_wait(child);
}

static const int numbers[] = {SIGTERM, SIGINT, SIGUSR1, SIGHUP};
enum { NUMBERS = sizeof numbers / sizeof *numbers };

START_TEST(a_signal_saves_and_stops)
{
    char run[16], have[33], path[48];
    int stops = 0;
    snprintf(run, sizeof run, "signal%d", _i);
    for (int i = 0; i < 3; i++) {
        const int code = run_and_signal(run, numbers[_i]);
        if (code == 0) break; /* the signal came during the last step */
        ck_assert_int_eq(code, STOPPED);
        stops++;
        snprintf(path, sizeof path, "@/%s/checkpoints/latest", run);
        verify(path);
        check_nothing_left(run);
    }
    ck_assert_int_ge(stops, 1);
    mem_free(tiny_train(0, run, SMALL));
    tiny_content(run, have);
    ck_assert_str_eq(have, whole);
    RunLog log = run_log_check(run, TINY_EPOCHS);
    ck_assert_int_eq(log.steps, TINY_STEPS);
    run_log_free(&log);
}
END_TEST

/* A signal sent before the program installs its handlers is not lost: it is blocked across exec
 * and stays pending. Nothing is left to save. */
START_TEST(an_early_signal_counts)
{
    const pid_t child =
        tiny_spawn_stopped(numbers[_i], "train -c @/tiny.yaml run=@/early " SMALL);
    ck_assert_int_eq(tiny_wait(child), STOPPED);
    ck_assert(!tiny_exists("@/early"));
}
END_TEST

/* nohup ignores SIGHUP, and a shell SIGINT for its background commands: the run goes on. */
START_TEST(ignored_signals_stay_ignored)
{
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    const pid_t child = tiny_start("ignored", SMALL);
    int status;
    while (waitpid(child, &status, WNOHANG) == 0) {
        kill(child, SIGHUP);
        kill(child, SIGINT);
        tiny_sleep(0.01);
    }
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", status);
    char have[33];
    tiny_content("ignored", have);
    ck_assert_str_eq(have, whole);
}
END_TEST

#define LONG " data.eval=@/long,@/data/seen eval.root=@/data eval.batch=1 train.max_steps=8"

static int64_t evaluations(const char *run)
{
    char *name = mem_format("@/%s/metrics.jsonl", run), *text = tiny_read(name);
    int64_t n = 0;
    for (const char *p = text; (p = strstr(p, "\"eval\"")); p++) n++;
    mem_free(text);
    mem_free(name);
    return n;
}

/* Signals during an evaluation: the step is saved, and the evaluation is made up for. With
 * eval.every=7 the first evaluation is not the last step. */
static const char *const evaluated[] = {"", " eval.every=7 save.every=100"};

START_TEST(a_signal_during_an_evaluation)
{
    char run[16], log[80], *messages;
    snprintf(run, sizeof run, "eval%d", _i);
    snprintf(log, sizeof log, "@/%s/log.txt", run);
    char *settings = mem_format(SMALL LONG "%s", evaluated[_i % 2]);
    const pid_t child = tiny_start(run, settings);
    /* The evaluation follows the end of the epoch at step 7, or the checkpoint of step 8. */
    if (_i % 2 == 0) snprintf(log, sizeof log, "@/%s/checkpoints/step_00000008.h5", run);
    wait_for_growth(log, 0);
    tiny_sleep(0.1);
    const double start = log_now();
    kill(child, numbers[_i]);
    ck_assert_int_eq(tiny_wait(child), STOPPED);
    ck_assert_double_lt(log_now() - start, 5);
    ck_assert_int_eq(evaluations(run), 0);
    snprintf(log, sizeof log, "@/%s/checkpoints/step_%08d.h5", run, _i % 2 == 0 ? 8 : 7);
    ck_assert(tiny_exists(log));
    char *name = mem_format("@/%s/checkpoints/best", run);
    ck_assert(!tiny_exists(name));
    messages = tiny_train(0, run, settings);
    ck_assert_int_eq(evaluations(run), _i % 2 == 0 ? 2 : 4);
    ck_assert(tiny_exists(name));
    mem_free(messages);
    mem_free(name);
    mem_free(settings);
}
END_TEST

/* A second SIGINT does not wait for the batch of 3000 images that is being evaluated. The last
 * checkpoint is whole, and the run goes on to the same bits. */
START_TEST(a_second_ctrl_c_ends_at_once)
{
    const char *settings = SMALL " data.eval=@/long eval.root=@/data eval.batch=3000 "
                                 "eval.every=7 save.every=2 train.max_steps=8";
    char have[33], want[33];
    mem_free(tiny_train(0, "once", settings));
    tiny_content("once", want);
    const pid_t child = tiny_start("twice", settings);
    wait_for_growth("@/twice/log.txt", 0); /* the end of the epoch at step 7 */
    tiny_sleep(0.1);
    kill(child, SIGINT);
    tiny_sleep(0.02);
    kill(child, SIGINT);
    ck_assert_int_eq(tiny_wait(child), -SIGINT);
    ck_assert(tiny_exists("@/twice/checkpoints/step_00000006.h5"));
    ck_assert(!tiny_exists("@/twice/checkpoints/step_00000007.h5"));
    check_nothing_left("twice");
    verify("@/twice/checkpoints/latest");
    mem_free(tiny_train(0, "twice", settings));
    tiny_content("twice", have);
    ck_assert_str_eq(have, want);
}
END_TEST

/* A step is on disk before its evaluation, also against a kill. */
START_TEST(a_kill_during_the_last_evaluation)
{
    const pid_t child = tiny_start("killed", SMALL LONG);
    char *path = tiny_path("@/killed/checkpoints/step_00000008.h5");
    for (int i = 0; i < 60000 && !file_exists(path); i++) tiny_sleep(1e-3);
    tiny_sleep(0.1);
    kill(child, SIGKILL);
    ck_assert_int_eq(tiny_wait(child), -SIGKILL);
    ck_assert_int_eq(evaluations("killed"), 0);
    char *messages = tiny_train(0, "killed", SMALL LONG);
    ck_assert_ptr_nonnull(strstr(messages, "step 8, epoch 1\n"));
    ck_assert_int_eq(evaluations("killed"), 2);
    ck_assert(tiny_exists("@/killed/checkpoints/best"));
    mem_free(messages);
    mem_free(path);
}
END_TEST

static bool has_checkpoint(const char *run)
{
    char *name = mem_format("@/%s/checkpoints/latest", run), *path = tiny_path(name);
    const bool there = file_exists(path);
    mem_free(path);
    mem_free(name);
    return there;
}

static void check_finished(const char *run)
{
    char have[33];
    tiny_content(run, have);
    ck_assert_str_eq(have, whole);
    RunLog log = run_log_check(run, TINY_EPOCHS);
    ck_assert_int_eq(log.steps, TINY_STEPS);
    ck_assert_str_eq(log.evaluated, "seen@21 unseen@21 ");
    run_log_free(&log);
    check_nothing_left(run);
}

#define EVALUATED                                                                              \
    SMALL " eval.every=2 data.eval=@/few,@/data/unseen eval.root=@/data eval.batch=1"

/* Signals at random moments, many of them in an evaluation: the run that is resumed until it
 * ends has the steps, losses, evaluations and parameters of a run without a signal. */
START_TEST(signals_lose_nothing)
{
    uint64_t random = 20240131;
    char have[33], want[33];
    const double start = log_now();
    mem_free(tiny_train(0, "calm", EVALUATED));
    const double length = log_now() - start;
    int stops = 0, code = STOPPED;
    for (int i = 0; code != 0; i++) {
        const pid_t child = tiny_start("disturbed", EVALUATED);
        tiny_sleep(tiny_random(&random) * length / 2);
        kill(child, numbers[i % NUMBERS]);
        code = tiny_wait(child);
        ck_assert_msg(code == 0 || code == STOPPED || code == -numbers[i % NUMBERS],
                      "exit code %d", code);
        stops += code == STOPPED && has_checkpoint("disturbed");
        if (tiny_exists("@/disturbed")) check_nothing_left("disturbed");
        if (i > 200) code = 0; /* a slow machine: end it below */
    }
    mem_free(tiny_train(0, "disturbed", EVALUATED));
    tiny_content("calm", want);
    tiny_content("disturbed", have);
    ck_assert_str_eq(have, want);
    RunLog calm = run_log_check("calm", TINY_EPOCHS),
           disturbed = run_log_check("disturbed", TINY_EPOCHS);
    ck_assert_int_eq(disturbed.steps, calm.steps);
    ck_assert_double_eq(disturbed.loss_sum, calm.loss_sum);
    ck_assert_str_eq(disturbed.evaluated, calm.evaluated);
    ck_assert_int_ge(stops, 1);
    run_log_free(&disturbed);
    run_log_free(&calm);
}
END_TEST

/* kill -9 at random moments while every step saves. A run that finishes first is checked, and
 * the next one starts. Kills that come before the first checkpoint show little: after each of
 * them there is more time. */
START_TEST(kills_lose_nothing)
{
    uint64_t random = 20231024;
    char run[16];
    int kills = 0, seen = 0, runs = 0;
    double most = duration / 3;
    for (; kills < KILLS; runs++) {
        snprintf(run, sizeof run, "kill%d", runs);
        for (int code = -1; code != 0 && kills < KILLS;) {
            const pid_t child = tiny_start(run, SMALL " save.every=1 loader.threads=1");
            tiny_sleep(tiny_random(&random) * most);
            kill(child, SIGKILL);
            code = tiny_wait(child);
            ck_assert_msg(code == 0 || code == -SIGKILL, "exit code %d", code);
            kills += code != 0;
            if (!has_checkpoint(run)) {
                most *= 1.2;
                continue;
            }
            seen++;
            char *path = mem_format("@/%s/checkpoints/latest", run);
            verify(path);
            mem_free(path);
        }
        mem_free(tiny_train(0, run, SMALL " save.every=1"));
        check_finished(run);
    }
    ck_assert_msg(seen >= KILLS / 4, "only %d of %d kills met a checkpoint", seen, kills);
}
END_TEST

Suite *test_stop_suite(void);
Suite *test_stop_suite(void)
{
    Suite *suite = suite_create("stop");
    TCase *c = tcase_create("stop");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_loop_test(c, a_signal_saves_and_stops, 0, NUMBERS);
    tcase_add_loop_test(c, an_early_signal_counts, 0, NUMBERS);
    tcase_add_test(c, ignored_signals_stay_ignored);
    tcase_add_loop_test(c, a_signal_during_an_evaluation, 0, NUMBERS);
    tcase_add_test(c, a_second_ctrl_c_ends_at_once);
    tcase_add_test(c, a_kill_during_the_last_evaluation);
    tcase_add_test(c, signals_lose_nothing);
    tcase_add_test(c, kills_lose_nothing);
    suite_add_tcase(suite, c);
    return suite;
}
