/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the inputs of a run; each step uses the results of earlier ones. */
#include "train/run/run_inputs.h"

#include "core/io/path_names.h"
#include "core/io/text.h"
#include "core/log.h"
#include "core/math/threads.h"
#include "core/mem.h"
#include "data/caption_template.h"
#include "model/labels/bank_file.h"
#include "model/labels/bank_fit.h"
#include "model/labels/label_texts.h"
#include "model/weights/run_checkpoint.h"
#include "train/run/run_identity.h"

#include <stdio.h>
#include <string.h>

enum { LOADER_THREADS = 2 }; /* usual number; more only by loader.threads */

/* Reads the list of model.tags. Without it, the bank provides the tags, and *out stays
 * empty. */
static int open_tags(const Config *c, TagList *out, Error *err)
{
    if (!*c->model.tags && *c->model.bank) return 0;
    char *latest =
        run_checkpoint_latest(c->run.folder); /* of a run that goes on with its list */
    const int status = config_tags(c, latest != NULL, out, err);
    mem_free(latest);
    return status;
}

/* Opens the text encoder if captions, tags of evaluation sets or, without a bank, the training
 * tags have to be encoded. */
static int open_encoder(const Config *c, TextEncoder **out, Error *err)
{
    const TextEncoderConfig config = config_text_encoder(c);
    if (*c->model.bank && c->loss.weight_align == 0 && c->data.eval.count == 0) return 0;
    return text_encoder_new(&config, out, err);
}

/* Checks the bank against the configuration, and against the tags unless they are empty. */
static int check_bank(const Config *c, const TextEncoder *encoder, const TagList *tags,
                      const Labels *bank, Error *err)
{
    const char *path = c->model.bank;
    BankIdentity want = {.texts = ""};
    if (encoder)
        want = label_texts_identity(encoder, NULL, NULL);
    else
        snprintf(want.encoder, TEXT_ENCODER_NAME, "%s",
                 text_encoder_kind_name(c->text.encoder));
    if (bank_fit_width(path, bank, c->model.text_width, err) != 0) return -1;
    if (bank_fit_encoder(path, bank, &want, "the configuration", err) != 0) return -1;
    if (*c->model.tags && bank_fit_tags(path, bank, tags, c->model.tags, err) != 0) return -1;
    LabelTextRules rules = config_model_texts(c);
    rules.first = false; /* the bank has all, and the model takes the first */
    if (*c->model.descriptions &&
        bank_fit_texts(path, bank, c->model.descriptions, &rules, err) != 0)
        return -1;
    return tags->name ? 0 : config_check_tags(c, &bank->tags, path, err);
}

static int read_texts(const Config *c, const TagList *tags, Descriptions *out, Error *err)
{
    const LabelTextRules rules = config_model_texts(c);
    if (label_texts_read(tags, c->model.descriptions, &rules, out, err) == 0) return 0;
    return *c->model.descriptions ? -1 : error_prefix(err, "model.descriptions");
}

/* Reads the descriptions of the tags, or takes the labels of model.bank. */
static int open_labels(const Config *c, RunInputs *in, Error *err)
{
    Labels bank, *l = &in->labels;
    if (!*c->model.bank) return read_texts(c, &l->tags, &in->texts, err);
    if (bank_file_open(c->model.bank, c->model.bank_map, &bank, err) != 0) return -1;
    const int status = check_bank(c, in->encoder, &l->tags, &bank, err);
    if (status == 0 && bank.bank->half)
        log_info("%s: the label bank is in bfloat16", c->model.bank);
    if (status == 0) labels_take(l, &bank);
    labels_free(&bank);
    return status;
}

static int open_annotations(const Config *c, int64_t tags, Annotations *out, Error *err)
{
    const OptionStrings *path = &c->data.train;
    if (path->count == 0)
        return error_set(
            err, ERROR_USAGE,
            "data.train: not set: name the annotation files, or set data.root to a "
            "folder made by `ramplus prepare`");
    return annotations_read((const char *const *)path->value, path->count, tags, out, err);
}

