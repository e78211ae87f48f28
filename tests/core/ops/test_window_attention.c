/* Window attention against the steps of the Swin paper taken literally: roll, cut into windows, attend
 * with a mask between regions, put together, roll back. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include "core/mem.h"

#include <math.h>
#include <string.h>

typedef struct Shape {
    int64_t B, D;
    WindowShape w; /* heads, grid, window, shift */
} Shape;

static const Shape SHAPE[] = {
    {2, 3, {2, 4, 2, 0}}, {1, 2, {1, 4, 2, 1}}, /* one head, shifted */
    {1, 1, {3, 6, 3, 1}},                       /* one channel a head */
    {2, 2, {2, 3, 3, 0}},                       /* one window */
    {1, 4, {1, 6, 3, 2}},                       /* more than half a window */
    {1, 5, {2, 1, 1, 0}},                       /* one token */
    {1, 2, {1, 4, 4, 1}},                       /* one window, shifted: four regions */
    {1, 3, {1, 3, 1, 0}},                       /* windows of one token */
};
enum { SHAPES = sizeof SHAPE / sizeof *SHAPE };

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_window_attention(tape, input[0], input[1], ((const Shape *)options)->w);
}

/* ---- the oracle ---- */

/* out[r][c] = in[(r + shift) mod grid][(c + shift) mod grid], as torch.roll(x, (-shift, -shift)). */
static void roll(int64_t grid, int64_t C, int64_t shift, const double *in, double *out)
{
    for (int64_t r = 0; r < grid; r++)
        for (int64_t c = 0; c < grid; c++) {
            const int64_t row = (r + shift + grid) % grid, col = (c + shift + grid) % grid;
            memcpy(out + (r * grid + c) * C, in + (row * grid + col) * C,
                   (size_t)C * sizeof *out);
        }
}

/* Where token t of window w lies on the (rolled) map. */
static int64_t place(const WindowShape *w, int64_t window, int64_t t)
{
    const int64_t across = w->grid / w->window;
    const int64_t row = window / across * w->window + t / w->window;
    const int64_t col = window % across * w->window + t % w->window;
    return row * w->grid + col;
}

/* The reference's img_mask: nine slices of the rolled map, cut at grid - window and grid - shift. */
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
static void attend(const Shape *s, int64_t window, int64_t head, const double *map,
                   const double *table, double *out)
{
    const WindowShape *w = &s->w;
    const int64_t T = w->window * w->window, C = w->heads * s->D;
    double score[64];
    for (int64_t i = 0; i < T; i++) {
        const int64_t at = place(w, window, i);
        const double *q = map + at * 3 * C + head * s->D;
        for (int64_t j = 0; j < T; j++) {
            const int64_t other = place(w, window, j);
            const double *k = map + other * 3 * C + C + head * s->D;
            double dot = 0;
            for (int64_t d = 0; d < s->D; d++) dot += q[d] * k[d];
            score[j] = dot / sqrt((double)s->D) + table[table_row(w, i, j) * w->heads + head];
            if (w->shift > 0 && region(w, at) != region(w, other)) score[j] -= 100;
        }
        op_softmax(T, score);
        for (int64_t j = 0; j < T; j++) {
            const double *v = map + place(w, window, j) * 3 * C + 2 * C + head * s->D;
            for (int64_t d = 0; d < s->D; d++) out[at * C + head * s->D + d] += score[j] * v[d];
        }
    }
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    const Shape *s = c->options;
    const int64_t N = s->w.grid * s->w.grid, C = s->w.heads * s->D;
    const int64_t windows = N / (s->w.window * s->w.window);
    double *map = mem_alloc((size_t)(N * 3 * C) * sizeof *map);
    for (int64_t b = 0; b < s->B; b++) {
        double *out = mem_calloc((size_t)(N * C), sizeof *out);
        roll(s->w.grid, 3 * C, s->w.shift, x[0] + b * N * 3 * C, map);
        for (int64_t w = 0; w < windows; w++)
            for (int64_t h = 0; h < s->w.heads; h++) attend(s, w, h, map, x[1], out);
        roll(s->w.grid, C, -s->w.shift, out, y + b * N * C);
        mem_free(out);
    }
    mem_free(map);
}

static GradCase make_case(const Shape *s)
{
    GradCase c = {.build = build, .options = s};
    const int64_t N = s->w.grid * s->w.grid, T = 2 * s->w.window - 1;
    op_input(&c, -1.5, 1.5, 3, (int64_t[]){s->B, N, 3 * s->w.heads * s->D});
    op_input(&c, -1, 1, 2, (int64_t[]){T * T, s->w.heads});
    return c;
}

/* ---- tests ---- */

START_TEST(test_value)
{
    const GradCase c = make_case(&SHAPE[_i]);
    op_expect_value(&c, oracle, 2e-6);
    op_expect_gradient(&c, oracle, 1e-5);
}
END_TEST

START_TEST(test_gradient)
{
    const GradCase c = make_case(&SHAPE[_i]);
    grad_check(&c);
}
END_TEST

/* The real sides: 7 in a map of 14, with the shift of the reference. */
START_TEST(test_real_window)
{
    static const Shape shape = {1, 32, {2, 14, 7, 3}};
    const GradCase c = make_case(&shape);
    op_expect_value(&c, oracle, 5e-6);
}
END_TEST

