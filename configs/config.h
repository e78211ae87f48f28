/* The configuration of a run: one struct, one option table. YAML files, key=value overrides, the dump
 * that checkpoints store and `config --options` all come from the table in config.c. */
#ifndef RAMPLUS_CONFIGS_CONFIG_H
#define RAMPLUS_CONFIGS_CONFIG_H

#include "core/options/option.h"
#include "data/image/transform.h"
#include "data/tags.h"
#include "model/loss.h"
#include "model/ram_plus.h"
#include "model/text/text_encoder.h"
#include "optim/adamw.h"
#include "optim/schedule.h"

typedef struct Config {
    int64_t seed, threads;
    char *precision, *run, *resume;

    char *data_root, *model_tags, *descriptions, *bank;
    OptionStrings data_train, data_eval;
    OptionFloats data_mean, data_std, eval_mean, eval_std;
    char *transparent;
    int64_t loader_threads, loader_prefetch, loader_cache;

    double scale_lo, scale_hi, ratio_lo, ratio_hi, flip, level;
    int64_t operations;
    char *autocontrast;

    char *encoder;
    int64_t image_size, swin_width, swin_window;
    OptionInts swin_depths, swin_heads;
    double drop_path, dropout;
    int64_t text_width, hidden, heads, ffn, layers, tile, class_num;
    char *init, *start, *freeze;

    char *text_encoder, *text_table, *clip_weights, *clip_vocabulary, *clip_activation;
    int64_t clip_text_heads, clip_image_heads, clip_cache;

    char *loss_tag, *loss_align;
    double weight_tag, weight_distill, weight_align;
    double tag_gamma_neg, tag_gamma_pos, tag_clip, align_gamma_neg, align_gamma_pos, align_clip;
    bool focal_grad;
    double hill_lambda, hill_margin, hill_gamma;
    double splc_tau, splc_margin, splc_gamma;
    int64_t splc_change_epoch;

    double lr, min_lr, warmup_lr, lr_decay, weight_decay, beta1, beta2, adam_eps, clip_norm,
        ema;
    int64_t warmup_steps, cosine_steps, accumulate;
    char *schedule, *no_decay;
    double lr_width;
    OptionStrings lr_scale; /* PATTERN=FACTOR */

    int64_t epochs, max_steps, batch, eval_batch, eval_every, eval_images;
    int64_t save_every, save_keep, log_every;

    bool grad_checkpoint; /* accepted for the reference's files */
    int64_t checkpoint_layer;
} Config;

const OptionTable *config_table(void);

/* Defaults, then files in order, then `key=value` arguments in order. Owned: config_free. EXIT_USAGE. */
int config_load(char *const *file, int64_t files, char *const *assignment, int64_t assignments,
                Config *out, Error *err);
/* From the text a checkpoint stores; name is for messages. */
int config_load_text(const char *name, const char *text, Config *out, Error *err);
void config_free(Config *c);
/* What a single row of the table cannot say; config_load does it. To be called after option_set. EXIT_USAGE. */
int config_check(const Config *c, Error *err);

/* Fills what follows from data.root when it is a data folder: data.train, model.tags,
 * model.descriptions (unless model.bank is set) and data.eval, each only where it is empty. */
void config_complete(Config *c);

/* The list of model.tags. EXIT_USAGE when it is not set; EXIT_DATA, also for another number of tags than
 * model.class_num. Owned: tags_free. */
int config_tags(const Config *c, TagList *out, Error *err);
/* EXIT_DATA for another number of tags than model.class_num; path is where they were read. */
int config_check_tags(const Config *c, const TagList *tags, const char *path, Error *err);

/* The parts of it that each layer takes. Strings are borrowed from c. */
int config_model(const Config *c, RamPlusConfig *out,
                 Error *err); /* EXIT_USAGE, sizes checked */
TransformConfig config_transform(const Config *c);
TextEncoderConfig config_text_encoder(const Config *c);
bool config_bf16(const Config *c); /* asked for, and there (core/math/bf16.h) */
/* Sets the number of threads and returns it; warns when the precision asked for is not there. */
int config_arithmetic(const Config *c);
LossConfig config_loss_tag(const Config *c, int64_t epoch);
LossConfig config_loss_align(const Config *c, int64_t epoch);
AdamWConfig config_adamw(const Config *c);
ScheduleConfig config_schedule(const Config *c);

#endif
