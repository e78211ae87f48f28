/* SPDX-License-Identifier: Apache-2.0 */
/* Builds the model of a fixture and compares one training step. */
#include "tests/reference/rig.h"

#include "core/mem.h"

#include <math.h>
#include <string.h>

static void read_sizes(Rig *r, const char *width_from)
{
    Fixture *f = &r->fixture;
    SwinOptions *swin = &r->swin;
    r->config.encoder = (BackboneConfig){.kind = &backbone_swin, .options = swin};
    r->config.encoder.image_size = fixture_int(f, f->json, "image_size");
    swin->depths.count = swin->heads.count = SWIN_STAGES;
    swin->width = fixture_int(f, f->json, "embed_dim");
    swin->window = fixture_int(f, f->json, "window_size");
    fixture_ints(f, f->json, "depths", SWIN_STAGES, swin->depths.value);
    fixture_ints(f, f->json, "num_heads", SWIN_STAGES, swin->heads.value);
    r->config.hidden = fixture_int(f, f->json, "hidden");
    r->config.heads = fixture_int(f, f->json, "heads");
    r->config.ffn = fixture_int(f, f->json, "ffn");
    r->config.layers = fixture_int(f, f->json, "layers");
    r->K = fixture_int(f, f->json, "tags");
    r->P = fixture_int(f, f->json, "descriptions");
    r->B = fixture_int(f, f->json, "batch");
    const StEntry *e = f->tensors ? st_find(f->tensors, width_from) : NULL;
    if (!e || e->ndim < 1) error_set(&f->err, ERROR_DATA, "tensor %s is missing", width_from);
    r->E = r->config.text_width = f->err.code ? 0 : e->shape[e->ndim - 1];
    if (f->err.code == 0 && (r->K < 1 || r->P < 1 || r->B < 1))
        error_set(&f->err, ERROR_DATA, "tags, descriptions and batch must be positive");
}

int rig_check(Rig *r, const char *what)
{
    if (r->fixture.err.code == 0) return 0;
    golden_fail(r->golden, what, "%s", r->fixture.err.text);
    r->fixture.err = (Error){0};
    return -1;
}

int rig_new(Rig *r, Golden *g, const char *path, const char *width_from)
{
    *r = (Rig){.golden = g, .fixture = fixture_open(path)};
    if (r->fixture.err.code == 0) read_sizes(r, width_from);
    if (r->fixture.err.code == 0) ram_plus_check(&r->config, &r->fixture.err);
    if (rig_check(r, "sizes") != 0) return -1;
    r->ps = param_set_new();
    r->model = ram_plus_new(&r->config, r->ps);
    const BackboneShape shape = ram_plus_shape(r->model);
    const int64_t S = shape.image_size;
    r->N = shape.grid * shape.grid;
    param_set_build(r->ps);
    r->bank = label_bank_uniform(r->K, r->P, r->E);
    r->shards = shards_new(shards_wanted(r->ps->len), r->ps);
    r->tape = r->shards->joint;
    r->image = mem_calloc((size_t)(r->B * 3 * S * S), sizeof(float));
    r->image_tag = mem_calloc((size_t)(r->B * r->K), sizeof(float));
    r->tag_offset = mem_calloc((size_t)r->B + 1, sizeof *r->tag_offset);
    r->tag = mem_calloc((size_t)(r->B * r->K), sizeof *r->tag);
    r->clip_image = mem_calloc((size_t)(r->B * r->E), sizeof(float));
    r->text = mem_calloc((size_t)(r->B * r->E), sizeof(float));
    return 0;
}

void rig_free(Rig *r)
{
    mem_free(r->text);
    mem_free(r->clip_image);
    mem_free(r->tag);
    mem_free(r->tag_offset);
    mem_free(r->image_tag);
    mem_free(r->image);
    shards_free(r->shards);
    label_bank_free(r->bank);
    ram_plus_free(r->model);
    param_set_free(r->ps);
    fixture_close(&r->fixture);
}

static void list_tags(Rig *r)
{
    int64_t n = 0;
    for (int64_t i = 0; i < r->B * r->K; i++) {
        if (r->image_tag[i] > 0) r->tag[n++] = (int32_t)(i % r->K);
        r->tag_offset[i / r->K + 1] = n;
    }
}

static void set(LossOptions *o, const char *key, const char *value)
{
    char *setting = mem_format("%s=%s", key, value);
    CHECK(option_set(&loss_options, o, setting, NULL) == 0, "%s", setting);
    mem_free(setting);
}

