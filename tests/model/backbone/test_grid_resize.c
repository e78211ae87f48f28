/* SPDX-License-Identifier: Apache-2.0 */
/* Bicubic resampling of grids: values from timm, and general properties. */
#include "core/formats/safetensors.h"
#include "core/mem.h"
#include "model/backbone/grid_resize.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>

static const char path[] = "tests/golden/backbones/vit_positions.safetensors";
static const struct {
    int64_t from, to;
} sides[] = {{3, 5}, {5, 3}, {4, 7}, {7, 2}, {2, 6}};
enum { SIDES = sizeof sides / sizeof *sides };

/* The table [1, 1 + side^2, 5] named KIND.FROM.TO, without its first row. */
static float *grid_of(StFile *f, const char *kind, int64_t from, int64_t to, int64_t side)
{
    char name[32];
    snprintf(name, sizeof name, "%s.%ld.%ld", kind, from, to);
    const StEntry *e = st_find(f, name);
    ck_assert_msg(e && e->len == (1 + side * side) * 5, "%s: missing or of another size", name);
    float *all = mem_alloc((size_t)e->len * sizeof *all);
    ck_assert_int_eq(st_read_f32(f, e, all, NULL), 0);
    for (int64_t i = 0; i < side * side * 5; i++) all[i] = all[i + 5];
    return all;
}

START_TEST(as_timm_resamples)
{
    const int64_t A = sides[_i].from, B = sides[_i].to;
    StFile *f;
    ck_assert_int_eq(st_open(path, &f, NULL), 0);
    float *in = grid_of(f, "in", A, B, A), *want = grid_of(f, "out", A, B, B);
    float *got = mem_alloc((size_t)(B * B * 5) * sizeof *got);
    grid_resize(A, 5, in, B, got);
    for (int64_t i = 0; i < B * B * 5; i++)
        ck_assert_double_eq_tol((double)got[i], (double)want[i], 1e-6);
    mem_free(got);
    mem_free(want);
    mem_free(in);
    st_close(f);
}
END_TEST

START_TEST(the_same_size_copies)
{
    const float in[12] = {1, -2, 3, 4, 0.1F, 6, 7, -8, 9, 10, 11, 12};
    float out[12];
    grid_resize(2, 3, in, 2, out);
    for (int i = 0; i < 12; i++) ck_assert(out[i] == in[i]);
}
END_TEST

/* Weights sum to 1, and rows are not mistaken for columns. */
START_TEST(a_constant_stays_and_axes_do_not_mix)
{
    float in[25], out[64];
    for (int i = 0; i < 25; i++) in[i] = (float)(i / 5);
    grid_resize(5, 1, in, 8, out);
    for (int r = 0; r < 8; r++)
        for (int c = 0; c < 8; c++) {
            ck_assert_double_eq_tol((double)out[r * 8 + c], (double)out[r * 8], 1e-6);
            if (r) ck_assert(out[r * 8] > out[r * 8 - 8]);
        }
    for (int i = 0; i < 25; i++) in[i] = 3;
    grid_resize(5, 1, in, 8, out);
    for (int i = 0; i < 64; i++) ck_assert_double_eq_tol((double)out[i], 3, 1e-6);
}
END_TEST

START_TEST(an_empty_grid)
{
    float x = 0;
    grid_resize(0, 1, &x, 1, &x);
}
END_TEST

Suite *test_grid_resize_suite(void);
Suite *test_grid_resize_suite(void)
{
    Suite *s = suite_create("grid_resize");
    TCase *t = tcase_create("grid_resize");
    tcase_add_loop_test(t, as_timm_resamples, 0, SIDES);
    tcase_add_test(t, the_same_size_copies);
    tcase_add_test(t, a_constant_stays_and_axes_do_not_mix);
    tcase_add_test_raise_signal(t, an_empty_grid, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
