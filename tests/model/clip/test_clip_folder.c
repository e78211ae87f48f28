/* SPDX-License-Identifier: Apache-2.0 */
/* A CLIP folder: files next to the weights replace options, options take precedence, and files
 * that do not fit are rejected. */
#include "model/clip/clip_folder.h"
#include "model/text/text_encoder.h"

#include "core/formats/safetensors.h"
#include "core/formats/tensor_set.h"
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "model/clip/clip_file.h"
#include "tests/support/clip_files.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { E = 10, CONTEXT = 12, PIXELS = 3 * 8 * 8 };

static const char merges[] = "#version: 0.2\nr e\nre d</w>\nc i\nci r\n";

/* Heads and activations that do not follow from the shapes. */
static const ClipTextConfig TEXT = {
    .sizes = {.width = 64, .layers = 2, .heads = 4, .ffn = 48, .embed = E, .gelu = true},
    .vocabulary = 512 + 4 + 2,
    .context = CONTEXT,
};
static const ClipImageConfig IMAGE = {
    .sizes = {.width = 48, .layers = 2, .heads = 3, .ffn = 32, .embed = E},
    .patch = 4,
    .image_size = 8,
};

static Scratch scratch;
static char *folder, *file; /* of Hugging Face; alone, in OpenAI's names */

static void setup(void)
{
    scratch_new(&scratch);
    folder = mem_strdup(scratch_path(&scratch, "clip"));
    clip_files_folder(folder, &TEXT, &IMAGE, merges);
    ck_assert_int_eq(file_mkdirs(scratch_path(&scratch, "alone"), NULL), 0);
    file = mem_strdup(scratch_path(&scratch, "alone/clip.safetensors"));
    clip_files_write(file, &TEXT, &IMAGE);
}

static void teardown(void)
{
    mem_free(file);
    mem_free(folder);
    scratch_free(&scratch);
}

