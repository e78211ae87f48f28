/* SPDX-License-Identifier: Apache-2.0 */
/* weights/: checkpoints in the formats of the reference, read into models.
 *   RAM++ in any number type and naming: the parameters of a model_*.safetensors in the parent
 *     folder
 *   a Swin: its tensors in a model whose window is larger by one, tables resized
 *   views: a, its transpose c, a block of it b, the same numbers in two types g and h */
#include "core/mem.h"
#include "model/backbone/position_bias.h"
#include "model/backbone/swin_options.h"
#include "model/ram_plus.h"
#include "model/weights/model_file.h"
#include "model/weights/weight_set.h"
#include "tests/reference/fixture.h"
#include "tests/reference/golden.h"
#include "tests/reference/rig.h"

#include <glob.h>
#include <string.h>

typedef struct Source {
    Golden *g;
    const char *path;
    TensorSet set;
    Error err;
} Source;

static int check(Source *s, const char *what)
{
    if (s->err.code == 0) return 0;
    golden_fail(s->g, what, "%s", s->err.text);
    s->err = (Error){0};
    return -1;
}

static float *values_of(Source *s, int64_t i)
{
    float *x = mem_calloc((size_t)s->set.entry[i].len + 1, sizeof *x);
    s->set.read(s->set.store, i, x, &s->err);
    return x;
}

/* ---- RAM++ --------------------------------------------------------------------------- */

/* Whether the fixture has all of the set's tensors under "param.", in the same shapes. */
static bool is_model_of(const Source *s, const StFile *f)
{
    for (int64_t i = 0; f && i < s->set.count; i++) {
        const TensorEntry *e = &s->set.entry[i];
        char *name = mem_format("param.%s", e->name);
        const StEntry *p = st_find(f, name);
        mem_free(name);
        if (!p || p->ndim != e->ndim || memcmp(p->shape, e->shape, sizeof e->shape) != 0)
            return false;
    }
    return f != NULL;
}

/* The JSON of the model to which the file belongs, which the caller frees; NULL if there is
 * none. */
static char *find_model(const Source *s)
{
    glob_t found;
    char *out = NULL;
    char *pattern =
        mem_format("%.*s../model_*.json", (int)(strrchr(s->path, '/') - s->path + 1), s->path);
    const int status = glob(pattern, 0, NULL, &found);
    for (size_t i = 0; status == 0 && !out && i < found.gl_pathc; i++) {
        Fixture f = fixture_open(found.gl_pathv[i]);
        if (is_model_of(s, f.tensors)) out = mem_strdup(found.gl_pathv[i]);
        fixture_close(&f);
    }
    if (status == 0) globfree(&found);
    mem_free(pattern);
    return out;
}

/* Half an ulp of the number type, and of its subnormals. */
static GoldenTolerance rounding(const char *dtype)
{
    if (dtype && strcmp(dtype, "F16") == 0) return (GoldenTolerance){0x1p-25, 0x1p-11, false};
    if (dtype && strcmp(dtype, "BF16") == 0) return (GoldenTolerance){0x1p-134, 0x1p-8, false};
    return (GoldenTolerance){0};
}

/* All parameters, concatenated, as loaded and as stored. */
static void compare_params(Source *s, Rig *r)
{
    const ParamSet *ps = r->ps;
    int64_t n = 0, at = 0;
    for (int64_t i = 0; i < ps->count; i++) n += ps->param[i]->len;
    float *got = mem_calloc((size_t)n, sizeof *got),
          *want = mem_calloc((size_t)n, sizeof *want);
    for (int64_t i = 0; i < ps->count; at += ps->param[i++]->len) {
        const Tensor *t = &ps->param[i]->tensor;
        char *name = mem_format("param.%s", ps->param[i]->name);
        float *stored = fixture_tensor(&r->fixture, name, t->ndim, t->shape);
        memcpy(want + at, stored, (size_t)ps->param[i]->len * sizeof *want);
        tensor_read(t, got + at);
        mem_free(stored);
        mem_free(name);
    }
    const GoldenTolerance t = rounding(s->set.entry[0].dtype);
    if (rig_check(r, "parameters") == 0 && t.relative == 0)
        golden_bytes(s->g, "parameters", (uint8_t *)got, (uint8_t *)want,
                     n * (int64_t)sizeof *got);
    else if (r->fixture.err.code == 0)
        golden_floats(s->g, "parameters", got, want, n, t);
    mem_free(want);
    mem_free(got);
}

