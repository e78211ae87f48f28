/* SPDX-License-Identifier: Apache-2.0 */
/* Going on from a checkpoint with settings, data or files that have changed. */
#include "core/io/file.h"
#include "core/mem.h"
#include "tests/support/tiny.h"
#include "tests/train/run_log.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { USAGE = 2, CHECKPOINT = 6 };

#define SMALL "swin.depths=1,1,1,1 model.layers=1 "

static void shell(const char *line)
{
    char *full = tiny_path(line);
    ck_assert_msg(system(full) == 0, "%s", full);
    mem_free(full);
}

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "base", SMALL "train.max_steps=7"));
    shell("cp -r @/data @/moved");
    shell("cp -r @/data @/edited && sed -i '0,/ of /s// near /' @/edited/train.json");
    shell("sed 's/\"caption\": *\\[\"/&Look: /' @/data/train.json > @/captions.json");
    shell("sed '1{h;d};2{G}' @/data/train_tags.txt > @/tags.txt");
}

/* A copy of the run of 7 steps. */
static void copy_base(const char *run)
{
    char *line = mem_format("rm -rf @/%s && cp -r @/base @/%s", run, run);
    shell(line);
    mem_free(line);
}

static bool has(const char *path, const char *what)
{
    if (!tiny_exists(path)) return false;
    char *text = tiny_read(path);
    const bool found = strstr(text, what) != NULL;
    mem_free(text);
    return found;
}

/* Other data, tags or losses: refused, with both values and the option that allows them; the
 * folder stays as it was. */
static const struct {
    const char *settings, *message, *allow;
} refused[] = {
    {"loss.tag=bce", "loss.tag: asl -> bce", "loss.tag"},
    {"loss.weight.align=0.5", "loss.weight.align: 1 -> 0.5", "loss"},
    {"loss.asl.tag.clip=0.1", "loss.asl.tag.clip: 0.05 -> 0.1", "loss.*"},
    {"data.mean=0.5,0.5,0.5", "0.40821073] -> [0.5, 0.5, 0.5]", "data.mean"},
    {"data.transparent=white", "data.transparent: drop -> white", "data"},
    {"data.train=@/captions.json", "/captions.json\"]", "data.train"},
    {"data.root=@/edited", "data.root: ", "data.root,data.train"},
    {"loss.tag=bce loss.align=bce", "resume.allow=loss.tag,loss.align ", "loss.tag,loss.align"},
    {"model.tags=@/tags.txt",
     "its tags differ from those of model.tags; resume.allow=model.tags", "model.tags"},
    {"clip.vocab=@/tags.txt text_encoder=hash loss.tag=hill", "asl -> hill", "loss.tag"},
};
enum { REFUSED = sizeof refused / sizeof *refused };

START_TEST(another_model_is_refused)
{
    copy_base("refused");
    char *before = tiny_read("@/refused/config.yaml");
    char *settings = mem_format(SMALL "train.max_steps=8 %s", refused[_i].settings);
    char *messages = tiny_train(CHECKPOINT, "refused", settings);
    ck_assert_msg(strstr(messages, refused[_i].message), "%s", messages);
    ck_assert_ptr_nonnull(strstr(messages, "resume.allow="));
    mem_free(messages);
    char *after = tiny_read("@/refused/config.yaml");
    ck_assert_str_eq(before, after);
    ck_assert(!tiny_exists("@/refused/changes.jsonl") && !tiny_exists("@/refused/lock"));
    char *allowed = mem_format("%s resume.allow=%s", settings, refused[_i].allow);
    mem_free(tiny_train(0, "refused", allowed));
    ck_assert(has("@/refused/changes.jsonl", "{\"step\": 7, \"epoch\": 1, \"key\": "));
    ck_assert(has("@/refused/config.yaml", "resume.allow: []\n"));
    mem_free(tiny_train(0, "refused", settings)); /* nothing has changed since */
    mem_free(allowed);
    mem_free(after);
    mem_free(settings);
    mem_free(before);
}
END_TEST

