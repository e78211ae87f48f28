/* SPDX-License-Identifier: Apache-2.0 */
/* SigLIP's text tower as a text encoder: pieces, tower, unit vectors. */
#include "model/text/text_encoder_kind.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "data/text/unigram.h"
#include "model/clip/clip_folder.h"
#include "model/clip/siglip_file.h"

typedef struct Siglip {
    Unigram *tokenizer;
    ParamSet *params;
    SiglipText *model;
    Tape *tape; /* work memory, kept between calls */
    Packed *packed;
} Siglip;

static void siglip_close(void *state)
{
    Siglip *s = state;
    if (!s) return;
    tape_free(s->tape);
    packed_free(s->packed);
    siglip_text_free(s->model);
    param_set_free(s->params);
    unigram_free(s->tokenizer);
    mem_free(s);
}

/* The path of the pieces: clip.vocab, or spiece.model next to the weights. Owned; NULL on
 * failure. */
static char *find_pieces(const ClipOptions *o, Error *err)
{
    char *weights;
    if (o->vocabulary && *o->vocabulary) return mem_strdup(o->vocabulary);
    if (clip_folder_weights(o->weights, &weights, err) != 0) return NULL;
    char *folder = file_folder(weights), *path = file_join(folder, "spiece.model");
    if (!file_exists(path)) {
        error_set(err, ERROR_USAGE,
                  "clip.vocab: not set: name SigLIP's spiece.model, or put it next to %s",
                  weights);
        mem_free(path);
        path = NULL;
    }
    mem_free(folder);
    mem_free(weights);
    return path;
}

static int load(const ClipOptions *o, int64_t dim, Siglip *s, Error *err)
{
    char *path = find_pieces(o, err);
    if (!path) return -1;
    int status = siglip_file_text(o, dim, &s->params, &s->model, err);
    if (status == 0) {
        s->tokenizer = unigram_open(path, err);
        status = s->tokenizer ? 0 : -1;
    }
    if (status == 0 && unigram_size(s->tokenizer) != siglip_text_config(s->model)->vocabulary)
        status = error_set(err, ERROR_DATA, "%s: %d tokens: %s has %ld", path,
                           unigram_size(s->tokenizer), o->weights,
                           siglip_text_config(s->model)->vocabulary);
    mem_free(path);
    return status;
}

static int siglip_open(const TextEncoderConfig *config, int64_t *dim, void **state, Error *err)
{
    Siglip *s = mem_calloc(1, sizeof *s);
    if (load(&config->clip, *dim, s, err) != 0) {
        siglip_close(s);
        return -1;
    }
    s->tape = tape_new();
    tape_set_bf16(s->tape, config->bf16);
    if (config->bf16) s->packed = packed_new(s->params);
    tape_set_packed(s->tape, s->packed);
    *dim = siglip_text_config(s->model)->sizes.embed;
    *state = s;
    return 0;
}

/* The sizes follow from the shapes, except for the number of heads. */
static void siglip_fingerprint(const void *state, Hash *h)
{
    const Siglip *s = state;
    const int64_t heads = siglip_text_config(s->model)->sizes.heads;
    const uint64_t pieces = unigram_digest(s->tokenizer);
    hash_add(h, &heads, sizeof heads);
    hash_add(h, &pieces, sizeof pieces);
    for (int64_t i = 0; i < s->params->count; i++) {
        const Param *p = s->params->param[i];
        hash_add_text(h, p->name);
        hash_add(h, p->tensor.shape, (size_t)p->tensor.ndim * sizeof *p->tensor.shape);
        hash_add(h, s->params->data + p->offset, (size_t)p->len * sizeof *s->params->data);
    }
}

static int siglip_encode(const void *state, const char *const *text, int64_t n, float *out,
                         Error *err)
{
    const Siglip *s = state;
    const int64_t context = siglip_text_config(s->model)->context;
    int32_t *id = mem_calloc((size_t)(n * context), sizeof *id);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < n; i++)
        status = unigram_encode(s->tokenizer, text[i], context, id + i * context, err);
    if (status == 0) siglip_text_encode(s->tape, s->model, n, id, out);
    mem_free(id);
    return status;
}

const TextEncoderKind text_siglip_kind = {
    "siglip", true, siglip_open, siglip_close, siglip_fingerprint, siglip_encode};
