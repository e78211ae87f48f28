/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's text tower as a text encoder: tokens, tower, unit vectors. */
#include "model/text/text_encoder_kind.h"

#include "core/mem.h"
#include "core/parallel.h"
#include "data/text/tokenizer.h"
#include "model/clip/clip_file.h"
#include "model/clip/clip_folder.h"

typedef struct Clip {
    Tokenizer *tokenizer;
    ParamSet *params;
    ClipText *model;
    Tape *tape; /* work memory, kept between calls */
    Packed *packed;
} Clip;

static void clip_close(void *state)
{
    Clip *c = state;
    if (!c) return;
    tape_free(c->tape);
    packed_free(c->packed);
    clip_text_free(c->model);
    param_set_free(c->params);
    tokenizer_free(c->tokenizer);
    mem_free(c);
}

/* The path of the merges: clip.vocab, or a file next to the weights. Owned; NULL on failure. */
static char *find_merges(const ClipOptions *o, Error *err)
{
    char *weights, *merges;
    if (o->vocabulary && *o->vocabulary) return mem_strdup(o->vocabulary);
    if (clip_folder_weights(o->weights, &weights, err) != 0) return NULL;
    merges = clip_folder_merges(weights);
    if (!merges)
        error_set(err, ERROR_USAGE,
                  "clip.vocab: not set: name CLIP's merges (bpe_simple_vocab_16e6.txt.gz or "
                  "merges.txt), or put them next to %s",
                  weights);
    mem_free(weights);
    return merges;
}

static int check_tower(const char *merges, const ClipOptions *o, const Clip *c, Error *err)
{
    const ClipTextConfig *k = clip_text_config(c->model);
    const int64_t have = tokenizer_size(c->tokenizer), want = k->vocabulary;
    if (have != want)
        return error_set(err, ERROR_DATA, "%s: %ld tokens: %s has %ld", merges, have,
                         o->weights, want);
    if (k->context >= 2) return 0;
    return error_set(err, ERROR_DATA, "%s: texts of at most %ld tokens: too few", o->weights,
                     k->context);
}

static int load(const ClipOptions *options, int64_t dim, Clip *c, Error *err)
{
    char *merges = find_merges(options, err);
    if (!merges) return -1;
    int status = clip_file_text(options, dim, &c->params, &c->model, err);
    if (status == 0) {
        c->tokenizer = tokenizer_open(merges, err);
        status = c->tokenizer ? check_tower(merges, options, c, err) : -1;
    }
    mem_free(merges);
    return status;
}

static int clip_open(const TextEncoderConfig *config, int64_t *dim, void **state, Error *err)
{
    Clip *c = mem_calloc(1, sizeof *c);
    if (load(&config->clip, *dim, c, err) != 0) {
        clip_close(c);
        return -1;
    }
    c->tape = tape_new();
    tape_set_bf16(c->tape, config->bf16);
    if (config->bf16) c->packed = packed_new(c->params);
    tape_set_packed(c->tape, c->packed);
    *dim = clip_text_config(c->model)->sizes.embed;
    *state = c;
    return 0;
}

/* The sizes follow from the shapes and the names of the blocks, except for the number of heads,
 * the activation and the epsilon of the layer norms. */
static void clip_fingerprint(const void *state, Hash *h)
{
    const Clip *c = state;
    const ClipTextConfig *k = clip_text_config(c->model);
    const int64_t option[] = {k->sizes.heads, k->sizes.gelu};
    const double eps = clip_eps(&k->sizes);
    const uint64_t merges = tokenizer_digest(c->tokenizer);
    hash_add(h, option, sizeof option);
    if (eps != 1e-5) hash_add(h, &eps, sizeof eps); /* 1e-5 was the only one at first */
    hash_add(h, &merges, sizeof merges);
    for (int64_t i = 0; i < c->params->count; i++) {
        const Param *p = c->params->param[i];
        hash_add_text(h, p->name);
        hash_add(h, p->tensor.shape, (size_t)p->tensor.ndim * sizeof *p->tensor.shape);
        hash_add(h, c->params->data + p->offset, (size_t)p->len * sizeof *c->params->data);
    }
}

/* Tokens of n texts: id [n, context]. Every piece has its own Error; the first one is reported.
 */
typedef struct Work {
    const Tokenizer *tokenizer;
    const char *const *text;
    int64_t n, context;
    int32_t *id;
    Error *err; /* [pieces] */
} Work;

enum { TEXTS_PER_PIECE = 64 };

static void tokenize_piece(int64_t piece, void *context)
{
    const Work *w = context;
    const int64_t first = piece * TEXTS_PER_PIECE;
    const int64_t end = first + TEXTS_PER_PIECE < w->n ? first + TEXTS_PER_PIECE : w->n;
    int64_t length;
    for (int64_t i = first; i < end && w->err[piece].code == 0; i++)
        tokenizer_encode(w->tokenizer, w->text[i], w->context, w->id + i * w->context, &length,
                         &w->err[piece]);
}

static int tokenize(const Clip *c, const char *const *text, int64_t n, int32_t *id, Error *err)
{
    const int64_t pieces = (n + TEXTS_PER_PIECE - 1) / TEXTS_PER_PIECE;
    Work w = {c->tokenizer, text, n, clip_text_config(c->model)->context, id, NULL};
    w.err = mem_calloc((size_t)pieces, sizeof *w.err);
    parallel_for(pieces, tokenize_piece, &w);
    int status = 0;
    for (int64_t i = 0; status == 0 && i < pieces; i++) status = error_move(err, &w.err[i]);
    mem_free(w.err);
    return status;
}

static int clip_encode(const void *state, const char *const *text, int64_t n, float *out,
                       Error *err)
{
    const Clip *c = state;
    const int64_t context = clip_text_config(c->model)->context;
    int32_t *id = mem_calloc((size_t)(n * context), sizeof *id);
    const int status = tokenize(c, text, n, id, err);
    if (status == 0) clip_text_encode(c->tape, c->model, n, id, context, true, out);
    mem_free(id);
    return status;
}

const TextEncoderKind text_clip_kind = {"clip",           true,       clip_open, clip_close,
                                        clip_fingerprint, clip_encode};
