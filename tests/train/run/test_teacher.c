/* SPDX-License-Identifier: Apache-2.0 */
/* The teacher: its features for any batch and normalization, and training with it as a user
 * starts it. */
#include "train/run/teacher.h"

#include "core/mem.h"
#include "core/options/option.h"
#include "model/clip/clip_file.h"
#include "tests/support/clip_files.h"
#include "tests/support/grad_check.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { S = 12, B = 11, E = 64, PIXELS = B * 3 * S * S };

static const ClipImageConfig IMAGE = {
    .sizes = {.width = 64, .layers = 2, .heads = 1, .ffn = 32, .embed = E},
    .patch = 4,
    .image_size = S,
};
static const ClipTextConfig TEXT = {
    .sizes = {.width = 64, .layers = 1, .heads = 1, .ffn = 32, .embed = E},
    .vocabulary = 600,
    .context = 20,
};

/* ---- features ---- */

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

/* The configuration with clip.weights at `path` and the given settings. */
static Config config_with(const char *path, const char *const *setting, int settings)
{
    Config c;
    Error err = {0};
    char *text[8] = {mem_format("clip.weights=%s", path), mem_format("model.text_width=%d", E)};
    for (int i = 0; i < settings; i++) text[2 + i] = mem_strdup(setting[i]);
    ck_assert_msg(config_load(NULL, 0, text, 2 + settings, &c, &err) == 0, "%s", err.text);
    for (int i = 0; i < 2 + settings; i++) mem_free(text[i]);
    return c;
}

static float *random_pixels(void)
{
    float *x = mem_alloc(PIXELS * sizeof *x);
    Tensor *t = test_tensor(1, (int64_t[]){PIXELS}, false);
    test_fill(t, 8, -2, 2);
    tensor_read(t, x);
    test_tensor_free(t);
    return x;
}

/* All images at once through the tower. */
static void tower(const char *path, const float *pixels, float *out)
{
    const ClipOptions options = {.weights = path};
    ParamSet *ps;
    ClipImage *m;
    Error err = {0};
    ck_assert_msg(clip_file_image(&options, E, &ps, &m, &err) == 0, "%s", err.text);
    Tape *tape = tape_new();
    Tensor *x = tape_input(tape, 4, (int64_t[]){B, 3, S, S}, pixels);
    tensor_read(clip_image_forward(tape, m, x), out);
    tape_free(tape);
    clip_image_free(m);
    param_set_free(ps);
}

static void expect_features(const Config *c, const float *pixels, const float *want)
{
    Teacher *t;
    Error err = {0};
    float got[B * E];
    ck_assert_msg(teacher_open(c, &t, &err) == 0, "%s", err.text);
    ck_assert_int_eq(teacher_image_size(t), S);
    for (int again = 0; again < 2; again++) {
        teacher_features(t, pixels, B, got);
        for (int i = 0; i < B * E; i++)
            ck_assert_msg(fabs((double)(got[i] - want[i])) <= 2e-5, "%d: %g, want %g", i,
                          (double)got[i], (double)want[i]);
    }
    teacher_free(t);
}

START_TEST(test_features)
{
    const char *path = scratch_path(&scratch, "clip.safetensors");
    float *pixels = random_pixels(), want[B * E];
    clip_files_write(path, NULL, &IMAGE);
    Config c = config_with(path, NULL, 0);
    tower(path, pixels, want);
    expect_features(&c, pixels, want);
    double square = 0;
    for (int i = 0; i < E; i++) square += (double)want[i] * (double)want[i];
    ck_assert_msg(fabs(square - 1) > 0.1, "features are of unit length: %g", square);
    config_free(&c);
    mem_free(pixels);
}
END_TEST

/* Training may normalize pixels differently; CLIP must still get its own normalization. */
START_TEST(test_other_normalization)
{
    static const char *const setting[] = {"data.mean=0.5,0.4,0.3", "data.std=0.2,0.25,0.3"};
    static const double mean[] = {0.5, 0.4, 0.3}, std[] = {0.2, 0.25, 0.3};
    static const double clip_mean[] = {0.48145466, 0.4578275, 0.40821073};
    static const double clip_std[] = {0.26862954, 0.26130258, 0.27577711};
    const char *path = scratch_path(&scratch, "clip.safetensors");
    float *pixels = random_pixels(), want[B * E];
    clip_files_write(path, NULL, &IMAGE);
    Config c = config_with(path, setting, 2);
    tower(path, pixels, want);
    for (int i = 0; i < PIXELS; i++) { /* back to colors, then normalized as in training */
        const int k = i / (S * S) % 3;
        const double color = (double)pixels[i] * clip_std[k] + clip_mean[k];
        pixels[i] = (float)((color - mean[k]) / std[k]);
    }
    expect_features(&c, pixels, want);
    config_free(&c);
    mem_free(pixels);
}
END_TEST

static void expect_nobody(const char *path, const char *const *setting, int settings)
{
    Teacher *t;
    Error err = {0};
    Config c = config_with(path, setting, settings);
    ck_assert_msg(teacher_open(&c, &t, &err) == 0, "%s", err.text);
    ck_assert_ptr_null(t);
    config_free(&c);
}

