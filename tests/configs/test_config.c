/* SPDX-License-Identifier: Apache-2.0 */
/* The option table as a whole: the reference's files, other names, presets. */
#include "configs/config.h"
#include "model/backbone/swin_options.h"

#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }
static void teardown(void) { scratch_free(&scratch); }

static Config load(const char *yaml)
{
    Config c;
    Error err = {0};
    ck_assert_msg(config_load_text("test.yaml", yaml, &c, &err) == 0, "%s", err.text);
    return c;
}

/* A checkpoint with such a text is damaged, whichever command reads it. */
START_TEST(stored_texts)
{
    static const char *const bad[] = {"[[", "model.heads: 0\n", "no.such: 1\n", "a: b: c\n"};
    Config c;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Error err = {0};
        ck_assert_int_eq(config_load_text("x.h5", bad[i], &c, &err), -1);
        expect_error(&err, ERROR_CHECKPOINT, "x.h5:1: ");
    }
}
END_TEST

static Config load_settings(char *const *assignment, int64_t n)
{
    Config c;
    Error err = {0};
    ck_assert_msg(config_load(NULL, 0, assignment, n, &c, &err) == 0, "%s", err.text);
    return c;
}

#define PRETRAIN_OPTIM                                                                         \
    "weight_decay: 0.05\ninit_lr: 1e-4\nmin_lr: 5e-7\nlr_decay_rate: 0.9\nwarmup_lr: 5e-7\n"   \
    "warmup_steps: 3000\nmax_epoch: 5\n"
#define FINETUNE_OPTIM "weight_decay: 0.05\ninit_lr: 5e-06\nmin_lr: 0\nmax_epoch: 2\n"
#define VIT            "vit: 'swin_b'\nvit_grad_ckpt: False\nvit_ckpt_layer: 0\nimage_path_root: \"\"\n"

static const struct {
    const char *yaml;
    int64_t files, image_size, batch, epochs, tags, warmup_steps, window;
    double lr, min_lr;
    enum Schedule schedule;
} reference[] = {
    {"train_file: [\n  'a/coco.json',\n  'a/vg.json',\n  'a/sbu.json',\n]\n" VIT
     "image_size: 224\nbatch_size: 52\n" PRETRAIN_OPTIM "class_num: 4585\n",
     3, 224, 52, 5, 4585, 3000, 7, 1e-4, 5e-7, SCHEDULE_REFERENCE},
    {"train_file: ['a/coco.json', 'a/vg.json']\n" VIT
     "image_size: 384\nbatch_size: 26\n" FINETUNE_OPTIM "class_num: 4585\n",
     2, 384, 26, 2, 4585, 0, 12, 5e-6, 0, SCHEDULE_COSINE_EPOCH},
    {"train_file: ['b/coco.json']\n" VIT "image_size: 224\nbatch_size: 80\n" PRETRAIN_OPTIM
     "class_num: 3429\n",
     1, 224, 80, 5, 3429, 3000, 7, 1e-4, 5e-7, SCHEDULE_REFERENCE},
    {"train_file: ['b/coco.json']\n" VIT "image_size: 384\nbatch_size: 36\n" FINETUNE_OPTIM
     "class_num: 3429\n",
     1, 384, 36, 2, 3429, 0, 12, 5e-6, 0, SCHEDULE_COSINE_EPOCH},
};

static SwinConfig swin_of(const RamPlusConfig *model)
{
    SwinConfig swin;
    ck_assert_ptr_eq(model->encoder.kind, &backbone_swin);
    ck_assert_int_eq(swin_config(&model->encoder, &swin, NULL), 0);
    return swin;
}

START_TEST(files_of_the_reference)
{
    Config c = load(reference[_i].yaml);
    RamPlusConfig model;
    ck_assert_int_eq(config_model(&c, &model, NULL), 0);
    ck_assert_int_eq(c.data.train.count, reference[_i].files);
    ck_assert_str_eq(c.data.root, "");
    ck_assert_int_eq(model.encoder.image_size, reference[_i].image_size);
    ck_assert_int_eq(swin_of(&model).window, reference[_i].window);
    ck_assert_int_eq(swin_of(&model).embed_dim, 128);
    ck_assert_int_eq(c.train.batch, reference[_i].batch);
    ck_assert_int_eq(c.train.epochs, reference[_i].epochs);
    ck_assert_int_eq(c.model.class_num, reference[_i].tags);
    const ScheduleConfig s = optim_schedule(&c.optim, c.train.epochs);
    ck_assert_int_eq(s.kind, reference[_i].schedule);
    ck_assert_double_eq(s.lr, reference[_i].lr);
    ck_assert_double_eq(s.min_lr, reference[_i].min_lr);
    ck_assert_int_eq(s.warmup_steps, reference[_i].warmup_steps);
    ck_assert_int_eq(s.epochs, reference[_i].epochs);
    ck_assert_double_eq(optim_adamw(&c.optim, 0).weight_decay, 0.05);
    ck_assert(!c.reference.grad_checkpoint);
    config_free(&c);
}
END_TEST

