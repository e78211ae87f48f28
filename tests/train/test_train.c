/* SPDX-License-Identifier: Apache-2.0 */
/* Training as a user sees it: the same numbers however a run is divided, and the files of its
 * folder. */
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "tests/support/tiny.h"
#include "tests/train/run_log.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char once[33];   /* content of the run in one piece: @/once */
static char by_two[33]; /* the same for optim.accumulate=2: @/by_two */

static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "once", ""));
    tiny_content("once", once);
    mem_free(tiny_train(0, "by_two", "optim.accumulate=2"));
    tiny_content("by_two", by_two);
}

static void same_as(const char *run, const char *want)
{
    char have[33];
    tiny_content(run, have);
    ck_assert_str_eq(have, want);
}

/* Runs in the same folder, one after the other, that must end with the content `want`. */
static const struct {
    const char *want;
    const char *settings[6];
} ways[] = {
    {once, {"train.max_steps=1", "train.max_steps=7", "train.max_steps=8", ""}},
    {once, {"train.max_steps=5", "train.max_steps=20", "loader.threads=4"}},
    {once, {"loader.threads=1 loader.prefetch=1"}},
    {once, {"threads=2"}},
    {once, {"threads=3 train.max_steps=9", "threads=2 train.max_steps=11", "threads=4"}},
    {once, {"loader.threads=4 loader.prefetch=16"}},
    {once, {"loader.cache=64 loader.threads=3"}},
    {once, {"loader.cache=64 train.max_steps=9", "loader.cache=1"}},
    {once, {"log.every=4 save.every=2 eval.every=5 save.keep=1 data.transparent=drop"}},
    {once, {"debug.nan=true"}},
    {once, {"--resume @/once/checkpoints/step_00000007.h5"}},
    {by_two, {"optim.accumulate=2 train.max_steps=2", "optim.accumulate=2"}},
    {by_two,
     {"optim.accumulate=2 train.max_steps=3", "optim.accumulate=2 train.max_steps=4",
      "optim.accumulate=2 loader.threads=4"}},
};
enum { WAYS = sizeof ways / sizeof *ways };

START_TEST(any_way_gives_the_same_bits)
{
    char run[16];
    snprintf(run, sizeof run, "way%d", _i);
    for (int i = 0; i < 6 && ways[_i].settings[i]; i++)
        mem_free(tiny_train(0, run, ways[_i].settings[i]));
    same_as(run, ways[_i].want);
}
END_TEST

/* Settings that must change the trained parameters; otherwise the test above proves nothing. */
static const char *const others[] = {"seed=1", "model.dropout=0", "swin.drop_path=0",
                                     "augment.flip=0", "optim.clip_norm=0"};

START_TEST(other_settings_give_other_bits)
{
    char have[33], run[16];
    snprintf(run, sizeof run, "other%d", _i);
    mem_free(tiny_train(0, run, others[_i]));
    tiny_content(run, have);
    ck_assert_str_ne(have, once);
    ck_assert_str_ne(once, by_two);
}
END_TEST

/* Seven batches per epoch and two per step: three steps per epoch, and the seventh batch is
 * left out. */
START_TEST(accumulation_keeps_to_epochs)
{
    RunLog log = run_log_check("by_two", TINY_EPOCHS);
    ck_assert_int_eq(log.steps, 3 * TINY_EPOCHS);
    run_log_free(&log);
}
END_TEST

START_TEST(logs_of_a_resumed_run)
{
    RunLog whole = run_log_check("once", TINY_EPOCHS);
    mem_free(tiny_train(0, "log", "train.max_steps=9"));
    mem_free(tiny_train(0, "log", ""));
    RunLog log = run_log_check("log", TINY_EPOCHS);
    ck_assert_int_eq(log.steps, TINY_STEPS);
    ck_assert_str_eq(log.evaluated, "seen@9 unseen@9 seen@21 unseen@21 ");
    ck_assert_double_eq(log.loss_sum, whole.loss_sum);
    char *a = tiny_read("@/once/log.txt"), *b = tiny_read("@/log/log.txt");
    ck_assert_str_eq(a, b);
    mem_free(a);
    mem_free(b);
    run_log_free(&whole);
    run_log_free(&log);
}
END_TEST

static void append(const char *path, const char *text, size_t len)
{
    char *full = tiny_path(path);
    FILE *f = fopen(full, "a");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(text, 1, len, f), len);
    ck_assert_int_eq(fclose(f), 0);
    mem_free(full);
}

/* Remains of a crash: lines of steps that were not saved, half a line, bytes that were never
 * written, half a checkpoint. */
