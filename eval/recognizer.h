/* A trained model as users meet it: opened from a checkpoint, with its tags or with new ones. */
#ifndef RAMPLUS_EVAL_RECOGNIZER_H
#define RAMPLUS_EVAL_RECOGNIZER_H

#include "data/tags.h"
#include "eval/config.h"
#include "eval/scorer.h"
#include "eval/text_encoder.h"

typedef struct Recognizer {
    Config config; /* of the training run, with the caller's changes */
    ParamSet *params;
    RamPlus *model;
    LabelBank *bank; /* the trained list's, until recognizer_use_tags */
    TagList tags;
    TextEncoder *encoder; /* NULL until it is needed */
    Tape *tape;
} Recognizer;

/* Opens a checkpoint (.h5); its moving average where it has one. Assignments change options of inference (threads,
 * eval.*, model.tile, text_table, clip.*). EXIT_CHECKPOINT, EXIT_USAGE. Owned: recognizer_close. */
int recognizer_open(const char *path, char *const *assignment, int64_t assignments,
                    Recognizer *out, Error *err);
void recognizer_close(Recognizer *r);

/* The text encoder the model was trained with. Borrowed; NULL on failure. */
const TextEncoder *recognizer_encoder(Recognizer *r, Error *err);

/* Recognise another list. descriptions may be empty. EXIT_DATA. */
int recognizer_use_tags(Recognizer *r, const char *tags, const char *descriptions, Error *err);

Scorer recognizer_scorer(const Recognizer *r);

#endif
