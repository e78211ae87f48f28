/* SPDX-License-Identifier: Apache-2.0 */
/* A trained model for inference: opened from a checkpoint, with its own tags or with others. */
#ifndef RAMPLUS_EVAL_RECOGNIZER_H
#define RAMPLUS_EVAL_RECOGNIZER_H

#include "configs/config.h"
#include "data/tags.h"
#include "eval/scorer.h"
#include "model/labels/labels.h"
#include "model/text/text_encoder.h"

/* The options of the configuration that have an effect in inference, as CliCommand.reads. */
bool recognizer_reads(const char *option);

typedef struct Recognizer {
    Config config; /* of the training run, with the changes made by the caller */
    ParamSet *params;
    RamPlus *model;
    TwoTower *towers; /* a baseline: then there is no model, and no labels until others come */
    Labels labels;    /* the trained labels, until others replace them */
    /* of the trained labels; older checkpoints record only the encoder's name */
    BankIdentity identity;
    TextEncoder *encoder; /* NULL until first used */
    Shards *shards;
    struct TarCache *tars; /* that images are read from (core/io/tar_cache.h) */
} Recognizer;

/* The file that a path names: a checkpoint, the best or latest one of a run folder, or a
 * two-tower model (two_tower_find). Owned (mem_free). */
char *recognizer_find(const char *path);

/* Opens a file of recognizer_find; of a checkpoint, the moving average of its parameters if it
 * has one. The assignments change options of inference, recognizer_reads.
 * ERROR_CHECKPOINT, ERROR_USAGE. Owned: recognizer_close. */
int recognizer_open(const char *path, char *const *assignment, int64_t assignments,
                    Recognizer *out, Error *err);
/* The same for callers that have labels of their own: those of the checkpoint, which may be the
 * larger part of it, are not read, and recognizer_add_... have nothing to add to. */
int recognizer_open_unlabeled(const char *path, char *const *assignment, int64_t assignments,
                              Recognizer *out, Error *err);
void recognizer_close(Recognizer *r);

/* The text encoder that the model was trained with. Borrowed; NULL on failure. Warns if its
 * files differ from those used in training. */
const TextEncoder *recognizer_encoder(Recognizer *r, Error *err);

/* Reads a label bank that this model can use. ERROR_CHECKPOINT if its width or text encoder
 * differs from the model's. Owned: labels_free. */
int recognizer_read_bank(const Recognizer *r, const char *path, Labels *out, Error *err);

/* Replaces the current tag list by the tags of a file (ERROR_DATA if it is unusable;
 * descriptions may be empty) or by those of a bank. On failure the current list stays. */
int recognizer_use_tags(Recognizer *r, const char *tags, const char *descriptions, Error *err);
int recognizer_use_bank(Recognizer *r, const char *path, Error *err);

/* Appends tags to the current list. Tags that the list already has are skipped with a
 * warning. */
int recognizer_add_tags(Recognizer *r, const char *tags, const char *descriptions, Error *err);
int recognizer_add_bank(Recognizer *r, const char *path, Error *err);

Scorer recognizer_scorer(const Recognizer *r);

#endif
