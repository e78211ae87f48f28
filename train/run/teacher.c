/* SPDX-License-Identifier: Apache-2.0 */
/* Running the image tower on small groups of images. */
#include "train/run/teacher.h"

#include "core/log.h"
#include "core/mem.h"
#include "model/clip/clip_file.h"

#include <string.h>

enum { COLORS = 3, GROUP = 8 };

/* Pixel statistics that CLIP was trained with. */
static const double MEAN[COLORS] = {0.48145466, 0.4578275, 0.40821073};
static const double STD[COLORS] = {0.26862954, 0.26130258, 0.27577711};

struct Teacher {
    ParamSet *params;
    ClipImage *model;
    Tape *tape;
    Packed *packed;
    bool same; /* training uses the same normalization as CLIP */
    double scale[COLORS], shift[COLORS];
};

/* The affine map from pixels normalized for training to pixels normalized for CLIP. */
static void set_normalization(Teacher *t, const Config *c)
{
    t->same = true;
    for (int i = 0; i < COLORS; i++) {
        const double mean = c->data.mean.value[i], std = c->data.std.value[i];
        t->same = t->same && mean == MEAN[i] && std == STD[i];
        t->scale[i] = std / STD[i];
        t->shift[i] = (mean - MEAN[i]) / STD[i];
    }
}

int teacher_open(const Config *c, Teacher **out, Error *err)
{
    *out = NULL;
    if (c->loss.weight_distill == 0 || !*c->clip.weights) return 0;
    if (c->text.encoder == TEXT_SIGLIP) return 0; /* only CLIP is a teacher */
    const ClipOptions options = config_text_encoder(c).clip;
    ParamSet *params;
    ClipImage *model;
    if (clip_file_image(&options, c->model.text_width, &params, &model, err) != 0) return -1;
    if (!model) return 0;
    Teacher *t = mem_calloc(1, sizeof *t);
    t->params = params;
    t->model = model;
    t->tape = tape_new();
    tape_set_bf16(t->tape, config_bf16(c));
    tape_set_recording(t->tape, false);
    if (config_bf16(c)) t->packed = packed_new(params);
    tape_set_packed(t->tape, t->packed);
    set_normalization(t, c);
    *out = t;
    return 0;
}

void teacher_free(Teacher *t)
{
    if (!t) return;
    tape_free(t->tape);
    packed_free(t->packed);
    clip_image_free(t->model);
    param_set_free(t->params);
    mem_free(t);
}

int64_t teacher_image_size(const Teacher *t) { return clip_image_config(t->model)->image_size; }

void teacher_hash(const Teacher *t, char out[static HASH_HEX])
{
    uint8_t value[HASH_BYTES];
    hash_of(t->params->data, (size_t)t->params->len * sizeof *t->params->data, value);
    hash_hex(value, out);
}

/* Converts n images of `area` pixels to CLIP's normalization. */
static void convert(const Teacher *t, int64_t n, int64_t area, const float *in, float *out)
{
    for (int64_t i = 0; i < n * COLORS; i++) {
        const double scale = t->scale[i % COLORS], shift = t->shift[i % COLORS];
        for (int64_t k = 0; k < area; k++)
            out[i * area + k] = (float)((double)in[i * area + k] * scale + shift);
    }
}

static void encode(Teacher *t, const float *pixels, int64_t n, float *out)
{
    const int64_t S = teacher_image_size(t);
    float *own = NULL;
    if (!t->same) {
        own = tape_alloc(t->tape, (size_t)(n * COLORS * S * S) * sizeof *own);
        convert(t, n, S * S, pixels, own);
    }
    Tensor *x = tape_input(t->tape, 4, (int64_t[]){n, COLORS, S, S}, own ? own : pixels);
    tensor_read(clip_image_forward(t->tape, t->model, x), out);
    tape_reset(t->tape);
}

double teacher_bytes(Teacher *t, int64_t B)
{
    const int64_t S = teacher_image_size(t), E = clip_image_config(t->model)->sizes.embed;
    float *image = mem_calloc((size_t)(COLORS * S * S), sizeof *image);
    float *out = mem_calloc((size_t)E, sizeof *out);
    encode(t, image, 1, out);
    mem_free(out);
    mem_free(image);
    const TapeUse use = tape_use(t->tape);
    tape_release(t->tape);
    return (double)use.values_peak * (double)(B < GROUP ? B : GROUP);
}

void teacher_features(Teacher *t, const float *pixels, int64_t B, float *out)
{
    const int64_t S = teacher_image_size(t), E = clip_image_config(t->model)->sizes.embed;
    for (int64_t b = 0; b < B; b += GROUP) {
        const int64_t n = B - b < GROUP ? B - b : GROUP;
        encode(t, pixels + b * COLORS * S * S, n, out + b * E);
    }
}
