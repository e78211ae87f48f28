/* SPDX-License-Identifier: Apache-2.0 */
/* The model with one of several encoders, and the sum of all losses. */
#include "tests/model/grad_world.h"

#include "core/mem.h"
#include "core/ops/ops.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { B = GRAD_BATCH, SIDE = GRAD_SIDE, TAGS = GRAD_TAGS, WIDTH = GRAD_WIDTH, ROWS = 11 };

static const struct {
    const Backbone *kind;
    const char *settings;
} ENCODER[GRAD_ENCODERS] = {
    /* maps of 16, 8, 4, 2: two stages shift, one is one window, one smaller */
    {&backbone_swin, "swin.width=4 swin.depths=2,2,1,1 swin.heads=1,2,2,4 swin.window=4 "
                     "swin.drop_path=0.3"},
    {&backbone_vit, "vit.width=6 vit.depth=2 vit.heads=2 vit.ffn=10 vit.registers=2 "
                    "vit.layer_scale=0.5 vit.drop_path=0.3"},
    {&backbone_vit, "vit.patch=32 vit.width=4 vit.depth=1 vit.heads=1 vit.pool=mean "
                    "vit.qkv_bias=false"},
    {&backbone_convnext, "convnext.widths=4,4,6,8 convnext.depths=1,1,2,1 "
                         "convnext.layer_scale=0.5 convnext.drop_path=0.3"},
};
static const RamPlusConfig CONFIG = {.encoder = {.image_size = SIDE},
                                     .text_width = WIDTH,
                                     .hidden = GRAD_HIDDEN,
                                     .heads = 2,
                                     .ffn = 12,
                                     .layers = 2,
                                     .dropout = 0.2};

static const int64_t OFFSET[TAGS + 1] = {0, 3, 4, 6, 10, ROWS};
static const char *const LOSS[GRAD_LOSSES] = {"bce", "asl", "hill", "splc", "ce"};

GradWorld grad_world;
static GradWorld *const w = &grad_world;

static void unit_rows(int64_t rows, uint64_t seed, float *out)
{
    Rng rng = rng_new(seed, 0, 0, RNG_TEST);
    for (int64_t r = 0; r < rows; r++) {
        double v[WIDTH], squares = 0;
        for (int i = 0; i < WIDTH; i++) {
            v[i] = rng_range(&rng, -1, 1);
            squares += v[i] * v[i];
        }
        for (int i = 0; i < WIDTH; i++) out[r * WIDTH + i] = (float)(v[i] / sqrt(squares));
    }
}

static void set_options(const OptionTable *t, void *options, const char *settings)
{
    char *copy = mem_strdup(settings), *rest = copy;
    Error err = {0};
    option_defaults(t, options);
    for (char *one; (one = strtok_r(rest, " ", &rest));)
        ck_assert_msg(option_set(t, options, one, &err) == 0, "%s", err.text);
    mem_free(copy);
}

/* ASL with the gradient through its focusing weight, and SPLC with correction: losses whose
 * gradient equals finite differences. */
void grad_world_loss(int loss)
{
    const char *name = LOSS[loss];
    char settings[128];
    snprintf(settings, sizeof settings,
             "loss.tag=%s loss.align=%s loss.asl.focal_grad=true loss.splc.change_epoch=0",
             name, name);
    set_options(&loss_options, &w->loss, settings);
}

static RamPlus *new_model(int encoder)
{
    RamPlusConfig c = CONFIG;
    Error err = {0};
    c.reweight = w->reweight;
    c.align = w->align;
    c.encoder.kind = ENCODER[encoder].kind;
    void *options = mem_calloc(1, c.encoder.kind->option_bytes);
    set_options(c.encoder.kind->options, options, ENCODER[encoder].settings);
    c.encoder.options = options;
    ck_assert_msg(ram_plus_check(&c, &err) == 0, "%s", err.text);
    RamPlus *m = ram_plus_new(&c, w->ps);
    option_free(c.encoder.kind->options, options);
    mem_free(options);
    return m;
}

