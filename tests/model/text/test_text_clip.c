/* SPDX-License-Identifier: Apache-2.0 */
/* The CLIP text encoder with a small vocabulary: it tokenizes, runs the tower and returns unit
 * rows; files that do not belong together are rejected. */
#include "model/text/text_cache.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "data/text/tokenizer.h"
#include "model/clip/clip_file.h"
#include "tests/support/clip_files.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MERGES = 4, CONTEXT = 12, E = 10 };

static const char merges[] = "#version: 0.2\nr e\nre d</w>\nc i\nci r\n";
static const ClipTextConfig TEXT = {
    .sizes = {.width = 64, .layers = 2, .heads = 1, .ffn = 48, .embed = E},
    .vocabulary = 512 + MERGES + 2,
    .context = CONTEXT,
};

static Scratch scratch;
static char *weights, *vocabulary;

static void setup(void)
{
    scratch_new(&scratch);
    vocabulary = mem_strdup(scratch_text(&scratch, "merges.txt", merges));
    weights = mem_strdup(scratch_path(&scratch, "clip.safetensors"));
    clip_files_write(weights, &TEXT, NULL);
}

static void teardown(void)
{
    mem_free(weights);
    mem_free(vocabulary);
    scratch_free(&scratch);
}

static int open_encoder(ClipOptions options, int64_t dim, TextEncoder **out, Error *err)
{
    const TextEncoderConfig config = {.kind = TEXT_CLIP, .dim = dim, .clip = options};
    return text_encoder_new(&config, out, err);
}

static TextEncoder *encoder(ClipOptions options)
{
    TextEncoder *e;
    Error err = {0};
    ck_assert_msg(open_encoder(options, 0, &e, &err) == 0, "%s", err.text);
    ck_assert_int_eq(text_encoder_dim(e), E);
    ck_assert_str_eq(text_encoder_name(e), "clip");
    ck_assert(text_encoder_costly(e));
    return e;
}

/* The expected vectors, computed from tokenizer, tower and norm. */
static void by_hand(const char *text, float *out)
{
    const ClipOptions options = {.weights = weights};
    int32_t id[CONTEXT];
    int64_t length;
    ParamSet *ps;
    ClipText *m;
    Tokenizer *t = tokenizer_open(vocabulary, NULL);
    Tape *tape = tape_new();
    double square = 0;
    ck_assert_int_eq(tokenizer_encode(t, text, CONTEXT, id, &length, NULL), 0);
    ck_assert_int_eq(clip_file_text(&options, 0, &ps, &m, NULL), 0);
    clip_text_encode(tape, m, 1, id, CONTEXT, false, out);
    for (int i = 0; i < E; i++) square += (double)out[i] * (double)out[i];
    for (int i = 0; i < E; i++) out[i] = (float)((double)out[i] / sqrt(square));
    clip_text_free(m);
    param_set_free(ps);
    tape_free(tape);
    tokenizer_free(t);
}

static void expect_near(const float *got, const float *want, const char *text)
{
    for (int i = 0; i < E; i++)
        ck_assert_msg(fabs((double)(got[i] - want[i])) < 1e-5, "%s: element %d: %g, want %g",
                      text, i, (double)got[i], (double)want[i]);
}

START_TEST(test_vectors)
{
    static const char *const text[] = {
        "red circle",   "",
        "Red   CIRCLE", "a text that is far too long for twelve tokens of it",
        "\xe7\x8c\xab", "red",
        "red circle"};
    enum { N = sizeof text / sizeof *text };
    float got[N * E], want[E];
    TextEncoder *e = encoder((ClipOptions){.weights = weights, .vocabulary = vocabulary});
    ck_assert_int_eq(text_encoder_encode(e, text, N, got, NULL), 0);
    for (int i = 0; i < N; i++) {
        by_hand(text[i], want);
        expect_near(got + i * E, want, text[i]);
    }
    expect_near(got + 2 * E, got, "case and spaces do not count");
    ck_assert(fabsf(got[0] - got[5 * E]) > 1e-4F);
    text_encoder_free(e);
}
END_TEST

