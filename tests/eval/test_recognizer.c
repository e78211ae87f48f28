/* SPDX-License-Identifier: Apache-2.0 */
/* Opening models from checkpoints: which file, weights, settings and tags are used. */
#include "eval/recognizer.h"
#include "model/weights/model_file.h"

#include "core/hdf5/h5_file.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "eval/commands.h"
#include "eval/scored_files.h"
#include "tests/support/scratch.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define SMALL "swin.depths=1,1,1,1 model.layers=1 "

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", SMALL "train.max_steps=7"));
    mem_free(tiny_train(0, "plain", SMALL "train.max_steps=2 optim.ema=0"));
    mem_free(tiny_out(0, "convert @/m/checkpoints/latest @/m.safetensors"));
    mem_free(tiny_out(0, "convert @/m.safetensors @/weights.h5"));
    tiny_write("@/text.h5", "no checkpoint\n");
}

/* A group ends with a dot. */
static bool is_listed(const char *const *list, const char *name)
{
    for (; *list; list++) {
        const size_t n = strlen(*list);
        if (strncmp(*list, name, n) == 0 && (!name[n] || (*list)[n - 1] == '.')) return true;
    }
    return false;
}

/* Otherwise a setting that has an effect is said to have none. */
START_TEST(the_settings_that_are_read)
{
    static const char *const inference[] = {"threads",
                                            "precision",
                                            "data.root",
                                            "data.transparent",
                                            "data.absolute",
                                            "data.max_pixels",
                                            "data.max_memory",
                                            "data.max_seconds",
                                            "eval.batch",
                                            "eval.bank",
                                            "eval.pack",
                                            "eval.texts",
                                            "eval.score",
                                            "eval.match",
                                            "eval.resize",
                                            "eval.interpolation",
                                            "eval.mean",
                                            "eval.std",
                                            "model.encoder",
                                            "model.image_size",
                                            "swin.",
                                            "vit.",
                                            "convnext.",
                                            "model.text_width",
                                            "model.hidden",
                                            "model.heads",
                                            "model.ffn",
                                            "model.layers",
                                            "model.tile",
                                            "model.bank_map",
                                            "model.reweight",
                                            "model.align",
                                            "model.descriptions_per_tag",
                                            "model.descriptions_seed",
                                            "text_encoder",
                                            "text_table",
                                            "text.template",
                                            "clip.",
                                            NULL};
    static const char *const embed[] = {"threads",
                                        "precision",
                                        "model.text_width",
                                        "text_encoder",
                                        "text_table",
                                        "text.template",
                                        "model.descriptions_per_tag",
                                        "model.descriptions_seed",
                                        "clip.",
                                        NULL};
    Option o;
    for (size_t i = 0; option_at(config_table(), i, &o); i++) {
        const char *name = o.row->name;
        ck_assert_msg(recognizer_reads(name) == is_listed(inference, name), "%s", name);
        ck_assert_msg(cmd_embed.reads(name) == is_listed(embed, name), "embed: %s", name);
    }
}
END_TEST

static int open_path(const char *path, const char *assignment, Recognizer *out, Error *err)
{
    char *full = tiny_path(path), *one = mem_strdup(assignment ? assignment : "");
    const int status = recognizer_open(full, &one, assignment != NULL, out, err);
    mem_free(one);
    mem_free(full);
    return status;
}

static Recognizer opened(const char *path, const char *assignment)
{
    Recognizer r;
    Error err = {0};
    ck_assert_msg(open_path(path, assignment, &r, &err) == 0, "%s", err.text);
    return r;
}

/* The parameters of the model must be those stored under the prefix. */
static bool params_are(const Recognizer *r, const char *path, const char *prefix)
{
    H5File *f;
    char *full = tiny_path(path);
    bool same = true;
    ck_assert_int_eq(h5_open(full, &f, NULL), 0);
    for (int64_t i = 0; i < r->params->count; i++) {
        const Param *p = r->params->param[i];
        char *name = mem_format("%s%s", prefix, p->name);
        const H5Entry *e = h5_find(f, name);
        ck_assert_msg(e && e->len == p->len, "no %s", name);
        float *want = mem_alloc((size_t)p->len * sizeof *want);
        float *have = mem_alloc((size_t)p->len * sizeof *have);
        ck_assert_int_eq(h5_read(f, e, want, NULL), 0);
        tensor_read(&p->tensor, have);
        same = same && memcmp(have, want, (size_t)p->len * sizeof *want) == 0;
        mem_free(have);
        mem_free(want);
        mem_free(name);
    }
    h5_close(f);
    mem_free(full);
    return same;
}

