/* SPDX-License-Identifier: Apache-2.0 */
/* model.*: the decoder, its labels and its initial weights. */
#ifndef RAMPLUS_MODEL_OPTIONS_H
#define RAMPLUS_MODEL_OPTIONS_H

#include "core/options/option.h"
#include "model/ram_plus.h"

enum InitScheme { INIT_SCHEME_REFERENCE, INIT_SCHEME_FAN_IN };

typedef struct ModelOptions {
    int64_t text_width, hidden, heads, ffn, layers;
    double dropout;
    int64_t tile; /* images x tags decoded at a time */
    char *tags, *descriptions, *bank;
    bool bank_map; /* the bank stays in its file */
    int texts;     /* enum LabelSource (model/labels/label_texts.h) */
    int reweight;  /* enum Reweight (model/ram_plus.h) */
    int align;     /* enum Align (there) */
    int64_t descriptions_per_tag, descriptions_seed;
    int64_t class_num;
    char *init;
    int init_scheme; /* enum InitScheme */
    int recompute;   /* enum Recompute (core/autograd/tape.h) */
    char *freeze;
} ModelOptions;

extern const OptionTable model_options;

/* A RamPlusConfig without its image encoder. */
RamPlusConfig model_options_config(const ModelOptions *o);

#endif
