/* SPDX-License-Identifier: Apache-2.0 */
/* Window attention against a literal implementation of the steps of the Swin paper: roll, split
 * into windows, attend with a mask between regions, join, roll back. */
#include "core/math/bf16.h"
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include "core/mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* The options are the WindowShape. */
static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    const WindowShape *w = ((const OpCase *)options)->options;
    return op_window_attention(tape, input[0], input[1], *w);
}

/* ---- the oracle ---- */

/* out[r][c] = in[(r + shift) mod grid][(c + shift) mod grid], as torch.roll(x, (-shift,
 * -shift)). */
static void roll(int64_t grid, int64_t C, int64_t shift, const double *in, double *out)
{
    for (int64_t r = 0; r < grid; r++)
        for (int64_t c = 0; c < grid; c++) {
            const int64_t row = (r + shift + grid) % grid, col = (c + shift + grid) % grid;
            memcpy(out + (r * grid + c) * C, in + (row * grid + col) * C,
                   (size_t)C * sizeof *out);
        }
}

/* Index on the (rolled) map of token t of window w. */
static int64_t place(const WindowShape *w, int64_t window, int64_t t)
{
    const int64_t across = w->grid / w->window;
    const int64_t row = window / across * w->window + t / w->window;
    const int64_t col = window % across * w->window + t % w->window;
    return row * w->grid + col;
}

/* The img_mask of the reference: nine regions of the rolled map, with borders at grid - window
 * and grid - shift. */
static int64_t region(const WindowShape *w, int64_t at)
{
    const int64_t axis[2] = {at / w->grid, at % w->grid};
    int64_t id = 0;
    for (int a = 0; a < 2; a++)
        id = 3 * id + (axis[a] >= w->grid - w->window) + (axis[a] >= w->grid - w->shift);
    return id;
}

static int64_t table_row(const WindowShape *w, int64_t query, int64_t key)
{
    const int64_t M = w->window;
    const int64_t dr = query / M - key / M, dc = query % M - key % M;
    return (dr + M - 1) * (2 * M - 1) + dc + M - 1;
}

/* One window of one head. map [grid*grid, 3C] rolled; out [grid*grid, C] rolled. */
static void attend(const WindowShape *w, int64_t D, int64_t window, int64_t head,
                   const double *map, const double *table, double *out)
{
    const int64_t T = w->window * w->window, C = w->heads * D;
    double score[64];
    for (int64_t i = 0; i < T; i++) {
        const int64_t at = place(w, window, i);
        const double *q = map + at * 3 * C + head * D;
        for (int64_t j = 0; j < T; j++) {
            const int64_t other = place(w, window, j);
            const double *k = map + other * 3 * C + C + head * D;
            double dot = 0;
            for (int64_t d = 0; d < D; d++) dot += q[d] * k[d];
            score[j] = dot / sqrt((double)D) + table[table_row(w, i, j) * w->heads + head];
            if (w->shift > 0 && region(w, at) != region(w, other)) score[j] -= 100;
        }
        op_softmax(T, score);
        for (int64_t j = 0; j < T; j++) {
            const double *v = map + place(w, window, j) * 3 * C + 2 * C + head * D;
            for (int64_t d = 0; d < D; d++) out[at * C + head * D + d] += score[j] * v[d];
        }
    }
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const WindowShape *w = ((const OpCase *)c->options)->options;
    const int64_t B = c->input[0].shape[0], N = c->input[0].shape[1];
    const int64_t C = c->input[0].shape[2] / 3, windows = N / (w->window * w->window);
    double *map = mem_alloc((size_t)(N * 3 * C) * sizeof *map);
    for (int64_t b = 0; b < B; b++) {
        double *out = mem_calloc((size_t)(N * C), sizeof *out);
        roll(w->grid, 3 * C, w->shift, x[0] + b * N * 3 * C, map);
        for (int64_t i = 0; i < windows; i++)
            for (int64_t h = 0; h < w->heads; h++)
                attend(w, C / w->heads, i, h, map, x[1], out);
        roll(w->grid, C, -w->shift, out, y + b * N * C);
        mem_free(out);
    }
    mem_free(map);
}

/* ---- properties ---- */