/* What refuses the start although resume.allow could not help. */
static const struct {
    int code;
    const char *settings, *message;
} hopeless[] = {
    {USAGE, "resume.allow=los", "resume.allow: los: unknown option"},
    {USAGE, "resume.allow=loss,train_file", "resume.allow: train_file: unknown option"},
    {CHECKPOINT, "model.hidden=48 optim.lr=1", "; changed: model.hidden: 32 -> 48\n"},
    {CHECKPOINT, "model.text_width=32", "; changed: model.text_width: 64 -> 32\n"},
};
enum { HOPELESS = sizeof hopeless / sizeof *hopeless };

START_TEST(names_the_setting_at_fault)
{
    copy_base("hopeless");
    char *settings = mem_format(SMALL "train.max_steps=8 %s", hopeless[_i].settings);
    char *messages = tiny_train(hopeless[_i].code, "hopeless", settings);
    ck_assert_msg(strstr(messages, hopeless[_i].message), "%s", messages);
    mem_free(messages);
    mem_free(settings);
}
END_TEST

/* The same name, other records. */
START_TEST(data_is_known_by_its_contents)
{
    copy_base("contents");
    shell("cp @/data/train.json @/kept.json");
    mem_free(tiny_train(0, "named", SMALL "data.train=@/kept.json train.max_steps=2"));
    shell("cp @/captions.json @/kept.json");
    char *messages =
        tiny_train(CHECKPOINT, "named", SMALL "data.train=@/kept.json train.max_steps=3");
    ck_assert_msg(strstr(messages, "data.train: 60 records, hash "), "%s", messages);
    mem_free(messages);
    mem_free(tiny_train(0, "named",
                        SMALL "data.train=@/kept.json train.max_steps=3 "
                              "resume.allow=data.train"));
    ck_assert(has("@/named/changes.jsonl", "\"key\": \"data.train\", \"old\": \"60 records"));
    /* The same records in another folder. */
    messages = tiny_train(0, "contents", SMALL "data.root=@/moved train.max_steps=8");
    ck_assert_ptr_nonnull(strstr(messages, "changed since step 7: data.root: "));
    mem_free(messages);
}
END_TEST

/* Everything else goes on, is said and kept. */
static const struct {
    const char *settings, *change;
} accepted[] = {
    {"optim.lr=3e-4", "optim.lr: 0.001 -> 0.0003"},
    {"optim.schedule=constant", "optim.schedule: cosine -> constant"},
    {"train.batch=4", "train.batch: 8 -> 4"},
    {"train.epochs=9", "train.epochs: 3 -> 9"},
    {"augment.flip=0", "augment.flip: 0.5 -> 0"},
    {"optim.ema=0", "optim.ema: 0.9 -> 0"},
    {"optim.ema=0.99", "optim.ema: 0.9 -> 0.99"},
    {"model.dropout=0", "model.dropout: 0.1 -> 0"},
    {"seed=4", "seed: 0 -> 4"},
    {"eval.images=3", "eval.images: 0 -> 3"},
};
enum { ACCEPTED = sizeof accepted / sizeof *accepted };

START_TEST(other_changes_are_said_and_kept)
{
    copy_base("accepted");
    char *settings = mem_format(SMALL "train.max_steps=9 %s", accepted[_i].settings);
    char *line = mem_format("changed since step 7: %s\n", accepted[_i].change);
    char *messages = tiny_train(0, "accepted", settings);
    ck_assert_msg(strstr(messages, line), "no '%s' in %s", line, messages);
    mem_free(messages);
    const char *key_end = strchr(accepted[_i].change, ':');
    char *key = mem_format("{\"step\": 7, \"epoch\": 1, \"key\": \"%.*s\", \"old\": \"",
                           (int)(key_end - accepted[_i].change), accepted[_i].change);
    ck_assert(has("@/accepted/changes.jsonl", key));
    mem_free(tiny_messages(0, "report @/accepted -o @/accepted.html"));
    ck_assert(has("@/accepted.html", "Changed while accepted trained"));
    /* The changed run goes on without a word. */
    messages = tiny_train(0, "accepted", settings);
    ck_assert_ptr_null(strstr(messages, "changed since"));
    mem_free(messages);
    mem_free(key);
    mem_free(line);
    mem_free(settings);
}
END_TEST

