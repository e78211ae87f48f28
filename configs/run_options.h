/* SPDX-License-Identifier: Apache-2.0 */
/* The options of a run as a whole: of training, evaluation, checkpoints, the log and debugging.
 */
#ifndef RAMPLUS_CONFIGS_RUN_OPTIONS_H
#define RAMPLUS_CONFIGS_RUN_OPTIONS_H

#include "core/options/option.h"

enum Precision { PRECISION_FLOAT32, PRECISION_BFLOAT16, PRECISION_INT8 };
enum BankPrecision { BANK_AUTO, BANK_FLOAT32, BANK_BFLOAT16 };

/* What a logit means: a probability of its own, or a share among the tags of the list. auto:
 * what the tagging loss trains. */
enum ScoreKind { SCORE_AUTO, SCORE_SIGMOID, SCORE_SOFTMAX };

/* How images and texts are compared: by the decoder, or by the dot product of unit vectors. */
enum Match { MATCH_DECODER, MATCH_DOT };

/* How images become square: EvalView in data/image/transform.h. */
enum EvalResize { EVAL_SQUASH, EVAL_SHORTEST };

typedef struct RunOptions {
    int64_t seed, threads;
    int precision; /* enum Precision */
    char *folder;
    char *resume;        /* "auto", "never", "whole" or the path of a checkpoint */
    OptionStrings allow; /* options that may differ from those of the checkpoint */
} RunOptions;

typedef struct TrainOptions {
    int64_t epochs, max_steps, batch;
} TrainOptions;

typedef struct EvalOptions {
    int64_t every, epochs, batch, images, allow_missing;
    int match;              /* enum Match */
    int resize;             /* enum EvalResize */
    int interpolation;      /* enum ResizeFilter (data/image/resize.h) */
    int texts;              /* 0: as model.texts; else 1 + enum LabelSource */
    int bank;               /* enum BankPrecision: of the label bank in memory */
    bool pack;              /* weights a second time, as products read them */
    int score;              /* enum ScoreKind */
    char *root;             /* of the images; empty: eval_images_root */
    OptionFloats mean, std; /* [3] each: red, green, blue */
} EvalOptions;

typedef struct SaveOptions {
    int64_t every, keep;
} SaveOptions;

typedef struct LogOptions {
    int64_t every;
} LogOptions;

typedef struct DebugOptions {
    bool nan;
} DebugOptions;

/* Options in the reference's files that have no effect here. */
typedef struct ReferenceOptions {
    bool grad_checkpoint;
    int64_t checkpoint_layer;
} ReferenceOptions;

extern const OptionTable run_options, train_options, eval_options, save_options, log_options,
    debug_options, reference_options;

#endif