void grad_world_make(int encoder)
{
    w->tape = tape_new();
    w->ps = param_set_new();
    w->model = new_model(encoder);
    param_set_build(w->ps);
    test_fill_params(w->ps, 50);
    w->bank = label_bank_new(TAGS, OFFSET, WIDTH);
    unit_rows(ROWS, 1, w->bank->rows);
    unit_rows(B, 2, w->text);
    for (int i = 0; i < B * WIDTH; i++)
        w->teacher[i] = i % 3 ? 5 : -5; /* far from the kinks of L1 */
    w->image = mem_alloc(B * 3 * SIDE * SIDE * sizeof *w->image);
    Rng rng = rng_new(4, 0, 0, RNG_TEST);
    for (int i = 0; i < B * 3 * SIDE * SIDE; i++) w->image[i] = (float)rng_range(&rng, -2, 2);
    grad_world_loss(0);
}

void grad_world_free(void)
{
    mem_free(w->image);
    label_bank_free(w->bank);
    ram_plus_free(w->model);
    param_set_free(w->ps);
    tape_free(w->tape);
}

/* ---- the total loss, tags in tiles ---- */

static double target(int64_t b, int64_t k) { return (b + k) % 3 == 0; }

static Tensor *targets(int64_t first, int64_t K)
{
    Tensor *y = tape_tensor(w->tape, 2, (int64_t[]){B, K});
    for (int64_t i = 0; i < B * K; i++) y->data[i] = (Real)target(i / K, first + i % K);
    return y;
}

static void normalizers(const RamPlusImage *image, double *y_sum, double *lse)
{
    const bool recording = tape_recording(w->tape);
    tape_set_recording(w->tape, false);
    const TapeMark mark = tape_mark(w->tape);
    const Tensor *x =
        ram_plus_tag_logits(w->tape, w->model, image, w->bank, 0, TAGS, NULL, NULL);
    for (int64_t b = 0; b < B; b++) {
        double sum = 0;
        y_sum[b] = 0;
        for (int64_t k = 0; k < TAGS; k++) {
            sum += exp((double)x->data[b * TAGS + k]);
            y_sum[b] += target(b, k);
        }
        lse[b] = log(sum);
    }
    tape_rewind(w->tape, mark);
    tape_set_recording(w->tape, recording);
}

/* Seeds a part of the total loss and, when recording, runs the backward pass to the mark. */
static double part(Tensor *loss, TapeMark mark)
{
    const double value = (double)loss->data[0];
    if (!tape_recording(w->tape)) return tape_rewind(w->tape, mark), value;
    tape_seed(w->tape, loss, 1);
    tape_backward_to(w->tape, mark);
    return value;
}

static double tag_part(const RamPlusImage *image, int64_t tile)
{
    double total = 0, y_sum[B], lse[B];
    normalizers(image, y_sum, lse);
    for (int64_t first = 0; first < TAGS; first += tile) {
        const TapeMark mark = tape_mark(w->tape);
        const int64_t K = first + tile < TAGS ? tile : TAGS - first;
        Tensor *x =
            ram_plus_tag_logits(w->tape, w->model, image, w->bank, first, K, NULL, NULL);
        Tensor *y = targets(first, K);
        const LossInput in = {x, y, y_sum, lse, w->params.tag, 0};
        total += part(loss_tag(w->tape, &w->loss, &in), mark);
    }
    return total;
}

static double align_part(const RamPlusImage *image)
{
    const TapeMark mark = tape_mark(w->tape);
    Tensor *text = tape_input(w->tape, 2, (int64_t[]){B, WIDTH}, w->text);
    Tensor *x = ram_plus_text_logits(w->tape, w->model, image, text);
    Tensor *y = tape_tensor(w->tape, 2, (int64_t[]){B, B});
    for (int i = 0; i < B * B; i++) y->data[i] = i / B == i % B;
    const LossInput in = {x, y, NULL, NULL, w->params.align, 0};
    return part(loss_align(w->tape, &w->loss, &in), mark);
}

double grad_world_run(int64_t tile, bool training, bool record)
{
    tape_reset(w->tape);
    tape_set_step(w->tape, 3, 9);
    tape_set_training(w->tape, training);
    tape_set_recording(w->tape, record);
    Tensor *pixels = tape_input(w->tape, 4, (int64_t[]){B, 3, SIDE, SIDE}, w->image);
    const RamPlusImage image = ram_plus_image(w->tape, w->model, pixels);
    Tensor *teacher = tape_input(w->tape, 2, (int64_t[]){B, WIDTH}, w->teacher);
    double total = tag_part(&image, tile) + align_part(&image);
    Tensor *distill = op_loss_l1(w->tape, image.cls, teacher);
    total += (double)distill->data[0];
    if (!record) return total;
    tape_seed(w->tape, distill, 1);
    tape_backward(w->tape);
    return total;
}
