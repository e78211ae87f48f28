/* The rows of loss.*. */
#include "model/loss_options.h"

#define AT(field) offsetof(LossOptions, field)

static const OptionRow rows[] = {
    {"loss.tag", NULL, OPTION_CHOICE, AT(tag), "asl", .choice = loss_name,
     .help = "loss of the tags"},
    {"loss.align", NULL, OPTION_CHOICE, AT(align), "asl", .choice = loss_name,
     .help = "loss of image-text alignment"},
    {"loss.weight.tag", NULL, OPTION_FLOAT, AT(weight_tag), "1", 0, 1e6,
     .help = "0: no tagging"},
    {"loss.weight.distill", NULL, OPTION_FLOAT, AT(weight_distill), "1", 0, 1e6,
     .help = "0: no distillation (needs clip.weights with an image tower)"},
    {"loss.weight.align", NULL, OPTION_FLOAT, AT(weight_align), "1", 0, 1e6,
     .help = "0: no alignment"},
    {"loss.asl.tag.gamma_neg", NULL, OPTION_FLOAT, AT(asl_tag.gamma_neg), "7", 0, 100,
     .help = "focusing of negatives, tagging"},
    {"loss.asl.tag.gamma_pos", NULL, OPTION_FLOAT, AT(asl_tag.gamma_pos), "0", 0, 100,
     .help = "focusing of positives, tagging"},
    {"loss.asl.tag.clip", NULL, OPTION_FLOAT, AT(asl_tag.clip), "0.05", 0, 0.99,
     .unit = "probability", .help = "margin of negatives, tagging"},
    {"loss.asl.align.gamma_neg", NULL, OPTION_FLOAT, AT(asl_align.gamma_neg), "4", 0, 100,
     .help = "focusing of negatives, alignment"},
    {"loss.asl.align.gamma_pos", NULL, OPTION_FLOAT, AT(asl_align.gamma_pos), "0", 0, 100,
     .help = "focusing of positives, alignment"},
    {"loss.asl.align.clip", NULL, OPTION_FLOAT, AT(asl_align.clip), "0.05", 0, 0.99,
     .unit = "probability", .help = "margin of negatives, alignment"},
    {"loss.asl.focal_grad", NULL, OPTION_BOOL, AT(focal_grad), "false",
     .help = "let the gradient through ASL's focusing weight"},
    {"loss.hill.lambda", NULL, OPTION_FLOAT, AT(hill.lambda), "1.5", 0, 100,
     .help = "of Hill's negatives"},
    {"loss.hill.margin", NULL, OPTION_FLOAT, AT(hill.margin), "1", -100, 100, .unit = "logits",
     .help = "of Hill's positives"},
    {"loss.hill.gamma", NULL, OPTION_FLOAT, AT(hill.gamma), "2", 0, 100,
     .help = "focusing of Hill's positives"},
    {"loss.splc.tau", NULL, OPTION_FLOAT, AT(splc.tau), "0.6", 0, 1, .unit = "probability",
     .help = "above which SPLC takes a negative for a missing positive"},
    {"loss.splc.change_epoch", NULL, OPTION_INT, AT(splc_change_epoch), "1", 0, 1e6,
     .unit = "epochs", .help = "SPLC corrects from this epoch on"},
    {"loss.splc.margin", NULL, OPTION_FLOAT, AT(splc.margin), "1", -100, 100, .unit = "logits",
     .help = "of SPLC's positives"},
    {"loss.splc.gamma", NULL, OPTION_FLOAT, AT(splc.gamma), "2", 0, 100,
     .help = "focusing of SPLC"},
};

const OptionTable loss_options = {.row = rows, .rows = sizeof rows / sizeof *rows};

static LossConfig config(const LossOptions *o, int kind, AslOptions asl, int64_t epoch)
{
    LossConfig c = {.name = loss_name(kind), .asl = asl, .hill = o->hill, .splc = o->splc};
    c.asl.focal_grad = o->focal_grad;
    c.splc.correct = epoch >= o->splc_change_epoch;
    return c;
}

LossConfig loss_options_tag(const LossOptions *o, int64_t epoch)
{
    return config(o, o->tag, o->asl_tag, epoch);
}

LossConfig loss_options_align(const LossOptions *o, int64_t epoch)
{
    return config(o, o->align, o->asl_align, epoch);
}
