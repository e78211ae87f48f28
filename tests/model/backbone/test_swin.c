/* SPDX-License-Identifier: Apache-2.0 */
/* The Swin encoder: values against plain loops, constants, stochastic depth. */
#include "model/backbone/swin_options.h"
#include "tests/model/backbone/swin_oracle.h"
#include "tests/support/grad_check.h"

#include "core/math/gemm.h"
#include "core/mem.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const SwinConfig CONFIG[] = {
    /* maps of 16, 8, 4, 2 with windows of 4: shifting, one window, a smaller map */
    {.image_size = 64,
     .embed_dim = 6,
     .depths = {2, 3, 1, 1},
     .heads = {1, 2, 3, 4},
     .window = 4},
    /* odd window, shift rounded down; the last map is one window */
    {.image_size = 96,
     .embed_dim = 4,
     .depths = {2, 2, 2, 2},
     .heads = {2, 1, 4, 8},
     .window = 3},
    /* a window larger than every map: no shift */
    {.image_size = 32,
     .embed_dim = 4,
     .depths = {2, 1, 1, 2},
     .heads = {1, 1, 1, 1},
     .window = 12},
};
enum { CONFIGS = sizeof CONFIG / sizeof *CONFIG };

typedef struct World {
    Tape *tape;
    ParamSet *ps;
    void *model;
    Tensor *image;
} World;

static void *new_model(const SwinConfig *c, ParamSet *ps)
{
    SwinOptions o = {.width = c->embed_dim,
                     .depths = {.count = SWIN_STAGES},
                     .heads = {.count = SWIN_STAGES},
                     .window = c->window,
                     .drop_path = c->drop_path};
    memcpy(o.depths.value, c->depths, sizeof c->depths);
    memcpy(o.heads.value, c->heads, sizeof c->heads);
    return backbone_swin.new(&(BackboneConfig){.image_size = c->image_size, .options = &o}, ps,
                             "v");
}

static World world_new(const SwinConfig *c, int64_t B)
{
    World w = {.tape = tape_new(), .ps = param_set_new()};
    w.model = new_model(c, w.ps);
    param_set_build(w.ps);
    test_fill_params(w.ps, 70);
    w.image = test_tensor(4, (int64_t[]){B, 3, c->image_size, c->image_size}, false);
    test_fill(w.image, 5, -2, 2);
    return w;
}

static void world_free(World *w)
{
    backbone_swin.free(w->model);
    param_set_free(w->ps);
    test_tensor_free(w->image);
    tape_free(w->tape);
}

static void expect_oracle(World *w, const SwinConfig *c, double tolerance)
{
    const Tensor *y = backbone_swin.forward(w->tape, w->model, w->image);
    const int64_t B = y->shape[0], side = c->image_size / 32,
                  len = (1 + side * side) * 8 * c->embed_dim;
    ck_assert_int_eq(tensor_len(y), B * len);
    double *want = mem_alloc((size_t)len * sizeof *want);
    for (int64_t b = 0; b < B; b++) {
        Tensor one = *w->image;
        one.data += b * 3 * c->image_size * c->image_size;
        swin_oracle(c, w->ps, &one, want);
        for (int64_t i = 0; i < len; i++)
            ck_assert_msg(fabs((double)y->data[b * len + i] - want[i]) <=
                              tolerance * fmax(1, fabs(want[i])),
                          "element %ld: %g, want %g", (b * len + i),
                          (double)y->data[b * len + i], want[i]);
    }
    mem_free(want);
}

START_TEST(test_value)
{
    World w = world_new(&CONFIG[_i], 2);
    expect_oracle(&w, &CONFIG[_i], 1e-4);
    world_free(&w);
}
END_TEST

static void scale(ParamSet *ps, const char *part, double factor)
{
    int64_t found = 0;
    for (int64_t i = 0; i < ps->count; i++) {
        if (!strstr(ps->param[i]->name, part)) continue;
        found++;
        for (int64_t j = 0; j < ps->param[i]->len; j++)
            ps->param[i]->tensor.data[j] *= (Real)factor;
    }
    ck_assert_msg(found > 0, "no parameter %s", part);
}

/* Values on the residual path are near 0.003: each variance is near 1e-5, so that eps matters
 * about as much as the variance. */
