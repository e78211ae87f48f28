/* SPDX-License-Identifier: Apache-2.0 */
/* clip_NAME.json: a small CLIP with its weights under OpenAI's names
 * (clip_NAME_openai.safetensors, which also contains inputs and outputs) and under Hugging
 * Face's (clip_NAME_hf.safetensors). */
#include "core/mem.h"
#include "model/clip/clip_weights.h"
#include "tests/reference/fixture.h"
#include "tests/reference/formula.h"
#include "tests/reference/golden.h"

#include <string.h>

static const GoldenTolerance FORWARD = {1e-4, 1e-4, false};

typedef struct Rig {
    Golden *golden;
    Fixture json, data; /* data: the file of inputs and outputs */
    const char *scheme; /* "openai", "hf" */
    TensorSet weights;
    Tape *tape;
    int64_t texts, images, embed;
} Rig;

/* Turns an error into a failed comparison and returns -1; otherwise returns 0. */
static int check(Rig *r, const char *what, Error *err)
{
    if (err->code == 0) return 0;
    golden_fail(r->golden, what, "%s: %s", r->scheme, err->text);
    *err = (Error){0};
    return -1;
}

/* ---- weights: those of a file, and the token embedding, which a formula gives ------------ */

typedef struct Store {
    TensorSet file;
    int64_t *from;     /* [count] index in the file */
    int64_t count;     /* the token embedding follows them */
    int64_t token_len; /* its elements */
    const char *salt;
} Store;

static int read_entry(void *store, int64_t i, float *out, Error *err)
{
    Store *s = store;
    if (i < s->count) return s->file.read(s->file.store, s->from[i], out, err);
    formula_range(s->salt, "clip.token_embedding.weight", -0.5, 0.5, s->token_len, out);
    return 0;
}

static void close_store(void *store)
{
    Store *s = store;
    tensor_set_close(&s->file);
    mem_free(s->from);
    mem_free(s);
}

static void add_weights(TensorSet *set, Store *s)
{
    for (int64_t i = 0; i < s->file.count; i++) {
        const char *name = s->file.entry[i].name;
        if (strncmp(name, "in.", 3) == 0 || strncmp(name, "out.", 4) == 0) continue;
        s->from[s->count++] = i;
        set->entry[set->count++] = s->file.entry[i];
    }
}

static int open_weights(Rig *r, const char *path)
{
    const json_t *json = r->json.json;
    Store *s = mem_calloc(1, sizeof *s);
    const int64_t V = fixture_int(&r->json, json, "vocab_size");
    const int64_t C = fixture_int(&r->json, json, "transformer_width");
    s->salt = fixture_text(&r->json, json, "salt");
    s->token_len = V * C;
    r->weights = (TensorSet){.store = s, .read = read_entry, .close = close_store};
    if (check(r, "sizes", &r->json.err) != 0) return -1;
    if (tensor_set_safetensors(path, &s->file, &r->data.err) != 0)
        return check(r, "weights", &r->data.err);
    const size_t room = (size_t)s->file.count + 1;
    s->from = mem_calloc(room, sizeof *s->from);
    r->weights.path = mem_strdup(path);
    r->weights.entry = mem_calloc(room, sizeof *r->weights.entry);
    add_weights(&r->weights, s);
    const bool hf = strcmp(r->scheme, "hf") == 0;
    r->weights.entry[r->weights.count++] = (TensorEntry){
        .name = hf ? "text_model.embeddings.token_embedding.weight" : "token_embedding.weight",
        .ndim = 2,
        .shape = {V, C},
        .len = V * C};
    return 0;
}

/* ---- comparisons --------------------------------------------------------------------- */

static void compare_size(Rig *r, const char *key, int64_t got)
{
    const int64_t want = fixture_int(&r->json, r->json.json, key);
    if (got != want && r->json.err.code == 0)
        error_set(&r->json.err, ERROR_DATA, "%s inferred as %ld, is %ld", key, got, want);
}

static bool exact_gelu(Rig *r)
{
    const char *name = fixture_text(&r->json, r->json.json, "activation");
    if (strcmp(name, "gelu") != 0 && strcmp(name, "quick_gelu") != 0)
        error_set(&r->json.err, ERROR_DATA, "activation %s is unknown", name);
    return strcmp(name, "gelu") == 0;
}

/* Compares got [rows, E] with the tensor NAME; the scheme precedes it in the output. */
static void compare(Rig *r, const char *name, const float *got, int64_t rows)
{
    char *what = mem_format("%s: %s", r->scheme, name);
    float *want = fixture_tensor(&r->data, name, 2, (int64_t[]){rows, r->embed});
    if (check(r, name, &r->data.err) == 0)
        golden_floats(r->golden, what, got, want, rows * r->embed, FORWARD);
    mem_free(want);
    mem_free(what);
}

/* The ids with other numbers after the end token, which must not change the result. */
static int32_t *read_tokens(Rig *r, int64_t context)
{
    float *id = fixture_tensor(&r->data, "in.tokens", 2, (int64_t[]){r->texts, context});
    int32_t *out = mem_calloc((size_t)(r->texts * context), sizeof *out);
    for (int64_t i = 0; i < r->texts * context; i++)
        out[i] = id[i] > 0 ? (int32_t)id[i] : (int32_t)(i % 5);
    mem_free(id);
    return out;
}