static void compare_model(Source *s)
{
    Rig r;
    char *json = find_model(s);
    if (!json) {
        golden_skip(s->g, "parameters",
                    "no model_*.safetensors with these tensors in the parent folder");
        return;
    }
    if (rig_new(&r, s->g, json, "param.label_embed") == 0) {
        param_set_init(r.ps, 1);
        if (tensor_set_find(&s->set, "label_embed") < 0 || s->set.count != r.ps->count + 1)
            golden_fail(s->g, "names", "%ld tensors, expected %ld and label_embed",
                        s->set.count, r.ps->count);
        else if (model_file_init_params(s->path, r.ps, &s->err) == 0)
            compare_params(s, &r);
        check(s, "parameters");
    }
    rig_free(&r);
    mem_free(json);
}

/* ---- a Swin alone -------------------------------------------------------------------- */

static const TensorEntry *find(const Source *s, const char *format, int64_t stage,
                               int64_t block)
{
    char *name = mem_format("visual_encoder.layers.%ld.blocks.%ld.%s", stage, block, format);
    const int64_t i = tensor_set_find(&s->set, name);
    mem_free(name);
    return i < 0 ? NULL : &s->set.entry[i];
}

static int64_t window_of(int64_t rows)
{
    int64_t side = 1;
    while (side * side < rows) side += 2;
    return (side + 1) / 2;
}

/* The sizes of the file's model, for a window one larger and the smallest image of that
 * window. */
static RamPlusConfig larger_model(const Source *s, SwinOptions *swin)
{
    static const char table[] = "attn.relative_position_bias_table";
    RamPlusConfig c = {.text_width = 4, .hidden = 4, .heads = 1, .ffn = 4, .layers = 1};
    const int64_t first = tensor_set_find(&s->set, "visual_encoder.patch_embed.proj.weight");
    swin->width = s->set.entry[first].shape[0];
    for (int64_t i = 0; i < SWIN_STAGES; i++) {
        const TensorEntry *e = find(s, table, i, 0);
        while (find(s, table, i, swin->depths.value[i])) swin->depths.value[i]++;
        if (!e || e->ndim != 2) continue;
        swin->heads.value[i] = e->shape[1];
        if (i == 0) swin->window = window_of(e->shape[0]) + 1;
    }
    swin->depths.count = swin->heads.count = SWIN_STAGES;
    c.encoder = (BackboneConfig){
        .kind = &backbone_swin, .image_size = 32 * swin->window, .options = swin};
    return c;
}

/* The expected values of a parameter: the tensor, or its table resized. The caller frees them;
 * NULL with an error. */
static float *expected(Source *s, int64_t i, const Param *p)
{
    const TensorEntry *e = &s->set.entry[i];
    float *x = values_of(s, i);
    if (e->len == p->len || e->ndim != 2) return x;
    float *resized = mem_calloc((size_t)p->len, sizeof *resized);
    position_bias_resize(window_of(e->shape[0]), x, e->shape[1], window_of(p->tensor.shape[0]),
                         resized, &s->err);
    mem_free(x);
    return resized;
}

static void compare_swin_param(Source *s, const Param *p, int64_t *same, int64_t *differ)
{
    const int64_t i = tensor_set_find(&s->set, p->name);
    float *want = i < 0 ? NULL : expected(s, i, p);
    float *got = mem_alloc((size_t)p->len * sizeof *got);
    tensor_read(&p->tensor, got);
    const bool equal =
        want && s->err.code == 0 && memcmp(got, want, (size_t)p->len * sizeof *got) == 0;
    *same += equal;
    *differ += !equal;
    mem_free(got);
    mem_free(want);
}