START_TEST(opens_the_moving_average)
{
    Recognizer r = opened("@/m/checkpoints/latest", NULL);
    ck_assert(params_are(&r, "@/m/checkpoints/latest", "ema/"));
    ck_assert(!params_are(&r, "@/m/checkpoints/latest", "param/"));
    recognizer_close(&r);
    r = opened("@/plain/checkpoints/latest", NULL);
    ck_assert(params_are(&r, "@/plain/checkpoints/latest", "param/"));
    recognizer_close(&r);
    recognizer_close(&r); /* an empty recognizer */
}
END_TEST

START_TEST(keeps_the_trained_tags)
{
    Recognizer r = opened("@/m/checkpoints/best", NULL);
    TagList tags;
    char *path = tiny_path("@/data/train_tags.txt");
    ck_assert_int_eq(tags_read(path, &tags, NULL), 0);
    ck_assert_int_eq(r.labels.tags.count, tags.count);
    ck_assert_int_eq(r.labels.bank->tags, tags.count);
    for (int64_t k = 0; k < tags.count; k++)
        ck_assert_str_eq(r.labels.tags.name[k], tags.name[k]);
    ck_assert_int_eq(r.config.text.encoder, TEXT_HASH);
    ck_assert_int_eq(text_encoder_dim(recognizer_encoder(&r, NULL)), 64);
    ck_assert_ptr_eq(recognizer_encoder(&r, NULL), r.encoder);
    tags_free(&tags);
    mem_free(path);
    recognizer_close(&r);
}
END_TEST

START_TEST(settings_change_the_stored_ones)
{
    Recognizer r = opened("@/m/checkpoints/latest", "eval.batch=5");
    ck_assert_int_eq(r.config.eval.batch, 5);
    ck_assert_int_eq(r.config.model.hidden, 32);
    recognizer_close(&r);
}
END_TEST

static void found(const char *path, const char *want)
{
    char *full = tiny_path(path), *have = model_file_find(full), *wanted = tiny_path(want);
    ck_assert_str_eq(have, wanted);
    mem_free(wanted);
    mem_free(have);
    mem_free(full);
}

START_TEST(finds_the_checkpoint_of_a_run)
{
    found("@/m/checkpoints/latest", "@/m/checkpoints/latest");
    found("@/none", "@/none");
    found("@/m", "@/m/checkpoints/best");
    found("@/m/", "@/m/checkpoints/best");
    char *unlink_best = tiny_path("rm @/m/checkpoints/best");
    ck_assert_int_eq(system(unlink_best), 0);
    mem_free(unlink_best);
    found("@/m", "@/m/checkpoints/latest");
    char *link_back = tiny_path("ln -s step_00000007.h5 @/m/checkpoints/best");
    ck_assert_int_eq(system(link_back), 0);
    mem_free(link_back);
}
END_TEST

