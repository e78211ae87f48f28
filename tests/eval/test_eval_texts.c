/* SPDX-License-Identifier: Apache-2.0 */
/* Which texts stand for the tags in training and in evaluation. The oracle of every choice is a
 * label bank that `embed` makes of just these texts. */
#include "core/mem.h"
#include "eval/scores/scores.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { USAGE = 2, CHECKPOINT = 6 };

#define EVAL         "eval --checkpoint @/m --data @/data/seen "
#define EMBED        "embed threads=1 model.text_width=64 --tags @/data/seen/tags.txt "
#define DESCRIPTIONS "--descriptions @/data/seen/descriptions.json "

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "m", "train.max_steps=3 model.texts=template data.eval="));
    mem_free(tiny_train(0, "none", "train.max_steps=2 model.reweight=none data.eval="));
    mem_free(tiny_messages(0, EMBED "-o @/template.h5"));
    mem_free(tiny_messages(0, EMBED "text.template=clip80 -o @/clip80.h5"));
    mem_free(tiny_messages(0, EMBED DESCRIPTIONS "-o @/all.h5"));
    mem_free(tiny_messages(0, EMBED DESCRIPTIONS "model.descriptions_per_tag=2 -o @/two.h5"));
    mem_free(tiny_messages(0, EMBED DESCRIPTIONS "model.descriptions_per_tag=2 "
                                                 "model.descriptions_seed=5 -o @/seed.h5"));
}

static Scores *scores_with(const char *arguments)
{
    Scores *s;
    Error err = {0};
    char *line = mem_format(EVAL "-o @/out %s", arguments),
         *path = tiny_path("@/out/scores.h5");
    mem_free(tiny_out(0, line));
    ck_assert_msg(scores_read(path, &s, &err) == 0, "%s", err.text);
    mem_free(path);
    mem_free(line);
    return s;
}

static double difference(const Scores *a, const Scores *b)
{
    double most = 0;
    for (int64_t i = 0; i < a->images * a->tags; i++)
        most = fmax(most, fabs((double)a->score[i] - (double)b->score[i]));
    return most;
}

/* Settings of eval, and the bank and settings that give the same scores. */
static const struct {
    const char *settings, *bank;
} same[] = {
    {"", "--bank @/template.h5"},
    {"eval.texts=template", "--bank @/template.h5"},
    {"text.template=clip80", "--bank @/clip80.h5"},
    {"eval.texts=auto", "--bank @/all.h5"},
    {"eval.texts=descriptions", "--bank @/all.h5"},
    {DESCRIPTIONS "", "--bank @/all.h5"},
    {"eval.texts=descriptions model.reweight=mean", "--bank @/all.h5 model.reweight=mean"},
    {"eval.texts=descriptions model.reweight=none", "--bank @/all.h5 model.reweight=none"},
    {"eval.texts=descriptions model.reweight=none", "--bank @/two.h5 model.reweight=none"},
    {"eval.texts=descriptions model.descriptions_per_tag=2", "--bank @/two.h5"},
    {"eval.texts=descriptions model.descriptions_per_tag=2 model.descriptions_seed=5",
     "--bank @/seed.h5"},
};
enum { SAME = sizeof same / sizeof *same };

START_TEST(equals_a_bank)
{
    Scores *have = scores_with(same[_i].settings), *want = scores_with(same[_i].bank);
    ck_assert_double_le(difference(have, want), 1e-6);
    scores_free(want);
    scores_free(have);
}
END_TEST

/* No two of these choices are the same thing under two names. */
START_TEST(the_choices_differ)
{
    static const char *const way[] = {"--bank @/template.h5",
                                      "--bank @/clip80.h5",
                                      "--bank @/all.h5",
                                      "--bank @/all.h5 model.reweight=mean",
                                      "--bank @/all.h5 model.reweight=none",
                                      "--bank @/two.h5",
                                      "--bank @/seed.h5"};
    enum { WAYS = sizeof way / sizeof *way };
    Scores *s[WAYS];
    for (int i = 0; i < WAYS; i++) s[i] = scores_with(way[i]);
    for (int i = 0; i < WAYS; i++)
        for (int j = 0; j < i; j++)
            ck_assert_msg(difference(s[i], s[j]) > 1e-6, "%s and %s", way[i], way[j]);
    for (int i = 0; i < WAYS; i++) scores_free(s[i]);
}
END_TEST

static Scores *scores_of_run(const char *run)
{
    Scores *s;
    char *line = mem_format("eval --checkpoint @/%s --data @/data/seen -o @/out", run);
    char *path = tiny_path("@/out/scores.h5");
    mem_free(tiny_out(0, line));
    ck_assert_int_eq(scores_read(path, &s, NULL), 0);
    mem_free(path);
    mem_free(line);
    return s;
}

/* A model that takes the first description trains on a bank of all of them with the same
 * result. */
START_TEST(training_on_a_bank)
{
    mem_free(tiny_messages(0, "embed threads=1 model.text_width=64 --tags "
                              "@/data/train_tags.txt " DESCRIPTIONS "-o @/train.h5"));
    char *settings = tiny_path("train.max_steps=2 model.reweight=none data.eval= "
                               "model.bank=@/train.h5 "
                               "model.descriptions=@/data/seen/descriptions.json");
    mem_free(tiny_train(0, "bank", settings));
    Scores *have = scores_of_run("bank"), *want = scores_of_run("none");
    ck_assert_double_le(difference(have, want), 1e-6);
    scores_free(want);
    scores_free(have);
    mem_free(settings);
}
END_TEST

static const struct {
    int code;
    const char *arguments, *message;
} bad[] = {
    {USAGE, EVAL "text.template=photo",
     "text.template: 'photo': no {} that stands for the tag"},
    {USAGE, EVAL "model.reweight=max", "model.reweight: 'max': expected auto|mean|none"},
    {USAGE, "eval --checkpoint @/m --data @/plain eval.texts=descriptions",
     "/plain: descriptions: no file of descriptions"},
    {USAGE,
     "train -c @/tiny.yaml run=@/x data.root= data.train=@/data/train.json "
     "model.tags=@/data/train_tags.txt model.texts=descriptions",
     "model.descriptions: no file of descriptions"},
    {CHECKPOINT,
     "train -c @/tiny.yaml run=@/m model.texts=template model.reweight=none data.eval=",
     "model.reweight"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(refuses)
{
    char *copy = tiny_read("@/data/seen/annotations.txt"),
         *tags = tiny_read("@/data/seen/tags.txt");
    tiny_write("@/plain/annotations.txt", copy);
    tiny_write("@/plain/tags.txt", tags);
    tiny_refused(bad[_i].code, bad[_i].arguments, bad[_i].message);
    mem_free(tags);
    mem_free(copy);
}
END_TEST

Suite *test_eval_texts_suite(void);
Suite *test_eval_texts_suite(void)
{
    Suite *suite = suite_create("eval_texts");
    TCase *c = tcase_create("eval_texts");
    tcase_set_timeout(c, 60);
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_loop_test(c, equals_a_bank, 0, SAME);
    tcase_add_test(c, the_choices_differ);
    tcase_add_test(c, training_on_a_bank);
    tcase_add_loop_test(c, refuses, 0, BAD);
    suite_add_tcase(suite, c);
    return suite;
}
