/* The tape: memory, recording, gradients, streaming. Operations of its own keep it apart from ops.h. */
#include "core/tape.h"
#include "tests/grad_check.h"

#include <check.h>
#include <signal.h>
#include <string.h>

enum { N = 6, MEGA = 1 << 20 };
static const int64_t SHAPE[1] = {N};

/* ---- two small operations ---- */

typedef struct Saved {
    Tensor *a, *b, *y;
    int *runs; /* counts backward passes; NULL: do not */
} Saved;

static void mul_backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const Real *dy = tape_grad(tape, s->y);
    Real *da = tape_grad(tape, s->a), *db = tape_grad(tape, s->b);
    for (int64_t i = 0; i < tensor_len(s->y); i++) {
        if (da) da[i] += s->b->data[i] * dy[i];
        if (db) db[i] += s->a->data[i] * dy[i];
    }
    if (s->runs) (*s->runs)++;
}

static Tensor *mul(Tape *tape, Tensor *a, Tensor *b, int *runs)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){a, b, tape_output(tape, a->ndim, a->shape, 2, (Tensor *[]){a, b}), runs};
    for (int64_t i = 0; i < tensor_len(a); i++) s->y->data[i] = a->data[i] * b->data[i];
    tape_record(tape, s->y, mul_backward, s);
    return s->y;
}

static void sum_backward(Tape *tape, void *saved)
{
    const Saved *s = saved;
    const Real *dy = tape_grad(tape, s->y);
    Real *da = tape_grad(tape, s->a);
    for (int64_t i = 0; da && i < tensor_len(s->a); i++) da[i] += *dy;
}

static Tensor *sum(Tape *tape, Tensor *a)
{
    Saved *s = tape_alloc(tape, sizeof *s);
    *s = (Saved){.a = a, .y = tape_output(tape, 0, NULL, 1, &a)};
    s->y->data[0] = 0;
    for (int64_t i = 0; i < tensor_len(a); i++) s->y->data[0] += a->data[i];
    tape_record(tape, s->y, sum_backward, s);
    return s->y;
}

static Tensor *leaf(uint64_t seed)
{
    Tensor *x = test_tensor(1, SHAPE, true);
    test_fill(x, seed, 0.5, 1.5);
    return x;
}

static Tensor *constant(Tape *tape, double value)
{
    Tensor *x = tape_tensor(tape, 1, SHAPE);
    for (int64_t i = 0; i < N; i++) x->data[i] = (Real)value;
    return x;
}

static void expect_grad(const Tensor *x, double factor, const Tensor *of)
{
    for (int64_t i = 0; i < N; i++)
        ck_assert_double_eq_tol((double)x->grad[i], factor * (of ? (double)of->data[i] : 1),
                                1e-5);
}

/* ---- memory ---- */

START_TEST(test_alloc_is_aligned_and_apart)
{
    Tape *tape = tape_new();
    unsigned char *p[100];
    for (int i = 0; i < 100; i++) {
        p[i] = tape_alloc(tape, (size_t)(i * 7 + 1));
        ck_assert_uint_eq((uintptr_t)p[i] % 64, 0);
        memset(p[i], i, (size_t)(i * 7 + 1));
    }
    for (int i = 0; i < 100; i++)
        for (int j = 0; j < i * 7 + 1; j++) ck_assert_int_eq(p[i][j], i);
    tape_free(tape);
}
END_TEST

/* Five pieces of 1 to 70 MiB; their first and last bytes must survive each other. */
static void fill_arena(Tape *tape)
{
    static const size_t mega[5] = {1, 70, 20, 20, 1};
    unsigned char *p[5];
    for (int i = 0; i < 5; i++) {
        p[i] = tape_alloc(tape, mega[i] * MEGA);
        p[i][0] = p[i][mega[i] * MEGA - 1] = (unsigned char)(i + 1);
    }
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(p[i][0], i + 1);
        ck_assert_int_eq(p[i][mega[i] * MEGA - 1], i + 1);
    }
}

