/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a run: the options of every room, and one table of them. YAML files,
 * key=value overrides, the dump that checkpoints store and `config --options` all come from
 * that table. */
#ifndef RAMPLUS_CONFIGS_CONFIG_H
#define RAMPLUS_CONFIGS_CONFIG_H

#include "configs/run_options.h"
#include "core/math/threads.h"
#include "data/image/options.h"
#include "data/image/transform.h"
#include "data/options.h"
#include "data/tags.h"
#include "model/backbone/options.h"
#include "model/clip/options.h"
#include "model/labels/label_texts.h"
#include "model/loss.h"
#include "model/options.h"
#include "model/text/options.h"
#include "model/text/text_encoder.h"
#include "optim/options.h"

/* The field c->optim.lr is the option optim.lr, and so on. */
typedef struct Config {
    RunOptions run; /* seed, threads, precision, run, resume */
    DataOptions data;
    LoaderOptions loader;
    AugmentOptions augment;
    BackboneOptions backbone; /* model.encoder, model.image_size, those of each encoder */
    ModelOptions model;
    TextOptions text; /* text_encoder, text_table */
    ClipOptions clip;
    LossOptions loss;
    OptimOptions optim;
    TrainOptions train;
    EvalOptions eval;
    SaveOptions save;
    LogOptions log;
    DebugOptions debug;
    ReferenceOptions reference;
} Config;

const OptionTable *config_table(void);

/* Defaults, then files in order (a folder: its config.yaml), then `key=value` arguments in
 * order. Owned: config_free. ERROR_USAGE. */
int config_load(char *const *file, int64_t files, char *const *assignment, int64_t assignments,
                Config *out, Error *err);
/* As config_load, from the YAML text stored in a checkpoint; name is for messages.
 * ERROR_CHECKPOINT. */
int config_load_text(const char *name, const char *text, Config *out, Error *err);
Config config_copy(const Config *c); /* owned: config_free */
void config_free(Config *c);
/* Checks constraints between options, which the rows of the table cannot express. config_load
 * calls it; call it after option_set. ERROR_USAGE. */
int config_check(const Config *c, Error *err);

/* If data.root is a data folder, fills the empty ones among data.train, model.tags,
 * model.descriptions (unless model.bank is set) and data.eval with its files. If it has a
 * dataset.yaml, too, data.root becomes the folder of the images that this names, as does an
 * empty eval.root, and there is no alignment if it says so. ERROR_USAGE about that file. */
int config_complete(Config *c, Error *err);
/* The folder of the evaluation images that FOLDER/dataset.yaml names; NULL: none. Owned. */
char *config_eval_root(const char *folder);

/* Reads the list model.tags, with tags_read_used if weights for it exist. ERROR_USAGE if it is
 * not set; ERROR_DATA for an invalid list or a number of tags other than model.class_num.
 * Owned: tags_free. */
int config_tags(const Config *c, bool used, TagList *out, Error *err);
/* ERROR_DATA for a number of tags other than model.class_num; path is their source, for
 * messages. */
int config_check_tags(const Config *c, const TagList *tags, const char *path, Error *err);

/* The configurations of the model, of training images and of the text encoder. Strings are
 * borrowed from c. ERROR_USAGE for sizes that ram_plus_check rejects. */
int config_model(const Config *c, RamPlusConfig *out, Error *err);
TransformConfig config_transform(const Config *c);
TextEncoderConfig config_text_encoder(const Config *c);
/* Which texts stand for the tags in training and in evaluation. Borrowed from c. */
LabelTextRules config_model_texts(const Config *c);
LabelTextRules config_eval_texts(const Config *c);
/* Whether 8-bit integers are requested and available (core/math/int8.h). */
bool config_int8(const Config *c);
/* Whether tag and eval keep their label banks in bfloat16. */
bool config_halves_bank(const Config *c);
/* Whether bfloat16 is requested and available (core/math/bf16.h). */
bool config_bf16(const Config *c);
/* Sets the number of threads and returns it with its reason; warns if the requested precision
 * is not available. */
ThreadLimit config_arithmetic(const Config *c);

#endif