START_TEST(what_makes_no_difference_is_not_a_change)
{
    copy_base("same");
    char *messages =
        tiny_train(0, "same",
                   SMALL "train.max_steps=8 threads=2 loader.threads=3 loader.cache=8 "
                         "log.every=3 save.every=2 save.keep=1 eval.every=4 eval.batch=7 "
                         "data.eval=@/data/unseen debug.nan=true clip.cache=7");
    ck_assert_ptr_null(strstr(messages, "changed since"));
    ck_assert(!tiny_exists("@/same/changes.jsonl"));
    mem_free(messages);
}
END_TEST

/* A change that no saved step follows is not part of the run. */
START_TEST(a_change_without_a_step_is_not_kept)
{
    copy_base("lost");
    mem_free(tiny_train(0, "lost", SMALL "optim.lr=1e-2 train.max_steps=7"));
    ck_assert(!tiny_exists("@/lost/changes.jsonl"));
    ck_assert(has("@/lost/config.yaml", "optim.lr: 0.001\n"));
    tiny_write("@/lost/changes.jsonl", "{\"step\": 3, \"key\": \"a\"}\n"
                                       "{\"step\": 7, \"key\": \"b\"}\n");
    mem_free(tiny_train(0, "lost", SMALL "optim.lr=1e-4 train.max_steps=8"));
    char *text = tiny_read("@/lost/changes.jsonl");
    ck_assert_ptr_nonnull(strstr(text, "\"a\""));
    ck_assert_ptr_null(strstr(text, "\"b\""));
    ck_assert_ptr_nonnull(strstr(text, "\"optim.lr\""));
    mem_free(text);
}
END_TEST

/* A model of another shape does not touch config.yaml either. */
START_TEST(a_misfit_changes_nothing)
{
    copy_base("misfit");
    char *before = tiny_read("@/misfit/config.yaml");
    mem_free(tiny_train(CHECKPOINT, "misfit", SMALL "model.hidden=64"));
    char *after = tiny_read("@/misfit/config.yaml");
    ck_assert_str_eq(before, after);
    mem_free(after);
    mem_free(before);
}
END_TEST

/* An average that is switched on starts at the parameters. */
START_TEST(a_moving_average_can_start_later)
{
    mem_free(tiny_train(0, "average", SMALL "optim.ema=0 train.max_steps=7"));
    char *messages =
        tiny_train(0, "average", SMALL "optim.ema=0.5 optim.lr=0 train.max_steps=8");
    ck_assert_ptr_nonnull(strstr(messages, "optim.ema: the checkpoint has no moving average"));
    mem_free(messages);
    /* At a rate of 0 it stays there. */
    mem_free(tiny_out(0, "convert --ema @/average/checkpoints/latest @/a.safetensors"));
    mem_free(tiny_out(0, "convert --raw @/average/checkpoints/latest @/b.safetensors"));
    json_t *a = tiny_json("info --json @/a.safetensors");
    json_t *b = tiny_json("info --json @/b.safetensors");
    ck_assert(json_equal(json_object_get(a, "content"), json_object_get(b, "content")));
    json_decref(b);
    json_decref(a);
}
END_TEST

static void damage(const char *path)
{
    char *full = tiny_path(path);
    ck_assert_int_eq(truncate(full, file_bytes(full) / 2), 0);
    mem_free(full);
}