/* More texts than fit into one piece of the tokenizer's work. */
START_TEST(test_many)
{
    enum { N = 200 };
    const char *text[N];
    float *all = mem_alloc(N * E * sizeof *all), one[E];
    TextEncoder *e = encoder((ClipOptions){.weights = weights, .vocabulary = vocabulary});
    for (int i = 0; i < N; i++) text[i] = mem_format("red circle %d", i * i);
    ck_assert_int_eq(text_encoder_encode(e, text, N, all, NULL), 0);
    for (int i = 0; i < N; i += 9) {
        ck_assert_int_eq(text_encoder_encode(e, &text[i], 1, one, NULL), 0);
        expect_near(all + i * E, one, text[i]);
    }
    for (int i = 0; i < N; i++) mem_free((void *)(uintptr_t)text[i]);
    mem_free(all);
    text_encoder_free(e);
}
END_TEST

START_TEST(test_options_change_the_tower)
{
    const char *text = "red circle";
    float plain[E], heads[E], gelu[E];
    const ClipOptions options[] = {
        {.weights = weights, .vocabulary = vocabulary},
        {.weights = weights, .vocabulary = vocabulary, .text_heads = 4, .image_heads = 7},
        {.weights = weights, .vocabulary = vocabulary, .activation = CLIP_ACTIVATION_GELU}};
    float *out[] = {plain, heads, gelu};
    for (int i = 0; i < 3; i++) {
        TextEncoder *e = encoder(options[i]);
        ck_assert_int_eq(text_encoder_encode(e, &text, 1, out[i], NULL), 0);
        text_encoder_free(e);
    }
    ck_assert(memcmp(plain, heads, sizeof plain) != 0 &&
              memcmp(plain, gelu, sizeof plain) != 0);
}
END_TEST

static void fingerprint_of(ClipOptions options, char out[static HASH_HEX])
{
    TextEncoder *e = encoder(options);
    strcpy(out, text_encoder_fingerprint(e));
    text_encoder_free(e);
}

/* The fingerprint depends on the merges, every weight and the options of the text tower, but
 * not on paths. */
START_TEST(test_fingerprint)
{
    static const char swapped[] = "#version: 0.2\nc i\nci r\nr e\nre d</w>\n";
    char want[HASH_HEX], have[HASH_HEX];
    ClipOptions o = {.weights = weights, .vocabulary = vocabulary};
    fingerprint_of(o, want);
    o.weights = scratch_path(&scratch, "copy.safetensors");
    clip_files_write(o.weights, &TEXT, NULL);
    o.image_heads = 7;
    o.text_heads = 1; /* the actual number */
    fingerprint_of(o, have);
    ck_assert_str_eq(have, want);
    o.text_heads = 4;
    fingerprint_of(o, have);
    ck_assert_str_ne(have, want);
    o = (ClipOptions){
        .weights = weights, .vocabulary = vocabulary, .activation = CLIP_ACTIVATION_GELU};
    fingerprint_of(o, have);
    ck_assert_str_ne(have, want);
    o.activation = CLIP_ACTIVATION_AUTO;
    o.vocabulary = scratch_text(&scratch, "swapped.txt", swapped);
    fingerprint_of(o, have);
    ck_assert_str_ne(have, want);
    o.vocabulary = scratch_text(&scratch, "headed.txt", merges);
    FILE *f = fopen(scratch.path, "r+b");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_ge(fputs("#Version", f), 0); /* the header is not a merge */
    ck_assert_int_eq(fclose(f), 0);
    fingerprint_of(o, have);
    ck_assert_str_eq(have, want);
    Bytes b;
    ck_assert_int_eq(file_read(weights, &b, NULL), 0);
    b.data[b.len - 4] ^= 1; /* the last bit of a weight */
    o = (ClipOptions){.weights = scratch_write(&scratch, "other.safetensors", b.data, b.len),
                      .vocabulary = vocabulary};
    fingerprint_of(o, have);
    ck_assert_str_ne(have, want);
    bytes_free(&b);
}
END_TEST

