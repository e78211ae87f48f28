/* Opening a run: data, labels, model, optimiser, and where it left off. */
#include "train/trainer.h"

#include "core/log.h"
#include "core/mem.h"
#include "model/labels/bank_file.h"
#include "model/labels/bank_fit.h"
#include "model/labels/label_texts.h"
#include "model/weights/model_file.h"
#include "train/run_folder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Captions, evaluation lists and, without a bank, the training tags are encoded. */
static int open_encoder(Trainer *t, Error *err)
{
    const Config *c = t->config;
    const TextEncoderConfig config = config_text_encoder(c);
    if (*c->model.bank && c->loss.weight_align == 0 && c->data.eval.count == 0) return 0;
    return text_encoder_new(&config, &t->encoder, err);
}

static int check_bank(const Trainer *t, const Labels *l, Error *err)
{
    const Config *c = t->config;
    BankIdentity want = {.texts = ""};
    if (t->encoder)
        want = label_texts_identity(t->encoder, NULL, NULL);
    else
        snprintf(want.encoder, TEXT_ENCODER_NAME, "%s",
                 text_encoder_kind_name(c->text.encoder));
    if (bank_fit_width(c->model.bank, l, c->model.text_width, err) != 0) return -1;
    if (bank_fit_encoder(c->model.bank, l, &want, "the configuration", err) != 0) return -1;
    if (*c->model.tags &&
        bank_fit_tags(c->model.bank, l, &t->labels.tags, c->model.tags, err) != 0)
        return -1;
    return *c->model.descriptions ? bank_fit_texts(c->model.bank, l, c->model.descriptions, err)
                                  : 0;
}

static int read_labels(Trainer *t, Error *err)
{
    Labels l;
    if (bank_file_read(t->config->model.bank, &l, err) != 0) return -1;
    int status = check_bank(t, &l, err);
    if (status == 0 && !t->labels.tags.name)
        status = config_check_tags(t->config, &l.tags, t->config->model.bank, err);
    if (status == 0) labels_take(&t->labels, &l);
    labels_free(&l);
    return status;
}

/* Without a list the bank has the tags. */
static int open_labels(Trainer *t, Error *err)
{
    const Config *c = t->config;
    if ((*c->model.tags || !*c->model.bank) && config_tags(c, &t->labels.tags, err) != 0)
        return -1;
    if (open_encoder(t, err) != 0) return -1;
    if (*c->model.bank) return read_labels(t, err);
    return label_texts_fill(t->encoder, c->model.descriptions, &t->labels, err);
}

static int open_annotations(Trainer *t, Error *err)
{
    const Config *c = t->config;
    if (c->data.train.count == 0)
        return error_set(
            err, EXIT_USAGE,
            "data.train: not set: name the annotation files, or set data.root to a "
            "folder made by `ramplus prepare`");
    if (annotations_read((const char *const *)c->data.train.value, c->data.train.count,
                         t->labels.tags.count, &t->annotations, err) != 0)
        return -1;
    t->steps_per_epoch = t->annotations.count / c->train.batch / c->optim.accumulate;
    if (t->steps_per_epoch == 0)
        return error_set(err, EXIT_DATA,
                         "%s: %lld records: fewer than one step of train.batch %lld x "
                         "optim.accumulate %lld",
                         c->data.train.value[0], (long long)t->annotations.count,
                         (long long)c->train.batch, (long long)c->optim.accumulate);
    return 0;
}

/* What the batches are completed with: caption vectors and the teacher's features. */
static int open_teaching(Trainer *t, Error *err)
{
    const Config *c = t->config;
    if (c->loss.weight_align != 0 && text_encoder_costly(t->encoder))
        t->captions =
            text_cache_new(t->encoder, t->annotations.caption_offset[t->annotations.count],
                           (size_t)c->clip.cache << 20);
    return teacher_open(c, &t->teacher, err);
}

/* One rule PATTERN=FACTOR of optim.lr_scale. */
static int scale_rate(ParamSet *ps, const char *rule, Error *err)
{
    char *pattern = mem_strdup(rule), *equals = strrchr(pattern, '='), *end = NULL;
    const double factor = equals ? strtod(equals + 1, &end) : 0;
    const bool good = equals && *end == 0 && isfinite(factor) && factor > 0;
    if (equals) *equals = 0;
    const int64_t n = good ? param_set_lr_scale(ps, pattern, factor) : 0;
    mem_free(pattern);
    if (good && n > 0) return 0;
    return error_set(err, EXIT_USAGE, "optim.lr_scale: %s: %s", rule,
                     good ? "matches no parameter" : "want PATTERN=FACTOR, a factor above 0");
}

static int scale_rates(Trainer *t, Error *err)
{
    const OptionStrings *rules = &t->config->optim.lr_scale;
    for (int64_t i = 0; i < rules->count; i++)
        if (scale_rate(t->params, rules->value[i], err) != 0) return -1;
    if (t->config->optim.lr_width > 0) param_set_lr_width(t->params, t->config->optim.lr_width);
    return 0;
}

