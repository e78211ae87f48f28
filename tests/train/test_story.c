/* SPDX-License-Identifier: Apache-2.0 */
/* The README section on using released weights with your own tags: its commands run as printed,
 * on small files with the same names, and must print the lines shown there, except for the
 * numbers. */
#include "core/io/text.h"
#include "core/mem.h"
#include "tests/support/clip_files.h"
#include "tests/support/story.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define STORY "## From the released weights to your own tags\n"

/* A model that learns colors within seconds, instead of Swin-L at 384 pixels. */
static const char model[] =
    "model: {image_size: 32, text_width: 64, hidden: 64, heads: 4, ffn: 128, dropout: 0}\n"
    "swin: {width: 16, depths: [1, 1, 1, 1], heads: [1, 1, 1, 1], window: 4, drop_path: 0}\n"
    "text_encoder: clip\n"
    "eval: {mean: [0.48145466, 0.4578275, 0.40821073], std: [0.26862954, 0.26130258, "
    "0.27577711]}\n";
static const char training[] =
    "model: {init_scheme: fan_in}\n"
    "augment: {scale_lo: 0.8, operations: 0, flip: 0}\n"
    "optim: {lr: 1e-3, lr_width: 64, schedule: cosine, warmup_steps: 50, beta2: 0.98}\n"
    "loss: {tag: bce, weight: {distill: 0, align: 0}}\n"
    "train: {batch: 8, epochs: 6}\n"
    "threads: 1\n";

static const ClipTextConfig TEXT = {
    .sizes = {.width = 64, .layers = 1, .heads = 4, .ffn = 128, .embed = 64},
    .vocabulary = 512 + 130 + 2,
    .context = 32,
};
static const ClipImageConfig IMAGE = {
    .sizes = {.width = 64, .layers = 1, .heads = 4, .ffn = 64, .embed = 64},
    .patch = 8,
    .image_size = 16,
};

static void put_clip(void)
{
    char *folder = tiny_path("@/clip-vit-base-patch16"),
         *merges = tiny_read("tests/data/text/merges.txt");
    clip_files_folder(folder, &TEXT, &IMAGE, merges);
    mem_free(merges);
    mem_free(folder);
}

/* The files of that section: a trained model as a PyTorch file, CLIP, a list of colors,
 * images. */
static void setup(void)
{
    tiny_new();
    story_put_program();
    put_clip();
    tiny_write("@/configs/ram_plus_swin_l_384.yaml", model);
    tiny_write("@/training.yaml", training);
    tiny_write("@/mine.txt", "red\norange\nyellow\ngreen\nblue\npurple\npink\nbrown\n");
    story_must(
        "ramplus prepare synth shapes --objects 1 --missing 0 --train 2000 --test 100 --size "
        "32");
    story_must(
        "rm shapes/seen/descriptions.json"); /* both tag lists are described by the template */
    story_must(
        "ramplus train -c configs/ram_plus_swin_l_384.yaml -c training.yaml data.root=shapes "
        "clip.weights=clip-vit-base-patch16 run=run data.eval= seed=1");
    story_must("ramplus convert run/checkpoints/latest ram_plus_swin_large_14m.pth");
    story_must("cp shapes/train_tags.txt ram_tag_list.txt");
    story_must("mkdir holiday my_test && cp shapes/images/test/00000[0-3].png holiday && "
               "cp mine.txt my_test/tags.txt && ln -s shapes/images images && "
               "cut -d, -f1,2 shapes/seen/annotations.txt > my_test/annotations.txt");
}

/* ---- the README -------------------------------------------------------------------------- */

typedef struct Step {
    Text command, said;
} Step;

enum { STEPS = 4 };

/* Reads the code blocks that start with `$ `: a command, continued after a backslash, and its
 * output. Returns the number of commands. */
static int read_steps(const char *at, const char *end, Step step[static STEPS])
{
    int n = 0;
    Text *text = NULL; /* where the next line is added */
    for (size_t len; at < end; at += len + 1) {
        len = strcspn(at, "\n");
        const bool code = strncmp(at, "    ", 4) == 0, command = strncmp(at, "    $ ", 6) == 0;
        if (command) {
            ck_assert_int_lt(n, STEPS);
            text = &step[n++].command;
        }
        if (!code) text = NULL;
        if (!text) continue;
        const int skip = command ? 6 : 4;
        text_add(text, "%.*s\n", (int)len - skip, at + skip);
        if (at[len - 1] != '\\') text = &step[n - 1].said;
    }
    return n;
}

