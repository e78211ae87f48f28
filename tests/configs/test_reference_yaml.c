/* SPDX-License-Identifier: Apache-2.0 */
/* Configurations with the keys of the reference's own YAML files start a run as they are: only
 * what does not exist here, data and sizes for a small machine, is overridden on the command
 * line. */
#include "core/io/file.h"
#include "core/io/text.h"
#include "core/mem.h"
#include "tests/support/clip_files.h"
#include "tests/support/tiny.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The keys, syntax and values are the reference's; the text is our own. */
#define LISTS                                                                                  \
    "train_file: [\n"                                                                          \
    "            'lists/first.json',\n"                                                        \
    "            'lists/second.json',\n"                                                       \
    "             ]\n"                                                                         \
    "image_path_root: \"\"\n\n"
#define REST "class_num: 4585\n\n"

static const char pretrain[] = LISTS "# encoder\nvit: 'swin_l'\nvit_grad_ckpt: False\n"
                                     "vit_ckpt_layer: 0\n\nimage_size: 224\nbatch_size: 52\n\n"
                                     "# rates\nweight_decay: 0.05\ninit_lr: 1e-4\n"
                                     "min_lr: 5e-7\nwarmup_lr: 5e-7\nlr_decay_rate: 0.9\n"
                                     "max_epoch: 5\nwarmup_steps: 3000\n\n" REST;
static const char finetune[] = LISTS "vit: 'swin_l'\nvit_grad_ckpt: False\nvit_ckpt_layer: 0\n"
                                     "image_size: 384\nbatch_size: 26\nweight_decay: 0.05\n"
                                     "init_lr: 5e-06\nmin_lr: 0\nmax_epoch: 2\n"
                                     "warmup_steps: 3000\n" REST;
/* Tag2Text's files differ in the encoder and the batch; the trained model is RAM++. */
static const char tag2text[] = LISTS "vit: 'swin_b'\nvit_grad_ckpt: False\nvit_ckpt_layer: 0\n"
                                     "image_size: 384\nbatch_size: 36\nweight_decay: 0.05\n"
                                     "init_lr: 5e-06\nmin_lr: 0\nmax_epoch: 2\n"
                                     "warmup_steps: 3000\n" REST;

#define SMALL                                                                                  \
    " swin.width=8 swin.depths=1,1,1,1 swin.heads=1,1,2,2 model.hidden=16 model.heads=2 "      \
    "model.ffn=32 model.text_width=64 batch_size=2 train.max_steps=1 log.every=1 threads=1 "
#define DATA                                                                                   \
    " train_file=@/data/train.json image_path_root=@/images model.tags=@/4585.txt "            \
    "data.absolute=true "

static const ClipTextConfig TEXT = {
    .sizes = {.width = 64, .layers = 1, .heads = 2, .ffn = 32, .embed = 64},
    .vocabulary = 512 + 2 + 2,
    .context = 16,
};
static const ClipImageConfig IMAGE = {
    .sizes = {.width = 64, .layers = 1, .heads = 2, .ffn = 32, .embed = 64},
    .patch = 32,
    .image_size = 224,
};

static void write_tags(void)
{
    Text tags = {0};
    for (int i = 0; i < 4585; i++) text_add(&tags, "tag %d\n", i);
    tiny_write("@/4585.txt", tags.data);
    text_free(&tags);
}

/* Images in an ordinary folder that is not a data folder, as in the reference. */
static void setup(void)
{
    tiny_new();
    tiny_write("@/pretrain.yaml", pretrain);
    tiny_write("@/finetune.yaml", finetune);
    tiny_write("@/tag2text.yaml", tag2text);
    write_tags();
    char *root = tiny_path("@/images"), *images = tiny_path("@/images/images");
    char *from = tiny_path("@/data/images"), *clip = tiny_path("@/clip");
    ck_assert_int_eq(file_mkdirs(root, NULL), 0);
    ck_assert_int_eq(symlink(from, images), 0);
    clip_files_folder(clip, &TEXT, &IMAGE, "#version: 0.2\nt a\nta g</w>\n");
    mem_free(clip);
    mem_free(from);
    mem_free(images);
    mem_free(root);
}

static void expect_words(const char *text, const char *words)
{
    ck_assert_msg(strstr(text, words) != NULL, "no \"%s\" in: %s", words, text);
}

