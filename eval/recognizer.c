/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a checkpoint for inference, and changing its tag list. */
#include "eval/recognizer.h"

#include "core/io/file.h"
#include "core/io/tar_cache.h"
#include "core/log.h"
#include "core/math/bf16.h"
#include "core/mem.h"
#include "core/options/cli.h"
#include "model/labels/bank_file.h"
#include "model/labels/bank_fit.h"
#include "model/labels/label_texts.h"
#include "model/weights/model_file.h"
#include "model/weights/weight_set.h"

#include <stdio.h>
#include <string.h>

bool recognizer_reads(const char *option)
{
    static const char list[] =
        "threads|precision|data.root|data.transparent|data.absolute|data.max_pixels|"
        "data.max_memory|data.max_seconds|eval.batch|eval.bank|eval.pack|eval.match|eval.score|"
        "eval."
        "texts|"
        "eval.resize|eval.interpolation|eval.mean|eval.std|model.encoder|"
        "model.image_size|model.text_width|model.hidden|model.heads|model.ffn|"
        "model.layers|model.tile|model.bank_map|model.reweight|model.align|model.descriptions_"
        "per_tag|"
        "model.descriptions_seed|text_encoder|text_table|text.template|clip.";
    return cli_lists(list, option) || backbone_of_option(option);
}

static int read_config(H5File *f, const char *path, char *const *assignment,
                       int64_t assignments, Config *out, Error *err)
{
    char *text = NULL;
    if (h5_read_text(f, "info/config.yaml", &text, err) != 0) return -1;
    int status = config_load_text(path, text, out, err);
    mem_free(text);
    if (status != 0) return -1;
    /* what protects this machine is decided here, not by the file */
    out->data.absolute = out->model.bank_map = false;
    out->eval.pack = true;
    if (out->eval.bank == BANK_FLOAT32) out->eval.bank = BANK_AUTO; /* an earlier default */
    out->data.max_pixels = out->data.max_memory = out->data.max_seconds = 0;
    const LossOptions trained = out->loss; /* decides what the logits mean */
    for (int64_t i = 0; status == 0 && i < assignments; i++)
        status = option_set(config_table(), out, assignment[i], err);
    out->loss = trained;
    if (status == 0) status = config_check(out, err);
    if (status != 0) config_free(out);
    return status;
}

/* As the configuration asks; what is rounded in its file remains so. */
static int fit_precision(const Recognizer *r, const char *path, Labels *l, Error *err)
{
    const bool rounds = config_halves_bank(&r->config);
    if (l->bank->half && !rounds) log_info("%s: its label bank is in bfloat16", path);
    if (l->bank->half || !rounds) return 0;
    if (!l->bank->map) {
        label_bank_halve(l->bank);
        return 0;
    }
    LabelBank *half = label_bank_halved(l->bank);
    const int status = label_bank_check(l->bank, err);
    label_bank_free(l->bank);
    l->bank = half;
    return status;
}

/* The origin of the trained labels alone. */
static int read_identity(H5File *f, const char *path, Recognizer *r, Error *err)
{
    BankIdentity *i = &r->identity;
    if (labels_read_identity(f, path, i, err) != 0) return -1;
    if (!*i->encoder)
        snprintf(i->encoder, TEXT_ENCODER_NAME, "%s",
                 text_encoder_kind_name(r->config.text.encoder));
    return 0;
}

static int read_labels(H5File *f, const char *path, Recognizer *r, Error *err)
{
    if (labels_read(f, path, r->config.model.bank_map, &r->labels, err) != 0) return -1;
    if (bank_fit_width(path, &r->labels, r->config.model.text_width, err) != 0) return -1;
    return fit_precision(r, path, &r->labels, err);
}

static int read_model(H5File *f, const char *path, Recognizer *r, Error *err)
{
    RamPlusConfig sizes;
    if (config_model(&r->config, &sizes, err) != 0) return -1;
    sizes.word_proj = h5_find(f, "param/wordvec_proj.weight") != NULL;
    r->params = param_set_new();
    r->model = ram_plus_new(&sizes, r->params);
    const char *prefix = weight_set_prefix(f);
    if (weight_set_check(f, path, prefix, r->params, err) != 0) return -1;
    param_set_build_frozen(r->params);
    return weight_set_fill(f, path, prefix, r->params, r->params->data, err);
}

/* The parameters stay as they are. With integers, the products that are in none are in
 * bfloat16. */
static void set_precision(Recognizer *r)
{
    const bool int8 = config_int8(&r->config);
    shards_set_bf16(r->shards, int8 ? !bf16_missing() : config_bf16(&r->config));
    if (int8)
        shards_quantize(r->shards, r->params);
    else if (r->config.eval.pack)
        shards_pack_all(r->shards, r->params);
    else
        shards_pack(r->shards, r->params);
}

char *recognizer_find(const char *path)
{
    char *file = two_tower_find(path);
    return file ? file : model_file_find(path);
}

static int open_checkpoint(const char *path, char *const *assignment, int64_t assignments,
                           bool labels, Recognizer *out, Error *err)
{
    H5File *f = NULL;
    if (model_file_open(path, &f, err) != 0) return -1;
    int status = read_config(f, path, assignment, assignments, &out->config, err);
    if (status == 0) {
        config_arithmetic(&out->config);
        status = read_model(f, path, out, err);
        if (status == 0) status = read_identity(f, path, out, err);
        if (status == 0 && labels) status = read_labels(f, path, out, err);
        if (status != 0) recognizer_close(out);
    }
    h5_close(f);
    return status;
}