START_TEST(test_arena_grows_once)
{
    Tape *tape = tape_new();
    ck_assert_uint_eq(tape_arena_bytes(tape), 0);
    fill_arena(tape);
    const size_t bytes = tape_arena_bytes(tape);
    ck_assert(bytes >= 112u * MEGA);
    for (int step = 0; step < 3; step++) {
        tape_reset(tape);
        fill_arena(tape);
        ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
    }
    tape_free(tape);
}
END_TEST

START_TEST(test_rewind)
{
    Tape *tape = tape_new();
    Tensor *old = constant(tape, 3);
    const TapeMark mark = tape_mark(tape);
    void *first = tape_alloc(tape, 100);
    fill_arena(tape); /* on to other chunks */
    tape_rewind(tape, mark);
    ck_assert_ptr_eq(tape_alloc(tape, 100), first);
    fill_arena(tape);
    for (int64_t i = 0; i < N; i++) ck_assert_double_eq((double)old->data[i], 3);
    const size_t bytes = tape_arena_bytes(tape);
    for (int i = 0; i < 5; i++) {
        tape_rewind(tape, mark);
        fill_arena(tape);
    }
    ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
    tape_free(tape);
}
END_TEST

START_TEST(test_rewind_to_an_empty_tape)
{
    Tape *tape = tape_new();
    const TapeMark mark = tape_mark(tape);
    void *first = tape_alloc(tape, 10);
    fill_arena(tape);
    tape_rewind(tape, mark);
    ck_assert_ptr_eq(tape_alloc(tape, 10), first);
    tape_free(tape);
}
END_TEST

START_TEST(test_keep)
{
    Tape *tape = tape_new();
    tape_set_recording(tape, false);
    Tensor *two = constant(tape, 2);
    const TapeMark mark = tape_mark(tape);
    tape_alloc(tape, 1000);
    Tensor *y = mul(tape, two, two, NULL);
    y = tape_keep(tape, mark, mul(tape, y, two, NULL));
    const TapeMark after = tape_mark(tape);
    ck_assert_uint_lt(after.used - mark.used, 1000);
    tape_alloc(tape, 1000);
    ck_assert_int_eq(y->ndim, 1);
    ck_assert_int_eq(y->shape[0], N);
    for (int64_t i = 0; i < N; i++) ck_assert_double_eq((double)y->data[i], 8);
    tape_set_recording(tape, true);
    ck_assert_ptr_eq(tape_keep(tape, mark, y), y);
    tape_free(tape);
}
END_TEST

START_TEST(test_input_is_copied)
{
    float values[N] = {1, 2, 3, 4, 5, 6};
    Tape *tape = tape_new();
    const Tensor *x = tape_input(tape, 1, SHAPE, values);
    memset(values, 0, sizeof values);
    for (int64_t i = 0; i < N; i++) ck_assert_double_eq((double)x->data[i], (double)(i + 1));
    ck_assert(!x->needs_grad);
    tape_free(tape);
}
END_TEST

/* ---- recording ---- */

START_TEST(test_nothing_recorded)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1);
    int runs = 0;
    ck_assert(tape_recording(tape) && !tape_training(tape));
    tape_set_recording(tape, false);
    ck_assert(!tape_recording(tape));
    const Tensor *y = sum(tape, mul(tape, x, x, &runs));
    ck_assert(!y->needs_grad);
    ck_assert_int_eq(tape_mark(tape).nodes, 0);
    tape_backward(tape);
    ck_assert_int_eq(runs, 0);
    expect_grad(x, 0, NULL);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

START_TEST(test_no_input_needs_a_gradient)
{
    Tape *tape = tape_new();
    Tensor *y = mul(tape, constant(tape, 1), constant(tape, 2), NULL);
    ck_assert(!y->needs_grad);
    ck_assert_ptr_null(tape_grad(tape, y));
    ck_assert_ptr_null(tape_grad(tape, NULL));
    ck_assert_int_eq(tape_mark(tape).nodes, 0);
    tape_seed(tape, sum(tape, y), 1); /* nothing to do */
    tape_backward(tape);
    ck_assert_ptr_null(y->grad);
    tape_free(tape);
}
END_TEST

