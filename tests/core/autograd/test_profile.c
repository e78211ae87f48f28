/* SPDX-License-Identifier: Apache-2.0 */
/* A profile counts every operation once, and its rows add up to the time that has passed. */
#include "core/autograd/profile_report.h"
#include "core/autograd/recompute.h"
#include "core/autograd/shards.h"
#include "core/math/gemm.h"
#include "core/mem.h"
#include "core/ops/ops.h"
#include "tests/core/autograd/tape_case.h"

#include <check.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

enum { EVENTS = 10000 };

static Profile *profile;
static Tape *tape;

static void set_up(void)
{
    gemm_set_threads(2);
    profile = profile_new(EVENTS);
    profile_mark(profile, PROFILE_OPEN);
    tape = tape_new();
    tape_set_lane(tape, profile_lane(profile, 0));
}

static void tear_down(void)
{
    tape_free(tape);
    profile_free(profile);
}

/* The row of this name; all zeros if there is none. */
static ProfileRow row_of(const char *name, enum ProfileKind kind)
{
    int64_t n;
    ProfileRow *row = profile_rows(profile, &n), found = {0};
    for (int64_t i = 0; i < n; i++)
        if (row[i].kind == kind && strcmp(row[i].name, name) == 0) found = row[i];
    mem_free(row);
    return found;
}

static void expect_sum(void)
{
    int64_t n;
    double sum = 0;
    ProfileRow *row = profile_rows(profile, &n);
    for (int64_t i = 0; i < n; i++) {
        ck_assert_double_ge(row[i].thread_seconds, -1e-9);
        sum += row[i].thread_seconds;
    }
    mem_free(row);
    ck_assert_double_gt(profile_seconds(profile), 0);
    ck_assert_double_eq_tol(sum, profile_threads(profile) * profile_seconds(profile), 1e-9);
}

/* ---- operations -------------------------------------------------------------------------- */

/* y [M, N] = x [M, K] w [N, K]^T + b, of which the last `zeros` rows have no gradient. */
static void run_linear(int64_t M, int64_t N, int64_t K, int64_t zeros)
{
    Tensor *x = test_tensor(2, (int64_t[]){M, K}, true);
    Tensor *w = test_tensor(2, (int64_t[]){N, K}, true);
    Tensor *b = test_tensor(1, (int64_t[]){N}, true);
    test_fill(x, 1, -1, 1), test_fill(w, 2, -1, 1), test_fill(b, 3, -1, 1);
    Tensor *y = op_linear(tape, x, w, b);
    Real *dy = tape_grad(tape, y);
    for (int64_t i = 0; i < (M - zeros) * N; i++) dy[i] = 1;
    tape_backward(tape);
    test_tensor_free(x), test_tensor_free(w), test_tensor_free(b);
}

/* The second one has several tiles, which both threads compute; in the third, most rows of dy
 * are zero and add nothing. */
static const struct {
    int64_t M, N, K, zeros;
} linears[] = {{5, 7, 3, 0}, {301, 257, 129, 0}, {64, 7, 3, 48}};

START_TEST(a_linear_layer_is_counted_exactly)
{
    const int64_t M = linears[_i].M, N = linears[_i].N, K = linears[_i].K;
    run_linear(M, N, K, linears[_i].zeros);
    const ProfileRow there = row_of("linear", PROFILE_FORWARD);
    const ProfileRow back = row_of("linear", PROFILE_BACKWARD);
    ck_assert_int_eq(there.calls, 1);
    ck_assert_int_eq(back.calls, 1);
    ck_assert_int_eq(there.flops, 2 * M * N * K);
    ck_assert_int_eq(back.flops, 4 * (M - linears[_i].zeros) * N * K);
    ck_assert_int_eq(there.bytes, M * N * (int64_t)sizeof(Real));
    ck_assert_int_eq(back.bytes, (M * K + N * K + N) * (int64_t)sizeof(Real));
    expect_sum();
}
END_TEST

START_TEST(every_call_counts_once)
{
    Tensor *x = tape_case_leaf(1);
    int runs = 0;
    Tensor *y = tape_case_scale(tape, tape_case_scale(tape, x, 2, &runs), 3, &runs);
    tape_case_seed(tape, y, 1);
    tape_backward(tape);
    ck_assert_int_eq(row_of("mul", PROFILE_FORWARD).calls, 2);
    ck_assert_int_eq(row_of("mul", PROFILE_BACKWARD).calls, runs);
    ck_assert_int_eq(row_of("sum", PROFILE_FORWARD).calls, 1);
    ck_assert_int_eq(row_of("sum", PROFILE_BACKWARD).calls, 1);
    expect_sum();
    test_tensor_free(x);
}
END_TEST