START_TEST(a_damaged_checkpoint_names_a_whole_one)
{
    char want[33], have[33];
    mem_free(tiny_train(0, "damaged", SMALL "save.every=3 train.max_steps=9"));
    mem_free(tiny_train(0, "whole", SMALL "save.every=3 train.max_steps=12"));
    tiny_content("whole", want);
    damage("@/damaged/checkpoints/step_00000009.h5");
    char *messages = tiny_train(CHECKPOINT, "damaged", SMALL "train.max_steps=12");
    ck_assert_msg(strstr(messages, "step_00000006.h5 is whole: resume=whole"), "%s", messages);
    mem_free(messages);
    damage("@/damaged/checkpoints/step_00000006.h5");
    messages = tiny_train(0, "damaged", SMALL "save.every=3 train.max_steps=12 resume=whole");
    ck_assert_ptr_nonnull(strstr(messages, "step_00000009.h5: "));
    ck_assert_ptr_nonnull(strstr(messages, "step_00000003.h5: step 3, epoch 0\n"));
    mem_free(messages);
    tiny_content("damaged", have);
    ck_assert_str_eq(have, want);
    RunLog log = run_log_check("damaged", 1);
    ck_assert_int_eq(log.steps, 12);
    run_log_free(&log);
    mem_free(tiny_out(0, "verify @/damaged"));
    mem_free(tiny_train(0, "fresh", SMALL "train.max_steps=1 --resume whole"));
    damage("@/fresh/checkpoints/step_00000001.h5");
    messages = tiny_train(CHECKPOINT, "fresh", SMALL "train.max_steps=2 --resume whole");
    ck_assert_ptr_nonnull(strstr(messages, "none of its checkpoints is whole"));
    mem_free(messages);
}
END_TEST

/* A run that started again from an earlier step leaves the later files of the old one. */
START_TEST(whole_is_of_this_run)
{
    mem_free(tiny_train(0, "twig", SMALL "save.every=3 train.max_steps=9"));
    mem_free(tiny_train(0, "twig",
                        SMALL "save.every=3 train.max_steps=6 "
                              "resume=@/twig/checkpoints/step_00000003.h5"));
    ck_assert(tiny_exists("@/twig/checkpoints/step_00000009.h5"));
    damage("@/twig/checkpoints/step_00000006.h5");
    char *messages = tiny_train(CHECKPOINT, "twig", SMALL "train.max_steps=8");
    ck_assert_msg(strstr(messages, "step_00000003.h5 is whole: resume=whole"), "%s", messages);
    mem_free(messages);
    messages = tiny_train(0, "twig", SMALL "train.max_steps=8 resume=whole");
    ck_assert_msg(strstr(messages, "step_00000003.h5: step 3"), "%s", messages);
    mem_free(messages);
}
END_TEST

static void best_is(const char *run, const char *want)
{
    char *name = mem_format("@/%s/checkpoints/best", run), *full = tiny_path(name);
    char link[64] = "";
    ck_assert_int_gt(readlink(full, link, sizeof link - 1), 0);
    ck_assert_str_eq(link, want);
    mem_free(full);
    mem_free(name);
}

/* Everything that reads the run reads the new one. */
START_TEST(starting_over_moves_the_old_run)
{
    char old[33], now[33];
    copy_base("over");
    tiny_content("over", old);
    char *messages =
        tiny_train(0, "over", SMALL "--resume never train.max_steps=2 loss.tag=bce");
    ck_assert_ptr_nonnull(strstr(messages, "the run that was here is now in "));
    mem_free(messages);
    tiny_content("over/old_1", now);
    ck_assert_str_eq(now, old);
    best_is("over", "step_00000002.h5");
    ck_assert(has("@/over/config.yaml", "resume: auto\n"));
    ck_assert(has("@/over/old_1/config.yaml", "loss.tag: asl\n"));
    mem_free(tiny_train(0, "over", SMALL "--resume never train.max_steps=1"));
    ck_assert(tiny_exists("@/over/old_2/metrics.jsonl"));
    mem_free(tiny_out(0, "eval --checkpoint @/over/old_2 --data @/data/seen -o @/e"));
    /* A checkpoint of another folder starts another run, too. */
    mem_free(tiny_train(0, "over",
                        SMALL "train.max_steps=8 --resume "
                              "@/base/checkpoints/step_00000007.h5"));
    ck_assert(tiny_exists("@/over/old_3/checkpoints/step_00000001.h5"));
}
END_TEST

/* From an earlier checkpoint of the folder: `best` is not one of the steps that are given
 * up. */
START_TEST(an_earlier_step_gives_up_the_later_ones)
{
    mem_free(tiny_train(0, "early", SMALL "save.every=2 train.max_steps=6"));
    mem_free(tiny_train(0, "early",
                        SMALL "save.every=2 train.max_steps=3 --resume "
                              "@/early/checkpoints/step_00000002.h5"));
    best_is("early", "step_00000003.h5");
    char have[33], want[33];
    tiny_content("early", have);
    mem_free(tiny_train(0, "three", SMALL "train.max_steps=3"));
    tiny_content("three", want);
    ck_assert_str_eq(have, want);
}
END_TEST