/* Rows of the softmax sum to 1: constant values come out unchanged, masked or not. */
START_TEST(test_weights_sum_to_one)
{
    const Shape *s = &SHAPE[_i];
    const GradCase c = make_case(s);
    OpRun r = op_run(&c);
    const int64_t C = s->w.heads * s->D, rows = tensor_rows(r.input[0]);
    for (int64_t i = 0; i < rows; i++)
        for (int64_t d = 0; d < C; d++) r.input[0]->data[i * 3 * C + 2 * C + d] = (Real)(1 + d);
    const Tensor *y = op_window_attention(r.tape, r.input[0], r.input[1], s->w);
    for (int64_t i = 0; i < rows * C; i++)
        ck_assert_double_eq_tol((double)y->data[i], (double)(1 + i % C), 1e-5);
    op_run_free(&r);
}
END_TEST

/* The mask is a number added to the scores, not a ban: with a bias of 90 for the neighbour to the right
 * a masked neighbour is 10 behind the token itself, and one with 110 wins over it by 10. */
static double masked_share(double bias)
{
    /* One window, shift 1: column 1 of the rolled 2 x 2 map is another region than column 0. */
    static const Shape shape = {1, 1, {1, 2, 2, 1}};
    GradCase c = make_case(&shape);
    double qkv[12] = {0}, table[9];
    for (int i = 0; i < 9; i++) table[i] = -1000;
    table[4] = 0;       /* to itself */
    table[3] = bias;    /* to the neighbour one column to the right */
    qkv[3 * 2 + 2] = 1; /* value of (1,0): rolled to (0,1) */
    c.input[0].values = qkv;
    c.input[1].values = table;
    OpRun r = op_run(&c);
    const double share = (double)r.y->data[3]; /* (1,1): rolled to (0,0) */
    op_run_free(&r);
    return share;
}

START_TEST(test_mask_is_minus_100)
{
    for (int i = 0; i < 5; i++) {
        const double bias = 98 + i;
        ck_assert_double_eq_tol(masked_share(bias), 1 / (1 + exp(100 - bias)), 1e-5);
    }
}
END_TEST

/* A single query sees no token of another window: changing one leaves the others alone. */
START_TEST(test_windows_are_separate)
{
    const Shape *s = &SHAPE[0];
    const GradCase c = make_case(s);
    OpRun r = op_run(&c);
    for (int64_t i = 0; i < 18; i++) r.input[0]->data[i] += 1; /* token (0,0) of image 0 */
    const Tensor *y = op_window_attention(r.tape, r.input[0], r.input[1], s->w);
    for (int64_t t = 0; t < 32; t++) {
        const bool inside = t < 16 && t / 4 < 2 && t % 4 < 2;
        bool same = true;
        for (int64_t i = 0; i < 6; i++)
            same = same && y->data[t * 6 + i] == r.y->data[t * 6 + i];
        ck_assert_int_eq(same, !inside);
    }
    op_run_free(&r);
}
END_TEST

/* Scores far out of the range of exp. */
START_TEST(test_large_scores)
{
    GradCase c = make_case(&SHAPE[1]);
    c.input[0].lo = -60;
    c.input[0].hi = 60;
    op_expect_value(&c, oracle, 1e-3);
    OpRun r = op_run(&c);
    op_backward(&r);
    for (int64_t i = 0; i < tensor_len(r.input[0]); i++)
        ck_assert(isfinite((double)r.input[0]->grad[i]));
    op_run_free(&r);
}
END_TEST

START_TEST(test_threads)
{
    static const Shape shape = {3, 8, {3, 14, 7, 3}};
    const GradCase c = make_case(&shape);
    op_expect_threads(&c);
}
END_TEST

static void misuse(int64_t tokens, int64_t width, int64_t rows, WindowShape w)
{
    Tape *tape = tape_new();
    op_window_attention(tape, tape_tensor(tape, 3, (int64_t[]){1, tokens, width}),
                        tape_tensor(tape, 2, (int64_t[]){rows, w.heads}), w);
}

START_TEST(test_window_does_not_divide) { misuse(25, 12, 9, (WindowShape){2, 5, 2, 0}); }
END_TEST
START_TEST(test_shift_of_a_window) { misuse(16, 12, 9, (WindowShape){2, 4, 2, 2}); }
END_TEST
START_TEST(test_negative_shift) { misuse(16, 12, 9, (WindowShape){2, 4, 2, -1}); }
END_TEST
START_TEST(test_other_grid) { misuse(15, 12, 9, (WindowShape){2, 4, 2, 0}); }
END_TEST
START_TEST(test_heads_do_not_divide) { misuse(16, 15, 9, (WindowShape){2, 4, 2, 0}); }
END_TEST
START_TEST(test_other_table) { misuse(16, 12, 25, (WindowShape){2, 4, 2, 0}); }
END_TEST

Suite *test_window_attention_suite(void);
Suite *test_window_attention_suite(void)
{
    Suite *s = suite_create("window_attention");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, SHAPES);
    tcase_add_test(t, test_real_window);
    tcase_add_loop_test(t, test_weights_sum_to_one, 0, SHAPES);
    tcase_add_test(t, test_mask_is_minus_100);
    tcase_add_test(t, test_windows_are_separate);
    tcase_add_test(t, test_large_scores);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_window_does_not_divide, SIGABRT);
    tcase_add_test_raise_signal(t, test_shift_of_a_window, SIGABRT);
    tcase_add_test_raise_signal(t, test_negative_shift, SIGABRT);
    tcase_add_test_raise_signal(t, test_other_grid, SIGABRT);
    tcase_add_test_raise_signal(t, test_heads_do_not_divide, SIGABRT);
    tcase_add_test_raise_signal(t, test_other_table, SIGABRT);
    if (op_double()) tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, SHAPES);
    return s;
}