START_TEST(test_eps_is_1e_5)
{
    const SwinConfig *c = &CONFIG[0];
    World w = world_new(c, 1);
    scale(w.ps, "patch_embed.proj", 0.002);
    scale(w.ps, "patch_embed.norm", 0.004);
    scale(w.ps, "attn.proj", 0.003);
    scale(w.ps, "mlp.fc2", 0.003);
    scale(w.ps, "downsample.reduction", 0.004);
    expect_oracle(&w, c, 1e-4);
    world_free(&w);
}
END_TEST

START_TEST(test_recording_changes_nothing)
{
    World w = world_new(&CONFIG[0], 2);
    const Tensor *with = backbone_swin.forward(w.tape, w.model, w.image);
    const TapeMark mark = tape_mark(w.tape);
    tape_set_recording(w.tape, false);
    const Tensor *without = backbone_swin.forward(w.tape, w.model, w.image);
    ck_assert_int_eq(tape_mark(w.tape).nodes, mark.nodes);
    ck_assert(with->needs_grad && !without->needs_grad);
    ck_assert_int_eq(memcmp(with->data, without->data, (size_t)tensor_len(with) * sizeof(Real)),
                     0);
    world_free(&w);
}
END_TEST

/* Images of a batch do not affect each other. */
START_TEST(test_batch)
{
    World w = world_new(&CONFIG[1], 3);
    const Tensor *all = backbone_swin.forward(w.tape, w.model, w.image);
    Tensor *last = tape_tensor(w.tape, 4, (int64_t[]){1, 3, 96, 96});
    memcpy(last->data, w.image->data + 2 * 3 * 96 * 96, 3 * 96 * 96 * sizeof(Real));
    const Tensor *one = backbone_swin.forward(w.tape, w.model, last);
    for (int64_t i = 0; i < tensor_len(one); i++)
        ck_assert_double_eq_tol((double)one->data[i],
                                (double)all->data[2 * tensor_len(one) + i], 1e-5);
    world_free(&w);
}
END_TEST

START_TEST(test_threads)
{
    World w = world_new(&CONFIG[0], 2);
    const Tensor *y[2];
    for (int t = 0; t < 2; t++) {
        gemm_set_threads(t + 1);
        y[t] = backbone_swin.forward(w.tape, w.model, w.image);
    }
    for (int64_t i = 0; i < tensor_len(y[0]); i++)
        ck_assert_double_eq_tol((double)y[0]->data[i], (double)y[1]->data[i], 1e-5);
    world_free(&w);
}
END_TEST

/* ---- stochastic depth ---- */

enum { BLOCKS = 4, DRAWS = 600 };

static bool reached(const ParamSet *ps, int block, const char *part)
{
    char name[96];
    snprintf(name, sizeof name, "v.layers.%d.blocks.0.%s", block, part);
    const Param *p = param_find(ps, name);
    ck_assert_ptr_nonnull(p);
    for (int64_t i = 0; i < p->len; i++)
        if (p->tensor.grad[i] != 0) return true;
    return false;
}

/* The branches that one step keeps: element 2 b is the attention of block b, 2 b + 1 its MLP.
 * With one image per step, the parameters of a dropped branch have no gradient. */
static void step(World *w, uint32_t number, bool kept[2 * BLOCKS])
{
    tape_reset(w->tape);
    tape_set_step(w->tape, 1, number);
    param_set_zero_grad(w->ps);
    Tensor *y = backbone_swin.forward(w->tape, w->model, w->image);
    Real *dy = tape_grad(w->tape, y);
    for (int64_t i = 0; i < tensor_len(y); i++) dy[i] = (Real)(i % 7) - 2;
    tape_backward(w->tape);
    for (int b = 0; b < BLOCKS; b++) {
        kept[2 * b] = reached(w->ps, b, "attn.proj.bias");
        kept[2 * b + 1] = reached(w->ps, b, "mlp.fc2.bias");
    }
}

/* Branches i and j (or i alone if i = j) are kept together as often as their probabilities
 * imply. */
static void expect_rate(bool kept[DRAWS][2 * BLOCKS], int i, int j)
{
    static const double keep[BLOCKS] = {1, 0.8, 0.6, 0.4}; /* linear, up to 1 - drop_path */
    const double want = i == j ? keep[i / 2] : keep[i / 2] * keep[j / 2];
    int together = 0;
    for (int d = 0; d < DRAWS; d++) together += kept[d][i] && kept[d][j];
    const double rate = (double)together / DRAWS;
    ck_assert_msg(fabs(rate - want) <= 5 * sqrt(want * (1 - want) / DRAWS) + 1e-9,
                  "branches %d, %d: kept %.3f, want %.3f", i, j, rate, want);
}

