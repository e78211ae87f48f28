/* SPDX-License-Identifier: Apache-2.0 */
/* model_*.json: a small RAM++ with all parameters, intermediate values, gradients and three
 * AdamW steps in model_*.safetensors. */
#include "core/mem.h"
#include "optim/adamw.h"
#include "tests/reference/rig.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const GoldenTolerance FORWARD = {1e-4, 1e-4, false};
static const double GRADIENT = 1e-4; /* relative, L2 */

/* ---- loading ------------------------------------------------------------------------- */

static const char *after(const char *text, const char *prefix)
{
    const size_t n = strlen(prefix);
    return strncmp(text, prefix, n) == 0 ? text + n : NULL;
}

static bool known_output(const char *name)
{
    static const char *const known[] = {"visual_encoder",         "image_embeds",
                                        "label_weights",          "tag_logits",
                                        "label_embed_reweighted", "align_logits"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], name) == 0) return true;
    return false;
}

/* Whether the comparisons below read this tensor of the file. */
static bool expected(const Rig *r, const char *name)
{
    const char *rest;
    if ((rest = after(name, "param.")) && strcmp(rest, "label_embed") == 0) return true;
    if (rest || (rest = after(name, "grad.")) || (rest = after(name, "step3.")))
        return param_find(r->ps, rest);
    if ((rest = after(name, "out."))) return known_output(rest);
    return after(name, "in.");
}

static void check_names(Rig *r)
{
    for (int64_t i = 0; i < st_count(r->fixture.tensors); i++) {
        const char *name = st_entry(r->fixture.tensors, i)->name;
        if (!expected(r, name))
            error_set(&r->fixture.err, ERROR_DATA, "%s has no counterpart here", name);
    }
}

static void read_into(Rig *r, const char *name, int ndim, const int64_t *shape, float *out)
{
    int64_t len = 1;
    for (int i = 0; i < ndim; i++) len *= shape[i];
    float *values = fixture_tensor(&r->fixture, name, ndim, shape);
    memcpy(out, values, (size_t)len * sizeof *out);
    mem_free(values);
}

static void read_params(Rig *r)
{
    for (int64_t i = 0; i < r->ps->count; i++) {
        Tensor *t = &r->ps->param[i]->tensor;
        char *name = mem_format("param.%s", r->ps->param[i]->name);
        float *values = fixture_tensor(&r->fixture, name, t->ndim, t->shape);
        tensor_write(t, values);
        mem_free(values);
        mem_free(name);
    }
}

static int load(Rig *r)
{
    const int64_t S = ram_plus_shape(r->model).image_size;
    read_params(r);
    read_into(r, "param.label_embed", 2, (int64_t[]){r->K * r->P, r->E}, r->bank->rows);
    read_into(r, "in.image", 4, (int64_t[]){r->B, 3, S, S}, r->image);
    read_into(r, "in.image_tag", 2, (int64_t[]){r->B, r->K}, r->image_tag);
    read_into(r, "in.clip_image", 2, (int64_t[]){r->B, r->E}, r->clip_image);
    read_into(r, "in.text_embed", 2, (int64_t[]){r->B, r->E}, r->text);
    check_names(r);
    if (rig_check(r, "names and shapes") != 0) return -1;
    golden_pass(r->golden, "names and shapes", "%ld parameters", r->ps->count);
    return 0;
}

/* ---- forward ------------------------------------------------------------------------- */

static void compare_output(Rig *r, const char *name, const Tensor *got, int ndim,
                           const int64_t *shape)
{
    float *want = fixture_tensor(&r->fixture, name, ndim, shape);
    float *values = mem_alloc((size_t)tensor_len(got) * sizeof *values);
    tensor_read(got, values);
    if (rig_check(r, name) == 0)
        golden_floats(r->golden, name, values, want, tensor_len(got), FORWARD);
    mem_free(values);
    mem_free(want);
}

static void compare_forward(Rig *r)
{
    Tape *t = r->tape;
    const int64_t B = r->B, K = r->K, S = ram_plus_shape(r->model).image_size;
    Tensor *weights, *reweighted;
    tape_set_recording(t, false);
    Tensor *image = tape_input(t, 4, (int64_t[]){B, 3, S, S}, r->image);
    Tensor *text = tape_input(t, 2, (int64_t[]){B, r->E}, r->text);
    const RamPlusImage x = ram_plus_image(t, r->model, image);
    const Tensor *tags =
        ram_plus_tag_logits(t, r->model, &x, r->bank, 0, K, &weights, &reweighted);
    const Tensor *align = ram_plus_text_logits(t, r->model, &x, text);
    compare_output(r, "out.visual_encoder", x.features, 3,
                   (int64_t[]){B, 1 + r->N, ram_plus_shape(r->model).channels});
    compare_output(r, "out.image_embeds", x.image_embeds, 3, (int64_t[]){B, 1 + r->N, r->E});
    compare_output(r, "out.label_weights", weights, 3, (int64_t[]){B, K, r->P});
    compare_output(r, "out.label_embed_reweighted", reweighted, 3, (int64_t[]){B, K, r->E});
    compare_output(r, "out.tag_logits", tags, 2, (int64_t[]){B, K});
    compare_output(r, "out.align_logits", align, 2, (int64_t[]){B, B});
    tape_set_recording(t, true);
    tape_reset(t);
}

/* ---- gradients ----------------------------------------------------------------------- */

static void compare_gradient(Rig *r, const Param *p)
{
    char *name = mem_format("grad.%s", p->name);
    float *want = fixture_tensor(&r->fixture, name, p->tensor.ndim, p->tensor.shape);
    float *got = rig_gradient(p);
    if (rig_check(r, name) == 0) golden_l2(r->golden, name, got, want, p->len, GRADIENT);
    mem_free(got);
    mem_free(want);
    mem_free(name);
}