/* A term without a single record to train on is a mistake. */
static int check_terms(const Config *c, const Annotations *a, Error *err)
{
    const char *path = c->data.train.value[0];
    if (c->loss.weight_align != 0 && a->with_captions == 0)
        return error_set(err, ERROR_DATA,
                         "%s: no record has a caption; alignment needs captions: "
                         "loss.weight.align=0 trains the tagging alone, caption.template "
                         "makes captions from tags",
                         path);
    if (c->loss.weight_tag != 0 && a->with_tags == 0)
        return error_set(err, ERROR_DATA,
                         "%s: no record has tags (union_label_id); tagging needs them: "
                         "loss.weight.tag=0 trains the alignment alone",
                         path);
    return 0;
}

static int count_steps(const Config *c, const Annotations *a, int64_t *out, Error *err)
{
    *out = a->count / c->train.batch / c->optim.accumulate;
    if (*out > 0) return 0;
    return error_set(err, ERROR_DATA,
                     "%s: %ld records: fewer than one step of train.batch %ld x "
                     "optim.accumulate %ld",
                     c->data.train.value[0], a->count, c->train.batch, c->optim.accumulate);
}

static TextCache *open_captions(const Config *c, const TextEncoder *encoder,
                                const Annotations *a)
{
    if (c->loss.weight_align == 0 || !text_encoder_costly(encoder)) return NULL;
    return text_cache_new(encoder, a->caption_offset[a->count], (size_t)c->clip.cache << 20);
}

/* The names of the results of the sets, which must differ. */
static int name_eval_sets(EvalSet *set, const OptionStrings *folder, Error *err)
{
    char **name = eval_set_names(folder);
    int status = 0;
    for (int64_t i = 0; i < folder->count; i++) {
        for (int64_t j = 0; j < i; j++)
            if (strcmp(name[i], name[j]) == 0)
                status = error_set(err, ERROR_USAGE, "data.eval: %s and %s: both are called %s",
                                   folder->value[j], folder->value[i], name[i]);
        mem_free(set[i].name);
        set[i].name = mem_strdup(name[i]);
    }
    path_names_free(name, folder->count);
    return status;
}

/* *sets is the number of open sets, also after an error. */
static int open_eval_sets(const Config *c, EvalSet **out, int64_t *sets, Error *err)
{
    const OptionStrings *folder = &c->data.eval;
    const LabelTextRules rules = config_eval_texts(c);
    const EvalPaths paths = {.texts = &rules,
                             .root = c->eval.root,
                             .data_root = c->data.root,
                             .images = c->eval.images,
                             .allow_missing = c->eval.allow_missing,
                             .absolute = c->data.absolute};
    *out = mem_calloc((size_t)folder->count, sizeof **out);
    for (*sets = 0; *sets < folder->count; (*sets)++) {
        if (eval_set_open(folder->value[*sets], &paths, *out + *sets, err) != 0) return -1;
    }
    return name_eval_sets(*out, folder, err);
}

static int encode_eval_sets(const RunInputs *in, Error *err)
{
    for (int64_t i = 0; i < in->eval_sets; i++)
        if (eval_set_encode(&in->eval_set[i], in->encoder, err) != 0) return -1;
    return 0;
}

#define SET_ROOT ": set data.root to the folder of the images"

static int check_root(const Config *c, Error *err)
{
    const char *root = c->data.root;
    if (!*root) return 0;
    return file_need_dir(
        root,
        *root == '~' ? SET_ROOT "; only a shell expands ~, so write the whole path" : SET_ROOT,
        err);
}

/* resume=never or resume.allow in config.yaml would apply to every later start with that
 * file. */
static char *dump_config(const Config *c)
{
    char resume[] = "auto";
    Config kept = *c;
    kept.run.resume = resume;
    kept.run.allow = (OptionStrings){0};
    return option_dump(config_table(), &kept);
}

