/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP as a baseline: scores of `eval`, `tag` and `retrieve` against plain loops over the
 * towers, for one prompt, an ensemble and descriptions. */
#include "eval/two_tower.h"

#include "core/mem.h"
#include "data/image/image.h"
#include "data/text/tokenizer.h"
#include "eval/recognizer.h"
#include "eval/scores/scores.h"
#include "model/clip/clip_file.h"
#include "model/clip/siglip_file.h"
#include "tests/model/clip/clip_oracle.h"
#include "tests/support/clip_files.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { USAGE = 2, CHECKPOINT = 6, E = 24, S = 24, CONTEXT = 40, TAGS = 13, IMAGES = 20 };

#define EVAL "eval --checkpoint @/clip --data @/data/unseen "

static const ClipTextConfig TEXT = {
    .sizes = {.width = 64, .layers = 2, .heads = 1, .ffn = 64, .embed = E},
    .vocabulary = 512 + 4 + 2,
    .context = CONTEXT,
};
static const ClipImageConfig IMAGE = {
    .sizes = {.width = 64, .layers = 2, .heads = 1, .ffn = 64, .embed = E},
    .patch = 8,
    .image_size = S,
};
static const char MERGES[] = "#version: 0.2\nr e\nre d</w>\nc i\nci r\n";

static void setup(void)
{
    tiny_new();
    char *folder = tiny_path("@/clip"), *bare = tiny_path("@/text_only");
    clip_files_folder(folder, &TEXT, &IMAGE, MERGES);
    clip_files_folder(bare, &TEXT, NULL, MERGES);
    mem_free(tiny_train(0, "m", "train.max_steps=2 data.eval="));
    mem_free(bare);
    mem_free(folder);
}

static Scores *scores_with(const char *arguments)
{
    Scores *s;
    Error err = {0};
    char *line = mem_format(EVAL "-o @/out %s", arguments),
         *path = tiny_path("@/out/scores.h5");
    mem_free(tiny_out(0, line));
    ck_assert_msg(scores_read(path, &s, &err) == 0, "%s", err.text);
    ck_assert_int_eq(s->tags, TAGS);
    ck_assert_int_eq(s->images, IMAGES);
    mem_free(path);
    mem_free(line);
    return s;
}

/* ---- the oracle ---- */

typedef struct Oracle {
    Config config;
    ParamSet *text_params, *image_params;
    ClipText *text;
    ClipImage *image;
    Tokenizer *tokenizer;
} Oracle;

static Oracle oracle_open(void)
{
    Oracle o;
    char *weights = tiny_path("@/clip"), *merges = tiny_path("@/clip/merges.txt");
    const ClipOptions options = {.weights = weights};
    ck_assert_int_eq(clip_file_text(&options, E, &o.text_params, &o.text, NULL), 0);
    ck_assert_int_eq(clip_file_image(&options, E, &o.image_params, &o.image, NULL), 0);
    o.tokenizer = tokenizer_open(merges, NULL);
    mem_free(merges);
    mem_free(weights);
    return o;
}

static void oracle_free(Oracle *o)
{
    tokenizer_free(o->tokenizer);
    clip_image_free(o->image);
    clip_text_free(o->text);
    param_set_free(o->image_params);
    param_set_free(o->text_params);
}

static void make_unit(double *x)
{
    double squares = 0;
    for (int i = 0; i < E; i++) squares += x[i] * x[i];
    for (int i = 0; i < E; i++) x[i] /= sqrt(squares);
}

/* Adds the unit vector of a text to sum [E]. */
static void add_text(const Oracle *o, const char *text, double *sum)
{
    int32_t id[CONTEXT];
    int64_t length;
    double x[E];
    ck_assert_int_eq(tokenizer_encode(o->tokenizer, text, CONTEXT, id, &length, NULL), 0);
    clip_oracle_text(&TEXT, o->text_params, id, length, x);
    make_unit(x);
    for (int i = 0; i < E; i++) sum[i] += x[i];
}

/* The square image, resized with the bicubic filter and normalized with CLIP's constants. */
static void image_vector(const Oracle *o, const char *path, double x[E])
{
    static const double mean[] = {0.48145466, 0.4578275, 0.40821073},
                        std[] = {0.26862954, 0.26130258, 0.27577711};
    const ImageRules rules = {0};
    Image image, small;
    Real pixel[3 * S * S];
    ck_assert_int_eq(image_read(path, &rules, &image, NULL, NULL), 0);
    resize_crop(&image, (Box){0, 0, image.width, image.height}, S, S, RESIZE_BICUBIC, &small);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < S * S; i++)
            pixel[c * S * S + i] = (Real)((small.rgb[3 * i + c] / 255.0 - mean[c]) / std[c]);
    clip_oracle_image(&IMAGE, o->image_params, pixel, x);
    make_unit(x);
    image_free(&small);
    image_free(&image);
}