START_TEST(defaults_are_the_papers)
{
    Config c = load("");
    RamPlusConfig m;
    ck_assert_int_eq(config_model(&c, &m, NULL), 0);
    ck_assert_int_eq(m.text_width, 512);
    ck_assert_int_eq(m.hidden, 768);
    ck_assert_int_eq(m.heads, 4);
    ck_assert_int_eq(m.ffn, 3072);
    ck_assert_int_eq(m.layers, 2);
    ck_assert_double_eq(m.dropout, 0.1);
    ck_assert_double_eq(swin_of(&m).drop_path, 0.1);
    const AdamWConfig a = optim_adamw(&c.optim, 0);
    ck_assert_double_eq(a.beta1, 0.9);
    ck_assert_double_eq(a.beta2, 0.999);
    ck_assert_double_eq(a.eps, 1e-8);
    ck_assert_double_eq(c.eval.mean.value[0], 0.485); /* ImageNet's */
    ck_assert_double_eq(config_transform(&c).mean[0], 0.48145466);
    config_free(&c);
}
END_TEST

/* Every alias sets its option, is unique, and is not the name of another option. */
START_TEST(other_names)
{
    const OptionTable *t = config_table();
    char seen[4096] = "|";
    Config c = load("");
    Option o;
    for (size_t i = 0; option_at(t, i, &o); i++) {
        char names[256], *rest = names;
        snprintf(names, sizeof names, "%s|%s", o.row->name, o.row->alias ? o.row->alias : "");
        for (char *one; (one = strtok_r(rest, "|", &rest));) {
            Error err = {0};
            char *mark = mem_format("|%s|", one);
            ck_assert_msg(!strstr(seen, mark), "%s appears twice", one);
            ck_assert_uint_lt(strlen(seen) + strlen(mark), sizeof seen);
            strcat(seen, mark + 1);
            char *set = mem_format("%s=%s", one, o.row->fallback);
            ck_assert_msg(option_set(t, &c, set, &err) == 0, "%s", err.text);
            mem_free(set);
            mem_free(mark);
        }
        ck_assert_msg(*o.row->help, "%s has no help", o.row->name);
    }
    config_free(&c);
}
END_TEST

/* Sizes of a Swin: those of a name, and single ones that options change. */
static const struct {
    const char *yaml;
    int64_t width, window, depths[4], heads[4];
} presets[] = {
    {"vit: swin_t\nimage_size: 384\n", 96, 12, {2, 2, 6, 2}, {3, 6, 12, 24}},
    {"vit: swin_s\nimage_size: 384\n", 96, 12, {2, 2, 18, 2}, {3, 6, 12, 24}},
    {"vit: swin_b\nimage_size: 384\n", 128, 12, {2, 2, 18, 2}, {4, 8, 16, 32}},
    {"vit: swin_l\nimage_size: 384\n", 192, 12, {2, 2, 18, 2}, {6, 12, 24, 48}},
    {"swin: {width: 32, depths: [1, 2, 3, 4], window: 4}\n"
     "model: {encoder: swin_l, image_size: 64}\nnum_heads: [1, 2, 4, 8]\n",
     32,
     4,
     {1, 2, 3, 4},
     {1, 2, 4, 8}},
};
enum { PRESETS = sizeof presets / sizeof *presets };

START_TEST(encoder_presets)
{
    Config c = load(presets[_i].yaml);
    RamPlusConfig m;
    ck_assert_int_eq(config_model(&c, &m, NULL), 0);
    const SwinConfig swin = swin_of(&m);
    ck_assert_int_eq(swin.embed_dim, presets[_i].width);
    ck_assert_int_eq(swin.window, presets[_i].window);
    ck_assert_mem_eq(swin.depths, presets[_i].depths, sizeof swin.depths);
    ck_assert_mem_eq(swin.heads, presets[_i].heads, sizeof swin.heads);
    config_free(&c);
}
END_TEST