START_TEST(logs_after_a_crash)
{
    static const char lost[] = "{\"step\": 6, \"epoch\": 0, \"loss\": 1, \"loss_tag\": 1}\n"
                               "{\"step\": 5, \"epoch\": 0, \"lo\0\0\0\0";
    static const char torn[] = "{\"train_lr\": \"0.0\", \"epoch\": 0}\n{\"train_l";
    mem_free(tiny_train(0, "crash", "train.max_steps=5"));
    append("@/crash/metrics.jsonl", lost, sizeof lost - 1);
    append("@/crash/log.txt", torn, sizeof torn - 1);
    tiny_write("@/crash/checkpoints/step_00000006.h5.tmp.99999999", "half");
    mem_free(tiny_train(0, "crash", ""));
    same_as("crash", once);
    RunLog log = run_log_check("crash", TINY_EPOCHS);
    ck_assert_int_eq(log.steps, TINY_STEPS);
    run_log_free(&log);
    char *left = tiny_path("@/crash/checkpoints/step_00000006.h5.tmp.99999999");
    ck_assert(!file_exists(left));
    mem_free(left);
}
END_TEST

/* The names in a run's checkpoints/, sorted. Owned. */
static char *listing(const char *run)
{
    char *name = mem_format("@/%s/checkpoints", run), *folder = tiny_path(name);
    char *all = mem_strdup("");
    Lines files;
    ck_assert_int_eq(file_walk(folder, &files, NULL), 0);
    for (size_t i = 0; i < files.count; i++) {
        char *longer = mem_format("%s%s ", all, files.line[i]);
        mem_free(all);
        all = longer;
    }
    lines_free(&files);
    mem_free(folder);
    mem_free(name);
    return all;
}

/* Cases: killed before the first save, run again when finished, and restarted over an old
 * run. */
START_TEST(logs_have_no_line_twice)
{
    mem_free(tiny_train(0, "restarted", ""));
    mem_free(tiny_train(0, "restarted", ""));
    RunLog log = run_log_check("restarted", TINY_EPOCHS);
    ck_assert_str_eq(log.evaluated, "seen@21 unseen@21 ");
    run_log_free(&log);
    mem_free(tiny_train(0, "restarted", "--resume never train.max_steps=15"));
    log = run_log_check("restarted", 2);
    ck_assert_str_eq(log.evaluated, "seen@15 unseen@15 ");
    run_log_free(&log);
    /* The old run is not deleted: it is a run folder of its own. */
    char *names = listing("restarted"), *old = listing("restarted/old_1");
    ck_assert_str_eq(names, "best latest step_00000007.h5 step_00000014.h5 step_00000015.h5 ");
    ck_assert_str_eq(old, "best latest step_00000007.h5 step_00000014.h5 step_00000021.h5 ");
    same_as("restarted/old_1", once);
    log = run_log_check("restarted/old_1", TINY_EPOCHS);
    run_log_free(&log);
    mem_free(tiny_out(0, "verify @/restarted @/restarted/old_1"));
    mem_free(old);
    mem_free(names);
    mem_free(tiny_train(0, "unsaved", "train.max_steps=2"));
    char *folder = tiny_path("rm -r @/unsaved/checkpoints");
    ck_assert_int_eq(system(folder), 0);
    mem_free(folder);
    mem_free(tiny_train(0, "unsaved", "train.max_steps=3"));
    log = run_log_check("unsaved", 0);
    ck_assert_int_eq(log.steps, 3);
    run_log_free(&log);
}
END_TEST

static void link_is(const char *link, const char *want)
{
    char have[64] = "", *path = tiny_path(link);
    ck_assert_msg(readlink(path, have, sizeof have - 1) > 0, "%s is not a link", link);
    ck_assert_str_eq(have, want);
    mem_free(path);
}

START_TEST(links_and_pruning)
{
    char *names = listing("once");
    ck_assert_str_eq(names, "best latest step_00000007.h5 step_00000014.h5 step_00000021.h5 ");
    mem_free(names);
    link_is("@/once/checkpoints/latest", "step_00000021.h5");
    link_is("@/once/checkpoints/best", "step_00000021.h5");
    mem_free(tiny_train(0, "keep", "save.every=2 save.keep=2 train.max_steps=6"));
    names = listing("keep");
    ck_assert_str_eq(names, "best latest step_00000004.h5 step_00000006.h5 ");
    mem_free(names);
    /* The best checkpoint stays, however old it is. */
    mem_free(tiny_train(0, "keep", "save.every=3 save.keep=1 optim.lr=0 train.max_steps=15"));
    names = listing("keep");
    char best[64] = "", *path = tiny_path("@/keep/checkpoints/best");
    ck_assert_int_gt(readlink(path, best, sizeof best - 1), 0);
    const char *other = strcmp(best, "step_00000015.h5") ? best : "";
    char *want = mem_format("best latest %s%sstep_00000015.h5 ", other, *other ? " " : "");
    ck_assert_str_eq(names, want);
    mem_free(want);
    mem_free(path);
    mem_free(names);
}
END_TEST