static int open_model(Trainer *t, Error *err)
{
    const Config *c = t->config;
    RamPlusConfig sizes;
    if (config_model(c, &sizes, err) != 0) return -1;
    t->params = param_set_new();
    t->model = ram_plus_new(&sizes, t->params);
    if (*c->model.freeze && param_set_freeze(t->params, c->model.freeze) == 0)
        return error_set(err, EXIT_USAGE, "model.freeze: %s: matches no parameter",
                         c->model.freeze);
    if (*c->optim.no_decay && param_set_no_decay(t->params, c->optim.no_decay) == 0)
        return error_set(err, EXIT_USAGE, "optim.no_decay: %s: matches no parameter",
                         c->optim.no_decay);
    if (scale_rates(t, err) != 0) return -1;
    param_set_build(t->params);
    param_set_init(t->params, (uint64_t)c->run.seed);
    if (*c->model.init && model_file_init_params(c->model.init, t->params, err) != 0) return -1;
    t->adamw = adamw_new(optim_adamw(&c->optim), t->params);
    if (c->optim.ema > 0) t->ema = ema_new(t->params, c->optim.ema);
    return 0;
}

static int open_eval_sets(Trainer *t, Error *err)
{
    const OptionStrings *list = &t->config->data.eval;
    t->eval_set = mem_calloc((size_t)list->count + 1, sizeof *t->eval_set);
    t->eval_map = mem_calloc((size_t)list->count + 1, sizeof *t->eval_map);
    for (int64_t i = 0; i < list->count; i++) {
        const EvalPaths paths = {.root = t->config->data.root};
        if (eval_set_open(list->value[i], &paths, t->encoder, &t->eval_set[i], err) != 0)
            return -1;
        t->eval_sets++;
    }
    return 0;
}

static int resume(Trainer *t, Error *err)
{
    const char *how = t->config->run.resume;
    const bool automatic = strcmp(how, "auto") == 0;
    if (strcmp(how, "never") == 0) return 0;
    char *path = automatic ? run_folder_latest(t->config->run.folder) : mem_strdup(how);
    if (!path) return 0;
    const CheckpointParts parts = {t->params,  t->adamw,       t->ema,
                                   &t->labels, t->config_text, &t->state};
    const int status = checkpoint_read(path, &parts, err);
    if (status == 0)
        log_info("resuming from %s: step %lld, epoch %lld", path, (long long)t->state.step,
                 (long long)t->state.epoch);
    mem_free(path);
    /* Other data or batches than the checkpoint's may leave less than a step. */
    if (status == 0) trainer_set_position(t, (LoaderPosition){t->state.epoch, t->state.next});
    return status;
}

/* Goes on or starts anew; drops what the run's logs say of steps to come. */
static int place(Trainer *t, Error *err)
{
    if (resume(t, err) != 0) return -1;
    const int64_t step = t->state.step;
    /* A finished run is evaluated again. */
    return run_folder_cut(t->config->run.folder, step, trainer_finished(t) ? step - 1 : step,
                          t->state.epoch, err);
}

static void open_loader(Trainer *t)
{
    const Config *c = t->config;
    char *bad = mem_format("%s/bad_images.txt", c->run.folder);
    TransformConfig teacher = config_transform(c);
    if (t->teacher) teacher.size = teacher_image_size(t->teacher);
    const LoaderConfig config = {
        .annotations = &t->annotations,
        .root = c->data.root,
        .transform = config_transform(c),
        .two_views =
            teacher.size != c->backbone.image_size, /* else the teacher sees the same view */
        .teacher = teacher,
        .batch = c->train.batch,
        .threads = (int)c->loader.threads,
        .prefetch = c->loader.prefetch,
        .seed = (uint64_t)c->run.seed,
        .alpha = (enum ImageAlpha)c->data.transparent,
        .bad_list = bad,
        .cache_bytes = (size_t)c->loader.cache << 20,
    };
    t->loader = loader_new(&config, (LoaderPosition){t->state.epoch, t->state.next});
    mem_free(bad);
}

int trainer_open(const Config *config, Trainer *out, Error *err)
{
    *out = (Trainer){.config = config, .state = {.best = -1}};
    if (!*config->run.folder)
        return error_set(err, EXIT_USAGE, "run: not set: name the folder of the run (run=DIR)");
    out->threads = config_arithmetic(config);
    out->config_text = option_dump(config_table(), config);
    int status = open_labels(out, err);
    if (status == 0) status = open_annotations(out, err);
    if (status == 0) status = open_teaching(out, err);
    if (status == 0) status = open_model(out, err);
    if (status == 0) status = open_eval_sets(out, err);
    if (status == 0)
        status = run_folder_create(config->run.folder, out->config_text, out->threads,
                                   config_bf16(config), err);
    if (status == 0) status = place(out, err);
    if (status != 0) {
        trainer_close(out);
        return -1;
    }
    const size_t B = (size_t)config->train.batch;
    out->tape = tape_new();
    tape_set_bf16(out->tape, config_bf16(config));
    out->text = mem_alloc(B * (size_t)out->labels.bank->dim * sizeof *out->text);
    if (out->teacher)
        out->clip_image =
            mem_alloc(B * (size_t)out->labels.bank->dim * sizeof *out->clip_image);
    out->sample = mem_calloc(B * (size_t)config->optim.accumulate, sizeof *out->sample);
    open_loader(out);
    return 0;
}

void trainer_close(Trainer *t)
{
    loader_free(t->loader);
    tape_free(t->tape);
    for (int64_t i = 0; i < t->eval_sets; i++) eval_set_free(&t->eval_set[i]);
    mem_free(t->eval_set);
    mem_free(t->eval_map);
    mem_free(t->text);
    mem_free(t->clip_image);
    mem_free(t->sample);
    ema_free(t->ema);
    adamw_free(t->adamw);
    ram_plus_free(t->model);
    param_set_free(t->params);
    teacher_free(t->teacher);
    text_cache_free(t->captions);
    text_encoder_free(t->encoder);
    annotations_free(&t->annotations);
    labels_free(&t->labels);
    mem_free(t->config_text);
    *t = (Trainer){0};
}