static const struct {
    const char *yaml, *message;
} wrong_sizes[] = {
    {"swin: {depths: [2, 2, 2]}\n", "swin.depths: 3 values: expected 4"},
    {"swin: {heads: [2, 2, 2, 2, 2]}\n", "swin.heads: 5 values: expected 4"},
    {"image_size: 100\n", "100"},
    {"swin: {width: 30}\n", "30"},
    {"model: {hidden: 30}\n", "30"},
};

START_TEST(refuses_sizes_that_do_not_fit)
{
    Config c = load(wrong_sizes[_i].yaml);
    RamPlusConfig m;
    Error err = {0};
    ck_assert_int_eq(config_model(&c, &m, &err), -1);
    expect_error(&err, ERROR_USAGE, wrong_sizes[_i].message);
    config_free(&c);
}
END_TEST

static const struct {
    const char *setting, *message;
} contradictions[] = {
    {"data.mean=0.5,0.5", "data.mean: 2 values: expected 3"},
    {"data.std=1", "data.std: 1 values"},
    {"eval.mean=0,0,0,0", "eval.mean: 4 values"},
    {"eval.std=", "eval.std: 0 values"},
    {"augment.scale_lo=0.9 augment.scale_hi=0.5", "scale 0.9 to 0.5"},
    {"augment.ratio_lo=2 augment.ratio_hi=1", "ratio 2 to 1"},
};

START_TEST(refuses_settings_that_contradict_each_other)
{
    Config c;
    Error err = {0}, again = {0};
    char text[128], *rest = text, *list[2];
    int64_t n = 0;
    snprintf(text, sizeof text, "%s", contradictions[_i].setting);
    for (char *one; (one = strtok_r(rest, " ", &rest));) list[n++] = one;
    ck_assert_int_eq(config_load(NULL, 0, list, n, &c, &err), -1);
    expect_error(&err, ERROR_USAGE, contradictions[_i].message);
    c = load("");
    for (int64_t i = 0; i < n; i++)
        ck_assert_int_eq(option_set(config_table(), &c, list[i], NULL), 0);
    ck_assert_int_eq(config_check(&c, &again), -1);
    expect_error(&again, ERROR_USAGE, contradictions[_i].message);
    config_free(&c);
}
END_TEST

static const struct {
    const char *setting, *message;
} unknown_choices[] = {
    {"text_encoder=hsah", "did you mean 'hash'?"},
    {"text_encoder=word2vec", "'word2vec': expected hash|table|clip"},
    {"optim.schedule=cosin", "did you mean 'cosine'?"},
    {"model.encoder=swin_x", "expected swin_t|swin_s|swin_b|swin_l|vit_ti|vit_s|vit_b|vit_l|"
                             "convnext_t|convnext_s|convnext_b|convnext_l"},
    {"loss.tag=", "expected asl|bce|ce|hill|splc"},
    {"clip.activation=gelu|auto", "expected auto|quick_gelu|gelu"},
};

START_TEST(unknown_choices_get_the_nearest)
{
    Config c = load("");
    Error err = {0};
    ck_assert_int_eq(option_set(config_table(), &c, unknown_choices[_i].setting, &err), -1);
    expect_error(&err, ERROR_USAGE, unknown_choices[_i].message);
    config_free(&c);
}
END_TEST

/* The name of every choice is read back as its index. */
START_TEST(choices_have_distinct_names)
{
    const OptionTable *t = config_table();
    char name[OPTION_CHOICE_NAME];
    Config c = load("");
    Option o;
    int choices = 0;
    for (size_t i = 0; option_at(t, i, &o); i++) {
        if (o.row->type != OPTION_CHOICE) continue;
        for (int k = 0; option_choice(o.row, k, name); k++, choices++) {
            if (!*option_choice(o.row, k, name)) continue; /* not a choice of this option */
            char *setting = mem_format("%s=%s", o.row->name, option_choice(o.row, k, name));
            ck_assert_int_eq(option_set(t, &c, setting, NULL), 0);
            ck_assert_int_eq(*(int *)((char *)&c + o.at), k);
            mem_free(setting);
        }
    }
    ck_assert_int_ge(choices, 30);
    config_free(&c);
}
END_TEST

START_TEST(later_ones_win)
{
    char *file[2], *setting[] = {(char[]){"optim.lr=3"}, (char[]){"init_lr=4"}};
    Config c;
    file[0] = mem_strdup(scratch_write(&scratch, "a.yaml", "init_lr: 1\nseed: 5\n", 19));
    file[1] = mem_strdup(scratch_write(&scratch, "b.yaml", "optim: {lr: 2}\n", 15));
    ck_assert_int_eq(config_load(file, 2, setting, 0, &c, NULL), 0);
    ck_assert_double_eq(c.optim.lr, 2);
    ck_assert_int_eq(c.run.seed, 5);
    config_free(&c);
    ck_assert_int_eq(config_load(file, 2, setting, 2, &c, NULL), 0);
    ck_assert_double_eq(c.optim.lr, 4);
    config_free(&c);
    mem_free(file[0]);
    mem_free(file[1]);
}
END_TEST