START_TEST(test_nobody_to_learn_from)
{
    static const char *const off[] = {"loss.weight.distill=0"};
    const char *path = scratch_path(&scratch, "clip.safetensors");
    clip_files_write(path, &TEXT, NULL);
    expect_nobody(path, NULL, 0);
    expect_nobody("", NULL, 0);
    expect_nobody("/nowhere", off, 1);
    teacher_free(NULL);
}
END_TEST

static void expect_refused(const char *path, const char *setting, int code, const char *words)
{
    Teacher *t;
    Error err = {0};
    Config c = config_with(path, &setting, 1);
    ck_assert_int_eq(teacher_open(&c, &t, &err), -1);
    ck_assert_ptr_null(t);
    expect_error(&err, code, words);
    config_free(&c);
}

START_TEST(test_refused)
{
    const char *path = scratch_path(&scratch, "clip.safetensors");
    clip_files_write(path, NULL, &IMAGE);
    expect_refused(path, "model.text_width=63", ERROR_DATA, "features of width 64");
    expect_refused(path, "clip.image_heads=7", ERROR_USAGE, "clip.image_heads: 7");
    expect_refused("/nowhere/clip", "seed=0", ERROR_DATA, "/nowhere/clip: cannot open");
}
END_TEST

/* ---- training ---- */

static void tiny_setup(void)
{
    tiny_new();
    char *both = tiny_path("@/both.safetensors"), *text = tiny_path("@/text.safetensors");
    char *same = tiny_path("@/same.safetensors");
    ClipImageConfig large = IMAGE;
    large.image_size = 32;
    clip_files_write(both, &TEXT, &IMAGE);
    clip_files_write(text, &TEXT, NULL);
    clip_files_write(same, NULL, &large);
    mem_free(same);
    mem_free(text);
    mem_free(both);
}

static void expect_talk(const char *messages, const char *words)
{
    ck_assert_msg(strstr(messages, words), "no \"%s\" in: %s", words, messages);
}

/* The sum of the loss over all steps in the metrics; every value must be a number. */
static double distill_losses(const char *run)
{
    char *path = mem_format("@/%s/metrics.jsonl", run), *text = tiny_read(path);
    double sum = 0;
    for (const char *p = text; (p = strstr(p, "\"loss_dis\": "));) {
        p += strlen("\"loss_dis\": ");
        sum += strtod(p, NULL);
    }
    mem_free(text);
    mem_free(path);
    return sum;
}

/* A run gives the same bits in one piece and in three, and different bits without the
 * teacher. */
static void expect_learning(const char *run, const char *settings, const char *words)
{
    char whole[33], parts[33], alone[33];
    char *cut = mem_format("%s_cut", run), *off = mem_format("%s_off", run);
    char *first = mem_format("%s train.max_steps=3", settings);
    char *none = mem_format("%s loss.weight.distill=0", settings);
    char *messages = tiny_train(0, run, settings);
    expect_talk(messages, words);
    mem_free(messages);
    mem_free(tiny_train(0, cut, first));
    mem_free(tiny_train(0, cut, settings));
    mem_free(tiny_train(0, off, none));
    tiny_content(run, whole);
    tiny_content(cut, parts);
    tiny_content(off, alone);
    ck_assert_str_eq(whole, parts);
    ck_assert_str_ne(whole, alone);
    ck_assert(distill_losses(run) > 0.1);
    ck_assert(distill_losses(off) == 0);
    mem_free(none);
    mem_free(first);
    mem_free(off);
    mem_free(cut);
}

START_TEST(test_train_with_a_second_view)
{
    expect_learning("second", "train.epochs=1 clip.weights=@/both.safetensors",
                    "both.safetensors, 12 pixels (a second view)");
}
END_TEST

START_TEST(test_train_with_the_same_view)
{
    expect_learning("same", "train.epochs=1 clip.weights=@/same.safetensors",
                    "same.safetensors, 32 pixels\n");
}
END_TEST

START_TEST(test_train_without)
{
    char *messages = tiny_train(0, "without", "train.max_steps=1");
    expect_talk(messages, "distillation is off: no clip.weights to learn from");
    mem_free(messages);
    messages = tiny_train(0, "text", "train.max_steps=1 clip.weights=@/text.safetensors");
    expect_talk(messages, "text.safetensors: no image tower");
    mem_free(messages);
    messages = tiny_train(3, "missing", "clip.weights=@/missing.safetensors");
    expect_talk(messages, "missing.safetensors: cannot open");
    mem_free(messages);
}
END_TEST

Suite *test_teacher_suite(void);
Suite *test_teacher_suite(void)
{
    Suite *s = suite_create("teacher");
    TCase *t = tcase_create("features");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_test(t, test_features);
    tcase_add_test(t, test_other_normalization);
    tcase_add_test(t, test_nobody_to_learn_from);
    tcase_add_test(t, test_refused);
    t = tcase_create("training");
    tcase_add_unchecked_fixture(t, tiny_setup, tiny_free);
    suite_add_tcase(s, t);
    tcase_add_test(t, test_train_with_a_second_view);
    tcase_add_test(t, test_train_with_the_same_view);
    tcase_add_test(t, test_train_without);
    return s;
}