static const struct {
    int code;
    const char *path, *assignment, *message;
} bad[] = {
    {ERROR_CHECKPOINT, "@/none.h5", NULL, "none.h5: cannot open"},
    {ERROR_CHECKPOINT, "@/text.h5", NULL, "text.h5: "},
    {ERROR_CHECKPOINT, "@/data", NULL, "data: "},
    {ERROR_CHECKPOINT, "@/weights.h5", NULL, "/weights.h5 NEW.h5"},
    {ERROR_CHECKPOINT, "@/m/checkpoints/latest", "model.hidden=64", "the model has [64"},
    /* also where there is no memory for such a model */
    {ERROR_CHECKPOINT, "@/m/checkpoints/latest", "model.hidden=65536", "the model has [65536"},
    {ERROR_CHECKPOINT, "@/m/checkpoints/latest", "model.layers=2", "is missing"},
    {ERROR_USAGE, "@/m/checkpoints/latest", "eval.bach=5", "did you mean 'eval.batch'?"},
    {ERROR_USAGE, "@/m/checkpoints/latest", "eval.batch=0", "out of range"},
    {ERROR_USAGE, "@/m/checkpoints/latest", "eval.mean=0.5", "eval.mean: 1 values: expected 3"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses)
{
    Recognizer r;
    Error err = {0};
    ck_assert_int_eq(open_path(bad[_i].path, bad[_i].assignment, &r, &err), -1);
    expect_error(&err, bad[_i].code, bad[_i].message);
}
END_TEST

/* Scores of the first two test images, with an unreadable one between them: [3, tags].
 * Owned. */
static float *score_three(const Recognizer *r)
{
    char *path[3] = {tiny_path("@/data/images/test/000000.png"), tiny_path("@/text.h5"),
                     tiny_path("@/data/images/test/000001.png")};
    const Scorer scorer = recognizer_scorer(r);
    float *score = mem_calloc((size_t)(3 * r->labels.bank->tags), sizeof *score);
    bool ok[3] = {false, true, false};
    ck_assert_int_eq(scored_files_all(&scorer, path, 3, score, ok, NULL), 2);
    ck_assert(ok[0] && !ok[1] && ok[2]);
    for (int64_t k = 0; k < r->labels.bank->tags; k++)
        ck_assert_double_eq((double)score[r->labels.bank->tags + k], 0); /* not written */
    for (int i = 0; i < 3; i++) mem_free(path[i]);
    return score;
}

/* Text vectors that are not numbers give no score at all. */
START_TEST(scores_that_are_not_numbers)
{
    char *path[1] = {tiny_path("@/data/images/test/000000.png")};
    bool ok[1];
    Error err = {0};
    Recognizer r = opened("@/m/checkpoints/latest", NULL);
    Scorer scorer = recognizer_scorer(&r);
    scorer.bank = NULL;
    float row[2 * 64], score[2];
    for (int i = 0; i < 128; i++) row[i] = i < 64 ? 0.125F : (float)NAN;
    ck_assert_int_eq(ram_plus_config(r.model)->text_width, 64);
    scorer.texts = (ScorerTexts){1, row};
    ck_assert_int_eq(scored_files_all(&scorer, path, 1, score, ok, &err), 1);
    scorer.texts.count = 2;
    ck_assert_int_eq(scored_files_all(&scorer, path, 1, score, ok, &err), -1);
    expect_error(&err, ERROR_NUMERIC, "000000.png: 1 of 2 scores are not numbers");
    param_find(r.params, "fc.bias")->tensor.data[0] = (Real)INFINITY;
    scorer.texts.count = 1;
    Error overflow = {0};
    ck_assert_int_eq(scored_files_all(&scorer, path, 1, score, ok, &overflow), -1);
    expect_error(&overflow, ERROR_NUMERIC, "1 of 1 scores are not numbers");
    mem_free(path[0]);
    recognizer_close(&r);
}
END_TEST

/* A constant added to all logits changes no softmax, however large; infinity leaves no
 * score. */
START_TEST(softmax_of_extreme_logits)
{
    char *path[1] = {tiny_path("@/data/images/test/000000.png")};
    bool ok[1];
    Error err = {0};
    Recognizer r = opened("@/m/checkpoints/latest", "eval.score=softmax");
    const Scorer scorer = recognizer_scorer(&r);
    const int64_t K = r.labels.tags.count;
    float *plain = mem_alloc((size_t)K * sizeof *plain);
    float *moved = mem_alloc((size_t)K * sizeof *moved);
    Real *bias = param_find(r.params, "fc.bias")->tensor.data;
    ck_assert_int_eq(scored_files_all(&scorer, path, 1, plain, ok, &err), 1);
    for (int sign = -1; sign <= 1; sign += 2) {
        *bias = (Real)(sign * 4096);
        ck_assert_int_eq(scored_files_all(&scorer, path, 1, moved, ok, &err), 1);
        for (int64_t k = 0; k < K; k++)
            ck_assert_double_eq_tol((double)moved[k], (double)plain[k], 1e-3);
    }
    ck_assert_double_lt((double)plain[0], 0.5);
    *bias = (Real)INFINITY;
    ck_assert_int_eq(scored_files_all(&scorer, path, 1, moved, ok, &err), -1);
    expect_error(&err, ERROR_NUMERIC, "67 of 67 scores are not numbers");
    mem_free(moved);
    mem_free(plain);
    mem_free(path[0]);
    recognizer_close(&r);
}
END_TEST

/* A file that the machine cannot open is not left out: the results would differ. */
START_TEST(a_machine_at_fault_gives_no_scores)
{
    char *path[1] = {tiny_path("@/data/images/test/000000.png")};
    bool ok[1];
    Error err = {0};
    struct rlimit limit;
    Recognizer r = opened("@/m/checkpoints/latest", NULL);
    const Scorer scorer = recognizer_scorer(&r);
    float *score = mem_alloc((size_t)r.labels.tags.count * sizeof *score);
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const rlim_t before = limit.rlim_cur;
    limit.rlim_cur = 1;
    setrlimit(RLIMIT_NOFILE, &limit);
    const int64_t good = scored_files_all(&scorer, path, 1, score, ok, &err);
    limit.rlim_cur = before;
    setrlimit(RLIMIT_NOFILE, &limit);
    ck_assert_int_eq(good, -1);
    expect_error(&err, ERROR_RUNTIME, "000000.png: cannot open: Too many open files");
    mem_free(score);
    mem_free(path[0]);
    recognizer_close(&r);
}
END_TEST

/* Reading the trained tag list as a new list gives the trained scores; in another order, the
 * same scores in that order. */
START_TEST(recognizes_new_lists)
{
    Recognizer r = opened("@/m/checkpoints/latest", NULL);
    char *descriptions = tiny_path("@/data/seen/descriptions.json"),
         *tags = tiny_path("@/list.txt");
    const int64_t K = r.labels.tags.count;
    float *trained = score_three(&r);
    char *line = mem_format("%s\n%s\n%s\n", r.labels.tags.name[K - 1], r.labels.tags.name[3],
                            r.labels.tags.name[0]);
    tiny_write("@/list.txt", line);
    ck_assert_int_eq(recognizer_use_tags(&r, tags, descriptions, NULL), 0);
    ck_assert_int_eq(r.labels.tags.count, 3);
    float *chosen = score_three(&r);
    const int64_t of[3] = {K - 1, 3, 0};
    for (int i = 0; i < 9; i++)
        ck_assert_double_eq_tol((double)chosen[i], (double)trained[i / 3 * K + of[i % 3]],
                                1e-6);
    ck_assert_double_gt(fabs((double)chosen[0] - (double)chosen[1]), 0);
    mem_free(chosen);
    mem_free(line);
    mem_free(trained);
    mem_free(tags);
    mem_free(descriptions);
    recognizer_close(&r);
}
END_TEST

START_TEST(a_bad_list_changes_nothing)
{
    Recognizer r = opened("@/m/checkpoints/latest", NULL);
    const LabelBank *bank = r.labels.bank;
    Error err = {0}, other = {0};
    char *none = tiny_path("@/none.txt"), *tags = tiny_path("@/two.txt"),
         *descriptions = tiny_path("@/data/unseen/descriptions.json");
    tiny_write("@/two.txt", "red\nwalrus\n");
    ck_assert_int_eq(recognizer_use_tags(&r, none, "", &err), -1);
    expect_error(&err, ERROR_DATA, "none.txt: cannot open");
    ck_assert_int_eq(recognizer_use_tags(&r, tags, descriptions, &other), -1);
    expect_error(&other, ERROR_DATA, "descriptions.json: ");
    ck_assert_ptr_eq(r.labels.bank, bank);
    ck_assert_int_eq(r.labels.tags.count, bank->tags);
    ck_assert_int_eq(recognizer_use_tags(&r, tags, "", NULL), 0);
    ck_assert_str_eq(r.labels.tags.name[1], "walrus");
    mem_free(score_three(&r));
    mem_free(descriptions);
    mem_free(tags);
    mem_free(none);
    recognizer_close(&r);
}
END_TEST

Suite *test_recognizer_suite(void);
Suite *test_recognizer_suite(void)
{
    Suite *suite = suite_create("recognizer");
    TCase *c = tcase_create("recognizer");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_test(c, the_settings_that_are_read);
    tcase_add_test(c, opens_the_moving_average);
    tcase_add_test(c, keeps_the_trained_tags);
    tcase_add_test(c, settings_change_the_stored_ones);
    tcase_add_test(c, finds_the_checkpoint_of_a_run);
    tcase_add_loop_test(c, refuses, 0, BAD);
    tcase_add_test(c, scores_that_are_not_numbers);
    tcase_add_test(c, softmax_of_extreme_logits);
    tcase_add_test(c, a_machine_at_fault_gives_no_scores);
    tcase_add_test(c, recognizes_new_lists);
    tcase_add_test(c, a_bad_list_changes_nothing);
    suite_add_tcase(suite, c);
    return suite;
}