/* The mask is a number added to the scores, not an exclusion: with a bias of 90 for the
 * neighbor to the right, a masked neighbor scores 10 below the token itself; with a bias of 110
 * it scores 10 above. One window, shift 1: column 1 of the rolled 2 x 2 map is in another
 * region than column 0. */
static double masked_share(const OpRun *r, double bias)
{
    Real *qkv = r->input[0]->data, *table = r->input[1]->data;
    for (int i = 0; i < 12; i++) qkv[i] = 0;
    for (int i = 0; i < 9; i++) table[i] = -1000;
    table[4] = 0;                        /* to itself */
    table[3] = (Real)bias;               /* to the neighbor one column to the right */
    qkv[3 * 2 + 2] = 1;                  /* value of (1,0): rolled to (0,1) */
    return (double)op_again(r)->data[3]; /* (1,1): rolled to (0,0) */
}

static void mask_is_minus_100(const OpRun *r)
{
    for (double bias = 98; bias < 103; bias++)
        ck_assert_double_eq_tol(masked_share(r, bias), 1 / (1 + exp(100 - bias)), 1e-5);
}

/* A query sees no token of another window: changing one window does not change the others. */
static void windows_are_separate(const OpRun *r)
{
    for (int64_t i = 0; i < 18; i++) r->input[0]->data[i] += 1; /* token (0,0) of image 0 */
    const Tensor *y = op_again(r);
    for (int64_t t = 0; t < 32; t++) {
        const bool inside = t < 16 && t / 4 < 2 && t % 4 < 2;
        bool same = true;
        for (int64_t i = 0; i < 6; i++)
            same = same && y->data[t * 6 + i] == r->y->data[t * 6 + i];
        ck_assert_int_eq(same, !inside);
    }
}

/* Scores far out of the range of exp. */
static void finite_gradient(const OpRun *r)
{
    op_backward(r);
    for (int64_t i = 0; i < tensor_len(r->input[0]); i++)
        ck_assert(isfinite((double)r->input[0]->grad[i]));
}

/* ---- cases ---- */

/* A WindowShape: heads, side of the token map, window, shift. */
static const OpCase CASE[] = {
    {"qkv [2,16,18]  table [9,2] -> [2,16,6]", .options = &(const WindowShape){2, 4, 2, 0}},
    {"qkv [1,16,6]  table [9,1] -> [1,16,2]",
     .options = &(const WindowShape){1, 4, 2, 1}}, /* one head */
    {"qkv [1,36,9]  table [25,3] -> [1,36,3]",
     .options = &(const WindowShape){3, 6, 3, 1}}, /* D = 1 */
    {"qkv [2,9,12]  table [25,2] -> [2,9,4]",
     .options = &(const WindowShape){2, 3, 3, 0}}, /* one window */
    /* more than half a window */
    {"qkv [1,36,12]  table [25,1] -> [1,36,4]", .options = &(const WindowShape){1, 6, 3, 2}},
    {"qkv [1,1,30]  table [1,2] -> [1,1,10]",
     .options = &(const WindowShape){2, 1, 1, 0}}, /* one token */
    /* one window, shifted: four regions */
    {"qkv [1,16,6]  table [49,1] -> [1,16,2]", .options = &(const WindowShape){1, 4, 4, 1}},
    {"qkv [1,9,9]  table [1,1] -> [1,9,3]",
     .options = &(const WindowShape){1, 3, 1, 0}}, /* windows of one token */
    /* the real sides: 7 in a map of 14, with the shift of the reference */
    {"qkv [1,196,192]  table [169,2] -> [1,196,64]",
     .options = &(const WindowShape){2, 14, 7, 3}, .large = true, .value = 5e-6},
    {"qkv [3,196,72]  table [169,3] -> [3,196,24]",
     .options = &(const WindowShape){3, 14, 7, 3}, .large = true, .value = 5e-6},
    {"qkv [1,4,3]  table [9,1]", .options = &(const WindowShape){1, 2, 2, 1},
     .property = mask_is_minus_100},
    {"qkv [2,16,18]  table [9,2]", .options = &(const WindowShape){2, 4, 2, 0},
     .property = windows_are_separate},
    {"qkv [1,16,6]  table [9,1] -> [1,16,2]", .options = &(const WindowShape){1, 4, 2, 1},
     .range = {{-60, 60}}, .value = 1e-3, .property = finite_gradient},
    {"qkv [1,25,12]  table [9,2]", .options = &(const WindowShape){2, 5, 2, 0},
     .misuse = "window does not divide"},
    {"qkv [1,16,12]  table [9,2]", .options = &(const WindowShape){2, 4, 2, 2},
     .misuse = "shift of a window"},
    {"qkv [1,16,12]  table [9,2]", .options = &(const WindowShape){2, 4, 2, -1},
     .misuse = "negative shift"},
    {"qkv [1,15,12]  table [9,2]", .options = &(const WindowShape){2, 4, 2, 0},
     .misuse = "other grid"},
    {"qkv [1,16,15]  table [9,2]", .options = &(const WindowShape){2, 4, 2, 0},
     .misuse = "heads do not divide"},
    {"qkv [1,16,12]  table [25,2]", .options = &(const WindowShape){2, 4, 2, 0},
     .misuse = "other table"},
    {0},
};

