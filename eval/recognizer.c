/* From a checkpoint to a model that scores pictures. */
#include "eval/recognizer.h"

#include "core/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "model/labels/bank_fit.h"
#include "model/labels/label_texts.h"
#include "model/weights/model_file.h"

#include <stdio.h>
#include <string.h>

static int read_config(H5File *f, const char *path, char *const *assignment,
                       int64_t assignments, Config *out, Error *err)
{
    char *text = NULL;
    if (h5_read_text(f, "info/config.yaml", &text, err) != 0) return -1;
    int status = config_load_text(path, text, out, err);
    mem_free(text);
    if (status != 0) {
        if (err) err->code = EXIT_CHECKPOINT;
        return -1;
    }
    for (int64_t i = 0; status == 0 && i < assignments; i++)
        status = option_set(config_table(), out, assignment[i], err);
    if (status == 0) status = config_check(out, err);
    if (status != 0) config_free(out);
    return status;
}

static int read_identity(H5File *f, Recognizer *r, Error *err)
{
    BankIdentity *i = &r->identity;
    if (bank_file_identity(f, i, err) != 0) return -1;
    if (!*i->encoder)
        snprintf(i->encoder, TEXT_ENCODER_NAME, "%s",
                 text_encoder_kind_name(r->config.text.encoder));
    return 0;
}

static int read_model(H5File *f, const char *path, Recognizer *r, Error *err)
{
    RamPlusConfig sizes;
    if (config_model(&r->config, &sizes, err) != 0) return -1;
    r->params = param_set_new();
    r->model = ram_plus_new(&sizes, r->params);
    param_set_build_frozen(r->params);
    char *ema = mem_format("ema/%s", r->params->param[0]->name);
    const char *prefix = h5_find(f, ema) ? "ema/" : "param/";
    mem_free(ema);
    if (model_file_read_params(f, path, prefix, r->params, err) != 0) return -1;
    if (bank_file_tags(f, &r->tags, err) != 0) return error_prefix(err, "%s", path);
    if (bank_file_labels(f, path, &r->bank, err) != 0) return -1;
    if (read_identity(f, r, err) != 0) return error_prefix(err, "%s", path);
    if (r->bank->tags != r->tags.count || r->bank->dim != sizes.text_width)
        return error_set(err, EXIT_CHECKPOINT,
                         "%s: label bank of %lld tags, width %lld: does not fit", path,
                         (long long)r->bank->tags, (long long)r->bank->dim);
    return 0;
}

int recognizer_open(const char *path, char *const *assignment, int64_t assignments,
                    Recognizer *out, Error *err)
{
    *out = (Recognizer){0};
    H5File *f = NULL;
    if (model_file_open(path, &f, err) != 0) return -1;
    int status = read_config(f, path, assignment, assignments, &out->config, err);
    if (status == 0) {
        config_arithmetic(&out->config);
        status = read_model(f, path, out, err);
        if (status != 0) recognizer_close(out);
    }
    h5_close(f);
    if (status != 0) return -1;
    out->tape = tape_new();
    tape_set_bf16(out->tape, config_bf16(&out->config));
    return 0;
}

void recognizer_close(Recognizer *r)
{
    tape_free(r->tape);
    text_encoder_free(r->encoder);
    if (r->tags.name) tags_free(&r->tags);
    label_bank_free(r->bank);
    ram_plus_free(r->model);
    param_set_free(r->params);
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
        log_warn("text_encoder=%s: its weights, table, vocabulary or options are not those of "
                 "the training (fingerprint %.8s, want %.8s): scores of its texts may mean "
                 "nothing",
                 text_encoder_kind_name((int)config.kind), text_encoder_fingerprint(r->encoder),
                 want);
    return r->encoder;
}

/* ---- other lists ------------------------------------------------------------------------------- */

int recognizer_read_bank(const Recognizer *r, const char *path, BankFile *out, Error *err)
{
    if (bank_file_read(path, out, err) != 0) return -1;
    int status = bank_fit_width(out, r->config.model.text_width, err);
    if (status == 0) status = bank_fit_encoder(out, &r->identity, "the checkpoint", err);
    if (status != 0)
        bank_file_free(out);
    else if (!*r->identity.fingerprint)
        log_warn(
            "%s: taken on trust: the checkpoint does not say which weights, table or options "
            "its text encoder had",
            path);
    return status;
}

/* Takes both over. */
static void replace(Recognizer *r, TagList tags, LabelBank *bank)
{
    tags_free(&r->tags);
    label_bank_free(r->bank);
    r->tags = tags;
    r->bank = bank;
}

int recognizer_use_tags(Recognizer *r, const char *tags, const char *descriptions, Error *err)
{
    const TextEncoder *encoder = recognizer_encoder(r, err);
    TagList list;
    LabelBank *bank = NULL;
    if (!encoder || tags_read(tags, &list, err) != 0) return -1;
    if (label_texts_bank(encoder, &list, descriptions, &bank, err) != 0) {
        tags_free(&list);
        return -1;
    }
    replace(r, list, bank);
    return 0;
}

int recognizer_use_bank(Recognizer *r, const char *path, Error *err)
{
    BankFile b;
    if (recognizer_read_bank(r, path, &b, err) != 0) return -1;
    replace(r, b.tags, b.bank);
    b.tags = (TagList){0};
    b.bank = NULL;
    bank_file_free(&b);
    return 0;
}

/* Positions of the tags that the list there is has not, each name once, into pick [more->count]; returns
 * how many. */
static int64_t pick_new(const TagList *have, const TagList *more, const char *path,
                        int64_t *pick)
{
    int64_t n = 0, known = -1;
    for (int64_t k = 0; k < more->count; k++) {
        if (tags_find(have, more->name[k]) < 0 && tags_find(more, more->name[k]) == k)
            pick[n++] = k;
        else if (known < 0)
            known = k;
    }
    if (known >= 0)
        log_warn("%s: %lld of %lld tags are in the list already and left out, such as '%.80s'",
                 path, (long long)(more->count - n), (long long)more->count, more->name[known]);
    return n;
}

static void add(Recognizer *r, const TagList *more, const LabelBank *bank, const char *path)
{
    int64_t *pick = mem_alloc((size_t)more->count * sizeof *pick);
    const int64_t K = r->tags.count, n = pick_new(&r->tags, more, path, pick);
    char **name = mem_alloc((size_t)(K + n) * sizeof *name);
    memcpy(name, r->tags.name, (size_t)K * sizeof *name);
    for (int64_t i = 0; i < n; i++) name[K + i] = more->name[pick[i]];
    replace(r, tags_new(name, K + n), label_bank_join(r->bank, bank, pick, n));
    mem_free(name);
    mem_free(pick);
}

int recognizer_add_tags(Recognizer *r, const char *tags, const char *descriptions, Error *err)
{
    const TextEncoder *encoder = recognizer_encoder(r, err);
    TagList more;
    LabelBank *bank = NULL;
    if (!encoder || tags_read(tags, &more, err) != 0) return -1;
    const int status = label_texts_bank(encoder, &more, descriptions, &bank, err);
    if (status == 0) add(r, &more, bank, tags);
    label_bank_free(bank);
    tags_free(&more);
    return status;
}

int recognizer_add_bank(Recognizer *r, const char *path, Error *err)
{
    BankFile b;
    if (recognizer_read_bank(r, path, &b, err) != 0) return -1;
    add(r, &b.tags, b.bank, path);
    bank_file_free(&b);
    return 0;
}

Scorer recognizer_scorer(const Recognizer *r)
{
    return (Scorer){r->model, r->bank, &r->config, r->tape, {0}};
}