/* An invalid text is named in its own error; vectors cached before it remain. */
START_TEST(test_text_that_is_not_utf8)
{
    const char *const text[] = {"red", "\xff\xfe", "circle"};
    float out[3 * E];
    Error err = {0};
    TextEncoder *e = encoder((ClipOptions){.weights = weights, .vocabulary = vocabulary});
    TextCache *c = text_cache_new(e, 10, 1 << 20);
    ck_assert_int_eq(text_encoder_encode(e, text, 3, out, &err), -1);
    expect_error(&err, ERROR_DATA, "UTF-8");
    err = (Error){0};
    ck_assert_int_eq(text_cache_encode(c, text, 3, out, &err), -1);
    expect_error(&err, ERROR_DATA, "UTF-8");
    ck_assert_int_eq(text_cache_kept(c), 1);
    text_cache_free(c);
    text_encoder_free(e);
}
END_TEST

/* As in CLIP, a text ends at the first end token: nothing after an end token inside the text
 * has an effect. */
START_TEST(test_text_with_an_end_token)
{
    static const char *const text[] = {"red", "red<|endoftext|>", "red <|endoftext|> circle",
                                       "red<|endoftext|><|startoftext|> circle"};
    enum { N = sizeof text / sizeof *text };
    float got[N * E], end[E];
    TextEncoder *e = encoder((ClipOptions){.weights = weights, .vocabulary = vocabulary});
    ck_assert_int_eq(text_encoder_encode(e, text, N, got, NULL), 0);
    for (int i = 1; i < N; i++) expect_near(got + i * E, got, text[i]);
    ck_assert_int_eq(text_encoder_encode(e, &(const char *){"<|endoftext|>red"}, 1, end, NULL),
                     0);
    ck_assert_int_eq(text_encoder_encode(e, &(const char *){""}, 1, got, NULL), 0);
    expect_near(end, got, "<|endoftext|>red");
    text_encoder_free(e);
}
END_TEST

static void refused(ClipOptions options, int64_t dim, int code, const char *words)
{
    TextEncoder *e;
    Error err = {0};
    ck_assert_int_eq(open_encoder(options, dim, &e, &err), -1);
    ck_assert_ptr_null(e);
    expect_error(&err, code, words);
}

START_TEST(test_refused)
{
    const ClipOptions good = {.weights = weights, .vocabulary = vocabulary};
    ClipOptions o = good;
    refused(good, E + 1, ERROR_DATA, "features of width 10, but model.text_width is 11");
    o.weights = "";
    refused(o, 0, ERROR_USAGE, "clip.weights: not set");
    o.weights = "/nowhere/clip.safetensors";
    refused(o, 0, ERROR_DATA, "/nowhere/clip.safetensors: cannot open");
    o = good;
    o.vocabulary = "/nowhere/merges.txt";
    refused(o, 0, ERROR_DATA, "/nowhere/merges.txt");
    o.vocabulary = scratch_text(&scratch, "few.txt", "#version: 0.2\nr e\n");
    refused(o, 0, ERROR_DATA, "515 tokens");
    o = good;
    o.text_heads = 5;
    refused(o, 0, ERROR_USAGE, "clip.text_heads: 5");
    o = good;
    o.weights = scratch_path(&scratch, "image.safetensors");
    const ClipImageConfig image = {.sizes = TEXT.sizes, .patch = 2, .image_size = 4};
    clip_files_write(o.weights, NULL, &image);
    refused(o, 0, ERROR_CHECKPOINT, "ln_final.weight is missing");
}
END_TEST

START_TEST(test_context_of_one_token)
{
    ClipTextConfig c = TEXT;
    c.context = 1;
    clip_files_write(weights, &c, NULL);
    refused((ClipOptions){.weights = weights, .vocabulary = vocabulary}, 0, ERROR_DATA,
            "at most 1 tokens");
}
END_TEST

Suite *test_text_clip_suite(void);
Suite *test_text_clip_suite(void)
{
    Suite *s = suite_create("text_clip");
    TCase *t = tcase_create("text_clip");
    tcase_add_checked_fixture(t, setup, teardown);
    suite_add_tcase(s, t);
    tcase_add_test(t, test_vectors);
    tcase_add_test(t, test_many);
    tcase_add_test(t, test_options_change_the_tower);
    tcase_add_test(t, test_fingerprint);
    tcase_add_test(t, test_text_that_is_not_utf8);
    tcase_add_test(t, test_text_with_an_end_token);
    tcase_add_test(t, test_refused);
    tcase_add_test(t, test_context_of_one_token);
    return s;
}