START_TEST(inference_counts)
{
    tape_set_recording(tape, false);
    tape_case_scale(tape, tape_case_constant(tape, 1), 2, NULL);
    ck_assert_int_eq(row_of("mul", PROFILE_FORWARD).calls, 1);
    ck_assert_int_eq(row_of("mul", PROFILE_BACKWARD).calls, 0);
}
END_TEST

static Tensor *twice(Tape *t, const void *context, Tensor *x)
{
    (void)context;
    return tape_case_scale(t, tape_case_scale(t, x, 2, NULL), 3, NULL);
}

/* A block that is computed again runs its operations within its own backward. */
START_TEST(operations_within_an_operation_count_once)
{
    Tensor *x = tape_case_leaf(1);
    tape_set_recompute(tape, RECOMPUTE_BLOCKS);
    Tensor *y = tape_block(tape, RECOMPUTE_BLOCKS, twice, NULL, x);
    tape_case_seed(tape, y, 1);
    tape_backward(tape);
    tape_case_expect_grad(x, 6, NULL);
    ck_assert_int_eq(row_of("mul", PROFILE_FORWARD).calls, 4);
    ck_assert_int_eq(row_of("mul", PROFILE_BACKWARD).calls, 2);
    ck_assert_int_eq(row_of("block", PROFILE_FORWARD).calls, 1);
    ck_assert_int_eq(row_of("block", PROFILE_BACKWARD).calls, 1);
    expect_sum();
    test_tensor_free(x);
}
END_TEST

START_TEST(nothing_counts_on_another_tape)
{
    int64_t n;
    tape_set_lane(tape, NULL);
    run_linear(5, 7, 3, 0);
    mem_free(profile_rows(profile, &n));
    ck_assert_int_eq(n, 1); /* PROFILE_OPEN */
}
END_TEST

/* ---- time -------------------------------------------------------------------------------- */

static void rest(long milliseconds)
{
    nanosleep(&(struct timespec){.tv_nsec = milliseconds * 1000000}, NULL);
}

/* Threads that sleep are on no processor. */
START_TEST(sleep_is_idle)
{
    rest(200);
    profile_mark(profile, PROFILE_DATA);
    const ProfileRow r = row_of(PROFILE_DATA, PROFILE_OTHER);
    ck_assert_int_eq(r.calls, 1);
    ck_assert_double_ge(r.thread_seconds, 2 * 0.2);
    ck_assert_double_lt(r.thread_seconds_busy, 0.1);
    expect_sum();
}
END_TEST

START_TEST(work_is_not_idle)
{
    const clock_t until = clock() + CLOCKS_PER_SEC / 5;
    while (clock() < until) {
    }
    profile_mark(profile, PROFILE_REST);
    ck_assert_double_gt(row_of(PROFILE_REST, PROFILE_OTHER).thread_seconds_busy, 0.15);
}
END_TEST

/* ---- shards ------------------------------------------------------------------------------ */

enum { SHARDS = 3 };

static void piece(int64_t i, void *context)
{
    Shards *s = context;
    rest(i == 0 ? 100 : 1);
    tape_set_recording(s->tape[i], false);
    tape_case_scale(s->tape[i], tape_case_constant(s->tape[i], 1), 2, NULL);
}

/* Two threads, of which one has nothing to do while the other sleeps for 0.1 s. */
START_TEST(shards_add_up)
{
    Shards *s = shards_new(SHARDS, NULL);
    shards_set_profile(s, profile);
    for (int i = 0; i < 2; i++) shards_run(s, SHARDS, piece, s);
    profile_mark(profile, PROFILE_REST);
    ck_assert_int_eq(row_of("mul", PROFILE_FORWARD).calls, 2 * SHARDS);
    const ProfileRow wait = row_of(PROFILE_WAIT, PROFILE_OTHER);
    ck_assert_int_eq(wait.calls, 2);
    ck_assert_double_gt(wait.thread_seconds, 2 * 0.05);
    ck_assert_double_lt(wait.thread_seconds, 1.5 * profile_seconds(profile));
    expect_sum();
    shards_free(s);
}
END_TEST

