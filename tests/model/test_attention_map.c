/* SPDX-License-Identifier: Apache-2.0 */
/* Attention maps of tags against plain loops in double from the raw weights. */
#include "model/attention_map.h"

#include "core/mem.h"
#include "model/backbone/swin_options.h"
#include "tests/model/backbone/swin_oracle.h"
#include "tests/model/decoder_oracle.h"
#include "tests/support/grad_check.h"

#include <check.h>
#include <math.h>
#include <signal.h>

enum { SIDE = 96, GRID = SIDE / 32, N = 1 + GRID * GRID, TAGS = 5, E = 6, ROWS = 11, C = 8 };

static const SwinOptions SWIN = {
    .width = 4, .depths = {4, {1, 1, 1, 1}}, .heads = {4, {1, 2, 2, 4}}, .window = 3};
static const RamPlusConfig CONFIG = {
    .encoder = {.kind = &backbone_swin, .image_size = SIDE, .options = &SWIN},
    .text_width = E,
    .hidden = C,
    .heads = 2,
    .ffn = 12,
    .layers = 2,
    .dropout = 0.2};
static const DecoderConfig DECODER = {E, C, 2, 12, 2, 0.2, false};
static const int64_t OFFSET[TAGS + 1] = {0, 3, 4, 6, 10, ROWS};

typedef struct World {
    Tape *tape;
    ParamSet *ps;
    RamPlus *model;
    LabelBank *bank;
} World;

static World w;

static void set_up(void)
{
    Rng rng = rng_new(3, 0, 0, RNG_TEST);
    w.tape = tape_new();
    tape_set_recording(w.tape, false);
    w.ps = param_set_new();
    w.model = ram_plus_new(&CONFIG, w.ps);
    param_set_build(w.ps);
    test_fill_params(w.ps, 50);
    w.bank = label_bank_new(TAGS, OFFSET, E);
    for (int64_t i = 0; i < ROWS * E; i++) w.bank->rows[i] = (float)rng_range(&rng, -1, 1);
}

static void tear_down(void)
{
    label_bank_free(w.bank);
    ram_plus_free(w.model);
    param_set_free(w.ps);
    tape_free(w.tape);
}

static RamPlusImage see(int64_t images)
{
    Tensor *x = tape_tensor(w.tape, 4, (int64_t[]){images, 3, SIDE, SIDE});
    test_fill(x, 7, -2, 2);
    return ram_plus_image(w.tape, w.model, x);
}

/* The query of a tag, x [C]: the projected mean of its descriptions, weighted by similarity to
 * the image. */
static void query(const double *cls, int64_t tag, double *x)
{
    const int64_t first = OFFSET[tag], n = OFFSET[tag + 1] - first;
    double norm = 0, weight[ROWS], mean[E] = {0};
    for (int64_t i = 0; i < E; i++) norm += cls[i] * cls[i];
    for (int64_t d = 0; d < n; d++) {
        const double scale = exp((double)param_find(w.ps, "reweight_scale")->tensor.data[0]);
        weight[d] = 0;
        for (int64_t i = 0; i < E; i++)
            weight[d] +=
                (double)w.bank->rows[(first + d) * E + i] * cls[i] / sqrt(norm) * scale;
    }
    oracle_softmax(n, weight);
    for (int64_t d = 0; d < n; d++)
        for (int64_t i = 0; i < E; i++)
            mean[i] += weight[d] * (double)w.bank->rows[(first + d) * E + i];
    oracle_linear(w.ps, "wordvec_proj", 1, E, C, mean, x);
    for (int64_t i = 0; i < C; i++) x[i] = fmax(x[i], 0);
}

/* Fills want [N] with the mean over heads and layers, the pooled token first. */
static void oracle(const RamPlusImage *image, int64_t tag, double *want)
{
    double embeds[N * E], x[C], y[C], p[N];
    for (int64_t i = 0; i < N * E; i++) embeds[i] = (double)image->image_embeds->data[i];
    query(embeds, tag, x);
    for (int64_t n = 0; n < N; n++) want[n] = 0;
    for (int64_t layer = 0; layer < 2; layer++) {
        decoder_oracle(w.ps, &DECODER, layer, 1, N, x, embeds, y, p);
        for (int64_t n = 0; n < N; n++) want[n] += p[n] / 2;
        for (int64_t i = 0; i < C; i++) x[i] = y[i];
    }
}

/* Tags may come in any order and repeat. A map sums to 1 minus the share of the pooled token.
 */
START_TEST(maps_of_tags)
{
    static const int64_t tag[] = {4, 0, 3, 0};
    const RamPlusImage image = see(1);
    float map[4 * (N - 1)];
    double want[N], worst = 0, spread = 0;
    ck_assert_int_eq(attention_map_side(w.model), GRID);
    attention_map(w.tape, w.model, &image, w.bank, 4, tag, map);
    for (int i = 0; i < 4; i++) {
        double sum = 0;
        oracle(&image, tag[i], want);
        for (int64_t n = 1; n < N; n++) {
            const double have = (double)map[i * (N - 1) + n - 1];
            worst = fmax(worst, fabs(have - want[n]));
            spread = fmax(spread, fabs(have - 1.0 / N));
            sum += have;
        }
        ck_assert_double_eq_tol(sum, 1 - want[0], 1e-5);
    }
    ck_assert_double_lt(worst, 1e-5);
    ck_assert_double_gt(spread, 1e-2); /* the map is not uniform */
}
END_TEST

/* The memory of the tape does not grow with the number of tags. */
START_TEST(memory)
{
    int64_t tag[100];
    float map[100 * (N - 1)];
    for (int i = 0; i < 100; i++) tag[i] = i % TAGS;
    const RamPlusImage image = see(1);
    attention_map(w.tape, w.model, &image, w.bank, 1, tag, map);
    const TapeMark before = tape_mark(w.tape);
    const size_t bytes = tape_arena_bytes(w.tape);
    attention_map(w.tape, w.model, &image, w.bank, 100, tag, map);
    const TapeMark after = tape_mark(w.tape);
    ck_assert(before.chunk == after.chunk && before.used == after.used);
    ck_assert_uint_eq(tape_arena_bytes(w.tape), bytes);
}
END_TEST

START_TEST(two_images)
{
    const RamPlusImage image = see(2);
    attention_map(w.tape, w.model, &image, w.bank, 1, (int64_t[]){0}, (float[N]){0});
}
END_TEST

START_TEST(while_recording)
{
    const RamPlusImage image = see(1);
    tape_set_recording(w.tape, true);
    attention_map(w.tape, w.model, &image, w.bank, 1, (int64_t[]){0}, (float[N]){0});
}
END_TEST

START_TEST(no_such_tag)
{
    const RamPlusImage image = see(1);
    attention_map(w.tape, w.model, &image, w.bank, 1, (int64_t[]){TAGS}, (float[N]){0});
}
END_TEST

Suite *test_attention_map_suite(void);
Suite *test_attention_map_suite(void)
{
    Suite *s = suite_create("attention_map");
    TCase *t = tcase_create("attention_map");
    tcase_add_checked_fixture(t, set_up, tear_down);
    tcase_add_test(t, maps_of_tags);
    tcase_add_test(t, memory);
    tcase_add_test_raise_signal(t, two_images, SIGABRT);
    tcase_add_test_raise_signal(t, while_recording, SIGABRT);
    tcase_add_test_raise_signal(t, no_such_tag, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