/* Replaces every run of digits by one #. */
static void mask(char *text)
{
    char *to = text;
    for (const char *p = text; *p; p++)
        if (!isdigit((unsigned char)*p))
            *to++ = *p;
        else if (!isdigit((unsigned char)p[1]))
            *to++ = '#';
    *to = 0;
}

/* Every line shown in the README must be in the output. */
static void expect_lines(const char *command, char *want, char *said)
{
    mask(want);
    mask(said);
    for (char *line = want; *line; line += strlen(line) + 1) {
        line[strcspn(line, "\n")] = 0;
        char *whole = mem_format("%s\n", line);
        ck_assert_msg(strstr(said, whole) != NULL, "%s: no \"%s\" in: %s", command, line, said);
        mem_free(whole);
    }
}

START_TEST(test_readme)
{
    Step step[STEPS] = {{{0}, {0}}};
    char *readme = tiny_read("README.md"), *story = strstr(readme, STORY);
    ck_assert_ptr_nonnull(story);
    char *end = strstr(story + strlen(STORY), "\n## ");
    ck_assert_ptr_nonnull(end);
    ck_assert_int_eq(read_steps(story, end, step), STEPS);
    for (int i = 0; i < STEPS; i++) {
        char *said;
        const int code = story_shell(step[i].command.data, &said);
        ck_assert_msg(code == 0, "%s: %d: %s", step[i].command.data, code, said);
        ck_assert_ptr_nonnull(step[i].said.data);
        expect_lines(step[i].command.data, step[i].said.data, said);
        mem_free(said);
        text_free(&step[i].command);
        text_free(&step[i].said);
    }
    mem_free(readme);
}
END_TEST

/* ---- more than the README shows ------------------------------------------------------ */

#define CONVERT                                                                                \
    "ramplus convert -c configs/ram_plus_swin_l_384.yaml model.tags=ram_tag_list.txt "

/* Colors are recognized far better than by chance, for both ways of giving the tag list. */
START_TEST(test_scores)
{
    char *bank, *tags;
    story_must(CONVERT "ram_plus_swin_large_14m.pth scores.h5");
    story_must(
        "ramplus embed --encoder clip clip.weights=clip-vit-base-patch16 --tags mine.txt "
        "-o scores_bank.h5");
    ck_assert_int_eq(story_shell("ramplus eval --json --checkpoint scores.h5 --data my_test "
                                 "--bank scores_bank.h5 2> messages",
                                 &bank),
                     0);
    ck_assert_int_eq(story_shell("ramplus eval --json --checkpoint scores.h5 --data my_test "
                                 "clip.weights=clip-vit-base-patch16 2> messages",
                                 &tags),
                     0);
    ck_assert_str_eq(bank, tags);
    const char *map = strstr(bank, "\"mAP\": ");
    ck_assert_ptr_nonnull(map);
    ck_assert_double_gt(strtod(map + strlen("\"mAP\": "), NULL), 0.7);
    mem_free(tags);
    mem_free(bank);
}
END_TEST

/* Fine-tuning with CLIP as the teacher, and conversion back to PyTorch. */
START_TEST(test_fine_tuning)
{
    char *said;
    story_must(CONVERT "ram_plus_swin_large_14m.pth tuned.h5");
    ck_assert_int_eq(
        story_shell("ramplus train -c configs/ram_plus_swin_l_384.yaml data.root=shapes "
                    "clip.weights=clip-vit-base-patch16 model.init=tuned.h5 run=tuned "
                    "train.batch=8 train.max_steps=2",
                    &said),
        0);
    ck_assert_ptr_nonnull(strstr(said, "tuned.h5: "));
    ck_assert_ptr_nonnull(strstr(said, " parameters loaded, 0 missing, 0 unexpected\n"));
    ck_assert_ptr_nonnull(strstr(said, "16 pixels (a second view)\n"));
    mem_free(said);
    story_must("ramplus convert tuned/checkpoints/latest tuned.pth");
    story_must(CONVERT "tuned.pth back.h5");
    story_must("ramplus convert tuned/checkpoints/latest slim.h5");
    story_must(
        "ramplus verify back.h5 slim.h5 | sed 's/.*content //' | uniq | wc -l | grep -qx 1");
}
END_TEST

Suite *test_story_suite(void);
Suite *test_story_suite(void)
{
    Suite *s = suite_create("story");
    TCase *t = tcase_create("story");
    tcase_add_unchecked_fixture(t, setup, tiny_free);
    tcase_set_timeout(t, 900);
    suite_add_tcase(s, t);
    tcase_add_test(t, test_readme);
    tcase_add_test(t, test_scores);
    tcase_add_test(t, test_fine_tuning);
    return s;
}