START_TEST(test_inputs_may_be_missing)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1);
    ck_assert(tape_output(tape, 1, SHAPE, 2, (Tensor *[]){NULL, x})->needs_grad);
    ck_assert(!tape_output(tape, 1, SHAPE, 1, (Tensor *[]){NULL})->needs_grad);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

START_TEST(test_streams)
{
    Tape *tape = tape_new();
    tape_set_training(tape, true);
    ck_assert(tape_training(tape));
    uint32_t first[6];
    for (int i = 0; i < 6; i++) {
        tape_set_step(tape, i == 4 ? 9 : 8, i == 5 ? 3 : 2);
        Rng rng = tape_stream(tape, i == 3 ? RNG_DROP_PATH : RNG_DROPOUT, i == 2 ? 5 : 4);
        first[i] = rng_u32(&rng);
    }
    ck_assert_uint_eq(first[0], first[1]);
    for (int i = 2; i < 6; i++) ck_assert_uint_ne(first[0], first[i]);
    tape_free(tape);
}
END_TEST

/* ---- gradients ---- */

START_TEST(test_chain_and_several_uses)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1);
    Tensor *square = mul(tape, x, x, NULL);
    Tensor *cube = mul(tape, square, x, NULL);
    tape_seed(tape, sum(tape, cube), 1);
    tape_seed(tape, sum(tape, square), 0.5);
    tape_backward(tape);
    for (int64_t i = 0; i < N; i++) {
        const double v = (double)x->data[i];
        ck_assert_double_eq_tol((double)x->grad[i], 3 * v * v + v, 1e-5);
    }
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

START_TEST(test_seeds_add)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1), *y = sum(tape, x);
    tape_seed(tape, y, 2);
    tape_seed(tape, y, 0.25);
    tape_backward(tape);
    expect_grad(x, 2.25, NULL);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

START_TEST(test_gradients_add_over_steps)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1);
    for (int step = 0; step < 3; step++) {
        tape_seed(tape, sum(tape, x), 1);
        tape_backward(tape);
        tape_reset(tape);
    }
    expect_grad(x, 3, NULL);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

START_TEST(test_unused_branch_is_skipped)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1);
    int used = 0, unused = 0;
    mul(tape, x, x, &unused);
    tape_seed(tape, sum(tape, mul(tape, x, constant(tape, 2), &used)), 1);
    mul(tape, x, x, &unused);
    tape_backward(tape);
    ck_assert_int_eq(used, 1);
    ck_assert_int_eq(unused, 0);
    expect_grad(x, 2, NULL);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

START_TEST(test_views_share)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1);
    Tensor *square = mul(tape, x, x, NULL);
    Tensor *view = tape_reshape(tape, square, 2, (int64_t[]){2, 3});
    Tensor *again = tape_reshape(tape, view, 3, (int64_t[]){1, 6, 1}); /* a view of a view */
    ck_assert_ptr_eq(again->data, square->data);
    ck_assert_ptr_eq(tape_grad(tape, again), tape_grad(tape, square));
    tape_seed(tape, sum(tape, view), 1);
    tape_seed(tape, sum(tape, again), 2);
    tape_seed(tape, sum(tape, square), 4);
    tape_backward(tape);
    expect_grad(x, 14, x);
    Tensor *of_leaf = tape_reshape(tape, x, 2, (int64_t[]){3, 2});
    ck_assert_ptr_eq(tape_grad(tape, of_leaf), x->grad);
    Tensor *of_constant = tape_reshape(tape, constant(tape, 1), 2, (int64_t[]){3, 2});
    ck_assert_ptr_null(tape_grad(tape, of_constant));
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

/* ---- the pool of gradients ---- */