static const OpTable TABLE = {"window_attention",
                              build,
                              oracle,
                              CASE,
                              .value = 2e-6,
                              .gradient = 1e-5,
                              .range = {{-1.5, 1.5}},
                              .always = op_attention_keeps_constants};

/* ---- bfloat16 ---- */

/* Between the layers that leave it bfloat16 and read what it leaves. */
static Tensor *build_layers(Tape *tape, Tensor *const *input, const void *options)
{
    const WindowShape *w = ((const OpCase *)options)->options;
    Tensor *qkv = op_linear_half(tape, input[0], input[1], NULL);
    return op_linear(tape, op_window_attention(tape, qkv, input[2], *w), input[3], NULL);
}

static Tensor *build_halves(Tape *tape, Tensor *const *input, const void *options)
{
    tape_set_bf16(tape, true);
    return build_layers(tape, input, options);
}

/* Within 3% of the greatest number; what is rounded is off by up to 0.4%. */
static void expect_close(int64_t n, const Real *x, const Real *want)
{
    const double apart = op_apart(n, x, want);
    ck_assert_msg(apart > 0 && apart < 0.03, "%g", apart);
}

/* Heads whose channels fill vectors have products in bfloat16, others do not: an even and an
 * odd number of tokens, with and without regions. */
static const WindowShape HALVES[] = {{.grid = 8, .window = 4, .heads = 2, .shift = 2},
                                     {.grid = 6, .window = 3, .heads = 2},
                                     {.grid = 7, .window = 7, .heads = 1},
                                     {.grid = 8, .window = 4, .heads = 4}};
static const char *const LAYERS[] = {
    "x [2,64,20]  w [96,20]  table [49,2]  next [16,32]",
    "x [1,36,20]  w [192,20]  table [25,2]  next [16,64]",
    "x [2,49,20]  w [48,20]  table [169,1]  next [16,16]",
    "x [1,64,20]  w [48,20]  table [49,4]  next [16,16]",
};

START_TEST(in_bfloat16)
{
    const OpCase row = {.shapes = LAYERS[_i], .options = &HALVES[_i]};
    if (bf16_missing()) {
        printf("window_attention: bfloat16 not checked: %s\n", bf16_missing());
        return;
    }
    GradCase c = op_grad_case(&TABLE, &row);
    c.build = build_layers;
    OpRun whole = op_run(&c);
    c.build = build_halves;
    OpRun half = op_run(&c);
    op_backward(&whole);
    op_backward(&half);
    expect_close(tensor_len(whole.y), half.y->data, whole.y->data);
    for (int i = 0; i < c.inputs; i++)
        expect_close(tensor_len(whole.input[i]), half.input[i]->grad, whole.input[i]->grad);
    op_run_free(&whole);
    op_run_free(&half);
}
END_TEST

START_TEST(test_case) { op_check(&TABLE, _i); }
END_TEST

Suite *test_window_attention_suite(void);
Suite *test_window_attention_suite(void)
{
    Suite *s = op_suite(&TABLE, test_case);
    TCase *t = tcase_create("bf16");
    tcase_add_loop_test(t, in_bfloat16, 0, sizeof HALVES / sizeof *HALVES);
    suite_add_tcase(s, t);
    return s;
}
