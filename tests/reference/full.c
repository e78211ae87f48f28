/* SPDX-License-Identifier: Apache-2.0 */
/* full_*.json: models of full size. Parameters and inputs come from the formula; logits, pooled
 * tokens, losses and the norm of every gradient are stored. */
#include "core/mem.h"
#include "tests/reference/formula.h"
#include "tests/reference/rig.h"

#include <math.h>
#include <string.h>

enum { TILE = 512, FIRST_TAGS = 8 }; /* decoder rows per tile; tags whose weights are stored */
static const GoldenTolerance FORWARD = {1e-4, 1e-4, false};
static const double NORM = 1e-3;      /* relative */
static const double PEAK_LIMIT = 4.0; /* GiB */

static void fill(Rig *r)
{
    Fixture *f = &r->fixture;
    const char *salt = fixture_text(f, f->json, "salt");
    const int64_t S = ram_plus_shape(r->model).image_size;
    const json_t *given = json_object_get(f->json, "positive");
    const double positive = given ? fixture_number(f, f->json, "positive") : 0.3;
    for (int64_t i = 0; i < r->ps->count; i++) {
        Tensor *t = &r->ps->param[i]->tensor;
        float *values = mem_alloc((size_t)tensor_len(t) * sizeof *values);
        formula_param(salt, r->ps->param[i]->name, t->ndim, t->shape, values);
        tensor_write(t, values);
        mem_free(values);
    }
    formula_unit_rows(salt, "label_embed", r->K * r->P, r->E, r->bank->rows);
    formula_range(salt, "image", -2, 2, r->B * 3 * S * S, r->image);
    formula_bits(salt, "image_tag", positive, r->B * r->K, r->image_tag);
    formula_range(salt, "clip_image", -0.5, 0.5, r->B * r->E, r->clip_image);
    formula_unit_rows(salt, "text_embed", r->B, r->E, r->text);
}

static void compare(Rig *r, const char *name, const float *got, int ndim, const int64_t *shape)
{
    int64_t len = 1;
    for (int i = 0; i < ndim; i++) len *= shape[i];
    float *want = fixture_tensor(&r->fixture, name, ndim, shape);
    if (rig_check(r, name) == 0) golden_floats(r->golden, name, got, want, len, FORWARD);
    mem_free(want);
}

static float *values_of(const Tensor *x)
{
    float *values = mem_alloc((size_t)tensor_len(x) * sizeof *values);
    tensor_read(x, values);
    return values;
}

/* Compares token number `token` of every image: x [B, 1+N, C] -> [B, C]. */
static void compare_token(Rig *r, const char *name, const Tensor *x, int64_t token)
{
    const int64_t B = x->shape[0], N = x->shape[1], C = x->shape[2];
    float *all = values_of(x), *one = mem_alloc((size_t)(B * C) * sizeof *one);
    for (int64_t b = 0; b < B; b++)
        memcpy(one + b * C, all + (b * N + token) * C, (size_t)C * sizeof *one);
    compare(r, name, one, 2, (int64_t[]){B, C});
    mem_free(one);
    mem_free(all);
}

/* Computes the logits [B, K] tile by tile, as `ramplus tag` does. */
static void compare_tag_logits(Rig *r, const RamPlusImage *x)
{
    const int64_t B = r->B, K = r->K;
    const int64_t tile = B < TILE ? TILE / B : 1;
    float *logits = mem_alloc((size_t)(B * K) * sizeof *logits);
    for (int64_t first = 0; first < K; first += tile) {
        const TapeMark mark = tape_mark(r->tape);
        const int64_t k = K - first < tile ? K - first : tile;
        float *part =
            values_of(ram_plus_tag_logits(r->tape, r->model, x, r->bank, first, k, NULL, NULL));
        for (int64_t b = 0; b < B; b++)
            memcpy(logits + b * K + first, part + b * k, (size_t)k * sizeof *part);
        mem_free(part);
        tape_rewind(r->tape, mark);
    }
    compare(r, "out.tag_logits", logits, 2, (int64_t[]){B, K});
    mem_free(logits);
}

static void compare_label_weights(Rig *r, const RamPlusImage *x)
{
    const int64_t k = r->K < FIRST_TAGS ? r->K : FIRST_TAGS;
    Tensor *weights;
    ram_plus_tag_logits(r->tape, r->model, x, r->bank, 0, k, &weights, NULL);
    float *values = values_of(weights);
    compare(r, "out.label_weights.first8", values, 3, (int64_t[]){r->B, k, r->P});
    mem_free(values);
}

static void compare_forward(Rig *r)
{
    Tape *t = r->tape;
    const int64_t S = ram_plus_shape(r->model).image_size;
    tape_set_recording(t, false);
    Tensor *image = tape_input(t, 4, (int64_t[]){r->B, 3, S, S}, r->image);
    Tensor *text = tape_input(t, 2, (int64_t[]){r->B, r->E}, r->text);
    const RamPlusImage x = ram_plus_image(t, r->model, image);
    compare_token(r, "out.visual_encoder.cls", x.features, 0);
    compare_token(r, "out.visual_encoder.last_token", x.features, r->N);
    compare_token(r, "out.image_embeds.cls", x.image_embeds, 0);
    compare_label_weights(r, &x);
    compare_tag_logits(r, &x);
    float *align = values_of(ram_plus_text_logits(t, r->model, &x, text));
    compare(r, "out.align_logits", align, 2, (int64_t[]){r->B, r->B});
    mem_free(align);
    tape_set_recording(t, true);
    tape_reset(t);
}

static void compare_step(Rig *r)
{
    Fixture *f = &r->fixture;
    const json_t *losses = json_object_get(f->json, "losses_float64");
    if (!losses) losses = fixture_object(f, f->json, "losses");
    const json_t *norms = fixture_object(f, f->json, "grad_norm");
    if (rig_check(r, "losses") != 0) return;
    const StepLosses got = rig_step(r, "asl", TILE);
    rig_compare_losses(r, "losses", losses, got);
    rig_compare_norms(r, "grad_norm", norms, false, NORM);
}

void golden_full(Golden *g, const char *path)
{
    Rig r;
    if (rig_new(&r, g, path, "out.image_embeds.cls") == 0) {
        fill(&r);
        if (rig_check(&r, "inputs") == 0) {
            compare_forward(&r);
            compare_step(&r);
        }
        golden_at_most(g, "peak memory", (double)mem_peak() / 0x1p30, PEAK_LIMIT, "GiB");
    }
    rig_free(&r);
}
