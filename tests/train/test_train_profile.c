/* SPDX-License-Identifier: Apache-2.0 */
/* `--profile` and `--trace` of train and tag: the same numbers, and a table that adds up. */
#include "core/autograd/profile.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW "threads=2 train.max_steps=3 eval.every=3"

static char plain[33]; /* content of a run of three steps without a profile */

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "plain", FEW));
    tiny_content("plain", plain);
}

/* The line of the table that begins with this name; the test fails without it. */
static const char *line_of(const char *table, const char *name)
{
    char *start = mem_format("\n%s  ", name);
    const char *at = strstr(table, start);
    ck_assert_msg(at != NULL, "no line \"%s\" in:\n%s", name, table);
    mem_free(start);
    return at + 1;
}

typedef struct Line {
    long calls;
    double seconds, share;
} Line;

/* Names have up to 32 columns, and may hold digits and spaces. */
static bool parse(const char *line, Line *out)
{
    return strlen(line) > 33 &&
           sscanf(line + 32, "%ld %lf %lf%%", &out->calls, &out->seconds, &out->share) == 3;
}

static long calls_of(const char *table, const char *name)
{
    Line line = {0};
    ck_assert(parse(line_of(table, name), &line));
    return line.calls;
}

/* The rows add up to the last line, but for the rounding of each. */
static void expect_sum(const char *table)
{
    const char *end = line_of(table, "all");
    Line sum = {0}, line;
    double all;
    int rows = 0;
    ck_assert_int_eq(sscanf(end + 32, "%lf", &all), 1);
    for (const char *at = line_of(table, "operation"); at < end; at = strchr(at, '\n') + 1) {
        if (!parse(at, &line)) continue;
        sum.seconds += line.seconds;
        sum.share += line.share;
        rows++;
    }
    ck_assert_int_gt(rows, 10);
    ck_assert_double_gt(all, 0);
    ck_assert_double_le(fabs(sum.seconds - all), rows * 0.0006);
    ck_assert_double_le(fabs(sum.share - 100), rows * 0.06);
    ck_assert_ptr_nonnull(strstr(end, " 100.0%  of "));
}

/* The number of events of this name. */
static int events_of(const char *path, const char *name)
{
    char *file = tiny_path(path);
    json_t *trace = json_read(file, 1 << 26, NULL), *event;
    size_t i;
    int n = 0;
    ck_assert_ptr_nonnull(trace);
    json_array_foreach(json_object_get(trace, "traceEvents"), i, event) n +=
        strcmp(json_string_value(json_object_get(event, "name")), name) == 0;
    json_decref(trace);
    mem_free(file);
    return n;
}

START_TEST(training_computes_the_same)
{
    char have[33];
    char *table = tiny_train(0, "traced", FEW " --trace @/trace.json");
    tiny_content("traced", have);
    ck_assert_str_eq(have, plain);
    expect_sum(table);
    ck_assert_int_eq(calls_of(table, PROFILE_OPEN), 1);
    ck_assert_int_eq(calls_of(table, PROFILE_DATA), 3);
    ck_assert_int_eq(calls_of(table, PROFILE_CLIP), 3);
    ck_assert_int_eq(calls_of(table, PROFILE_OPTIMIZER), 3);
    ck_assert_int_eq(calls_of(table, PROFILE_EVALUATION), 1);
    ck_assert_int_eq(calls_of(table, PROFILE_WAIT), 6); /* two passes a step */
    /* Stochastic depth leaves some branches of a shard without gradients. */
    ck_assert_int_le(calls_of(table, "linear backward"), calls_of(table, "linear"));
    ck_assert_int_gt(calls_of(table, "linear backward"), calls_of(table, "linear") * 9 / 10);
    ck_assert_int_eq(events_of("@/trace.json", "linear"), (int)calls_of(table, "linear"));
    ck_assert_int_eq(events_of("@/trace.json", PROFILE_OPTIMIZER), 3);
    mem_free(table);
}
END_TEST

/* With debug.nan, shards run one after the other on all threads. */
START_TEST(a_watched_run_can_be_profiled)
{
    char have[33];
    char *table = tiny_train(0, "watched", FEW " debug.nan=true --profile");
    tiny_content("watched", have);
    ck_assert_str_eq(have, plain);
    expect_sum(table);
    ck_assert_ptr_null(strstr(table, PROFILE_WAIT));
    mem_free(table);
}
END_TEST

START_TEST(a_dry_run_can_be_profiled)
{
    char *out, *table;
    ck_assert_int_eq(
        tiny_run("train -c @/tiny.yaml run=@/dry --dry-run --profile", &out, &table), 0);
    expect_sum(table);
    ck_assert_int_eq(calls_of(table, PROFILE_OPTIMIZER), 3);
    ck_assert_ptr_null(strstr(out, PROFILE_OPTIMIZER));
    ck_assert(!tiny_exists("@/dry"));
    mem_free(table);
    mem_free(out);
}
END_TEST

/* A run that a signal ends is reported, too. */
START_TEST(a_stopped_run_is_traced)
{
    const pid_t child = tiny_start("stopped", "train.epochs=1000 log.every=1 --trace @/s.json");
    for (int i = 0; i < 3000 && tiny_bytes("@/stopped/metrics.jsonl") == 0; i++)
        tiny_sleep(0.02);
    kill(child, SIGTERM);
    ck_assert_int_eq(tiny_wait(child), 75);
    ck_assert_int_ge(events_of("@/s.json", PROFILE_OPTIMIZER), 1);
}
END_TEST

START_TEST(tagging_prints_the_same)
{
    char *before = tiny_out(0, "tag --checkpoint @/plain @/data/images/test --csv");
    char *after, *table;
    ck_assert_int_eq(tiny_run("tag --checkpoint @/plain @/data/images/test --csv --trace "
                              "@/tag.json",
                              &after, &table),
                     0);
    ck_assert_str_eq(before, after);
    expect_sum(table);
    ck_assert_int_ge(calls_of(table, PROFILE_IMAGES), 1);
    ck_assert_ptr_null(strstr(table, "backward"));
    ck_assert_int_eq(events_of("@/tag.json", "linear"), (int)calls_of(table, "linear"));
    mem_free(table);
    mem_free(after);
    mem_free(before);
}
END_TEST

/* Before a run, not after it. */
START_TEST(a_trace_needs_a_folder)
{
    tiny_refused(1, "train -c @/tiny.yaml run=@/no --trace @/missing/t.json", "no such folder");
    tiny_refused(1, "tag --checkpoint @/plain @/data/images/test --trace @/missing/t.json",
                 "no such folder");
    ck_assert(!tiny_exists("@/no"));
}
END_TEST

Suite *test_train_profile_suite(void);
Suite *test_train_profile_suite(void)
{
    Suite *s = suite_create("train_profile");
    TCase *t = tcase_create("train_profile");
    tcase_add_unchecked_fixture(t, setup, tiny_free);
    tcase_add_test(t, training_computes_the_same);
    tcase_add_test(t, a_watched_run_can_be_profiled);
    tcase_add_test(t, a_dry_run_can_be_profiled);
    tcase_add_test(t, a_stopped_run_is_traced);
    tcase_add_test(t, tagging_prints_the_same);
    tcase_add_test(t, a_trace_needs_a_folder);
    suite_add_tcase(s, t);
    return s;
}
