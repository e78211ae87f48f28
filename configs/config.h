/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a run: the options of every room, and one table of them. YAML files,
 * key=value overrides, the dump that checkpoints store and `config --options` all come from
 * that table. */
#ifndef RAMPLUS_CONFIGS_CONFIG_H
#define RAMPLUS_CONFIGS_CONFIG_H

#include "configs/run_options.h"
#include "data/image/options.h"
#include "data/image/transform.h"
#include "data/options.h"
#include "data/tags.h"
#include "model/backbone/options.h"
#include "model/clip/options.h"
#include "model/loss.h"
#include "model/options.h"
#include "model/text/options.h"
#include "model/text/text_encoder.h"
#include "optim/options.h"

/* c->optim.lr is the option optim.lr. */
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

/* Defaults, then files in order, then `key=value` arguments in order. Owned: config_free.
 * ERROR_USAGE. */
int config_load(char *const *file, int64_t files, char *const *assignment, int64_t assignments,
                Config *out, Error *err);
/* From the text a checkpoint stores; name is for messages. */
int config_load_text(const char *name, const char *text, Config *out, Error *err);
void config_free(Config *c);
/* What a single row of the table cannot say; config_load does it. To be called after
 * option_set. ERROR_USAGE. */
int config_check(const Config *c, Error *err);

/* Fills what follows from data.root when it is a data folder: data.train, model.tags,
 * model.descriptions (unless model.bank is set) and data.eval, each only where it is empty. */
void config_complete(Config *c);

/* The list of model.tags. ERROR_USAGE when it is not set; ERROR_DATA, also for another number
 * of tags than model.class_num. Owned: tags_free. */
int config_tags(const Config *c, TagList *out, Error *err);
/* ERROR_DATA for another number of tags than model.class_num; path is where they were read. */
int config_check_tags(const Config *c, const TagList *tags, const char *path, Error *err);

/* The parts of it that each layer takes. Strings are borrowed from c. */
int config_model(const Config *c, RamPlusConfig *out,
                 Error *err); /* ERROR_USAGE, sizes checked */
TransformConfig config_transform(const Config *c);
TextEncoderConfig config_text_encoder(const Config *c);
bool config_bf16(const Config *c); /* asked for, and there (core/math/bf16.h) */
/* Sets the number of threads and returns it; warns when the precision asked for is not there.
 */
int config_arithmetic(const Config *c);

#endif
