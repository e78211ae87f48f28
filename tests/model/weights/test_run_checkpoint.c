/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints that are gone or damaged: every command says which file it is, and which other
 * one can be used. */
#include "model/weights/run_checkpoint.h"

#include "core/mem.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define USED "/checkpoints/step_00000002.h5 is whole and can be used instead\n"
#define GONE "a link to step_00000004.h5, which does not exist"
#define TAG  "tag --checkpoint %s @/data/images/test/000000.png"

enum { CHECKPOINT = 6 };

static void shell(const char *line)
{
    char *full = tiny_path(line);
    ck_assert_msg(system(full) == 0, "%s", full);
    mem_free(full);
}

/* Runs whose best and newest checkpoint is that of step 4: @/gone lacks it, @/bad has it
 * damaged. */
static void setup(void)
{
    tiny_new();
    mem_free(tiny_train(0, "gone",
                        "swin.depths=1,1,1,1 model.layers=1 train.max_steps=4 save.every=2"));
    shell("ln -sf step_00000004.h5 @/gone/checkpoints/best && cp -r @/gone @/bad && "
          "rm @/gone/checkpoints/step_00000004.h5 && "
          "printf x | dd of=@/bad/checkpoints/step_00000004.h5 bs=1 seek=5000 conv=notrunc "
          "2> @/dd");
}

static const struct {
    const char *command, *path;
    int code;
    const char *words;
} cases[] = {
    {TAG, "@/gone/checkpoints/best", CHECKPOINT, "best: cannot open: " GONE "; "},
    {TAG, "@/gone/checkpoints/best", CHECKPOINT, USED},
    {TAG, "@/gone", 0, "warning: @/gone/checkpoints/best: " GONE ": ignored\n"},
    {TAG, "@/gone", 0, "warning: @/gone/checkpoints/latest: " GONE ": ignored\n"},
    {TAG, "@/bad", CHECKPOINT,
     "best: checksum of the whole file: does not match; it is a link"},
    {TAG, "@/bad/checkpoints/latest", CHECKPOINT, "; it is a link to step_00000004.h5; "},
    {TAG, "@/bad/checkpoints/latest", CHECKPOINT, USED},
    {"eval --checkpoint %s --data @/data/seen", "@/bad", CHECKPOINT, USED},
    {"convert %s @/out.pth", "@/bad", CHECKPOINT, USED},
    {"convert %s @/out.pth", "@/gone/checkpoints/latest", 3, USED},
    {"train -c @/tiny.yaml run=@/new model.init=%s", "@/bad", CHECKPOINT, USED},
    {"train -c @/tiny.yaml run=@/new resume=%s", "@/bad/checkpoints/best", CHECKPOINT, USED},
    {"verify %s", "@/gone", CHECKPOINT, "error: @/gone/checkpoints/latest: " GONE "\n"},
    {"verify %s", "@/gone", CHECKPOINT, "error: @/gone/checkpoints/best: " GONE "\n"},
};

START_TEST(says_which_and_what_next)
{
    char *line = mem_format(cases[_i].command, cases[_i].path);
    char *words = tiny_path(cases[_i].words);
    char *messages = tiny_messages(cases[_i].code, line);
    ck_assert_msg(strstr(messages, words) != NULL, "%s: no \"%s\" in: %s", line, words,
                  messages);
    mem_free(messages);
    mem_free(words);
    mem_free(line);
}
END_TEST

/* A path outside of a run, or a fault that is none of the file, gets no advice. */
START_TEST(adds_nothing_elsewhere)
{
    static const char *const path[] = {"x.h5", "checkpoints.h5", "/x/check/points/best"};
    char *best = tiny_path("@/bad/checkpoints/best");
    for (int i = 0; i < 4; i++) {
        const Error why = {i < 3 ? CHECKPOINT : 1, "why"};
        Error err = {0};
        ck_assert_int_eq(run_checkpoint_explain(i < 3 ? path[i] : best, &why, &err), -1);
        ck_assert_int_eq(err.code, why.code);
        ck_assert_msg(!strstr(err.text, "used instead"), "%s", err.text);
    }
    mem_free(best);
}
END_TEST

Suite *test_run_checkpoint_suite(void);
Suite *test_run_checkpoint_suite(void)
{
    Suite *s = suite_create("run_checkpoint");
    TCase *c = tcase_create("run_checkpoint");
    tcase_add_unchecked_fixture(c, setup, tiny_free);
    tcase_add_loop_test(c, says_which_and_what_next, 0, sizeof cases / sizeof *cases);
    tcase_add_test(c, adds_nothing_elsewhere);
    suite_add_tcase(s, c);
    return s;
}