int run_inputs_open(const Config *c, RunInputs *in, Error *err)
{
    *in = (RunInputs){.config = c, .config_text = dump_config(c)};
    if (check_root(c, err) != 0) return -1;
    if (open_tags(c, &in->labels.tags, err) != 0) return -1;
    if (open_eval_sets(c, &in->eval_set, &in->eval_sets, err) != 0) return -1;
    if (open_encoder(c, &in->encoder, err) != 0) return -1;
    if (open_labels(c, in, err) != 0) return -1;
    if (open_annotations(c, in->labels.tags.count, &in->annotations, err) != 0) return -1;
    if (c->loss.weight_align != 0)
        in->made = caption_template_fill(&c->data.caption, &in->labels.tags, &in->annotations);
    if (check_terms(c, &in->annotations, err) != 0) return -1;
    if (count_steps(c, &in->annotations, &in->steps_per_epoch, err) != 0) return -1;
    in->captions = open_captions(c, in->encoder, &in->annotations);
    return teacher_open(c, &in->teacher, err);
}

int run_inputs_encode(RunInputs *in, Error *err)
{
    const Config *c = in->config;
    if (in->texts.tags > 0 &&
        label_texts_encode(in->encoder, &in->texts, &in->labels, err) != 0)
        return -1;
    descriptions_free(&in->texts);
    labels_content(&in->labels, in->content);
    in->identity = run_identity(&in->annotations, in->content,
                                c->loss.weight_align != 0 ? in->encoder : NULL, in->teacher);
    return encode_eval_sets(in, err);
}

int run_inputs_check(const Config *c, Error *err)
{
    RunInputs in = {.config = c};
    int status = open_tags(c, &in.labels.tags, err);
    if (status == 0) status = open_eval_sets(c, &in.eval_set, &in.eval_sets, err);
    run_inputs_close(&in);
    return status;
}

bool run_inputs_halves(const RunInputs *in)
{
    const LossOptions *loss = &in->config->loss;
    const Annotations *a = &in->annotations;
    return (loss->weight_tag != 0 && (a->with_tags < a->count || a->unknown_offset)) ||
           (loss->weight_align != 0 && a->with_captions < a->count);
}

char *run_inputs_halves_text(const RunInputs *in)
{
    Text t = {0};
    const Annotations *a = &in->annotations;
    if (!run_inputs_halves(in) && !in->made) return NULL;
    text_add(&t, "%ld records with tags, %ld with captions", a->with_tags, a->with_captions);
    if (in->made) text_add(&t, " (%ld made from tags)", in->made);
    if (a->unknown_offset) text_add(&t, ", %ld unknown tags", a->unknown_offset[a->count]);
    return t.data;
}

LoaderConfig run_inputs_loader(const RunInputs *in)
{
    const Config *c = in->config;
    TransformConfig teacher = config_transform(c);
    if (in->teacher) teacher.size = teacher_image_size(in->teacher);
    return (LoaderConfig){
        .annotations = &in->annotations,
        .root = c->data.root,
        .absolute = c->data.absolute,
        .transform = config_transform(c),
        /* without a second view the teacher gets the view of the model */
        .two_views = teacher.size != c->backbone.image_size,
        .teacher = teacher,
        .batch = c->train.batch,
        .threads = threads_choose((int)c->loader.threads, LOADER_THREADS).count,
        .prefetch = c->loader.prefetch,
        .window = c->loader.window,
        .seed = (uint64_t)c->run.seed,
        .rules = data_image_rules(&c->data),
        .cache_bytes = (size_t)c->loader.cache << 20,
    };
}

void run_inputs_start(RunInputs *in, LoaderPosition at, bool lists)
{
    const char *run = in->config->run.folder;
    char *bad = mem_format("%s/bad_images.txt", run);
    char *damaged = mem_format("%s/damaged_images.txt", run);
    LoaderConfig config = run_inputs_loader(in);
    if (lists) {
        config.bad_list = bad;
        config.damaged_list = damaged;
    }
    in->loader = loader_new(&config, at);
    mem_free(damaged);
    mem_free(bad);
}

void run_inputs_close(RunInputs *in)
{
    loader_free(in->loader);
    for (int64_t i = 0; i < in->eval_sets; i++) eval_set_free(&in->eval_set[i]);
    mem_free(in->eval_set);
    teacher_free(in->teacher);
    text_cache_free(in->captions);
    annotations_free(&in->annotations);
    descriptions_free(&in->texts);
    labels_free(&in->labels);
    text_encoder_free(in->encoder);
    mem_free(in->identity);
    mem_free(in->config_text);
    *in = (RunInputs){0};
}