/* Runs the tags in uneven tiles, then in one tile: both must give the stored values. */
static void compare_backward(Rig *r)
{
    Fixture *f = &r->fixture;
    const json_t *losses = json_object_get(f->json, "losses_float64");
    if (!losses) losses = fixture_object(f, f->json, "losses");
    const json_t *norms = fixture_object(f, f->json, "grad_norm");
    if (rig_check(r, "losses") != 0) return;
    const int64_t some = r->K > 4 ? r->K / 2 - 1 : 1;
    rig_compare_losses(r, "losses", losses, rig_step(r, "asl", r->B * some));
    for (int64_t i = 0; i < r->ps->count; i++)
        if (!rig_zero_gradient(r, r->ps->param[i]->name, false))
            compare_gradient(r, r->ps->param[i]);
    rig_compare_norms(r, "grad_norm", norms, false, GRADIENT);
    rig_compare_losses(r, "losses in one tile", losses, rig_step(r, "asl", r->B * r->K));
    rig_compare_norms(r, "grad_norm in one tile", norms, false, GRADIENT);
}

static void compare_other(Rig *r, const char *name, const json_t *object)
{
    char *prefix = mem_format("other_losses.%s", name);
    char *what = mem_format("%s.grad_norm", prefix);
    const json_t *norms = fixture_object(&r->fixture, object, "grad_norm");
    const int64_t some = r->K > 4 ? r->K / 2 - 1 : 1;
    rig_compare_losses(r, prefix, object, rig_step(r, name, r->B * some));
    rig_compare_norms(r, what, norms, strcmp(name, "ce") == 0, GRADIENT);
    mem_free(what);
    mem_free(prefix);
}

static void compare_others(Rig *r)
{
    static const char *const known[] = {"bce", "asl", "hill", "splc", "ce"};
    const json_t *others = fixture_object(&r->fixture, r->fixture.json, "other_losses");
    size_t compared = 0;
    if (rig_check(r, "other_losses") != 0) return;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const json_t *object = json_object_get(others, known[i]);
        if (!object) continue;
        compare_other(r, known[i], object);
        compared++;
    }
    if (compared < json_object_size(others))
        golden_fail(r->golden, "other_losses", "%zu of %zu have a name that is known here",
                    compared, json_object_size(others));
}

/* ---- AdamW --------------------------------------------------------------------------- */

static double read_adamw(Fixture *f, const json_t *adamw, AdamWConfig *config)
{
    double betas[2];
    fixture_numbers(f, adamw, "betas", 2, betas);
    config->beta1 = betas[0];
    config->beta2 = betas[1];
    config->eps = fixture_number(f, adamw, "eps");
    config->weight_decay = fixture_number(f, adamw, "weight_decay");
    return fixture_number(f, adamw, "lr");
}

static StepLosses stored_losses(Fixture *f, const json_t *row)
{
    double v[3] = {0};
    for (size_t i = 0; i < 3; i++) {
        v[i] = json_number_value(json_array_get(row, i));
        if (!json_is_number(json_array_get(row, i)))
            error_set(&f->err, ERROR_DATA,
                      "\"loss_before_step\" is not a list of 3 numbers each");
    }
    return (StepLosses){
        .tag = v[0], .distill = v[1], .align = v[2], .total = v[0] + v[1] + v[2]};
}

static void compare_param(Rig *r, const Param *p)
{
    char *name = mem_format("step3.%s", p->name);
    float *want = fixture_tensor(&r->fixture, name, p->tensor.ndim, p->tensor.shape);
    float *got = mem_alloc((size_t)p->len * sizeof *got);
    tensor_read(&p->tensor, got);
    if (rig_check(r, name) == 0)
        golden_floats(r->golden, name, got, want, p->len, (GoldenTolerance){5e-5, 0, true});
    mem_free(got);
    mem_free(want);
    mem_free(name);
}

static void take_steps(Rig *r, AdamW *opt, double lr, const json_t *rows)
{
    for (size_t i = 0; i < json_array_size(rows); i++) {
        char *what = mem_format("adamw: losses before step %zu", i + 1);
        const StepLosses want = stored_losses(&r->fixture, json_array_get(rows, i));
        const StepLosses got = rig_step(r, "asl", r->B * r->K);
        if (rig_check(r, what) == 0)
            golden_doubles(r->golden, what, (double[]){got.tag, got.distill, got.align},
                           (double[]){want.tag, want.distill, want.align}, 3,
                           (GoldenTolerance){0, 1e-5, false});
        adamw_step(opt, r->ps, lr);
        mem_free(what);
    }
}

static void compare_adamw(Rig *r)
{
    Fixture *f = &r->fixture;
    AdamWConfig config = {0};
    const json_t *adamw = fixture_object(f, f->json, "adamw");
    const double lr = read_adamw(f, adamw, &config);
    const json_t *rows = json_object_get(adamw, "loss_before_step");
    if (json_array_size(rows) != 3)
        error_set(&f->err, ERROR_DATA, "\"loss_before_step\" is not a list of 3 steps");
    if (rig_check(r, "adamw") != 0) return;
    AdamW *opt = adamw_new(config, r->ps);
    take_steps(r, opt, lr, rows);
    for (int64_t i = 0; i < r->ps->count; i++) compare_param(r, r->ps->param[i]);
    adamw_free(opt);
}

void golden_model(Golden *g, const char *path)
{
    Rig r;
    if (rig_new(&r, g, path, "param.label_embed") == 0 && load(&r) == 0) {
        compare_forward(&r);
        compare_backward(&r);
        compare_others(&r);
        compare_adamw(&r);
    }
    rig_free(&r);
}