/* ---- trace ------------------------------------------------------------------------------- */

typedef struct Lane {
    int64_t events;
    double end; /* of the last one, in microseconds */
} Lane;

static double number(const json_t *event, const char *key)
{
    return json_number_value(json_object_get(event, key));
}

/* Events of a lane begin after those before them have ended. */
static void expect_event(const json_t *e, Lane *lanes)
{
    const int64_t tid = json_integer_value(json_object_get(e, "tid"));
    ck_assert(tid >= 0 && tid <= SHARDS);
    if (strcmp(json_string_value(json_object_get(e, "ph")), "X") != 0) return;
    ck_assert_double_ge(number(e, "ts"), lanes[tid].end - 1e-4);
    ck_assert_double_ge(number(e, "dur"), 0);
    lanes[tid].end = number(e, "ts") + number(e, "dur");
    lanes[tid].events++;
    ck_assert_double_le(lanes[tid].end, 1e6 * profile_seconds(profile) + 1e-3);
}

static json_t *read_trace(Lane *lanes)
{
    Text text = {0};
    size_t i;
    json_t *event;
    profile_report_trace(profile, &text);
    json_t *trace = json_loads(text.data, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(trace);
    json_array_foreach(json_object_get(trace, "traceEvents"), i, event)
        expect_event(event, lanes);
    text_free(&text);
    return trace;
}

static int64_t left_out(const json_t *trace)
{
    return json_integer_value(
        json_object_get(json_object_get(trace, "otherData"), "events_left_out"));
}

START_TEST(events_follow_each_other)
{
    Lane lanes[SHARDS + 1] = {0};
    Shards *s = shards_new(SHARDS, NULL);
    shards_set_profile(s, profile);
    shards_run(s, SHARDS, piece, s);
    run_linear(301, 257, 129, 0);
    json_t *trace = read_trace(lanes);
    ck_assert_int_eq(lanes[0].events, 5); /* open, rest, shards, linear and its backward */
    for (int i = 1; i <= SHARDS; i++) ck_assert_int_eq(lanes[i].events, 2); /* mul, rest */
    ck_assert_int_eq(left_out(trace), 0);
    json_decref(trace);
    shards_free(s);
}
END_TEST

START_TEST(late_events_are_left_out)
{
    Lane lanes[SHARDS + 1] = {0};
    profile_free(profile);
    profile = profile_new(3);
    tape_set_lane(tape, profile_lane(profile, 0));
    for (int i = 0; i < 5; i++) profile_mark(profile, PROFILE_REST);
    json_t *trace = read_trace(lanes);
    ck_assert_int_eq(lanes[0].events, 3);
    ck_assert_int_eq(left_out(trace), 2);
    json_decref(trace);
}
END_TEST

/* ---- table ------------------------------------------------------------------------------- */

START_TEST(table_has_operations_first)
{
    Text text = {0};
    run_linear(301, 257, 129, 0);
    profile_mark(profile, PROFILE_REST);
    profile_report_table(profile, &text);
    const char *linear = strstr(text.data, "\nlinear "),
               *open = strstr(text.data, PROFILE_OPEN);
    const char *all = strstr(text.data, "\nall ");
    ck_assert(linear && open && all && linear < open && open < all);
    ck_assert_ptr_nonnull(strstr(all, " 100.0%  of "));
    text_free(&text);
}
END_TEST

Suite *test_profile_suite(void);
Suite *test_profile_suite(void)
{
    Suite *s = suite_create("profile");
    TCase *t = tape_case_new(s, set_up, tear_down, "profile");
    tcase_add_loop_test(t, a_linear_layer_is_counted_exactly, 0,
                        sizeof linears / sizeof *linears);
    tcase_add_test(t, every_call_counts_once);
    tcase_add_test(t, inference_counts);
    tcase_add_test(t, operations_within_an_operation_count_once);
    tcase_add_test(t, nothing_counts_on_another_tape);
    tcase_add_test(t, sleep_is_idle);
    tcase_add_test(t, work_is_not_idle);
    tcase_add_test(t, shards_add_up);
    tcase_add_test(t, events_follow_each_other);
    tcase_add_test(t, late_events_are_left_out);
    tcase_add_test(t, table_has_operations_first);
    return s;
}
