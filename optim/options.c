/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of optim.*. */
#include "optim/options.h"

#define AT(field) offsetof(OptimOptions, field)

static const OptionRow rows[] = {
    {"optim.lr", "init_lr", OPTION_FLOAT, AT(lr), "1e-4", 0, 10,
     .help = "maximum learning rate"},
    {"optim.min_lr", "min_lr", OPTION_FLOAT, AT(min_lr), "0", 0, 10,
     .help = "minimum learning rate of the schedule"},
    {"optim.schedule", NULL, OPTION_CHOICE, AT(schedule), "auto",
     .choices = "auto|reference|cosine_epoch|cosine|constant",
     .help = "auto: reference (warm-up, then lr_decay per epoch) when lr_decay is set, else "
             "cosine_epoch, the reference's fine-tuning"},
    {"optim.lr_decay", "lr_decay_rate", OPTION_FLOAT, AT(lr_decay), "0", 0, 1,
     .unit = "factor per epoch",
     .help = "factor on the learning rate per epoch with schedule=reference"},
    {"optim.warmup_steps", "warmup_steps", OPTION_INT, AT(warmup_steps), "0", 0, 1e9,
     .unit = "steps", .help = "steps of linear warm-up"},
    {"optim.warmup_lr", "warmup_lr", OPTION_FLOAT, AT(warmup_lr), "0", 0, 10,
     .help = "learning rate of the first step"},
    {"optim.cosine_steps", NULL, OPTION_INT, AT(cosine_steps), "0", 0, 1e12, .unit = "steps",
     .help = "length of schedule=cosine; 0: all steps of the run"},
    {"optim.weight_decay", "weight_decay", OPTION_FLOAT, AT(weight_decay), "0.05", 0, 10,
     .help = "decoupled: p *= 1 - lr * weight_decay"},
    {"optim.no_decay", NULL, OPTION_STRING, AT(no_decay), "",
     .help = "name patterns without weight decay (\"*.bias,*norm*\")"},
    {"optim.lr_width", NULL, OPTION_FLOAT, AT(lr_width), "0", 0, 1e6, .unit = "inputs",
     .help =
         "the rate of a matrix with n inputs is lr * lr_width / n, as in muP; 0: lr for all"},
    {"optim.lr_scale", NULL, OPTION_STRINGS, AT(lr_scale), "",
     .help =
         "factors on the rate by name pattern ([visual_encoder.*=0.1]); a pattern that matches "
         "only parameters of another encoder is ignored with a warning"},
    {"optim.beta1", NULL, OPTION_FLOAT, AT(beta1), "0.9", 0, 0.999999,
     .help = "decay of the first moment"},
    {"optim.beta2", NULL, OPTION_FLOAT, AT(beta2), "0.999", 0, 0.9999999,
     .help = "decay of the second moment"},
    {"optim.eps", NULL, OPTION_FLOAT, AT(eps), "1e-8", 1e-20, 1,
     .help = "added to the root of the second moment"},
    {"optim.moments", NULL, OPTION_CHOICE, AT(moments), "float32",
     .choices = "float32|bfloat16",
     .help = "precision of AdamW's two moments; bfloat16 takes half of their memory; they "
             "are rounded at random then, so that small steps add up"},
    {"optim.clip_norm", NULL, OPTION_FLOAT, AT(clip_norm), "0", 0, 1e9,
     .help = "maximum gradient norm; 0: no clipping"},
    {"optim.ema", NULL, OPTION_FLOAT, AT(ema), "0", 0, 0.9999999,
     .help = "decay of the moving average of the parameters, which is used for evaluation; 0: "
             "none"},
    {"optim.accumulate", NULL, OPTION_INT, AT(accumulate), "1", 1, 1e6, .unit = "batches",
     .help = "batches per step; losses that are sums over the batch add up, as in one batch of "
             "that size (version 0.1.0 averaged them), and distillation, a mean, is "
             "averaged"},
};

const OptionTable optim_options = {.row = rows, .rows = sizeof rows / sizeof *rows};

AdamWConfig optim_adamw(const OptimOptions *o, int64_t seed)
{
    return (AdamWConfig){.beta1 = o->beta1,
                         .beta2 = o->beta2,
                         .eps = o->eps,
                         .weight_decay = o->weight_decay,
                         .half = o->moments == MOMENTS_BFLOAT16,
                         .seed = (uint64_t)seed};
}

ScheduleConfig optim_schedule(const OptimOptions *o, int64_t epochs)
{
    const enum Schedule automatic =
        o->lr_decay > 0 ? SCHEDULE_REFERENCE : SCHEDULE_COSINE_EPOCH;
    return (ScheduleConfig){
        .kind = o->schedule == SCHEDULE_AUTO ? automatic : (enum Schedule)o->schedule,
        .lr = o->lr,
        .min_lr = o->min_lr,
        .warmup_lr = o->warmup_lr,
        .rate = o->lr_decay > 0 ? o->lr_decay : 1,
        .warmup_steps = o->warmup_steps,
        .epochs = epochs,
        .total_steps = o->cosine_steps,
    };
}