static void encode_texts(Rig *r, const ClipText *m)
{
    const int64_t context = clip_text_config(m)->context;
    int32_t *id = read_tokens(r, context);
    float *got = mem_calloc((size_t)(r->texts * r->embed), sizeof *got);
    if (check(r, "in.tokens", &r->data.err) == 0) {
        clip_text_encode(r->tape, m, r->texts, id, context, false, got);
        compare(r, "out.text", got, r->texts);
        clip_text_encode(r->tape, m, r->texts, id, context, true, got);
        compare(r, "out.text_unit", got, r->texts);
    }
    mem_free(got);
    mem_free(id);
}

static void compare_text(Rig *r)
{
    ClipTextConfig c;
    if (clip_weights_text(&r->weights, &c, &r->data.err) != 0) {
        check(r, "text tower", &r->data.err);
        return;
    }
    compare_size(r, "transformer_width", c.sizes.width);
    compare_size(r, "transformer_layers", c.sizes.layers);
    compare_size(r, "context_length", c.context);
    compare_size(r, "embed_dim", c.sizes.embed);
    c.sizes.heads = fixture_int(&r->json, r->json.json, "transformer_heads");
    c.sizes.gelu = exact_gelu(r);
    clip_text_check(&c, &r->json.err);
    if (check(r, "text tower", &r->json.err) != 0) return;
    ParamSet *ps = param_set_new();
    ClipText *m = clip_text_new(&c, ps);
    r->embed = c.sizes.embed;
    clip_weights_load(&r->weights, ps, &r->data.err);
    if (check(r, "text tower", &r->data.err) == 0) encode_texts(r, m);
    clip_text_free(m);
    param_set_free(ps);
}

static void encode_images(Rig *r, const ClipImage *m)
{
    const int64_t S = clip_image_config(m)->image_size, shape[4] = {r->images, 3, S, S};
    float *pixels = fixture_tensor(&r->data, "in.image", 4, shape);
    float *got = mem_calloc((size_t)(r->images * r->embed), sizeof *got);
    if (check(r, "in.image", &r->data.err) == 0) {
        Tensor *y = clip_image_forward(r->tape, m, tape_input(r->tape, 4, shape, pixels));
        tensor_read(y, got);
        compare(r, "out.image", got, r->images);
    }
    mem_free(got);
    mem_free(pixels);
}

static void compare_image(Rig *r)
{
    ClipImageConfig c;
    if (clip_weights_image(&r->weights, &c, &r->data.err) != 0) {
        check(r, "image tower", &r->data.err);
        return;
    }
    compare_size(r, "vision_width", c.sizes.width);
    compare_size(r, "vision_layers", c.sizes.layers);
    compare_size(r, "vision_patch_size", c.patch);
    compare_size(r, "image_resolution", c.image_size);
    c.sizes.gelu = exact_gelu(r);
    if (check(r, "image tower", &r->json.err) != 0) return;
    ParamSet *ps = param_set_new();
    ClipImage *m = clip_image_new(&c, ps);
    r->embed = c.sizes.embed;
    clip_weights_load(&r->weights, ps, &r->data.err);
    if (check(r, "image tower", &r->data.err) == 0) encode_images(r, m);
    clip_image_free(m);
    param_set_free(ps);
}

static void compare_names(Rig *r)
{
    const char *first;
    const int64_t n = clip_weights_unexpected(&r->weights, &first);
    char *what = mem_format("%s: names", r->scheme);
    if (n > 0)
        golden_fail(r->golden, what, "%ld are unknown: %s ...", n, first);
    else
        golden_pass(r->golden, what, "%ld tensors", r->weights.count);
    mem_free(what);
}

static void compare_scheme(Rig *r, const char *stem, const char *scheme)
{
    char *path = mem_format("%s_%s.safetensors", stem, scheme);
    r->scheme = scheme;
    r->tape = tape_new();
    tape_set_recording(r->tape, false);
    if (open_weights(r, path) == 0) {
        compare_names(r);
        compare_text(r);
        compare_image(r);
    }
    tensor_set_close(&r->weights);
    tape_free(r->tape);
    mem_free(path);
}

static int64_t rows_of(Fixture *f, const char *name)
{
    const StEntry *e = f->tensors ? st_find(f->tensors, name) : NULL;
    if (!e || e->ndim < 1) error_set(&f->err, ERROR_DATA, "tensor %s is missing", name);
    return e && e->ndim > 0 ? e->shape[0] : 0;
}

void golden_clip(Golden *g, const char *path)
{
    char *stem = mem_strdup(path);
    *strrchr(stem, '.') = '\0';
    char *data = mem_format("%s_openai.safetensors", stem);
    Rig r = {.golden = g,
             .scheme = "fixture",
             .json = fixture_open(path),
             .data = fixture_open(data)};
    r.texts = rows_of(&r.data, "in.tokens");
    r.images = rows_of(&r.data, "in.image");
    if (check(&r, "json", &r.json.err) == 0 && check(&r, "tensors", &r.data.err) == 0) {
        compare_scheme(&r, stem, "openai");
        compare_scheme(&r, stem, "hf");
    }
    fixture_close(&r.data);
    fixture_close(&r.json);
    mem_free(data);
    mem_free(stem);
}
