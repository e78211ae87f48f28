/* Automatic re-weighting of descriptions. */
#include "core/ops/ops.h"
#include "tests/core/ops/op_case.h"

#include "core/mem.h"

#include <math.h>

enum { ROWS = 64, WIDTH = 9 };

typedef struct Options {
    int64_t B, K, E;
    const int64_t *offset; /* [K + 1] */
    const float *rows;     /* of the tile alone; NULL until with_rows */
} Options;

static const int64_t RAGGED[] = {0, 3, 4, 9, 11}, LATER[] = {17, 18, 23, 25},
                     SINGLE[] = {0, 1, 2, 3, 4, 5}, ONE_TAG[] = {0, 7};

static const Options OPTIONS[] = {
    {2, 4, 5, RAGGED, NULL}, /* descriptions differ in number */
    {3, 3, 7, LATER, NULL},  /* a tile that does not start at row 0 */
    {1, 5, 3, SINGLE, NULL}, /* one description a tag */
    {5, 1, WIDTH, ONE_TAG, NULL},
};
enum { OPTION_COUNT = sizeof OPTIONS / sizeof *OPTIONS };

static RowGroups tile_of(const Options *o)
{
    return (RowGroups){.rows = o->rows, .offset = o->offset, .K = o->K, .E = o->E};
}

static Tensor *build(Tape *tape, Tensor *const *input, const void *options)
{
    return op_reweight(tape, input[0], input[1], tile_of(options), NULL);
}

/* weights [B, rows of the tile] may be NULL. */
static void reweight(const Options *o, const double *u, double log_scale, double *weights,
                     double *y)
{
    const int64_t total = o->offset[o->K] - o->offset[0];
    for (int64_t b = 0; b < o->B; b++)
        for (int64_t k = 0; k < o->K; k++) {
            const int64_t from = o->offset[k] - o->offset[0],
                          n = o->offset[k + 1] - o->offset[k];
            double p[ROWS];
            for (int64_t d = 0; d < n; d++) {
                p[d] = 0;
                for (int64_t i = 0; i < o->E; i++)
                    p[d] += u[b * o->E + i] * (double)o->rows[(from + d) * o->E + i];
                p[d] *= exp(log_scale);
            }
            op_softmax(n, p);
            for (int64_t d = 0; d < n; d++)
                for (int64_t i = 0; i < o->E; i++)
                    y[(b * o->K + k) * o->E + i] +=
                        p[d] * (double)o->rows[(from + d) * o->E + i];
            for (int64_t d = 0; weights && d < n; d++) weights[b * total + from + d] = p[d];
        }
}

static void oracle(const GradCase *c, const double *const *x, double *y)
{
    reweight(c->options, x[0], x[1][0], NULL, y);
}

/* Unit rows in double, rounded to float as in the bank. */
static void fill_rows(int64_t n, int64_t E, float *rows)
{
    Rng rng = rng_new(31, 0, 0, RNG_TEST);
    for (int64_t r = 0; r < n; r++) {
        double v[128], squares = 0;
        for (int64_t i = 0; i < E; i++) {
            v[i] = rng_range(&rng, -1, 1);
            squares += v[i] * v[i];
        }
        for (int64_t i = 0; i < E; i++) rows[r * E + i] = (float)(v[i] / sqrt(squares));
    }
}

/* Exactly the rows of the tile, so that a sanitizer sees any step beyond. */
static Options with_rows(const Options *o)
{
    Options full = *o;
    const int64_t n = o->offset[o->K] - o->offset[0];
    float *rows = mem_alloc((size_t)(n * o->E) * sizeof *rows);
    fill_rows(n, o->E, rows);
    full.rows = rows;
    return full;
}

static void free_rows(Options *o) { mem_free((void *)o->rows); }

static GradCase make_case(const Options *o, double log_scale)
{
    GradCase c = {.build = build, .options = o};
    op_input(&c, -1, 1, 2, (int64_t[]){o->B, o->E});
    op_input(&c, log_scale, log_scale + 1e-9, 0, NULL);
    return c;
}

START_TEST(test_value)
{
    Options o = with_rows(&OPTIONS[_i]);
    const GradCase c = make_case(&o, 1.2);
    op_expect_value(&c, oracle, 1e-6);
    op_expect_gradient(&c, oracle, 5e-6);
    free_rows(&o);
}
END_TEST

/* The initial value of the reference, ln(1 / 0.07), and its upper range. */
START_TEST(test_sharp)
{
    static const double scale[] = {2.6592600369, 4.6};
    Options o = with_rows(&OPTIONS[0]);
    const GradCase c = make_case(&o, scale[_i]);
    op_expect_value(&c, oracle, _i ? 1e-4 : 2e-5);
    op_expect_gradient(&c, oracle, _i ? 1e-3 : 1e-4);
    free_rows(&o);
}
END_TEST

START_TEST(test_gradient)
{
    Options o = with_rows(&OPTIONS[_i]);
    const GradCase c = make_case(&o, 1.2);
    grad_check(&c);
    free_rows(&o);
}
END_TEST