/* (1 + cosine) / 2 of image i with the mean of the texts of every tag. */
static void check_image(const Oracle *o, const Scores *s, int64_t i, const Descriptions *d)
{
    char *name = mem_format("@/data/%s", s->image[i]), *path = tiny_path(name);
    double x[E];
    image_vector(o, path, x);
    for (int64_t k = 0; k < s->tags; k++) {
        double sum[E] = {0}, cosine = 0;
        for (int64_t p = d->offset[k]; p < d->offset[k + 1]; p++) add_text(o, d->text[p], sum);
        make_unit(sum);
        for (int e = 0; e < E; e++) cosine += sum[e] * x[e];
        ck_assert_double_eq_tol((double)s->score[i * s->tags + k], (1 + cosine) / 2, 3e-6);
    }
    mem_free(path);
    mem_free(name);
}

static Descriptions texts_of(const char *descriptions, const OptionStrings *templates)
{
    TagList tags;
    Descriptions d;
    char *path = tiny_path("@/data/unseen/tags.txt"), *file = tiny_path(descriptions);
    const LabelTextRules rules = {.templates = *templates};
    ck_assert_int_eq(tags_read(path, &tags, NULL), 0);
    ck_assert_int_eq(label_texts_read(&tags, file, &rules, &d, NULL), 0);
    tags_free(&tags);
    mem_free(file);
    mem_free(path);
    return d;
}

static const struct {
    const char *arguments, *descriptions, *templates;
} ways[] = {
    {"eval.texts=template", "", ""},
    {"eval.texts=template text.template=clip80 precision=bfloat16 threads=1", "", "clip80"},
    {"eval.texts=template text.template={}", "", "{}"},
    {"", "@/data/unseen/descriptions.json", ""},
};
enum { WAYS = sizeof ways / sizeof *ways };

START_TEST(scores_are_cosines)
{
    OptionStrings templates = {0};
    if (*ways[_i].templates) option_strings_add(&templates, mem_strdup(ways[_i].templates));
    const bool rounded = strstr(ways[_i].arguments, "bfloat16") != NULL;
    Descriptions d = texts_of(ways[_i].descriptions, &templates);
    Oracle o = oracle_open();
    Scores *s = scores_with(ways[_i].arguments);
    double spread = 0;
    ck_assert_str_eq(scores_function(s), "cosine");
    for (int64_t i = 0; i < s->images && !rounded; i++) {
        check_image(&o, s, i, &d);
        spread = fmax(spread, fabs((double)s->score[i * s->tags] - (double)s->score[0]));
    }
    ck_assert(rounded || spread > 1e-4); /* images differ */
    scores_free(s);
    oracle_free(&o);
    descriptions_free(&d);
    option_strings_free(&templates);
}
END_TEST

/* The softmax over the tags of the cosines times exp(logit_scale): of a file without one,
 * 100. */
START_TEST(softmax_of_scaled_cosines)
{
    Scores *cosine = scores_with("eval.texts=template"),
           *share = scores_with("eval.texts=template eval.score=softmax");
    ck_assert_str_eq(scores_function(share), "softmax");
    for (int64_t i = 0; i < share->images; i++) {
        const float *c = cosine->score + i * TAGS, *p = share->score + i * TAGS;
        double sum = 0;
        for (int k = 0; k < TAGS; k++) sum += exp(100 * (2 * (double)c[k] - 1));
        for (int k = 0; k < TAGS; k++)
            ck_assert_double_eq_tol((double)p[k], exp(100 * (2 * (double)c[k] - 1)) / sum,
                                    1e-4);
    }
    scores_free(share);
    scores_free(cosine);
}
END_TEST

START_TEST(the_learned_scale)
{
    static const char *const file[] = {"tests/golden/clip_tiny_openai.safetensors",
                                       "tests/golden/clip_tiny_hf.safetensors"};
    double scale = 0;
    const ClipOptions options = {.weights = file[_i]};
    ck_assert_int_eq(clip_file_scale(&options, &scale, NULL), 0);
    ck_assert_double_eq_tol(scale, 1 / 0.07, 1e-5);
    ck_assert(clip_file_is(file[_i]));
    ck_assert(!clip_file_is("tests/golden/model_tiny.safetensors"));
}
END_TEST

/* ---- RAM++ by the dot product ---- */

