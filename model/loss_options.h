/* loss.*: which losses, their weights and constants. */
#ifndef RAMPLUS_MODEL_LOSS_OPTIONS_H
#define RAMPLUS_MODEL_LOSS_OPTIONS_H

#include "core/options/option.h"
#include "model/loss.h"

typedef struct LossOptions {
    int tag, align; /* loss_name */
    double weight_tag, weight_distill, weight_align;
    AslOptions asl_tag, asl_align; /* without focal_grad */
    bool focal_grad;
    HillOptions hill;
    SplcOptions splc; /* without correct */
    int64_t splc_change_epoch;
} LossOptions;

extern const OptionTable loss_options;

/* The losses of an epoch, counted from 0. */
LossConfig loss_options_tag(const LossOptions *o, int64_t epoch);
LossConfig loss_options_align(const LossOptions *o, int64_t epoch);

#endif