/* Copies in which the links are files, or are missing, as `cp -rL` and some backups make
 * them. */
static const char *const copies[] = {
    "rm -rf @/copy && cp -rL @/base @/copy",
    "rm -rf @/copy && cp -rL @/base @/copy && rm @/copy/checkpoints/[bl]*",
    "rm -rf @/copy && cp -rL @/base @/copy && rm @/copy/checkpoints/step*",
    "rm -rf @/copy && mkdir @/copy && cp -rL @/base/checkpoints @/base/bank* @/copy",
};

START_TEST(a_copy_without_links_goes_on)
{
    char want[33], have[33];
    mem_free(tiny_train(0, "uncopied", SMALL "train.max_steps=8"));
    tiny_content("uncopied", want);
    shell(copies[_i]);
    char *messages = tiny_train(0, "copy", SMALL "train.max_steps=7");
    ck_assert_msg(strstr(messages, "step 7, epoch 1\n"), "%s", messages);
    mem_free(messages);
    mem_free(tiny_out(0, "eval --checkpoint @/copy --data @/data/seen -o @/copied"));
    mem_free(tiny_train(0, "copy", SMALL "train.max_steps=8"));
    tiny_content("copy", have);
    ck_assert_str_eq(have, want);
    ck_assert(!tiny_exists("@/copy/old_1"));
}
END_TEST

/* mAP of another set or of other images does not compare with what best.json holds. */
static const struct {
    const char *settings, *message;
} scored[] = {
    {"eval.images=5", "the best checkpoint is chosen anew"},
    {"data.eval=@/data/unseen,@/data/seen", "the first set is now unseen, no longer seen"},
};

START_TEST(scores_that_do_not_compare_are_forgotten)
{
    copy_base("scored");
    tiny_write("@/scored/best.json",
               "{\"evaluated\": 7, \"set\": \"seen\", \"step\": 7, \"mAP\": 0.999}\n");
    char *settings = mem_format(SMALL "train.max_steps=8 %s", scored[_i].settings);
    char *messages = tiny_train(0, "scored", settings);
    ck_assert_msg(strstr(messages, scored[_i].message), "%s", messages);
    best_is("scored", "step_00000008.h5");
    mem_free(messages);
    mem_free(settings);
    copy_base("scored");
    tiny_write("@/scored/best.json",
               "{\"evaluated\": 7, \"set\": \"seen\", \"step\": 7, \"mAP\": 0.999}\n");
    mem_free(tiny_train(0, "scored", SMALL "train.max_steps=8"));
    best_is("scored", "step_00000007.h5");
}
END_TEST

Suite *test_resume_suite(void);
Suite *test_resume_suite(void)
{
    Suite *suite = suite_create("resume");
    TCase *c = tcase_create("resume");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_loop_test(c, another_model_is_refused, 0, REFUSED);
    tcase_add_loop_test(c, names_the_setting_at_fault, 0, HOPELESS);
    tcase_add_test(c, data_is_known_by_its_contents);
    tcase_add_loop_test(c, other_changes_are_said_and_kept, 0, ACCEPTED);
    tcase_add_test(c, what_makes_no_difference_is_not_a_change);
    tcase_add_test(c, a_change_without_a_step_is_not_kept);
    tcase_add_test(c, a_misfit_changes_nothing);
    tcase_add_test(c, a_moving_average_can_start_later);
    tcase_add_test(c, a_damaged_checkpoint_names_a_whole_one);
    tcase_add_test(c, whole_is_of_this_run);
    tcase_add_test(c, starting_over_moves_the_old_run);
    tcase_add_test(c, an_earlier_step_gives_up_the_later_ones);
    tcase_add_loop_test(c, scores_that_do_not_compare_are_forgotten, 0, 2);
    tcase_add_loop_test(c, a_copy_without_links_goes_on, 0, 4);
    suite_add_tcase(suite, c);
    return suite;
}