static const char *beside(const char *name)
{
    static char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* end_talk returns the text written to stderr since begin_talk; owned. */
static void begin_talk(void)
{
    ck_assert_ptr_nonnull(freopen(scratch_path(&scratch, "messages"), "w+", stderr));
}

static char *end_talk(void)
{
    Bytes b;
    fflush(stderr);
    ck_assert_int_eq(file_read(scratch_path(&scratch, "messages"), &b, NULL), 0);
    return (char *)b.data;
}

static void vector(ClipOptions options, float out[static E])
{
    const TextEncoderConfig config = {.kind = TEXT_CLIP, .clip = options};
    const char *text = "red circle";
    TextEncoder *e;
    Error err = {0};
    ck_assert_msg(text_encoder_new(&config, &e, &err) == 0, "%s", err.text);
    ck_assert_int_eq(text_encoder_encode(e, &text, 1, out, NULL), 0);
    text_encoder_free(e);
}

static void fingerprint(char out[static HASH_HEX])
{
    const TextEncoderConfig config = {.kind = TEXT_CLIP, .clip = {.weights = folder}};
    TextEncoder *e;
    ck_assert_int_eq(text_encoder_new(&config, &e, NULL), 0);
    strcpy(out, text_encoder_fingerprint(e));
    text_encoder_free(e);
}

static void feature(ClipOptions options, float out[static E])
{
    ParamSet *ps;
    ClipImage *m;
    Error err = {0};
    float pixels[PIXELS];
    for (int i = 0; i < PIXELS; i++) pixels[i] = (float)sin(0.3 * i);
    ck_assert_msg(clip_file_image(&options, E, &ps, &m, &err) == 0, "%s", err.text);
    Tape *tape = tape_new();
    Tensor *x = tape_input(tape, 4, (int64_t[]){1, 3, 8, 8}, pixels);
    tensor_read(clip_image_forward(tape, m, x), out);
    tape_free(tape);
    clip_image_free(m);
    param_set_free(ps);
}

static bool near(const float *a, const float *b)
{
    double worst = 0;
    for (int i = 0; i < E; i++) worst = fmax(worst, fabs((double)(a[i] - b[i])));
    return worst < 1e-5;
}

/* The folder alone provides what the single file needs four options for. */
START_TEST(test_settings)
{
    float got[E], want[E], other[E];
    ClipOptions options = {.weights = file,
                           .vocabulary = beside("merges.txt"),
                           .text_heads = 4,
                           .activation = CLIP_ACTIVATION_GELU};
    begin_talk();
    vector((ClipOptions){.weights = folder}, got);
    char *messages = end_talk();
    ck_assert_str_eq(messages, "");
    mem_free(messages);
    vector(options, want);
    ck_assert(near(got, want));
    options.activation = CLIP_ACTIVATION_AUTO;
    vector(options, other);
    ck_assert(!near(got, other));
    options.activation = CLIP_ACTIVATION_GELU;
    options.text_heads = 0;
    vector(options, other);
    ck_assert(!near(got, other));
    feature((ClipOptions){.weights = beside("model.safetensors")}, got);
    feature((ClipOptions){.weights = file, .image_heads = 3}, want);
    ck_assert(near(got, want));
    feature((ClipOptions){.weights = file, .image_heads = 4}, other);
    ck_assert(!near(got, other));
}
END_TEST

/* Options take precedence, with a warning. */
START_TEST(test_contradictions)
{
    float got[E], want[E];
    begin_talk();
    vector((ClipOptions){.weights = folder,
                         .text_heads = 2,
                         .activation = CLIP_ACTIVATION_QUICK_GELU},
           got);
    char *messages = end_talk();
    ck_assert_ptr_nonnull(
        strstr(messages, "warning: clip.text_heads: 2, but config.json next to /"));
    ck_assert_ptr_nonnull(strstr(messages, "model.safetensors says 4\n"));
    ck_assert_ptr_nonnull(
        strstr(messages, "warning: clip.activation: quick_gelu, but config.json"));
    ck_assert_ptr_nonnull(strstr(messages, "says gelu for the text tower\n"));
    mem_free(messages);
    vector((ClipOptions){.weights = file, .vocabulary = beside("merges.txt"), .text_heads = 2},
           want);
    ck_assert(near(got, want));
    begin_talk();
    vector(
        (ClipOptions){.weights = folder, .text_heads = 4, .activation = CLIP_ACTIVATION_GELU},
        got);
    messages = end_talk();
    ck_assert_str_eq(messages, "");
    mem_free(messages);
}
END_TEST

/* What a configuration says about the layer norms changes the features of both towers. */
START_TEST(test_epsilon)
{
    static const char json[] =
        "{\"text_config\": {\"num_attention_heads\": 4, \"hidden_act\": \"gelu\"%s}, "
        "\"vision_config\": {\"num_attention_heads\": 3%s}}";
    float want[2][E], got[2][E];
    char before[HASH_HEX], after[HASH_HEX];
    fingerprint(before);
    vector((ClipOptions){.weights = folder}, want[0]);
    feature((ClipOptions){.weights = folder}, want[1]);
    for (int i = 0; i < 3; i++) { /* the default, written out; another one for each tower */
        const char *const eps = i ? ", \"layer_norm_eps\": 0.3" : ", \"layer_norm_eps\": 1e-5";
        char *text = mem_format(json, i == 2 ? "" : eps, i == 1 ? "" : eps);
        scratch_text(&scratch, "clip/config.json", text);
        mem_free(text);
        fingerprint(after);
        ck_assert_int_eq(strcmp(before, after) == 0, i != 1);
        vector((ClipOptions){.weights = folder}, got[0]);
        feature((ClipOptions){.weights = folder}, got[1]);
        ck_assert_int_eq(near(got[0], want[0]), i != 1);
        ck_assert_int_eq(near(got[1], want[1]), i != 2);
    }
}
END_TEST

/* Without a configuration the activation is a guess, which is said once for each tower. */
START_TEST(test_guessed_activation)
{
    float out[E];
    begin_talk();
    vector((ClipOptions){.weights = file, .vocabulary = beside("merges.txt")}, out);
    feature((ClipOptions){.weights = file, .activation = CLIP_ACTIVATION_QUICK_GELU}, out);
    char *talk = end_talk();
    char *said =
        strstr(talk, "clip.safetensors: text tower: assuming the activation quick_gelu");
    ck_assert_ptr_nonnull(said);
    ck_assert_ptr_null(strstr(said + 60, "assuming the activation"));
    mem_free(talk);
}
END_TEST

static void refused(const char *weights, int code, const char *words)
{
    const TextEncoderConfig config = {.kind = TEXT_CLIP, .clip = {.weights = weights}};
    TextEncoder *e;
    Error err = {0};
    ck_assert_int_eq(text_encoder_new(&config, &e, &err), -1);
    expect_error(&err, code, words);
}

/* Weights in two files with an index, named by the folder, the index or one of the files. */
START_TEST(test_several_files)
{
    TensorSet s;
    Text map = {0};
    float want[E], got[E];
    ck_assert_int_eq(tensor_set_open(beside("model.safetensors"), &s, NULL), 0);
    StWrite *list = mem_calloc((size_t)s.count, sizeof *list);
    float **values = mem_calloc((size_t)s.count, sizeof *values);
    vector((ClipOptions){.weights = folder}, want);
    for (int64_t i = 0; i < s.count; i++) {
        const TensorEntry *e = &s.entry[i];
        values[i] = mem_alloc((size_t)e->len * sizeof **values);
        ck_assert_int_eq(s.read(s.store, i, values[i], NULL), 0);
        list[i] = (StWrite){.name = e->name, .ndim = e->ndim, .data = values[i]};
        memcpy(list[i].shape, e->shape, sizeof e->shape);
        text_add(&map, "%s\"%s\": \"model-0000%d-of-00002.safetensors\"",
                 i ? ", " : "{\"weight_map\": {", e->name, i < 9 ? 1 : 2);
    }
    text_put(&map, "}}");
    ck_assert_int_eq(
        st_write(beside("model-00001-of-00002.safetensors"), NULL, 0, list, 9, NULL), 0);
    ck_assert_int_eq(st_write(beside("model-00002-of-00002.safetensors"), NULL, 0, list + 9,
                              s.count - 9, NULL),
                     0);
    for (int64_t i = 0; i < s.count; i++) mem_free(values[i]);
    mem_free(values);
    mem_free(list);
    tensor_set_close(&s);
    ck_assert_int_eq(unlink(beside("model.safetensors")), 0);
    scratch_text(&scratch, "clip/model.safetensors.index.json", map.data);
    text_free(&map);
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"", "model.safetensors.index.json",
                                            "model-00002-of-00002.safetensors"};
        vector((ClipOptions){.weights = beside(names[i])}, got);
        ck_assert(near(got, want));
    }
    ck_assert_int_eq(unlink(beside("model-00002-of-00002.safetensors")), 0);
    refused(folder, ERROR_DATA, "model-00002-of-00002.safetensors: cannot open");
}
END_TEST