/* Cosines of the pooled tokens, which the decoder's tests check, and of mean texts. */
static void check_dot(Recognizer *r, const float *pixels, const float *score)
{
    const int64_t side = ram_plus_shape(r->model).image_size, K = r->labels.bank->tags,
                  W = r->labels.bank->dim;
    Tape *tape = tape_new();
    tape_set_recording(tape, false);
    Tensor *x = tape_input(tape, 4, (int64_t[]){2, 3, side, side}, pixels);
    const Tensor *cls = ram_plus_image(tape, r->model, x).cls;
    for (int64_t b = 0; b < 2; b++)
        for (int64_t k = 0; k < K; k++) {
            double dot = 0, image = 0, text = 0;
            for (int64_t e = 0; e < W; e++) {
                double sum = 0;
                for (int64_t p = r->labels.bank->offset[k]; p < r->labels.bank->offset[k + 1];
                     p++)
                    sum += (double)r->labels.bank->rows[p * W + e];
                dot += sum * (double)cls->data[b * W + e];
                image += (double)cls->data[b * W + e] * (double)cls->data[b * W + e];
                text += sum * sum;
            }
            ck_assert_double_eq_tol((double)score[b * K + k],
                                    (1 + dot / sqrt(image * text)) / 2, 3e-6);
        }
    tape_free(tape);
}

START_TEST(the_pooled_token)
{
    Recognizer r;
    Error err = {0};
    char setting[] = "eval.match=dot", *one = setting, *path = tiny_path("@/m"),
         *file = recognizer_find(path);
    ck_assert_msg(recognizer_open(file, &one, 1, &r, &err) == 0, "%s", err.text);
    const int64_t side = ram_plus_shape(r.model).image_size, len = 2 * 3 * side * side;
    float *pixels = mem_alloc((size_t)len * sizeof *pixels),
          *score = mem_alloc((size_t)(2 * r.labels.bank->tags) * sizeof *score);
    Rng rng = rng_new(1, 0, 0, RNG_TEST);
    for (int64_t i = 0; i < len; i++) pixels[i] = (float)rng_range(&rng, -2, 2);
    const Scorer scorer = recognizer_scorer(&r);
    scorer_pixels(&scorer, 2, pixels, score);
    check_dot(&r, pixels, score);
    mem_free(score);
    mem_free(pixels);
    recognizer_close(&r);
    mem_free(file);
    mem_free(path);
}
END_TEST

static double difference(const Scores *a, const Scores *b)
{
    double most = 0;
    for (int64_t i = 0; i < a->images * a->tags; i++)
        most = fmax(most, fabs((double)a->score[i] - (double)b->score[i]));
    return most;
}

/* A bank made by the same text tower, the file instead of the folder, and small batches are the
 * same; other pixels are not. */
START_TEST(other_ways_to_the_same)
{
    mem_free(tiny_messages(0, "embed threads=1 text_encoder=clip clip.weights=@/clip --tags "
                              "@/data/unseen/tags.txt -o @/bank.h5"));
    static const char *const same[] = {"--bank @/bank.h5",
                                       "eval.texts=template eval.batch=3 model.tile=7"};
    Scores *want = scores_with("eval.texts=template");
    for (int i = 0; i < 2; i++) {
        Scores *have = scores_with(same[i]);
        ck_assert_msg(difference(have, want) < 1e-6, "%s", same[i]);
        scores_free(have);
    }
    char *file = tiny_out(0, "eval --checkpoint @/clip/model.safetensors --data @/data/unseen "
                             "eval.texts=template --json -o @/a"),
         *folder = tiny_out(0, EVAL "eval.texts=template --json -o @/b");
    ck_assert_str_eq(file, folder);
    mem_free(folder);
    mem_free(file);
    Scores *other = scores_with("eval.texts=template eval.mean=0.5,0.5,0.5");
    ck_assert_double_gt(difference(other, want), 1e-5);
    scores_free(other);
    scores_free(want);
}
END_TEST

START_TEST(tagging_and_retrieval)
{
    char *out = tiny_out(0, "tag --checkpoint @/clip --tags @/data/unseen/tags.txt --top 3 "
                            "@/data/images/test");
    ck_assert_ptr_nonnull(strstr(out, "000000"));
    mem_free(out);
    mem_free(tiny_out(0, "tag --checkpoint @/clip --add-tags @/data/unseen/tags.txt --top 3 "
                         "@/data/images/test"));
    out = tiny_out(0, "retrieve --checkpoint @/clip --text \"a red circle\" --top 3 "
                      "@/data/images/test");
    ck_assert_ptr_nonnull(strstr(out, "0."));
    mem_free(out);
}
END_TEST

/* ---- SigLIP ---- */

#define SIGLIP "eval --checkpoint tests/golden/siglip --data @/data/unseen -o @/siglip "

/* The squashed image with Pillow's bicubic filter, in [-1, 1], through the tower that
 * test_siglip checks. */
