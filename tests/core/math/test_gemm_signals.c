/* SPDX-License-Identifier: Apache-2.0 */
/* Signals that are handled in the midst of products change none of their numbers. */
#include "core/math/bf16.h"
#include "core/math/packed_gemm.h"
#include "core/mem.h"
#include "core/stop.h"
#include "tests/core/math/matrix_case.h"
#include "tests/support/sanitized.h"

#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 4000, SPREAD = 12000 /* nanoseconds; a product takes half as many */ };

static const Size SIZE = {32, 64, 134};

/* A timer that sends SIGTERM to this process, where it is held and ends nothing. */
static timer_t open_timer(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM};
    timer_t timer;
    stop_open(true);
    stop_hold();
    ck_assert_int_eq(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    return timer;
}

/* One signal, `delay` nanoseconds from now. */
static void start_timer(timer_t timer, long delay)
{
    const struct itimerspec times = {.it_value.tv_nsec = delay};
    ck_assert_int_eq(timer_settime(timer, 0, &times, NULL), 0);
}

typedef void Multiply(const void *context, Real *c);

static void check_with_signals(Multiply *multiply, const void *context)
{
    const size_t n = (size_t)(SIZE.M * SIZE.N);
    Real *want = mem_calloc(n, sizeof *want), *have = mem_calloc(n, sizeof *have);
    multiply(context, want);
    const timer_t timer = open_timer();
    for (int i = 0; i < ROUNDS; i++) {
        memset(have, 0, n * sizeof *have);
        start_timer(timer, 1 + i * 997 % SPREAD);
        multiply(context, have);
        ck_assert_msg(memcmp(have, want, n * sizeof *want) == 0, "product %d differs", i);
    }
    timer_delete(timer);
    ck_assert_int_eq(stop_pending(), SIGTERM);
    mem_free(want);
    mem_free(have);
}

typedef struct Factors {
    Matrix a, b;
} Factors;

static void multiply_reals(const void *context, Real *c)
{
    const Factors *f = context;
    gemm(SIZE.M, SIZE.N, SIZE.K, 1, f->a, f->b, 0, c, SIZE.N);
}

START_TEST(of_reals)
{
    Real *a = matrix_integers(SIZE.M * SIZE.K, 1), *b = matrix_integers(SIZE.N * SIZE.K, 2);
    const Factors f = {{a, _i & 1 ? SIZE.M : SIZE.K, _i & 1},
                       {b, _i & 2 ? SIZE.K : SIZE.N, _i & 2}};
    check_with_signals(multiply_reals, &f);
    mem_free(a);
    mem_free(b);
}
END_TEST

typedef struct HalfFactors {
    Onednn *m;
    const uint16_t *a, *b;
    bool packed;
} HalfFactors;

static void multiply_halves(const void *context, Real *c)
{
    const HalfFactors *f = context;
    if (f->packed)
        packed_gemm(f->m,
                    &(PackedProduct){.M = SIZE.M,
                                     .N = SIZE.N,
                                     .K = SIZE.K,
                                     .bf16 = true,
                                     .a = f->a,
                                     .packed = f->b,
                                     .c = c},
                    NULL);
    else
        bf16_gemm_tn(f->m, SIZE.M, SIZE.N, SIZE.K, f->a, f->b, false, c, SIZE.N);
}

START_TEST(of_halves)
{
    if (matrix_bf16_missing("gemm_signals")) return;
    uint16_t a[32 * 134], b[160 * 64];
    ck_assert_int_eq(bf16_packed_len(SIZE.K, SIZE.N), 160 * 64);
    for (int i = 0; i < 32 * 134; i++) a[i] = (uint16_t)(0x3f80 + i % 0x80);
    for (int i = 0; i < 160 * 64; i++) b[i] = (uint16_t)(0x3f80 + i % 0x7f);
    const HalfFactors f = {bf16_new(), a, b, _i};
    check_with_signals(multiply_halves, &f);
    onednn_free(f.m);
}
END_TEST

Suite *test_gemm_signals_suite(void);
Suite *test_gemm_signals_suite(void)
{
    Suite *s = suite_create("gemm_signals");
    if (SANITIZED_MEMORY) {
        printf("gemm_signals: skipped under sanitizers, where handlers have no own stack\n");
        return s;
    }
    TCase *c = tcase_create("gemm_signals");
    tcase_add_loop_test(c, of_reals, 0, 4);
    tcase_add_loop_test(c, of_halves, 0, 2);
    suite_add_tcase(s, c);
    return s;
}