static const struct {
    const char *json, *words;
} bad[] = {
    {"{\"text_config\": {\n\"hidden_act\": }", "clip/config.json: line 2: "},
    {"{\"a\": 1, \"a\": 2}", "clip/config.json: line 1: duplicate object key"},
    {"", "clip/config.json: line 1: "},
    {"{\"text_config\": {\"num_attention_heads\": 0}}",
     "clip/config.json: text_config: num_attention_heads: expected 1 to 1024"},
    {"{\"text_config\": {\"num_attention_heads\": \"8\"}}", "expected 1 to 1024"},
    {"{\"text_config\": {\"num_attention_heads\": 1e3}}", "expected 1 to 1024"},
    {"{\"text_config\": {\"num_attention_heads\": 1025}}", "expected 1 to 1024"},
    {"{\"text_config\": {\"hidden_act\": \"relu\"}}",
     "clip/config.json: text_config: hidden_act: relu: expected quick_gelu or gelu"},
    {"{\"text_config\": {\"hidden_act\": 7}}",
     "hidden_act: no text: expected quick_gelu or gelu"},
    {"{\"text_config\": {\"layer_norm_eps\": 0}}",
     "clip/config.json: text_config: layer_norm_eps: expected a number between 0 and 1"},
    {"{\"text_config\": {\"layer_norm_eps\": \"1e-5\"}}", "expected a number between 0 and 1"},
    {"{\"text_config\": {\"num_attention_heads\": 7}}",
     "clip.text_heads: 7 in config.json: must divide the width 64"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(test_bad_config_json)
{
    scratch_text(&scratch, "clip/config.json", bad[_i].json);
    refused(folder, ERROR_DATA, bad[_i].words);
}
END_TEST

START_TEST(test_huge_config_json)
{
    char *text = mem_alloc(1 << 21);
    memset(text, ' ', 1 << 21);
    scratch_write(&scratch, "clip/config.json", text, 1 << 21);
    refused(folder, ERROR_DATA, "clip/config.json: more than 1048576 bytes");
    mem_free(text);
}
END_TEST

START_TEST(test_files)
{
    char *path, *found;
    refused("", ERROR_USAGE, "clip.weights: not set: name the file of CLIP's weights");
    refused("/nowhere/clip.pth", ERROR_DATA, "/nowhere/clip.pth: cannot open: No such file");
    refused(scratch.dir, ERROR_DATA,
            ": neither model.safetensors nor pytorch_model.bin in this folder");
    refused(file, ERROR_USAGE, "merges.txt), or put them next to /");
    ck_assert_int_eq(rename(beside("merges.txt"), scratch_path(&scratch, "merges")), 0);
    refused(folder, ERROR_USAGE, "clip.vocab: not set: name CLIP's merges");
    scratch_text(&scratch, "clip/bpe_simple_vocab_16e6.txt.gz", "x");
    found = clip_folder_merges(beside("model.safetensors"));
    ck_assert_str_eq(found, beside("bpe_simple_vocab_16e6.txt.gz"));
    mem_free(found);
    ck_assert_int_eq(rename(beside("model.safetensors"), scratch_path(&scratch, "w")), 0);
    scratch_text(&scratch, "clip/pytorch_model.bin", "x");
    ck_assert_int_eq(clip_folder_weights(folder, &path, NULL), 0);
    ck_assert_str_eq(path, beside("pytorch_model.bin"));
    mem_free(path);
    ck_assert_int_eq(clip_folder_weights(file, &path, NULL), 0);
    ck_assert_str_eq(path, file);
    mem_free(path);
}
END_TEST

Suite *test_clip_folder_suite(void);
Suite *test_clip_folder_suite(void)
{
    Suite *s = suite_create("clip_folder");
    TCase *t = tcase_create("clip_folder");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_test(t, test_settings);
    tcase_add_test(t, test_contradictions);
    tcase_add_loop_test(t, test_bad_config_json, 0, BAD);
    tcase_add_test(t, test_epsilon);
    tcase_add_test(t, test_guessed_activation);
    tcase_add_test(t, test_several_files);
    tcase_add_test(t, test_huge_config_json);
    tcase_add_test(t, test_files);
    return s;
}