static void siglip_vector(const SiglipImage *m, const char *path, float x[16])
{
    const ImageRules rules = {0};
    Image image, small;
    float pixel[3 * 16 * 16];
    ck_assert_int_eq(image_read(path, &rules, &image, NULL, NULL), 0);
    resize_crop(&image, (Box){0, 0, image.width, image.height}, 16, 16, RESIZE_BICUBIC, &small);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 256; i++)
            pixel[c * 256 + i] = (float)(small.rgb[3 * i + c] / 127.5 - 1);
    Tape *t = tape_new();
    tape_set_recording(t, false);
    Tensor *in = tape_input(t, 4, (int64_t[]){1, 3, 16, 16}, pixel);
    tensor_read(op_normalize(t, siglip_image_forward(t, m, in)), x);
    tape_free(t);
    image_free(&small);
    image_free(&image);
}

/* sigmoid(scale cosine + bias), with the file's scale and bias. */
START_TEST(siglip_scores)
{
    const ClipOptions options = {.weights = "tests/golden/siglip"};
    const TextEncoderConfig config = {.kind = TEXT_SIGLIP, .clip = options};
    Scores *s;
    ParamSet *ps;
    SiglipImage *m;
    TextEncoder *e;
    float text[TAGS * 16];
    mem_free(tiny_out(0, SIGLIP "eval.texts=template"));
    char *path = tiny_path("@/siglip/scores.h5");
    ck_assert_int_eq(scores_read(path, &s, NULL), 0);
    ck_assert_str_eq(scores_function(s), "sigmoid");
    ck_assert_int_eq(siglip_file_image(&options, &ps, &m, NULL), 0);
    ck_assert_int_eq(text_encoder_new(&config, &e, NULL), 0);
    Descriptions d = texts_of("", &(OptionStrings){0});
    const int status = text_encoder_encode(e, (const char *const *)d.text, TAGS, text, NULL);
    ck_assert_int_eq(status, 0);
    for (int64_t i = 0; i < s->images; i++) {
        char *name = mem_format("@/data/%s", s->image[i]), *file = tiny_path(name);
        float x[16];
        siglip_vector(m, file, x);
        for (int64_t k = 0; k < TAGS; k++) {
            double sum = 0;
            for (int c = 0; c < 16; c++) sum += (double)x[c] * (double)text[k * 16 + c];
            const double logit = exp(2.3) * sum - 3.5;
            ck_assert_double_eq_tol((double)s->score[i * TAGS + k], 1 / (1 + exp(-logit)),
                                    1e-5);
        }
        mem_free(file);
        mem_free(name);
    }
    descriptions_free(&d);
    text_encoder_free(e);
    siglip_image_free(m);
    param_set_free(ps);
    scores_free(s);
    mem_free(path);
}
END_TEST

START_TEST(siglip_in_other_commands)
{
    mem_free(tiny_out(0, "tag --checkpoint tests/golden/siglip --tags @/data/unseen/tags.txt "
                         "--top 3 @/data/images/test"));
    mem_free(tiny_messages(0, "embed threads=1 text_encoder=siglip "
                              "clip.weights=tests/golden/siglip --tags @/data/unseen/tags.txt "
                              "-o @/siglip.h5"));
    mem_free(tiny_out(0, SIGLIP "--bank @/siglip.h5 precision=bfloat16"));
    tiny_refused(CHECKPOINT, EVAL "--bank @/siglip.h5", "vectors of width 16");
}
END_TEST

static const struct {
    int code;
    const char *arguments, *message;
} bad[] = {
    {USAGE, "tag --checkpoint @/clip @/data/images/test",
     "clip has no tags of its own: name a list with --tags or --bank"},
    {USAGE,
     "tag --checkpoint @/clip --tags @/data/unseen/tags.txt --heatmap @/h "
     "@/data/images/test",
     "--heatmap: only RAM++ has a decoder"},
    {USAGE, EVAL "eval.std=0.5", "eval.std: 1 values: expected 3"},
    {CHECKPOINT, "eval --checkpoint @/text_only --data @/data/unseen", "cannot open"},
    {CHECKPOINT, "eval --checkpoint @/nothing --data @/data/unseen", "nothing: cannot open"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses) { tiny_refused(bad[_i].code, bad[_i].arguments, bad[_i].message); }
END_TEST

Suite *test_two_tower_suite(void);
Suite *test_two_tower_suite(void)
{
    Suite *suite = suite_create("two_tower");
    TCase *c = tcase_create("two_tower");
    tcase_set_timeout(c, 60);
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_loop_test(c, scores_are_cosines, 0, WAYS);
    tcase_add_test(c, softmax_of_scaled_cosines);
    tcase_add_loop_test(c, the_learned_scale, 0, 2);
    tcase_add_test(c, the_pooled_token);
    tcase_add_test(c, other_ways_to_the_same);
    tcase_add_test(c, tagging_and_retrieval);
    tcase_add_test(c, siglip_scores);
    tcase_add_test(c, siglip_in_other_commands);
    tcase_add_loop_test(c, refuses, 0, BAD);
    suite_add_tcase(suite, c);
    return suite;
}
