/* SPDX-License-Identifier: Apache-2.0 */
/* What a run says about its settings, and where it finds them. */
#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define SMALL "swin.depths=1,1,1,1 model.layers=1 "

static void setup(void) { tiny_new(); }

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

/* Messages of a run of one step. */
static const struct {
    const char *settings, *message;
    int times;
} said[] = {
    {"optim.no_decay=*.bias,*NORM*,nothing*", "warning: optim.no_decay: nothing*: matches no",
     1},
    {"optim.no_decay=*.bias,*NORM*", "optim.no_decay: *.bias ", 1},
    {"model.freeze=visual_encoder.*", "model.freeze: visual_encoder.* ", 1},
    {"optim.lr_scale=[*.relative_position_bias_table=15]", "_table=15: 4 of ", 1},
    {"optim.schedule=reference optim.warmup_steps=100", "a warm-up of 100 steps is longer", 1},
    {"optim.lr_decay=0.9 optim.schedule=auto optim.warmup_steps=8", "longer than the first", 1},
    {"optim.lr_decay=0.9 train.max_steps=9 optim.warmup_steps=7", "warning: optim.warmup", 0},
    {"optim.schedule=cosine optim.warmup_steps=30 train.max_steps=9", "is as long as the run",
     1},
    {"optim.schedule=constant optim.warmup_steps=21 train.max_steps=0", "as long as the run",
     1},
    {"optim.schedule=constant optim.warmup_steps=20 train.max_steps=0", "warning: optim.", 0},
    {"optim.schedule=cosine_epoch optim.warmup_steps=2", "cosine_epoch has no warm-up", 1},
    {"vit_grad_ckpt=true", "warning: vit_grad_ckpt: has no effect: use", 1},
    {"model.checkpoint_layer=2", "warning: model.checkpoint_layer: has no effect", 1},
    {"model.grad_checkpoint=false", "no effect", 0},
    {"optim.lr_decay=0.9", "optim.lr_decay: has no effect: only optim.schedule=reference", 1},
    {"optim.cosine_steps=9", "optim.cosine_steps: has no effect", 0},
    {"optim.cosine_steps=9 optim.schedule=constant", "optim.cosine_steps: has no effect", 1},
    {"optim.min_lr=1e-6 optim.schedule=constant", "optim.min_lr: has no effect", 1},
    {"eval.every=9", "eval.every: has no effect", 0},
    {"text_table=x", "text_table: has no effect: only text_encoder=table uses it", 1},
    {"optim.lr_decay=0.9 optim.schedule=constant", "optim.lr_decay", 1},
    {"loss.hill.gamma=3 loss.align=bce", "loss.hill.gamma: has no effect: neither loss.tag", 1},
    {"loss.hill.gamma=3 loss.align=hill", "loss.hill.gamma", 0},
    {"text_table=''", "no effect", 0}, /* the default */
    /* tiny.yaml is for a Swin, and has its options in store */
    {"model.encoder=vit_s vit.width=24 vit.heads=2", "swin.width: has no effect", 0},
    {"model.encoder=vit_s vit.width=24 vit.heads=2", "swin.depths: has no effect: only another",
     1},
    {"clip.weights=x loss.weight.distill=0", "clip.weights: has no effect: text_encoder is", 1},
};
enum { SAID = sizeof said / sizeof *said };

START_TEST(messages_about_settings)
{
    char run[16];
    snprintf(run, sizeof run, "said%d", _i);
    const char *steps = strstr(said[_i].settings, "max_steps") ? "" : "train.max_steps=1";
    char *settings = mem_format(SMALL "%s %s", steps, said[_i].settings);
    char *messages = tiny_train(0, run, settings);
    ck_assert_msg(count(messages, said[_i].message) == said[_i].times, "%s", messages);
    mem_free(messages);
    mem_free(settings);
}
END_TEST

static const struct {
    int code;
    const char *arguments, *message;
} refused[] = {
    {3, "data.root=no_such run=@/no", "error: no_such: no such folder: set data.root"},
    {3, "data.root=~x/d run=@/no",
     "error: ~x/d: no such folder: set data.root to the folder of "
     "the images; only a shell expands ~"},
    {3, "data.root=@/tiny.yaml run=@/no", "tiny.yaml: no such folder"},
    {2, "data.root=@/data run='~/no'", "run: ~/no: only a shell expands ~"},
    {2, "-c @/data run=@/no", "data/config.yaml: cannot"},
    {2, "data.root=@/data run=@/no optim.no_decay=x*,y*", "optim.no_decay: x*,y*: matches no"},
    {2, "data.root=@/data run=@/no model.freeze=x*", "model.freeze: x*: matches no parameter"},
};
enum { REFUSED = sizeof refused / sizeof *refused };

