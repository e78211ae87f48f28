/* SPDX-License-Identifier: Apache-2.0 */
/* Moments in bfloat16: the second moment keeps its mean although most of its steps are smaller
 * than the spacing of its numbers; the bits depend on seed, step and element alone. */
#include "core/math/bf16.h"
#include "core/math/gemm.h"
#include "core/mem.h"
#include "optim/adamw.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { N = 40000 }; /* elements: several pieces of the kernel, and a rest */

static const AdamWConfig HALF = {.beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .half = true};

static ParamSet *make(int64_t n)
{
    ParamSet *ps = param_set_new();
    param_add(ps, (ParamInit){PARAM_CONSTANT, 0}, 1, &n, "p");
    param_set_build(ps);
    return ps;
}

static void set_gradient(ParamSet *ps, double g)
{
    for (int64_t i = 0; i < ps->param[0]->len; i++) ps->grad[i] = (Real)g;
}

static double number(const Moments *m, int64_t i)
{
    float x;
    moments_get(m, i, 1, &x);
    return (double)x;
}

static double mean(const Moments *m, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += number(m, i) / (double)n;
    return sum;
}

/* A step adds 0.001 (g^2 - v), and numbers near v are v/256 apart. */
START_TEST(keeps_the_mean)
{
    ParamSet *ps = make(N);
    AdamW *opt = adamw_new(HALF, ps);
    set_gradient(ps, 0.5);
    for (int t = 0; t < 500; t++) adamw_step(opt, ps, 1e-3);
    const double want = 0.25 * (1 - pow(0.999, 500));
    ck_assert_double_eq_tol(mean(&opt->v, N), want, 2e-3 * want);
    /* Rounded to the nearest it would have come to rest where a step is half a spacing. */
    ck_assert_double_gt(mean(&opt->v, N), 1.1 * 0.25 * 0.2);
    ck_assert_double_eq_tol(mean(&opt->m, N), 0.5, 1e-3 * 0.5);
    adamw_free(opt);
    param_set_free(ps);
}
END_TEST

/* From the same state, the parameters move as with moments of float32 but for their
 * rounding. */
START_TEST(near_float32)
{
    AdamWConfig full = HALF;
    full.half = false;
    ParamSet *a = make(N), *b = make(N);
    AdamW *half = adamw_new(HALF, a), *exact = adamw_new(full, b);
    double error = 0, moved = 0;
    for (int t = 1; t <= 20; t++) {
        for (int64_t i = 0; i < N; i++)
            a->grad[i] = b->grad[i] = (Real)(sin((double)(i * t)) + 0.3);
        adamw_step(half, a, 1e-2);
        adamw_step(exact, b, 1e-2);
    }
    for (int64_t i = 0; i < N; i++) {
        error += fabs((double)a->data[i] - (double)b->data[i]);
        moved += fabs((double)b->data[i]);
    }
    ck_assert_double_lt(error, 0.01 * moved);
    ck_assert_double_gt(error, 0);
    adamw_free(half);
    adamw_free(exact);
    param_set_free(a);
    param_set_free(b);
}
END_TEST

/* The state after three steps with so many threads. */
static void run_steps(int threads, uint64_t seed, float *state)
{
    AdamWConfig config = HALF;
    config.seed = seed;
    ParamSet *ps = make(N);
    AdamW *opt = adamw_new(config, ps);
    gemm_set_threads(threads);
    for (int t = 1; t <= 3; t++) {
        set_gradient(ps, 0.1 * t);
        adamw_step(opt, ps, 1e-3);
    }
    moments_get(&opt->v, 0, N, state);
    for (int64_t i = 0; i < N; i++) state[N + i] = (float)ps->data[i];
    adamw_free(opt);
    param_set_free(ps);
}

START_TEST(same_bits_for_any_threads)
{
    float *one = mem_alloc(2 * N * sizeof *one), *more = mem_alloc(2 * N * sizeof *more);
    run_steps(1, 7, one);
    for (int threads = 2; threads <= 4; threads++) {
        run_steps(threads, 7, more);
        ck_assert_mem_eq(one, more, 2 * N * sizeof *one);
    }
    run_steps(1, 8, more);
    ck_assert_mem_ne(one, more, N * sizeof *one);
    /* Neighbors are rounded independently: both neighbors of the exact value occur. */
    int64_t different = 0;
    for (int64_t i = 1; i < N; i++) different += one[i] != one[i - 1];
    ck_assert_int_gt(different, N / 10);
    mem_free(more);
    mem_free(one);
}
END_TEST

/* What a file of float32 takes of a moment comes back as it was. */
START_TEST(moments_pass_through_float32)
{
    ParamSet *ps = make(100);
    AdamW *opt = adamw_new(HALF, ps), *other = adamw_new(HALF, ps);
    for (int t = 1; t <= 3; t++) {
        set_gradient(ps, 0.1 * t);
        adamw_step(opt, ps, 1e-3);
    }
    float x[100];
    moments_get(&opt->v, 0, 100, x);
    moments_set(&other->v, 0, 100, x);
    ck_assert_mem_eq(opt->v.half, other->v.half, 100 * sizeof *opt->v.half);
    moments_set(&other->v, 3, 1, &(float){1.00390625F}); /* half way: to even */
    ck_assert_double_eq(number(&other->v, 3), 1);
    adamw_free(opt);
    adamw_free(other);
    param_set_free(ps);
}
END_TEST

Suite *test_adamw_half_suite(void);
Suite *test_adamw_half_suite(void)
{
    Suite *s = suite_create("adamw_half");
    TCase *t = tcase_create("adamw_half");
    tcase_add_test(t, keeps_the_mean);
    tcase_add_test(t, near_float32);
    tcase_add_test(t, same_bits_for_any_threads);
    tcase_add_test(t, moments_pass_through_float32);
    suite_add_tcase(s, t);
    return s;
}