static Tensor *big(Tape *tape, Tensor *x, int layers)
{
    Tensor *two = tape_tensor(tape, x->ndim, x->shape);
    for (int64_t i = 0; i < tensor_len(x); i++) two->data[i] = 1;
    for (int i = 0; i < layers; i++) x = mul(tape, x, two, NULL);
    return sum(tape, x);
}

/* Twenty layers deep, at most two gradients of a layer's size live at a time; the second step makes
 * none. */
START_TEST(test_gradients_are_reused)
{
    enum { LEN = 1 << 18 };
    Tape *tape = tape_new();
    Tensor *x = test_tensor(1, (int64_t[]){LEN}, true);
    size_t bytes[3];
    for (int step = 0; step < 3; step++) {
        Tensor *y = big(tape, x, 20);
        const size_t before = tape_arena_bytes(tape);
        tape_seed(tape, y, 1);
        tape_backward(tape);
        bytes[step] = tape_arena_bytes(tape);
        ck_assert_uint_le(bytes[step] - before, 3 * LEN * sizeof(Real));
        tape_reset(tape);
    }
    ck_assert_uint_eq(bytes[1], bytes[0]);
    ck_assert_uint_eq(bytes[2], bytes[0]);
    for (int64_t i = 0; i < LEN; i++) ck_assert_double_eq((double)x->grad[i], 3);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

START_TEST(test_reused_gradients_start_at_zero)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1);
    for (int i = 0; i < 3; i++) {
        Tensor *y = mul(tape, x, x, NULL);
        Real *dy = tape_grad(tape, y);
        for (int64_t j = 0; j < N; j++) {
            ck_assert_double_eq((double)dy[j], 0);
            dy[j] = 99;
        }
        tape_backward(tape);
        ck_assert_ptr_null(y->grad);
    }
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

static Tensor *aborted(Tape *tape, Tensor *x)
{
    Tensor *y = sum(tape, mul(tape, x, x, NULL));
    tape_seed(tape, y, 1000);
    return y;
}

/* A step given up before its backward leaves nothing behind: no gradient, no memory. */
START_TEST(test_reset_after_an_aborted_step)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1);
    aborted(tape, x);
    tape_reset(tape);
    const size_t bytes = tape_arena_bytes(tape);
    for (int i = 0; i < 50; i++) {
        aborted(tape, x);
        tape_reset(tape);
    }
    ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
    expect_grad(x, 0, NULL);
    tape_seed(tape, sum(tape, x), 1);
    tape_backward(tape);
    expect_grad(x, 1, NULL);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

/* The same for a tile given up: rewinding returns the gradients of what it forgets, no others. */
START_TEST(test_rewind_after_an_aborted_tile)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1), *old = mul(tape, x, x, NULL);
    tape_grad(tape, old)[0] = 5;
    const TapeMark mark = tape_mark(tape);
    aborted(tape, old);
    tape_rewind(tape, mark);
    const size_t bytes = tape_arena_bytes(tape);
    for (int i = 0; i < 50; i++) {
        aborted(tape, old);
        tape_rewind(tape, mark);
    }
    ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
    ck_assert_double_eq((double)tape_grad(tape, old)[0], 5);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

/* ---- streaming ---- */

/* total = sum over tiles t of sum((t+1) * x^2 * w): x^2 is older than the tiles. */
static void run_tiles(Tape *tape, Tensor *x, Tensor *w, int tiles, bool stream)
{
    Tensor *square = mul(tape, x, x, NULL);
    const TapeMark mark = tape_mark(tape);
    for (int t = 0; t < tiles; t++) {
        Tensor *y = mul(tape, square, constant(tape, t + 1), NULL);
        tape_seed(tape, sum(tape, mul(tape, y, w, NULL)), 1);
        if (stream) tape_backward_to(tape, mark);
    }
    tape_backward(tape);
}