static void compare_swin(Source *s)
{
    SwinOptions swin = {0};
    const RamPlusConfig config = larger_model(s, &swin);
    if (ram_plus_check(&config, &s->err) != 0) {
        check(s, "sizes");
        return;
    }
    ParamSet *ps = param_set_new();
    RamPlus *m = ram_plus_new(&config, ps);
    param_set_build_frozen(ps);
    param_set_init(ps, 1);
    int64_t same = 0, differ = 0;
    model_file_init_params(s->path, ps, &s->err);
    for (int64_t i = 0; s->err.code == 0 && i < ps->count; i++)
        if (strncmp(ps->param[i]->name, "visual_encoder.", 15) == 0)
            compare_swin_param(s, ps->param[i], &same, &differ);
    if (check(s, "encoder") == 0 && differ == 0 && same == s->set.count)
        golden_pass(s->g, "encoder", "%ld tensors in a model of window %ld", same, swin.window);
    else
        golden_fail(s->g, "encoder", "%ld of %ld tensors differ", differ, s->set.count);
    ram_plus_free(m);
    param_set_free(ps);
}

/* ---- views --------------------------------------------------------------------------- */

typedef struct Matrix {
    const TensorEntry *e;
    float *x;
    int64_t rows, columns;
} Matrix;

static Matrix matrix(Source *s, const char *name)
{
    const int64_t i = tensor_set_find(&s->set, name);
    if (i < 0) return (Matrix){0};
    const TensorEntry *e = &s->set.entry[i];
    const int64_t columns = e->ndim ? e->shape[e->ndim - 1] : 1;
    return (Matrix){e, values_of(s, i), columns ? e->len / columns : 0, columns};
}

static bool is_transpose(const Matrix *a, const Matrix *b)
{
    for (int64_t r = 0; r < b->rows; r++)
        for (int64_t c = 0; c < b->columns; c++)
            if (b->x[r * b->columns + c] != a->x[c * a->columns + r]) return false;
    return a->rows == b->columns && a->columns == b->rows;
}

static bool is_block(const Matrix *a, int64_t row, int64_t column, const Matrix *b)
{
    for (int64_t r = 0; r < b->rows; r++)
        for (int64_t c = 0; c < b->columns; c++)
            if (b->x[r * b->columns + c] != a->x[(row + r) * a->columns + column + c])
                return false;
    return true;
}

static bool has_block(const Matrix *a, const Matrix *b)
{
    for (int64_t r = 0; r + b->rows <= a->rows; r++)
        for (int64_t c = 0; c + b->columns <= a->columns; c++)
            if (is_block(a, r, c, b)) return true;
    return false;
}

static void report(Source *s, const char *what, bool there, bool good)
{
    if (!there)
        golden_skip(s->g, what, "the file has other tensors");
    else if (good)
        golden_pass(s->g, what, "equal");
    else
        golden_fail(s->g, what, "differs");
}

static void compare_views(Source *s)
{
    Matrix a = matrix(s, "a"), b = matrix(s, "b"), c = matrix(s, "c");
    Matrix g = matrix(s, "g"), h = matrix(s, "h");
    if (check(s, "numbers") == 0) {
        report(s, "c is a transposed", a.e && c.e, a.e && c.e && is_transpose(&a, &c));
        report(s, "b is a block of a", a.e && b.e, a.e && b.e && has_block(&a, &b));
        const bool pair = g.e && h.e && g.e->len == h.e->len;
        report(s, "g and h", pair,
               pair && memcmp(g.x, h.x, (size_t)g.e->len * sizeof *g.x) == 0);
    }
    mem_free(h.x);
    mem_free(g.x);
    mem_free(c.x);
    mem_free(b.x);
    mem_free(a.x);
}

/* ---- all of them --------------------------------------------------------------------- */

/* Checks that every tensor can be read, whatever its type. */
static void read_all(Source *s)
{
    for (int64_t i = 0; i < s->set.count && s->err.code == 0; i++) mem_free(values_of(s, i));
    if (check(s, "tensors") == 0) golden_pass(s->g, "tensors", "%ld read", s->set.count);
}

void golden_weights(Golden *g, const char *path)
{
    Source s = {.g = g, .path = path};
    if (weight_set_open(path, "param/", &s.set, NULL, &s.err) == 0) {
        read_all(&s);
        if (tensor_set_find(&s.set, "fc.weight") >= 0)
            compare_model(&s);
        else if (tensor_set_find(&s.set, "visual_encoder.patch_embed.proj.weight") >= 0)
            compare_swin(&s);
        else
            compare_views(&s);
    }
    check(&s, "file");
    tensor_set_close(&s.set);
}
