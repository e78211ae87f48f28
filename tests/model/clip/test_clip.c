/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's towers against plain loops; packing must not affect the results. */
#include "core/math/gemm.h"
#include "core/mem.h"
#include "core/rng.h"
#include "tests/model/clip/clip_oracle.h"
#include "tests/support/grad_check.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <string.h>

/* ---- texts ---- */

static const ClipTextConfig TEXT[] = {
    {.sizes = {.width = 12, .layers = 3, .heads = 3, .ffn = 20, .embed = 5},
     .vocabulary = 11,
     .context = 9},
    {.sizes =
         {.width = 8, .layers = 1, .heads = 1, .ffn = 8, .embed = 16, .gelu = true, .eps = 0.2},
     .vocabulary = 50,
     .context = 6},
};
enum { TEXTS = sizeof TEXT / sizeof *TEXT, STRIDE = 9, MANY = 700 };

typedef struct World {
    Tape *tape;
    ParamSet *ps;
    ClipText *text;
    ClipImage *image;
} World;

static World w; /* of the running test; each test has its own process */

static void new_text(const ClipTextConfig *c)
{
    w = (World){.tape = tape_new(), .ps = param_set_new()};
    w.text = clip_text_new(c, w.ps);
    param_set_build(w.ps);
    test_fill_params(w.ps, 9);
}

static void new_image(const ClipImageConfig *c)
{
    w = (World){.tape = tape_new(), .ps = param_set_new()};
    w.image = clip_image_new(c, w.ps);
    param_set_build(w.ps);
    test_fill_params(w.ps, 9);
}

static void world_free(void)
{
    clip_text_free(w.text);
    clip_image_free(w.image);
    param_set_free(w.ps);
    tape_free(w.tape);
}

/* Texts of every length, many with common prefixes; ids after the end token are random and
 * smaller. */
static void random_texts(const ClipTextConfig *c, int64_t n, int64_t stride, int32_t *id)
{
    const int32_t end = (int32_t)c->vocabulary - 1;
    for (int64_t i = 0; i < n; i++) {
        Rng rng = rng_new(3, 0, (uint64_t)i, RNG_TEST);
        const int64_t length = 1 + rng_below(&rng, c->context < stride ? c->context : stride);
        for (int64_t k = 0; k < stride; k++)
            id[i * stride + k] =
                k + 1 == length ? end : (int32_t)rng_below(&rng, k < 3 ? 2 : end);
    }
}

static int64_t length_of(const ClipTextConfig *c, const int32_t *id)
{
    int64_t n = 0;
    while (id[n] != c->vocabulary - 1) n++;
    return n + 1;
}

static void expect_near(const float *got, const double *want, int64_t n, double tolerance)
{
    for (int64_t i = 0; i < n; i++)
        ck_assert_msg(fabs((double)got[i] - want[i]) <= tolerance * fmax(1, fabs(want[i])),
                      "element %ld: %g, want %g", i, (double)got[i], want[i]);
}

START_TEST(test_text_value)
{
    const ClipTextConfig *c = &TEXT[_i];
    enum { N = 40 };
    const int64_t E = c->sizes.embed, stride = c->context;
    int32_t id[N * STRIDE];
    float got[N * 16];
    double want[16];
    new_text(c);
    random_texts(c, N, stride, id);
    clip_text_encode(w.tape, w.text, N, id, stride, false, got);
    for (int64_t i = 0; i < N; i++) {
        clip_oracle_text(c, w.ps, id + i * stride, length_of(c, id + i * stride), want);
        expect_near(got + i * E, want, E, 2e-5);
    }
    world_free();
}
END_TEST

/* Many packs, in the caller's order and with unit rows, against texts one at a time. */
START_TEST(test_packs)
{
    const ClipTextConfig *c = &TEXT[0];
    const int64_t E = c->sizes.embed;
    int32_t *id = mem_alloc((size_t)MANY * STRIDE * sizeof *id);
    float *all = mem_alloc((size_t)(MANY * E) * sizeof *all), one[16];
    new_text(c);
    random_texts(c, MANY, STRIDE, id);
    clip_text_encode(w.tape, w.text, MANY, id, STRIDE, true, all);
    for (int64_t i = 0; i < MANY; i += 7) {
        double square = 0;
        clip_text_encode(w.tape, w.text, 1, id + i * STRIDE, STRIDE, true, one);
        for (int64_t k = 0; k < E; k++) {
            ck_assert_double_eq_tol((double)all[i * E + k], (double)one[k], 1e-5);
            square += (double)one[k] * (double)one[k];
        }
        ck_assert_double_eq_tol(square, 1, 1e-5);
    }
    world_free();
    mem_free(all);
    mem_free(id);
}
END_TEST

/* The same batch always gives the same bits. */
START_TEST(test_same_bits)
{
    const ClipTextConfig *c = &TEXT[0];
    int32_t id[20 * STRIDE];
    float first[20 * 5], again[20 * 5];
    new_text(c);
    random_texts(c, 20, STRIDE, id);
    clip_text_encode(w.tape, w.text, 20, id, STRIDE, false, first);
    clip_text_encode(w.tape, w.text, 20, id, STRIDE, false, again);
    ck_assert_mem_eq(first, again, sizeof first);
    world_free();
}
END_TEST

/* Encoding records nothing, restores the mark and keeps the caller's recording setting. */
START_TEST(test_tape_stays)
{
    int32_t id[STRIDE] = {1, 2, 10};
    float out[5];
    new_text(&TEXT[0]);
    const TapeMark before = tape_mark(w.tape);
    clip_text_encode(w.tape, w.text, 1, id, STRIDE, false, out);
    const TapeMark after = tape_mark(w.tape);
    ck_assert(tape_recording(w.tape));
    ck_assert_int_eq(after.nodes, before.nodes);
    ck_assert_uint_eq(after.used, before.used);
    world_free();
}
END_TEST