/* `best` is the checkpoint with the highest mAP on the first evaluation set. Here it comes
 * before the interruption: with this seed the mAP falls from step 6 on. */
START_TEST(best_is_the_highest)
{
    mem_free(tiny_train(0, "best", "eval.every=3 seed=3 save.keep=1 train.max_steps=9"));
    mem_free(tiny_train(0, "best", "eval.every=3 seed=3 save.keep=1"));
    char *text = tiny_read("@/best/metrics.jsonl"), *rest = text, want[32] = "";
    double highest = -1;
    for (char *line; (line = strtok_r(rest, "\n", &rest));) {
        json_t *json = json_loads(line, 0, NULL);
        const char *list = json_string_value(json_object_get(json, "eval"));
        const double map = json_number_value(json_object_get(json, "mAP"));
        const int64_t step = json_integer_value(json_object_get(json, "step"));
        if (list && strcmp(list, "seen") == 0 && map > highest) {
            highest = map;
            snprintf(want, sizeof want, "step_%08ld.h5", step);
        }
        json_decref(json);
    }
    link_is("@/best/checkpoints/best", want);
    mem_free(text);
}
END_TEST

/* After every second epoch of TINY_EPOCH steps, also where the run goes on, and at the end. */
START_TEST(evaluates_by_epochs)
{
    char *stop = mem_format("eval.epochs=2 train.max_steps=%d", 2 * TINY_EPOCH);
    Text steps = {0};
    mem_free(tiny_train(0, "epochs", stop));
    mem_free(tiny_train(0, "epochs", "eval.epochs=2"));
    char *text = tiny_read("@/epochs/metrics.jsonl"), *rest = text;
    for (char *line; (line = strtok_r(rest, "\n", &rest));) {
        json_t *json = json_loads(line, 0, NULL);
        const char *list = json_string_value(json_object_get(json, "eval"));
        if (list && strcmp(list, "seen") == 0)
            text_add(&steps, "%ld ", (long)json_integer_value(json_object_get(json, "step")));
        json_decref(json);
    }
    char *want = mem_format("%d %d ", 2 * TINY_EPOCH, TINY_STEPS);
    ck_assert_str_eq(steps.data, want);
    mem_free(want);
    mem_free(text);
    text_free(&steps);
    mem_free(stop);
}
END_TEST

START_TEST(configuration_reloads)
{
    char *text = tiny_read("@/once/config.yaml");
    char *again = tiny_out(0, "config -c @/once/config.yaml");
    ck_assert_str_eq(again, text);
    mem_free(again);
    mem_free(text);
    mem_free(tiny_messages(0, "train -c @/once/config.yaml run=@/again"));
    same_as("again", once);
}
END_TEST

START_TEST(environment_is_json)
{
    char *text = tiny_read("@/once/env.json");
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_msg(json_is_object(json), "%s", text);
    static const char *const keys[] = {"version", "cpu", "system", "blas", "bf16"};
    for (int i = 0; i < 5; i++) {
        const char *value = json_string_value(json_object_get(json, keys[i]));
        ck_assert_msg(value && *value, "no %s in %s", keys[i], text);
    }
    ck_assert_int_ge(json_integer_value(json_object_get(json, "threads")), 1);
    ck_assert_str_eq(json_string_value(json_object_get(json, "precision")), "float32");
    json_decref(json);
    mem_free(text);
}
END_TEST

/* With another batch size less than one step is left of the epoch, so the run continues with
 * the next epoch. */
START_TEST(other_batches_on_resume)
{
    mem_free(tiny_train(0, "batch", "train.batch=4 train.max_steps=14"));
    mem_free(tiny_train(0, "batch", "train.batch=8"));
    char have[33];
    tiny_content("batch", have);
    char *messages = tiny_train(0, "batch", "train.batch=8");
    ck_assert_ptr_nonnull(strstr(messages, "step 28, epoch 3\n"));
    mem_free(messages);
}
END_TEST