/* The option that each of the reference's keys sets. */
static const struct {
    const char *arguments, *line[14];
} homes[] = {
    {"config -c @/pretrain.yaml",
     {"\ndata.train: [lists/first.json, lists/second.json]\n", "\ndata.root: \"\"\n",
      "\nmodel.encoder: swin_l\n", "\nmodel.grad_checkpoint: false\n",
      "\nmodel.checkpoint_layer: 0\n", "\nmodel.image_size: 224\n", "\ntrain.batch: 52\n",
      "\noptim.weight_decay: 0.05\n", "\noptim.lr: 0.0001\n", "\noptim.min_lr: 5e-07\n",
      "\noptim.warmup_lr: 5e-07\n", "\noptim.lr_decay: 0.9\n", "\ntrain.epochs: 5\n",
      "\noptim.warmup_steps: 3000\n"}},
    {"config -c @/finetune.yaml",
     {"\nmodel.encoder: swin_l\n", "\nmodel.image_size: 384\n", "\ntrain.batch: 26\n",
      "\noptim.lr: 5e-06\n", "\noptim.min_lr: 0\n", "\ntrain.epochs: 2\n",
      "\nmodel.class_num: 4585\n", "\noptim.lr_decay: 0\n"}},
    {"config -c @/tag2text.yaml", {"\nmodel.encoder: swin_b\n", "\ntrain.batch: 36\n"}},
    {"config -c @/finetune.yaml train_file=a.json,b.json image_path_root=c output_dir=d",
     {"\ndata.train: [a.json, b.json]\n", "\ndata.root: c\n", "\nrun: d\n"}},
};
enum { HOMES = sizeof homes / sizeof *homes };

START_TEST(test_homes)
{
    char *out, *messages;
    ck_assert_int_eq(tiny_run(homes[_i].arguments, &out, &messages), 0);
    ck_assert_str_eq(messages, "");
    for (int i = 0; i < 14 && homes[_i].line[i]; i++) expect_words(out, homes[_i].line[i]);
    mem_free(messages);
    mem_free(out);
}
END_TEST

/* The number after `key` in the first line of the run's metrics. */
static double metric(const char *run, const char *key)
{
    char *path = mem_format("@/%s/metrics.jsonl", run), *text = tiny_read(path);
    const char *at = strstr(text, key);
    ck_assert_msg(at != NULL, "no %s in %s", key, text);
    const double value = strtod(at + strlen(key), NULL);
    mem_free(text);
    mem_free(path);
    return value;
}

START_TEST(test_pretrain)
{
    char *messages = tiny_messages(0, "train -c @/pretrain.yaml" SMALL DATA "run=@/pre");
    expect_words(messages, " 224 pixels: 60 images, 4585 tags; 30 steps an epoch, 5 epochs");
    expect_words(messages, "distillation is off: no clip.weights to learn from");
    expect_words(messages, "done: 1 step,");
    mem_free(messages);
    ck_assert_double_eq_tol(metric("pre", "\"lr\": "), 5e-7, 1e-7); /* warming up */
}
END_TEST

START_TEST(test_finetune)
{
    char *messages = tiny_messages(0, "train -c @/finetune.yaml" SMALL DATA
                                      "run=@/fine text_encoder=clip clip.weights=@/clip");
    expect_words(messages, " 384 pixels: 60 images, 4585 tags; 30 steps an epoch, 2 epochs");
    expect_words(messages, "clip, 224 pixels (a second view)\n");
    expect_words(messages, "done: 1 step,");
    mem_free(messages);
    ck_assert_double_eq_tol(metric("fine", "\"lr\": "), 5e-6, 1e-12);
    ck_assert_double_gt(metric("fine", "\"loss_dis\": "), 0);
}
END_TEST

START_TEST(test_tag2text)
{
    char *messages = tiny_messages(0, "train -c @/tag2text.yaml" SMALL DATA "run=@/t2t");
    expect_words(messages, "RAM++, ");
    expect_words(messages, " 384 pixels: 60 images, 4585 tags");
    mem_free(messages);
}
END_TEST

/* The message names what is missing and the option that provides it. */
static const struct {
    int code;
    const char *arguments, *words;
} bad[] = {
    {2, "train -c @/pretrain.yaml", "run: not set: name the folder of the run (run=DIR)\n"},
    {2, "train -c @/pretrain.yaml run=@/x",
     "model.tags: not set: name the list of training tags"},
    {3, "train -c @/pretrain.yaml run=@/x model.tags=@/4585.txt",
     "lists/first.json: cannot open: No such file"},
    {3, "train -c @/pretrain.yaml run=@/x model.tags=@/data/train_tags.txt",
     "/train_tags.txt: 67 tags, but model.class_num is 4585\n"},
};
enum { BAD = sizeof bad / sizeof *bad };

START_TEST(test_missing)
{
    char *messages = tiny_messages(bad[_i].code, bad[_i].arguments);
    expect_words(messages, bad[_i].words);
    ck_assert_ptr_eq(strchr(messages, '\n'), messages + strlen(messages) - 1);
    mem_free(messages);
}
END_TEST

Suite *test_reference_yaml_suite(void);
Suite *test_reference_yaml_suite(void)
{
    Suite *s = suite_create("reference_yaml");
    TCase *t = tcase_create("reference_yaml");
    tcase_add_unchecked_fixture(t, setup, tiny_free);
    suite_add_tcase(s, t);
    tcase_add_loop_test(t, test_homes, 0, HOMES);
    tcase_add_test(t, test_pretrain);
    tcase_add_test(t, test_finetune);
    tcase_add_test(t, test_tag2text);
    tcase_add_loop_test(t, test_missing, 0, BAD);
    return s;
}
