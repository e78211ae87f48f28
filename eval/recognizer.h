/* SPDX-License-Identifier: Apache-2.0 */
/* A trained model as users meet it: opened from a checkpoint, with its tags or with new
 * ones. */
#ifndef RAMPLUS_EVAL_RECOGNIZER_H
#define RAMPLUS_EVAL_RECOGNIZER_H

#include "configs/config.h"
#include "data/tags.h"
#include "eval/scorer.h"
#include "model/labels/labels.h"
#include "model/text/text_encoder.h"

typedef struct Recognizer {
    Config config; /* of the training run, with the caller's changes */
    ParamSet *params;
    RamPlus *model;
    Labels labels; /* the trained ones, until others are used */
    BankIdentity
        identity; /* of the trained ones; older checkpoints know only the encoder's name */
    TextEncoder *encoder; /* NULL until it is needed */
    Tape *tape;
} Recognizer;

/* Opens a checkpoint (.h5); its moving average where it has one. Assignments change options of
 * inference (threads, eval.*, model.tile, text_table, clip.*). ERROR_CHECKPOINT, ERROR_USAGE.
 * Owned: recognizer_close. */
int recognizer_open(const char *path, char *const *assignment, int64_t assignments,
                    Recognizer *out, Error *err);
void recognizer_close(Recognizer *r);

/* The text encoder the model was trained with. Borrowed; NULL on failure. A warning when its
 * files are not those of the training. */
const TextEncoder *recognizer_encoder(Recognizer *r, Error *err);

/* A label bank from a file that this model can use: of its width and text encoder,
 * ERROR_CHECKPOINT otherwise. Owned: labels_free. */
int recognizer_read_bank(const Recognizer *r, const char *path, Labels *out, Error *err);

/* Recognize another list: tags (descriptions may be empty), ERROR_DATA, or those of a bank. On
 * failure the old one stays. */
int recognizer_use_tags(Recognizer *r, const char *tags, const char *descriptions, Error *err);
int recognizer_use_bank(Recognizer *r, const char *path, Error *err);

/* Recognize more, behind the list there is. Tags that it has already are left out with a
 * warning. */
int recognizer_add_tags(Recognizer *r, const char *tags, const char *descriptions, Error *err);
int recognizer_add_bank(Recognizer *r, const char *path, Error *err);

Scorer recognizer_scorer(const Recognizer *r);

#endif
