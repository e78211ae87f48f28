/* From a checkpoint to a model that scores pictures. */
#include "eval/recognizer.h"

#include "core/file.h"
#include "core/gemm.h"
#include "core/mem.h"
#include "eval/label_texts.h"
#include "eval/model_file.h"

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
    if (model_file_read_tags(f, &r->tags, err) != 0) return error_prefix(err, "%s", path);
    if (model_file_read_bank(f, path, &r->bank, err) != 0) return -1;
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
        gemm_set_threads((int)out->config.threads);
        status = read_model(f, path, out, err);
        if (status != 0) recognizer_close(out);
    }
    h5_close(f);
    if (status == 0) out->tape = tape_new();
    return status;
}

void recognizer_close(Recognizer *r)
{
    tape_free(r->tape);
    text_encoder_free(r->encoder);
    if (r->tags.name) tags_free(&r->tags);
    label_bank_free(r->bank);
    ram_plus_free(r->model);
    param_set_free(r->params);
    if (r->config.run) config_free(&r->config);
    *r = (Recognizer){0};
}

const TextEncoder *recognizer_encoder(Recognizer *r, Error *err)
{
    const TextEncoderConfig config = config_text_encoder(&r->config);
    if (!r->encoder && text_encoder_new(&config, &r->encoder, err) != 0) return NULL;
    return r->encoder;
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
    tags_free(&r->tags);
    label_bank_free(r->bank);
    r->tags = list;
    r->bank = bank;
    return 0;
}

Scorer recognizer_scorer(const Recognizer *r)
{
    return (Scorer){r->model, r->bank, &r->config, r->tape, {0}};
}