StepLosses rig_step(Rig *r, const char *loss, int64_t tile)
{
    LossOptions losses;
    option_defaults(&loss_options, &losses);
    set(&losses, "loss.tag", loss);
    set(&losses, "loss.align", loss);
    set(&losses, "loss.splc.change_epoch", "0");
    const StepConfig config = {.loss = &losses, .tile = tile};
    const StepInput input = {.B = r->B,
                             .image = r->image,
                             .tags = {r->tag_offset, r->tag},
                             .clip_image = r->clip_image,
                             .text = r->text};
    list_tags(r);
    param_set_zero_grad(r->ps);
    return step_run(r->shards, r->model, r->bank, &config, &input, 1);
}

static void compare_loss(Rig *r, const char *prefix, const char *term, double got, double want)
{
    char *what = mem_format("%s.%s", prefix, term);
    /* a loss of exactly zero has no relative error */
    const GoldenTolerance tolerance = {want == 0 ? 1e-6 : 0, 1e-5, false};
    golden_number(r->golden, what, got, want, tolerance);
    mem_free(what);
}

void rig_compare_losses(Rig *r, const char *prefix, const json_t *object, StepLosses got)
{
    const double tag = fixture_number(&r->fixture, object, "tag");
    const double distill = fixture_number(&r->fixture, object, "distill");
    const double align = fixture_number(&r->fixture, object, "align");
    if (rig_check(r, prefix) != 0) return;
    compare_loss(r, prefix, "tag", got.tag, tag);
    compare_loss(r, prefix, "distill", got.distill, distill);
    compare_loss(r, prefix, "align", got.align, align);
}

static bool ends_with(const char *text, const char *ending)
{
    const size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

bool rig_zero_gradient(const Rig *r, const char *name, bool softmax)
{
    const json_t *list = json_object_get(r->fixture.json, "zero_gradient");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *listed = json_string_value(json_array_get(list, i));
        if (listed && strcmp(listed, name) == 0) return true;
    }
    if (ends_with(name, ".crossattention.self.key.bias")) return true;
    if (!softmax) return false;
    char last[96];
    snprintf(last, sizeof last, ".layer.%ld.output.LayerNorm.bias", r->config.layers - 1);
    return strcmp(name, "fc.bias") == 0 || ends_with(name, last);
}

float *rig_gradient(const Param *p)
{
    Tensor gradient = p->tensor;
    gradient.data = p->tensor.grad;
    float *out = mem_alloc((size_t)p->len * sizeof *out);
    tensor_read(&gradient, out);
    return out;
}

static double gradient_norm(const Param *p)
{
    float *g = rig_gradient(p);
    double sum = 0;
    for (int64_t i = 0; i < p->len; i++) sum += (double)g[i] * (double)g[i];
    mem_free(g);
    return sqrt(sum);
}

static int names_agree(Rig *r, const char *what, const json_t *object)
{
    for (int64_t i = 0; i < r->ps->count; i++)
        if (!json_object_get(object, r->ps->param[i]->name)) {
            golden_fail(r->golden, what, "%s is not in the fixture", r->ps->param[i]->name);
            return -1;
        }
    for (void *it = json_object_iter((json_t *)object); it;
         it = json_object_iter_next((json_t *)object, it))
        if (!param_find(r->ps, json_object_iter_key(it))) {
            golden_fail(r->golden, what, "%s is not in the model", json_object_iter_key(it));
            return -1;
        }
    return 0;
}

void rig_compare_norms(Rig *r, const char *what, const json_t *object, bool softmax,
                       double tolerance)
{
    double worst = -1, worst_got = 0, worst_want = 0;
    const char *name = "none";
    int64_t compared = 0;
    if (names_agree(r, what, object) != 0) return;
    for (int64_t i = 0; i < r->ps->count; i++) {
        const Param *p = r->ps->param[i];
        if (rig_zero_gradient(r, p->name, softmax)) continue;
        const double want = fixture_number(&r->fixture, object, p->name);
        const double got = gradient_norm(p);
        double error = want > 0 ? fabs(got - want) / want : got;
        if (isnan(error)) error = HUGE_VAL;
        compared++;
        if (error <= worst) continue;
        worst = error, worst_got = got, worst_want = want, name = p->name;
    }
    if (rig_check(r, what) != 0) return;
    if (compared > 0 && worst <= tolerance)
        golden_pass(r->golden, what, "%ld norms, worst %.1e of %.0e: %s", compared, worst,
                    tolerance, name);
    else
        golden_fail(r->golden, what, "%ld norms, worst %.1e of %.0e: %s is %.9g, expected %.9g",
                    compared, worst, tolerance, name, worst_got, worst_want);
}