/* Nothing is left of a run that is refused. */
START_TEST(refusals)
{
    char *line = mem_format("train %s", refused[_i].arguments);
    tiny_refused(refused[_i].code, line, refused[_i].message);
    ck_assert(!tiny_exists("@/no"));
    mem_free(line);
}
END_TEST

/* The run folder alone, or -c with the folder, goes on with the settings of its config.yaml. */
START_TEST(a_run_folder_has_its_settings)
{
    char one[33], two[33];
    mem_free(tiny_train(0, "alone", SMALL "train.max_steps=3"));
    char *messages = tiny_messages(0, "train run=@/alone train.max_steps=5");
    ck_assert_ptr_nonnull(strstr(messages, "alone/config.yaml, and those of the command line"));
    ck_assert_ptr_nonnull(strstr(messages, "step 3, epoch 0\n"));
    ck_assert_ptr_null(strstr(messages, "changed since"));
    mem_free(messages);
    mem_free(tiny_messages(0, "train -c @/alone train.max_steps=6"));
    tiny_content("alone", one);
    mem_free(tiny_train(0, "at_once", SMALL "train.max_steps=6"));
    tiny_content("at_once", two);
    ck_assert_str_eq(one, two);
    /* As an earlier version wrote it. */
    char *edit = tiny_path("sed -i 's/^resume: auto/resume: never/' @/alone/config.yaml");
    ck_assert_int_eq(system(edit), 0);
    mem_free(edit);
    messages = tiny_messages(0, "train run=@/alone train.max_steps=7");
    ck_assert_ptr_nonnull(strstr(messages, "step 6, epoch 0\n"));
    mem_free(messages);
    mem_free(tiny_messages(0, "train run=@/alone resume=never train.max_steps=1"));
    ck_assert(tiny_exists("@/alone/old_1/config.yaml"));
}
END_TEST

/* Few steps: the first and the last one, and the end of each epoch, are logged all the same; a
 * line for each epoch, and a report. */
START_TEST(a_short_run_has_a_log)
{
    char *messages = tiny_train(0, "short", SMALL "log.every=50 train.max_steps=17");
    ck_assert_int_eq(count(messages, "epoch 1/3  loss "), 1);
    ck_assert_int_eq(count(messages, "epoch 2/3  loss "), 1);
    ck_assert_int_eq(count(messages, "training 17/17 (100%)"), 1);
    mem_free(messages);
    char *text = tiny_read("@/short/metrics.jsonl");
    ck_assert_int_eq(count(text, "\"loss\": "), 4);
    static const char *const logged[] = {
        "1, \"epoch\": 0, \"loss\": ", "7, \"epoch\": 0, \"loss\": ",
        "14, \"epoch\": 1, \"loss\": ", "17, \"epoch\": 2, \"loss\": "};
    for (int i = 0; i < 4; i++) ck_assert_int_eq(count(text, logged[i]), 1);
    mem_free(text);
    mem_free(tiny_messages(0, "report @/short -o @/short.html"));
    mem_free(tiny_train(0, "one", SMALL "train.max_steps=1 log.every=50"));
    mem_free(tiny_messages(0, "report @/one @/short -o @/two.html"));
}
END_TEST

/* The counter goes on where the run goes on, also with another batch size. */
START_TEST(progress_ends_at_its_total)
{
    mem_free(tiny_train(0, "progress", SMALL "train.batch=4 train.max_steps=14"));
    char *messages = tiny_train(0, "progress", SMALL "train.batch=12");
    ck_assert_msg(count(messages, "training 24/24 (100%)") == 1, "%s", messages);
    mem_free(messages);
}
END_TEST

Suite *test_settings_suite(void);
Suite *test_settings_suite(void)
{
    Suite *suite = suite_create("settings");
    TCase *c = tcase_create("settings");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_loop_test(c, messages_about_settings, 0, SAID);
    tcase_add_loop_test(c, refusals, 0, REFUSED);
    tcase_add_test(c, a_run_folder_has_its_settings);
    tcase_add_test(c, a_short_run_has_a_log);
    tcase_add_test(c, progress_ends_at_its_total);
    suite_add_tcase(suite, c);
    return suite;
}