/* The dump that a checkpoint stores is read back to the same options, for any values. */
START_TEST(dump_reloads)
{
    char *setting[] = {(char[]){"run=it's a \"run\": #1\\n"},
                       (char[]){"data.train=a b.json,c,[d]"},
                       (char[]){"optim.lr=0.1"},
                       (char[]){"data.mean=0.1,0.2,0.30000000000000004"},
                       (char[]){"model.freeze=*.bias, visual_encoder.*"},
                       (char[]){"loss.asl.focal_grad=yes"},
                       (char[]){"data.eval="},
                       (char[]){"text_table=true"},
                       (char[]){"seed=9000000000000000"}};
    const int64_t n = sizeof setting / sizeof *setting;
    Config c = load_settings(setting, n);
    char *text = option_dump(config_table(), &c);
    Config again = load(text);
    char *twice = option_dump(config_table(), &again);
    ck_assert_str_eq(twice, text);
    ck_assert_str_eq(again.run.folder, "it's a \"run\": #1\\n");
    ck_assert_str_eq(again.text.table, "true");
    ck_assert_double_eq(again.data.mean.value[2], 0.30000000000000004);
    ck_assert_int_eq(again.run.seed, 9000000000000000);
    mem_free(twice);
    mem_free(text);
    config_free(&again);
    config_free(&c);
}
END_TEST

/* Each loss has its own constants; tests/model/test_loss.c checks their values. */
START_TEST(losses)
{
    static const char *const lines[] = {
        "loss.asl.tag.gamma_neg: 7\n",   "loss.asl.tag.clip: 0.1\n",
        "loss.asl.align.gamma_neg: 3\n", "loss.asl.align.clip: 0.2\n",
        "loss.asl.focal_grad: true\n",   "loss.splc.tau: 0.7\n",
        "loss.splc.change_epoch: 2\n"};
    Config c =
        load("loss: {tag: splc, align: ce, splc: {change_epoch: 2, tau: 0.7},\n"
             "  asl: {tag: {clip: 0.1}, align: {gamma_neg: 3, clip: 0.2}, focal_grad: on}}\n");
    ck_assert_str_eq(loss_tag_name(c.loss.tag), "splc");
    ck_assert_str_eq(loss_align_name(c.loss.align), "ce");
    char *text = option_dump(config_table(), &c);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        ck_assert_msg(strstr(text, lines[i]) != NULL, "%s lacks %s", text, lines[i]);
    mem_free(text);
    config_free(&c);
}
END_TEST

START_TEST(schedules)
{
    Config c =
        load("optim: {schedule: cosine, warmup_steps: 9, cosine_steps: 100, lr_decay: 0.5}\n");
    ScheduleConfig s = optim_schedule(&c.optim, c.train.epochs);
    ck_assert_int_eq(s.kind, SCHEDULE_COSINE);
    ck_assert_int_eq(s.total_steps, 100);
    ck_assert_double_eq(s.rate, 0.5);
    config_free(&c);
    c = load("");
    s = optim_schedule(&c.optim, c.train.epochs);
    ck_assert_int_eq(s.kind, SCHEDULE_COSINE_EPOCH);
    ck_assert_double_eq(s.rate, 1);
    config_free(&c);
}
END_TEST

Suite *test_config_suite(void);
Suite *test_config_suite(void)
{
    Suite *suite = suite_create("config");
    TCase *c = tcase_create("config");
    tcase_add_test(c, stored_texts);
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, files_of_the_reference, 0, 4);
    tcase_add_test(c, defaults_are_the_papers);
    tcase_add_test(c, other_names);
    tcase_add_loop_test(c, encoder_presets, 0, PRESETS);
    tcase_add_loop_test(c, refuses_sizes_that_do_not_fit, 0, 5);
    tcase_add_loop_test(c, refuses_settings_that_contradict_each_other, 0, 6);
    tcase_add_loop_test(c, unknown_choices_get_the_nearest, 0, 6);
    tcase_add_test(c, choices_have_distinct_names);
    tcase_add_test(c, later_ones_win);
    tcase_add_test(c, dump_reloads);
    tcase_add_test(c, losses);
    tcase_add_test(c, schedules);
    suite_add_tcase(suite, c);
    return suite;
}
