/* A training run: what it holds, and the loop. */
#ifndef RAMPLUS_TRAIN_TRAINER_H
#define RAMPLUS_TRAIN_TRAINER_H

#include "data/loader.h"
#include "data/tags.h"
#include "eval/config.h"
#include "eval/eval_set.h"
#include "train/checkpoint.h"
#include "train/step.h"

typedef struct Trainer {
    const Config *config; /* complete; borrowed */
    char *config_text;    /* its dump */
    TagList tags;
    Annotations annotations;
    TextEncoder *encoder;
    LabelBank *bank;
    ParamSet *params;
    RamPlus *model;
    AdamW *adamw;
    Ema *ema; /* NULL without optim.ema */
    Loader *loader;
    Tape *tape;
    EvalSet *eval_set;
    int64_t eval_sets;
    double *eval_map; /* [eval_sets] mAP at the last evaluation */
    TrainState state;
    int64_t steps_per_epoch;
    int threads;
    float *image_tag; /* [B, K] multi-hot targets of the batch */
    float *text;      /* [B, E] caption vectors */
} Trainer;

/* Opens everything and, when told to, resumes. Owned: trainer_close. */
int trainer_open(const Config *config, Trainer *out, Error *err);
void trainer_close(Trainer *t);

/* Trains to the end, or until SIGINT or SIGTERM. 0: done; 1: stopped and saved; -1: error. */
int trainer_run(Trainer *t, Error *err);

/* Evaluates every list and appends the results to the metrics; new_best tells whether the first
 * list's mAP is the highest so far. */
int trainer_evaluate(Trainer *t, bool *new_best, Error *err);

#endif
