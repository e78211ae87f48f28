/* A training run: what it holds, and the loop. */
#ifndef RAMPLUS_TRAIN_TRAINER_H
#define RAMPLUS_TRAIN_TRAINER_H

#include "configs/config.h"
#include "data/loader.h"
#include "eval/eval_set.h"
#include "model/text/text_cache.h"
#include "train/checkpoint.h"
#include "train/step.h"
#include "train/teacher.h"

typedef struct Trainer {
    const Config *config; /* complete; borrowed */
    char *config_text;    /* its dump */
    Labels labels;
    Annotations annotations;
    TextEncoder *encoder; /* NULL when nothing is to be encoded */
    TextCache *captions;  /* NULL when encoding a caption costs little */
    Teacher *teacher;     /* NULL: no distillation */
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
    int64_t steps_per_epoch; /* what is left of the epoch behind them is not trained on */
    int threads;
    float *text;       /* [B, E] caption vectors */
    float *clip_image; /* [B, E] the teacher's features; NULL: no distillation */
    int64_t *sample;   /* [accumulate, B] records of the step, for messages */
} Trainer;

/* Opens everything and, when told to, resumes. Owned: trainer_close. */
int trainer_open(const Config *config, Trainer *out, Error *err);
void trainer_close(Trainer *t);

/* Where the next step starts: in the next epoch when less than a step is left of this one. */
void trainer_set_position(Trainer *t, LoaderPosition at);
/* All epochs, or train.max_steps, are behind it. */
bool trainer_finished(const Trainer *t);

/* Trains to the end, or until SIGINT or SIGTERM. 0: done; 1: stopped and saved; -1: error. */
int trainer_run(Trainer *t, Error *err);

/* Evaluates every list and appends the results to the metrics; new_best tells whether the first
 * list's mAP is the highest so far. */
int trainer_evaluate(Trainer *t, bool *new_best, Error *err);

#endif