/* The rate rises linearly from 0 in the first block to its full value in the last, and branches
 * are drawn independently. */
START_TEST(test_stochastic_depth)
{
    static const SwinConfig config = {.image_size = 32,
                                      .embed_dim = 2,
                                      .depths = {1, 1, 1, 1},
                                      .heads = {1, 1, 1, 1},
                                      .window = 8,
                                      .drop_path = 0.6};
    World w = world_new(&config, 1);
    bool kept[DRAWS][2 * BLOCKS];
    gemm_set_threads(1);
    tape_set_training(w.tape, true);
    for (uint32_t d = 0; d < DRAWS; d++) step(&w, d, kept[d]);
    for (int i = 0; i < 2 * BLOCKS; i++)
        for (int j = 0; j <= i; j++) expect_rate(kept, i, j);
    world_free(&w);
}
END_TEST

/* ---- sizes ---- */

START_TEST(test_parameter_count)
{
    /* Swin-B at 224 with window 7, without a classifier: 86,743,224 parameters (timm). */
    static const SwinConfig base = {.image_size = 224,
                                    .embed_dim = 128,
                                    .depths = {2, 2, 18, 2},
                                    .heads = {4, 8, 16, 32},
                                    .window = 7,
                                    .drop_path = 0.1};
    ParamSet *ps = param_set_new();
    void *m = new_model(&base, ps);
    int64_t sum = 0;
    for (int64_t i = 0; i < ps->count; i++) sum += ps->param[i]->len;
    ck_assert_int_eq(sum, 86743224);
    backbone_swin.free(m);
    param_set_free(ps);
}
END_TEST

START_TEST(test_small_map_has_a_small_table)
{
    World w = world_new(&CONFIG[0], 1);
    const Param *p = param_find(w.ps, "v.layers.3.blocks.0.attn.relative_position_bias_table");
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(p->tensor.shape[0], 9); /* (2 * 2 - 1)^2 */
    ck_assert_int_eq(p->tensor.shape[1], 4);
    world_free(&w);
}
END_TEST

static void expect_refused(SwinConfig c, const char *text)
{
    Error err = {0};
    ck_assert_int_eq(swin_check(&c, &err), -1);
    ck_assert_int_eq(err.code, ERROR_USAGE);
    ck_assert_msg(strstr(err.text, text) != NULL, "%s: no \"%s\"", err.text, text);
}

START_TEST(test_sizes_that_do_not_fit)
{
    Error err = {0};
    for (int i = 0; i < CONFIGS; i++) ck_assert_int_eq(swin_check(&CONFIG[i], &err), 0);
    SwinConfig c = CONFIG[0];
    c.image_size = 100;
    expect_refused(c, "image_size");
    c = CONFIG[0];
    c.window = 3;
    expect_refused(c, "window");
    c = CONFIG[0];
    c.heads[2] = 5;
    expect_refused(c, "heads");
    c = CONFIG[0];
    c.depths[1] = 0;
    expect_refused(c, "depth");
    c = CONFIG[0];
    c.embed_dim = 0;
    expect_refused(c, "width");
}
END_TEST

static void misuse(int64_t channels, int64_t height, int64_t width)
{
    World w = world_new(&CONFIG[2], 1);
    backbone_swin.forward(w.tape, w.model,
                          tape_tensor(w.tape, 4, (int64_t[]){1, channels, height, width}));
}

START_TEST(test_other_size) { misuse(3, 64, 64); }
END_TEST
START_TEST(test_other_channels) { misuse(1, 32, 32); }
END_TEST
START_TEST(test_not_square) { misuse(3, 32, 64); }
END_TEST

Suite *test_swin_suite(void);
Suite *test_swin_suite(void)
{
    Suite *s = suite_create("swin");
    TCase *t = tcase_create("swin");
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, test_value, 0, CONFIGS);
    tcase_add_test(t, test_eps_is_1e_5);
    tcase_add_test(t, test_recording_changes_nothing);
    tcase_add_test(t, test_batch);
    tcase_add_test(t, test_threads);
    tcase_add_test(t, test_stochastic_depth);
    tcase_add_test(t, test_parameter_count);
    tcase_add_test(t, test_small_map_has_a_small_table);
    tcase_add_test(t, test_sizes_that_do_not_fit);
    tcase_add_test_raise_signal(t, test_other_size, SIGABRT);
    tcase_add_test_raise_signal(t, test_other_channels, SIGABRT);
    tcase_add_test_raise_signal(t, test_not_square, SIGABRT);
    return s;
}
