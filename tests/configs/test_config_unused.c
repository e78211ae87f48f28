/* SPDX-License-Identifier: Apache-2.0 */
/* Options that another option makes useless. */
#include "configs/config_unused.h"

#include <check.h>

typedef struct Case {
    const char *setting[2], *name, *why; /* NULL: has an effect */
} Case;

#define OTHER_ENCODER "only another model.encoder uses it"
#define NO_CLIP       "text_encoder is not clip or siglip, and loss.weight.distill is 0"

static const Case cases[] = {
    {{"model.encoder=vit_s"}, "swin.window", OTHER_ENCODER},
    {{"model.encoder=vit_s"}, "vit.patch", NULL},
    {{"model.encoder=swin_t"}, "convnext.depths", OTHER_ENCODER},
    {{"model.encoder=swin_t"}, "swin.window", NULL},
    {{"loss.tag=bce", "loss.align=bce"},
     "loss.hill.gamma",
     "neither loss.tag nor loss.align uses it"},
    {{"loss.tag=bce", "loss.align=hill"}, "loss.hill.gamma", NULL},
    {{"loss.tag=hill", "loss.align=bce"}, "loss.hill.gamma", NULL},
    {{"loss.tag=bce"}, "loss.asl.tag.clip", "loss.tag does not use it"},
    {{"loss.tag=bce"}, "loss.asl.align.clip", NULL},
    {{"loss.align=bce"}, "loss.asl.align.clip", "loss.align does not use it"},
    {{"loss.align=bce"}, "loss.asl.focal_grad", NULL},
    {{"loss.tag=bce"}, "loss.weight.tag", NULL},
    {{"loss.weight.distill=0"}, "clip.weights", NO_CLIP},
    {{"loss.weight.distill=0"}, "clip.cache", NO_CLIP},
    {{"loss.weight.align=0"}, "caption.template", "loss.weight.align is 0"},
    {{"loss.weight.align=1"}, "caption.template", NULL},
    {{"loss.weight.distill=0", "text_encoder=clip"}, "clip.weights", NULL},
    {{"text_encoder=hash"}, "clip.weights", NULL},
    {{"text_encoder=hash"}, "text_table", "only text_encoder=table uses it"},
    {{"optim.schedule=cosine"}, "optim.cosine_steps", NULL},
    {{"optim.schedule=cosine"}, "optim.lr_decay", "only optim.schedule=reference uses it"},
    {{"optim.schedule=constant"}, "optim.min_lr", "optim.schedule=constant does not use it"},
    {{"optim.schedule=constant"}, "optim.warmup_lr", NULL},
    {{"optim.schedule=cosine_epoch"},
     "optim.warmup_steps",
     "optim.schedule=cosine_epoch has no warm-up"},
    {{"optim.lr_decay=0.9"}, "optim.lr_decay", NULL},
    {{"augment.operations=0"}, "augment.level", "augment.operations is 0"},
    {{"augment.operations=1"}, "augment.level", NULL},
    {{"seed=1"}, "eval.every", "data.eval is not set"},
    {{"data.eval=x"}, "eval.every", NULL},
    {{"seed=1"}, "optim.lr", NULL},
};

START_TEST(one_case)
{
    const Case *k = &cases[_i];
    Config c;
    Error err = {0};
    char *set[2] = {(char *)(uintptr_t)k->setting[0], (char *)(uintptr_t)k->setting[1]};
    ck_assert_msg(config_load(NULL, 0, set, 1 + (set[1] != NULL), &c, &err) == 0, "%s",
                  err.text);
    const char *why = config_unused(&c, k->name);
    ck_assert_msg((why == NULL) == (k->why == NULL), "%s, %s: %s", set[0], k->name,
                  why ? why : "has an effect");
    if (why) ck_assert_str_eq(why, k->why);
    config_free(&c);
}
END_TEST

Suite *test_config_unused_suite(void);
Suite *test_config_unused_suite(void)
{
    Suite *s = suite_create("config_unused");
    TCase *c = tcase_create("config_unused");
    tcase_add_loop_test(c, one_case, 0, sizeof cases / sizeof *cases);
    suite_add_tcase(s, c);
    return s;
}