/* ViT-B/16's text tower has 63,428,096 parameters without the logit scale. */
START_TEST(test_text_parameters)
{
    static const ClipTextConfig base = {
        .sizes = {.width = 512, .layers = 12, .heads = 8, .ffn = 2048, .embed = 512},
        .vocabulary = 49408,
        .context = 77};
    int64_t sum = 0;
    ParamSet *ps = param_set_new();
    ClipText *m = clip_text_new(&base, ps);
    for (int64_t i = 0; i < ps->count; i++) sum += ps->param[i]->len;
    ck_assert_int_eq(sum, 63428096);
    clip_text_free(m);
    param_set_free(ps);
}
END_TEST

START_TEST(test_token_out_of_range)
{
    int32_t id[STRIDE] = {1, 11};
    float out[5];
    new_text(&TEXT[0]);
    clip_text_encode(w.tape, w.text, 1, id, STRIDE, false, out);
}
END_TEST

START_TEST(test_text_too_long)
{
    int32_t id[STRIDE + 1] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 10};
    float out[5];
    new_text(&TEXT[0]);
    clip_text_encode(w.tape, w.text, 1, id, STRIDE + 1, false, out);
}
END_TEST

/* ---- images ---- */

static const ClipImageConfig IMAGE[] = {
    {.sizes = {.width = 12, .layers = 2, .heads = 3, .ffn = 30, .embed = 7},
     .patch = 4,
     .image_size = 12},
    {.sizes =
         {.width = 6, .layers = 1, .heads = 2, .ffn = 5, .embed = 6, .gelu = true, .eps = 1e-3},
     .patch = 5,
     .image_size = 5},
};
enum { IMAGES = sizeof IMAGE / sizeof *IMAGE };

START_TEST(test_image_value)
{
    const ClipImageConfig *c = &IMAGE[_i];
    enum { B = 3 };
    const int64_t S = c->image_size, E = c->sizes.embed;
    new_image(c);
    Tensor *x = test_tensor(4, (int64_t[]){B, 3, S, S}, false);
    test_fill(x, 5, -2, 2);
    for (int recording = 0; recording < 2; recording++) {
        tape_set_recording(w.tape, recording);
        const Tensor *y = clip_image_forward(w.tape, w.image, x);
        float got[B * 7];
        double want[7];
        ck_assert_int_eq(tensor_len(y), B * E);
        tensor_read(y, got);
        for (int64_t b = 0; b < B; b++) {
            clip_oracle_image(c, w.ps, x->data + b * 3 * S * S, want);
            expect_near(got + b * E, want, E, 2e-5);
        }
        tape_reset(w.tape);
    }
    test_tensor_free(x);
    world_free();
}
END_TEST

/* ViT-B/16's image tower has 86,192,640 parameters. */
START_TEST(test_image_parameters)
{
    static const ClipImageConfig base = {
        .sizes = {.width = 768, .layers = 12, .heads = 12, .ffn = 3072, .embed = 512},
        .patch = 16,
        .image_size = 224};
    int64_t sum = 0;
    ParamSet *ps = param_set_new();
    ClipImage *m = clip_image_new(&base, ps);
    for (int64_t i = 0; i < ps->count; i++) sum += ps->param[i]->len;
    ck_assert_int_eq(sum, 86192640);
    clip_image_free(m);
    param_set_free(ps);
}
END_TEST

START_TEST(test_other_size)
{
    new_image(&IMAGE[0]);
    clip_image_forward(w.tape, w.image, tape_tensor(w.tape, 4, (int64_t[]){1, 3, 16, 16}));
}
END_TEST

/* ---- sizes ---- */

static void text_refused(ClipTextConfig c, const char *words)
{
    Error err = {0};
    ck_assert_int_eq(clip_text_check(&c, &err), -1);
    ck_assert_msg(err.code == ERROR_DATA && strstr(err.text, words), "%s", err.text);
}

START_TEST(test_sizes_that_do_not_fit)
{
    Error err = {0};
    ClipTextConfig c = TEXT[0];
    c.sizes.heads = 5;
    text_refused(c, "5 heads");
    c = TEXT[0];
    c.context = 0;
    text_refused(c, "context 0");
    c = TEXT[0];
    c.sizes.layers = 0;
    text_refused(c, "0 layers");
    c = TEXT[0];
    c.sizes.embed = INT64_MAX;
    text_refused(c, "out of range");
    ClipImageConfig i = IMAGE[0];
    i.patch = 5;
    ck_assert_int_eq(clip_image_check(&i, &err), -1);
    ck_assert_msg(strstr(err.text, "patches of 5 pixels"), "%s", err.text);
}
END_TEST

Suite *test_clip_suite(void);
Suite *test_clip_suite(void)
{
    Suite *s = suite_create("clip");
    TCase *t = tcase_create("clip");
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, test_text_value, 0, TEXTS);
    tcase_add_test(t, test_packs);
    tcase_add_test(t, test_same_bits);
    tcase_add_test(t, test_tape_stays);
    tcase_add_test(t, test_text_parameters);
    tcase_add_test_raise_signal(t, test_token_out_of_range, SIGABRT);
    tcase_add_test_raise_signal(t, test_text_too_long, SIGABRT);
    tcase_add_loop_test(t, test_image_value, 0, IMAGES);
    tcase_add_test(t, test_image_parameters);
    tcase_add_test_raise_signal(t, test_other_size, SIGABRT);
    tcase_add_test(t, test_sizes_that_do_not_fit);
    return s;
}