START_TEST(test_weights)
{
    Options o = with_rows(&OPTIONS[_i]);
    const GradCase c = make_case(&o, 2);
    OpRun r = op_run(&c);
    Tensor *weights = NULL;
    const Tensor *y = op_reweight(r.tape, r.input[0], r.input[1], tile_of(&o), &weights);
    ck_assert_ptr_nonnull(weights);
    ck_assert(op_same_bits(y, r.y));
    const int64_t total = o.offset[o.K] - o.offset[0];
    ck_assert_int_eq(weights->ndim, 2);
    ck_assert_int_eq(weights->shape[0], o.B);
    ck_assert_int_eq(weights->shape[1], total);
    ck_assert(!weights->needs_grad);
    for (int64_t b = 0; b < o.B; b++)
        for (int64_t k = 0; k < o.K; k++) {
            double sum = 0;
            for (int64_t d = o.offset[k]; d < o.offset[k + 1]; d++)
                sum += (double)weights->data[b * total + d - o.offset[0]];
            ck_assert_double_eq_tol(sum, 1, 1e-6);
        }
    op_run_free(&r);
    free_rows(&o);
}
END_TEST

START_TEST(test_weight_values)
{
    Options o = with_rows(&OPTIONS[_i]);
    const GradCase c = make_case(&o, 2);
    OpRun r = op_run(&c);
    Tensor *weights = NULL;
    op_reweight(r.tape, r.input[0], r.input[1], tile_of(&o), &weights);
    double u[64], want[5 * ROWS], y[5 * 8 * WIDTH] = {0};
    for (int64_t i = 0; i < tensor_len(r.input[0]); i++) u[i] = (double)r.input[0]->data[i];
    reweight(&o, u, (double)r.input[1]->data[0], want, y);
    op_expect(weights, want, 2e-6);
    op_run_free(&r);
    free_rows(&o);
}
END_TEST

/* One description: weight 1, and the output is the description. */
START_TEST(test_single_description)
{
    Options o = with_rows(&OPTIONS[2]);
    const GradCase c = make_case(&o, 2);
    OpRun r = op_run(&c);
    op_backward(&r);
    for (int64_t i = 0; i < 15; i++)
        ck_assert_double_eq_tol((double)r.y->data[i], (double)o.rows[i], 1e-7);
    ck_assert_double_eq_tol((double)r.input[1]->grad[0], 0, 1e-6);
    op_run_free(&r);
    free_rows(&o);
}
END_TEST

/* Tags 0..3 in one piece against tags 0..1 and 2..3: the same numbers, to the bit. */
START_TEST(test_tiles_do_not_matter)
{
    Options o = with_rows(&OPTIONS[0]);
    const GradCase c = make_case(&o, 2);
    OpRun r = op_run(&c);
    for (int64_t first = 0; first < 4; first += 2) {
        const RowGroups tile = {o.rows + o.offset[first] * o.E, o.offset + first, 2, o.E};
        const Tensor *part = op_reweight(r.tape, r.input[0], r.input[1], tile, NULL);
        for (int64_t b = 0; b < 2; b++)
            for (int64_t i = 0; i < 2 * o.E; i++)
                ck_assert(part->data[b * 2 * o.E + i] == r.y->data[(b * 4 + first) * o.E + i]);
    }
    op_run_free(&r);
    free_rows(&o);
}
END_TEST

START_TEST(test_threads)
{
    enum { TAGS = 301, PER = 7 };
    int64_t offset[TAGS + 1];
    for (int64_t k = 0; k <= TAGS; k++) offset[k] = k * PER;
    Options o = {3, TAGS, 64, offset, NULL};
    o = with_rows(&o);
    const GradCase c = make_case(&o, 2);
    op_expect_value(&c, oracle, 1e-5);
    op_expect_threads(&c);
    free_rows(&o);
}
END_TEST

static void misuse(int64_t E, int scale_axes, int64_t K)
{
    static const float rows[64] = {1};
    static const int64_t two[2] = {2, 2};
    Tape *tape = tape_new();
    const RowGroups tile = {rows, RAGGED, K, 5};
    op_reweight(tape, tape_tensor(tape, 2, (int64_t[]){2, E}),
                tape_tensor(tape, scale_axes, two), tile, NULL);
}

START_TEST(test_other_width) { misuse(4, 0, 4); }
END_TEST
START_TEST(test_two_scales) { misuse(5, 1, 4); }
END_TEST
START_TEST(test_no_tags) { misuse(5, 0, 0); }
END_TEST

START_TEST(test_tag_without_description)
{
    static const float rows[64] = {1};
    static const int64_t offset[4] = {0, 2, 2, 4};
    Tape *tape = tape_new();
    op_reweight(tape, tape_tensor(tape, 2, (int64_t[]){2, 5}), tape_tensor(tape, 0, NULL),
                (RowGroups){rows, offset, 3, 5}, NULL);
}
END_TEST

Suite *test_reweight_suite(void);
Suite *test_reweight_suite(void)
{
    Suite *s = suite_create("reweight");
    TCase *t = op_tcase(s, "value");
    tcase_add_loop_test(t, test_value, 0, OPTION_COUNT);
    tcase_add_loop_test(t, test_sharp, 0, 2);
    tcase_add_loop_test(t, test_weights, 0, OPTION_COUNT);
    tcase_add_loop_test(t, test_weight_values, 0, OPTION_COUNT);
    tcase_add_test(t, test_single_description);
    tcase_add_test(t, test_tiles_do_not_matter);
    tcase_add_test(t, test_threads);
    t = op_tcase(s, "misuse");
    tcase_add_test_raise_signal(t, test_other_width, SIGABRT);
    tcase_add_test_raise_signal(t, test_two_scales, SIGABRT);
    tcase_add_test_raise_signal(t, test_no_tags, SIGABRT);
    tcase_add_test_raise_signal(t, test_tag_without_description, SIGABRT);
    if (op_double())
        tcase_add_loop_test(op_tcase(s, "gradient"), test_gradient, 0, OPTION_COUNT);
    return s;
}