START_TEST(resume_refuses_another_model)
{
    char *messages = tiny_train(6, "once", "model.hidden=64");
    ck_assert_ptr_nonnull(strstr(messages, "error: "));
    ck_assert_ptr_nonnull(strstr(messages, "the model has [64"));
    mem_free(messages);
    char *edit = tiny_path("sed s/photo/sketch/ @/data/seen/descriptions.json > @/other.json");
    ck_assert_int_eq(system(edit), 0);
    mem_free(edit);
    messages = tiny_train(6, "once", "model.descriptions=@/other.json");
    ck_assert_ptr_nonnull(strstr(messages, "its label bank differs"));
    mem_free(messages);
}
END_TEST

/* model.init accepts a run, its link `best`, and the file that the link points to: the start
 * values are the same. */
START_TEST(a_run_starts_from_another)
{
    static const char *const init[] = {"@/once", "@/once/checkpoints/best"};
    char first[33], have[33], run[16], settings[80];
    for (int i = 0; i < 2; i++) {
        snprintf(run, sizeof run, "from%d", i);
        snprintf(settings, sizeof settings, "train.max_steps=1 model.init=%s", init[i]);
        char *messages = tiny_train(0, run, settings);
        ck_assert_ptr_nonnull(strstr(messages, " 0 missing, 0 unexpected"));
        mem_free(messages);
        tiny_content(run, i == 0 ? first : have);
    }
    ck_assert_str_eq(have, first);
    mem_free(tiny_train(0, "fresh", "train.max_steps=1"));
    tiny_content("fresh", have);
    ck_assert_str_ne(have, first);
}
END_TEST

/* Evaluation sets whose folders have one name, with images of their own, keep their results
 * apart; a missing image stops the run before the first step. */
START_TEST(evaluation_sets_of_a_run)
{
    char *copy = tiny_path("for x in x y; do mkdir -p @/$x/val/imgs; done; "
                           "cp @/data/unseen/*.* @/x/val; cp -r @/data/images @/x/val/imgs; "
                           "cp @/data/seen/*.* @/y/val; cp -r @/data/images @/y/val/imgs");
    ck_assert_int_eq(system(copy), 0);
    mem_free(copy);
    mem_free(tiny_train(0, "sets", "train.max_steps=1 data.eval=@/x/val,@/y/val"));
    RunLog log = run_log_check("sets", 0);
    ck_assert_str_eq(log.evaluated, "x-val@1 y-val@1 ");
    run_log_free(&log);
    ck_assert(tiny_exists("@/sets/eval/step_00000001/x-val/scores.h5"));
    ck_assert(tiny_exists("@/sets/eval/step_00000001/y-val/scores.h5"));
    mem_free(tiny_train(2, "twice", "data.eval=@/x/val,@/x/val/"));

    copy = tiny_path("rm @/y/val/imgs/images/test/000007.png");
    ck_assert_int_eq(system(copy), 0);
    mem_free(copy);
    const char *settings = "train.max_steps=1 data.eval=@/x/val,@/y/val";
    char *messages = tiny_train(3, "gap", settings);
    ck_assert_ptr_nonnull(strstr(messages, "y/val: missing image: images/test/000007.png\n"));
    mem_free(messages);
    ck_assert(!tiny_exists("@/gap/config.yaml"));
    char *allow = mem_format("%s eval.allow_missing=1", settings);
    mem_free(tiny_train(0, "gap", allow));
    mem_free(allow);
    allow = mem_format("%s eval.root=@/data", settings); /* another place for all */
    mem_free(tiny_train(0, "elsewhere", allow));
    mem_free(allow);
}
END_TEST

Suite *test_train_suite(void);
Suite *test_train_suite(void)
{
    Suite *suite = suite_create("train");
    TCase *c = tcase_create("train");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_loop_test(c, any_way_gives_the_same_bits, 0, WAYS);
    tcase_add_loop_test(c, other_settings_give_other_bits, 0, 5);
    tcase_add_test(c, accumulation_keeps_to_epochs);
    tcase_add_test(c, logs_of_a_resumed_run);
    tcase_add_test(c, logs_after_a_crash);
    tcase_add_test(c, logs_have_no_line_twice);
    tcase_add_test(c, links_and_pruning);
    tcase_add_test(c, best_is_the_highest);
    tcase_add_test(c, evaluates_by_epochs);
    tcase_add_test(c, configuration_reloads);
    tcase_add_test(c, environment_is_json);
    tcase_add_test(c, other_batches_on_resume);
    tcase_add_test(c, evaluation_sets_of_a_run);
    tcase_add_test(c, a_run_starts_from_another);
    tcase_add_test(c, resume_refuses_another_model);
    suite_add_tcase(suite, c);
    return suite;
}