START_TEST(test_tiles_equal_the_whole)
{
    Tape *tape = tape_new();
    Tensor *x[2] = {leaf(1), leaf(1)}, *w[2] = {leaf(2), leaf(2)};
    for (int s = 0; s < 2; s++) {
        run_tiles(tape, x[s], w[s], 5, s == 1);
        tape_reset(tape);
    }
    for (int64_t i = 0; i < N; i++) {
        const double v = (double)x[0]->data[i], u = (double)w[0]->data[i];
        ck_assert_double_eq_tol((double)x[1]->grad[i], 15 * 2 * v * u, 1e-4);
        ck_assert_double_eq_tol((double)w[1]->grad[i], 15 * v * v, 1e-4);
        ck_assert_double_eq_tol((double)x[0]->grad[i], (double)x[1]->grad[i], 1e-4);
        ck_assert_double_eq_tol((double)w[0]->grad[i], (double)w[1]->grad[i], 1e-4);
    }
    tape_free(tape);
    for (int s = 0; s < 2; s++) test_tensor_free(x[s]), test_tensor_free(w[s]);
}
END_TEST

START_TEST(test_memory_is_bounded_by_the_tile)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1), *old = mul(tape, x, x, NULL);
    const TapeMark mark = tape_mark(tape);
    size_t bytes = 0;
    for (int t = 0; t < 100; t++) {
        tape_alloc(tape, 10 * MEGA);
        tape_seed(tape, sum(tape, mul(tape, old, old, NULL)), 1);
        tape_backward_to(tape, mark);
        if (t == 0) bytes = tape_arena_bytes(tape);
        ck_assert_int_eq(tape_mark(tape).nodes, mark.nodes);
        ck_assert_uint_eq(tape_mark(tape).used, mark.used);
    }
    ck_assert_uint_eq(tape_arena_bytes(tape), bytes);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

/* Only what came since the mark runs; the rest waits with its gradient. */
START_TEST(test_older_operations_wait)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1);
    int old_runs = 0, new_runs = 0;
    Tensor *old = mul(tape, x, constant(tape, 3), &old_runs);
    const TapeMark mark = tape_mark(tape);
    tape_seed(tape, sum(tape, mul(tape, old, constant(tape, 2), &new_runs)), 1);
    tape_backward_to(tape, mark);
    ck_assert_int_eq(old_runs, 0);
    ck_assert_int_eq(new_runs, 1);
    expect_grad(x, 0, NULL);
    expect_grad(old, 2, NULL);
    tape_backward(tape);
    ck_assert_int_eq(old_runs, 1);
    ck_assert_int_eq(new_runs, 1);
    expect_grad(x, 6, NULL);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

/* A tensor from before the mark keeps value and gradient while tiles of many sizes come and go. */
START_TEST(test_older_tensors_survive)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1), *old = mul(tape, x, x, NULL);
    const TapeMark mark = tape_mark(tape);
    for (int t = 0; t < 20; t++) {
        memset(tape_alloc(tape, (size_t)(t * 3 + 1) * MEGA), 0xff, (size_t)(t * 3 + 1) * MEGA);
        tape_seed(tape, sum(tape, old), 1);
        tape_backward_to(tape, mark);
    }
    expect_grad(old, 20, NULL);
    for (int64_t i = 0; i < N; i++)
        ck_assert_double_eq((double)old->data[i], (double)(x->data[i] * x->data[i]));
    tape_backward(tape);
    expect_grad(x, 40, x);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

/* Marks may nest. */
START_TEST(test_nested_marks)
{
    Tape *tape = tape_new();
    Tensor *x = leaf(1), *a = mul(tape, x, constant(tape, 2), NULL);
    const TapeMark outer = tape_mark(tape);
    Tensor *b = mul(tape, a, constant(tape, 3), NULL);
    for (int t = 0; t < 4; t++) {
        const TapeMark inner = tape_mark(tape);
        tape_seed(tape, sum(tape, mul(tape, b, constant(tape, t), NULL)), 1);
        tape_backward_to(tape, inner);
    }
    tape_backward_to(tape, outer);
    expect_grad(a, 18, NULL);
    tape_backward(tape);
    expect_grad(x, 36, NULL);
    tape_free(tape);
    test_tensor_free(x);
}
END_TEST

/* ---- misuse ---- */

