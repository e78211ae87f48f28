/* SPDX-License-Identifier: Apache-2.0 */
/* One pass against the optimizer, the average and the zeroing one after the other, on
 * parameters of many blocks with different settings, one of them frozen. */
#include "optim/update.h"

#include "core/math/gemm.h"
#include "core/mem.h"
#include "core/rng.h"
#include "optim/span.h"

#include <check.h>
#include <string.h>

enum { STEPS = 3 };

static ParamSet *many_blocks(void)
{
    static const int64_t size[] = {3 * SPAN_BLOCK + 5, 7, SPAN_BLOCK, 1, 2 * SPAN_BLOCK - 16};
    ParamSet *ps = param_set_new();
    for (int i = 0; i < 5; i++)
        param_add(ps, (ParamInit){PARAM_CONSTANT, 0.5}, 1, &size[i], "p%d", i);
    param_set_build(ps);
    param_set_init(ps, 1);
    ps->param[1]->no_decay = true;
    ps->param[3]->lr_scale = 10;
    ck_assert_int_eq(param_set_freeze(ps, "p2"), 1);
    return ps;
}

static void draw_gradients(ParamSet *ps, uint32_t step)
{
    Rng rng = rng_new(2, step, 0, RNG_TEST);
    for (int64_t i = 0; i < ps->count; i++) {
        const Param *p = ps->param[i];
        for (int64_t k = 0; p->tensor.grad && k < p->len; k++)
            p->tensor.grad[k] = (Real)rng_normal(&rng);
    }
}

static AdamW *optimizer(const ParamSet *ps, bool half)
{
    return adamw_new((AdamWConfig){.beta1 = 0.9,
                                   .beta2 = 0.99,
                                   .eps = 1e-8,
                                   .weight_decay = 0.05,
                                   .half = half,
                                   .seed = 3},
                     ps);
}

static void expect_equal(const void *a, const void *b, int64_t n, size_t size)
{
    ck_assert_int_eq(memcmp(a, b, (size_t)n * size), 0);
}

static void expect_same(const ParamSet *a, const ParamSet *b, const AdamW *x, const AdamW *y)
{
    expect_equal(a->data, b->data, a->len, sizeof(Real));
    expect_equal(a->grad, b->grad, a->len, sizeof(Real));
    ck_assert_int_eq(x->step, y->step);
    if (x->config.half) {
        expect_equal(x->m.half, y->m.half, x->len, sizeof *x->m.half);
        expect_equal(x->v.half, y->v.half, x->len, sizeof *x->v.half);
    } else {
        expect_equal(x->m.full, y->m.full, x->len, sizeof *x->m.full);
        expect_equal(x->v.full, y->v.full, x->len, sizeof *x->v.full);
    }
}

START_TEST(test_equals_its_parts)
{
    const bool half = _i & 1;
    ParamSet *a = many_blocks(), *b = many_blocks();
    AdamW *x = optimizer(a, half), *y = optimizer(b, half);
    Ema *one = _i & 2 ? ema_new(a, 0.9) : NULL, *two = ema_new(b, 0.9);
    for (uint32_t t = 0; t < STEPS; t++) {
        gemm_set_threads(1 + (int)t);
        draw_gradients(a, t);
        draw_gradients(b, t);
        update_run((Update){x, one, a, 1e-2});
        adamw_step(y, b, 1e-2);
        ema_update(two, b);
        param_set_zero_grad(b);
        expect_same(a, b, x, y);
    }
    if (one) expect_equal(one->shadow, two->shadow, one->len, sizeof *one->shadow);
    ck_assert(a->param[2]->tensor.data[0] == (Real)0.5);
    ck_assert(a->param[0]->tensor.data[0] != (Real)0.5);
    adamw_free(x);
    adamw_free(y);
    ema_free(one);
    ema_free(two);
    param_set_free(a);
    param_set_free(b);
}
END_TEST

/* Blocks cut the spans into parts that cover every trainable parameter once, and no frozen
 * one. */
START_TEST(test_blocks_cover_the_spans)
{
    ParamSet *ps = many_blocks();
    unsigned char *seen = mem_calloc((size_t)ps->len, 1);
    Span s;
    for (int64_t i = 0; i < span_blocks(ps); i++)
        for (SpanBlock b = span_block(ps, i); span_next(&b, &s);) {
            ck_assert_int_ge(s.len, 1);
            ck_assert_int_eq(s.begin / SPAN_BLOCK, i);
            ck_assert_int_eq((s.begin + s.len - 1) / SPAN_BLOCK, i);
            for (int64_t k = s.begin; k < s.begin + s.len; k++) seen[k]++;
        }
    for (int64_t i = 0; i < ps->count; i++)
        for (int64_t k = 0; k < ps->param[i]->len; k++)
            ck_assert_int_eq(seen[ps->param[i]->offset + k], i == 2 ? 0 : 1);
    mem_free(seen);
    param_set_free(ps);
}
END_TEST

Suite *test_update_suite(void);
Suite *test_update_suite(void)
{
    Suite *s = suite_create("update");
    TCase *t = tcase_create("update");
    tcase_add_loop_test(t, test_equals_its_parts, 0, 4);
    tcase_add_test(t, test_blocks_cover_the_spans);
    suite_add_tcase(s, t);
    return s;
}
