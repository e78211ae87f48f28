/* SPDX-License-Identifier: Apache-2.0 */
/* The inputs of a run, which it reads and never writes: the configuration and the files that it
 * names. The training loop uses them as const. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_INPUTS_H
#define RAMPLUS_TRAIN_RUN_RUN_INPUTS_H

#include "configs/config.h"
#include "data/descriptions.h"
#include "data/loader.h"
#include "eval/eval_set.h"
#include "model/labels/labels.h"
#include "model/text/text_cache.h"
#include "train/run/teacher.h"

typedef struct RunInputs {
    const Config *config;   /* complete; borrowed */
    char *config_text;      /* the configuration as YAML, without how this start resumes */
    char *identity;         /* run_identity */
    TextEncoder *encoder;   /* NULL if the run encodes no texts */
    Labels labels;          /* the tags of the model and the vectors of their descriptions */
    Descriptions texts;     /* of the tags, until run_inputs_encode; none with model.bank */
    char content[HASH_HEX]; /* of the labels */
    Annotations annotations;
    int64_t made;            /* records whose caption was made from their tags */
    int64_t steps_per_epoch; /* records that do not fill a whole step are left out */
    TextCache *captions;     /* NULL if encoding a caption is cheap */
    Teacher *teacher;        /* NULL: no distillation */
    EvalSet *eval_set;       /* [eval_sets] */
    int64_t eval_sets;
    Loader *loader; /* NULL until run_inputs_start */
} RunInputs;

/* Reads everything except the training images, and encodes nothing. ERROR_USAGE, ERROR_DATA,
 * ERROR_CHECKPOINT. Close the inputs with run_inputs_close, also after an error. */
int run_inputs_open(const Config *config, RunInputs *out, Error *err);
/* Encodes the texts of all tags, which may take long. ERROR_DATA. */
int run_inputs_encode(RunInputs *in, Error *err);

/* Reads tags and evaluation sets alone and finds the images of the sets: for faults that should
 * show before other work. Codes of run_inputs_open. */
int run_inputs_check(const Config *config, Error *err);

/* Whether some records do not train every term of the loss that is on, or not every tag. */
bool run_inputs_halves(const RunInputs *in);
/* "3000 records with tags, 2500 with captions", unknown tags and made captions if there are
 * some, or NULL if everything is annotated. Owned: mem_free. */
char *run_inputs_halves_text(const RunInputs *in);

/* The configuration of the loader, without lists of bad images. */
LoaderConfig run_inputs_loader(const RunInputs *in);
/* Starts loading the training images from this position on. lists: writes those of bad
 * images. */
void run_inputs_start(RunInputs *in, LoaderPosition at, bool lists);

void run_inputs_close(RunInputs *in); /* accepts empty inputs */

#endif