START_TEST(test_seed_of_many)
{
    Tape *t = tape_new();
    tape_seed(t, constant(t, 1), 1);
}
END_TEST
START_TEST(test_six_axes) { tape_tensor(tape_new(), 6, (int64_t[]){1, 1, 1, 1, 1, 1}); }
END_TEST
START_TEST(test_empty_axis) { tape_tensor(tape_new(), 2, (int64_t[]){3, 0}); }
END_TEST
START_TEST(test_other_length)
{
    Tape *t = tape_new();
    tape_reshape(t, constant(t, 1), 2, (int64_t[]){2, 2});
}
END_TEST
START_TEST(test_forgotten_mark)
{
    Tape *t = tape_new();
    Tensor *x = leaf(1);
    mul(t, x, x, NULL);
    const TapeMark mark = tape_mark(t);
    tape_reset(t);
    tape_rewind(t, mark);
}
END_TEST
START_TEST(test_absurd_size) { tape_alloc(tape_new(), SIZE_MAX - 3); }
END_TEST
START_TEST(test_product_overflows)
{
    tape_tensor(tape_new(), 3, (int64_t[]){1LL << 31, 1LL << 31, 1LL << 31});
}
END_TEST

static TCase *new_tcase(Suite *s, const char *name)
{
    TCase *t = tcase_create(name);
    tcase_set_timeout(t, 120);
    suite_add_tcase(s, t);
    return t;
}

static void add_memory(Suite *s)
{
    TCase *t = new_tcase(s, "memory");
    tcase_add_test(t, test_alloc_is_aligned_and_apart);
    tcase_add_test(t, test_arena_grows_once);
    tcase_add_test(t, test_rewind);
    tcase_add_test(t, test_rewind_to_an_empty_tape);
    tcase_add_test(t, test_keep);
    tcase_add_test(t, test_input_is_copied);
    t = new_tcase(s, "recording");
    tcase_add_test(t, test_nothing_recorded);
    tcase_add_test(t, test_no_input_needs_a_gradient);
    tcase_add_test(t, test_inputs_may_be_missing);
    tcase_add_test(t, test_streams);
}

static void add_gradients(Suite *s)
{
    TCase *t = new_tcase(s, "gradients");
    tcase_add_test(t, test_chain_and_several_uses);
    tcase_add_test(t, test_seeds_add);
    tcase_add_test(t, test_gradients_add_over_steps);
    tcase_add_test(t, test_unused_branch_is_skipped);
    tcase_add_test(t, test_views_share);
    t = new_tcase(s, "pool");
    tcase_add_test(t, test_gradients_are_reused);
    tcase_add_test(t, test_reused_gradients_start_at_zero);
    tcase_add_test(t, test_reset_after_an_aborted_step);
    tcase_add_test(t, test_rewind_after_an_aborted_tile);
}

static void add_streaming(Suite *s)
{
    TCase *t = new_tcase(s, "streaming");
    tcase_add_test(t, test_tiles_equal_the_whole);
    tcase_add_test(t, test_memory_is_bounded_by_the_tile);
    tcase_add_test(t, test_older_operations_wait);
    tcase_add_test(t, test_older_tensors_survive);
    tcase_add_test(t, test_nested_marks);
}

Suite *test_tape_suite(void);
Suite *test_tape_suite(void)
{
    Suite *s = suite_create("tape");
    add_memory(s);
    add_gradients(s);
    add_streaming(s);
    TCase *t = new_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_seed_of_many, SIGABRT);
    tcase_add_test_raise_signal(t, test_six_axes, SIGABRT);
    tcase_add_test_raise_signal(t, test_empty_axis, SIGABRT);
    tcase_add_test_raise_signal(t, test_other_length, SIGABRT);
    tcase_add_test_raise_signal(t, test_forgotten_mark, SIGABRT);
    tcase_add_test_raise_signal(t, test_absurd_size, SIGABRT);
    tcase_add_test_raise_signal(t, test_product_overflows, SIGABRT);
    return s;
}