static int open_towers(const char *path, char *const *assignment, int64_t assignments,
                       Recognizer *out, Error *err)
{
    if (two_tower_open(path, assignment, assignments, &out->config, &out->towers, err) != 0)
        return -1;
    config_arithmetic(&out->config);
    out->params = out->towers->params;
    snprintf(out->identity.encoder, TEXT_ENCODER_NAME, "%s",
             text_encoder_kind_name(out->config.text.encoder));
    return 0;
}

static int open_any(const char *path, char *const *assignment, int64_t assignments, bool labels,
                    Recognizer *out, Error *err)
{
    *out = (Recognizer){0};
    char *tower = two_tower_find(path);
    const int status = tower ? open_towers(path, assignment, assignments, out, err)
                             : open_checkpoint(path, assignment, assignments, labels, out, err);
    mem_free(tower);
    if (status != 0) return -1;
    out->shards = shards_new(shards_wanted(out->params->len), NULL);
    out->tars = tar_cache_new();
    set_precision(out);
    return 0;
}

int recognizer_open(const char *path, char *const *assignment, int64_t assignments,
                    Recognizer *out, Error *err)
{
    return open_any(path, assignment, assignments, true, out, err);
}

int recognizer_open_unlabeled(const char *path, char *const *assignment, int64_t assignments,
                              Recognizer *out, Error *err)
{
    return open_any(path, assignment, assignments, false, out, err);
}

void recognizer_close(Recognizer *r)
{
    tar_cache_free(r->tars);
    shards_free(r->shards);
    text_encoder_free(r->encoder);
    labels_free(&r->labels);
    ram_plus_free(r->model);
    if (!r->towers) param_set_free(r->params);
    two_tower_free(r->towers);
    if (r->config.run.folder) config_free(&r->config);
    *r = (Recognizer){0};
}

const TextEncoder *recognizer_encoder(Recognizer *r, Error *err)
{
    const TextEncoderConfig config = config_text_encoder(&r->config);
    const char *want = r->identity.fingerprint;
    if (r->encoder) return r->encoder;
    if (text_encoder_new(&config, &r->encoder, err) != 0) return NULL;
    if (*want && strcmp(text_encoder_fingerprint(r->encoder), want) != 0)
        log_warn(
            "text_encoder=%s: its weights, table, vocabulary or options differ from those used "
            "in training (expected fingerprint %.8s, got %.8s): scores of its texts may be "
            "meaningless",
            text_encoder_kind_name((int)config.kind), want,
            text_encoder_fingerprint(r->encoder));
    return r->encoder;
}

/* ---- other tag lists --------------------------------------------------------------------- */

int recognizer_read_bank(const Recognizer *r, const char *path, Labels *out, Error *err)
{
    if (bank_file_open(path, r->config.model.bank_map, out, err) != 0) return -1;
    int status = bank_fit_width(path, out, r->config.model.text_width, err);
    if (status == 0) status = bank_fit_encoder(path, out, &r->identity, "the checkpoint", err);
    if (status == 0) status = fit_precision(r, path, out, err);
    if (status != 0) {
        labels_free(out);
        return -1;
    }
    if (!*r->identity.fingerprint)
        log_warn("%s: cannot be verified: the checkpoint does not record the weights, table or "
                 "options of its text encoder",
                 path);
    return 0;
}

/* Reads a tag list and encodes its texts. Owned: labels_free. */
static int encode_tags(Recognizer *r, const char *tags, const char *descriptions, Labels *out,
                       Error *err)
{
    const TextEncoder *encoder = recognizer_encoder(r, err);
    *out = (Labels){0};
    if (!encoder || tags_read(tags, &out->tags, err) != 0) return -1;
    LabelTextRules rules = config_eval_texts(&r->config);
    if (*descriptions) rules.source = LABEL_DESCRIPTIONS; /* asked for in so many words */
    if (label_texts_fill(encoder, descriptions, &rules, out, err) != 0) {
        if (!*descriptions) error_prefix(err, "%s", tags);
        labels_free(out);
        return -1;
    }
    return fit_precision(r, tags, out, err);
}

int recognizer_use_tags(Recognizer *r, const char *tags, const char *descriptions, Error *err)
{
    Labels l;
    if (encode_tags(r, tags, descriptions, &l, err) != 0) return -1;
    labels_take(&r->labels, &l);
    return 0;
}

int recognizer_use_bank(Recognizer *r, const char *path, Error *err)
{
    Labels l;
    if (recognizer_read_bank(r, path, &l, err) != 0) return -1;
    labels_take(&r->labels, &l);
    return 0;
}

int recognizer_add_tags(Recognizer *r, const char *tags, const char *descriptions, Error *err)
{
    Labels l;
    if (!r->labels.bank) return recognizer_use_tags(r, tags, descriptions, err);
    if (encode_tags(r, tags, descriptions, &l, err) != 0) return -1;
    const int status = labels_append(&r->labels, &l, tags, err);
    labels_free(&l);
    return status;
}

int recognizer_add_bank(Recognizer *r, const char *path, Error *err)
{
    Labels l;
    if (!r->labels.bank) return recognizer_use_bank(r, path, err);
    if (recognizer_read_bank(r, path, &l, err) != 0) return -1;
    const int status = labels_append(&r->labels, &l, path, err);
    labels_free(&l);
    return status;
}

Scorer recognizer_scorer(const Recognizer *r)
{
    return (Scorer){.model = r->model,
                    .bank = r->labels.bank,
                    .config = &r->config,
                    .shards = r->shards,
                    .towers = r->towers,
                    .tars = r->tars};
}
