/* SPDX-License-Identifier: Apache-2.0 */
/* RAM++ (Huang et al. 2023, arXiv 2310.15200): tagging and image-text alignment with one
 * decoder.
 *
 *   image [B,3,S,S] -> encoder -> image_proj -> image_embeds [B,1+N,E]; cls = its first token
 *   tags:     label bank, re-weighted by cls [B,K,E]
 *   captions: text vectors [Q,E]
 *   both:     -> wordvec_proj, ReLU -> decoder -> fc -> logits [B,K] or [B,Q]
 * Without wordvec_proj if hidden equals E, as in the reference, and not word_proj. */
#ifndef RAMPLUS_MODEL_RAM_PLUS_H
#define RAMPLUS_MODEL_RAM_PLUS_H

#include "core/autograd/param.h"
#include "core/autograd/tape.h"
#include "model/backbone/backbone.h"
#include "model/label_bank.h"

/* How the descriptions of a tag become its vector. */
enum Reweight {
    REWEIGHT_AUTO, /* automatic re-weighting by the image (section 3.2) */
    REWEIGHT_MEAN, /* plain mean of their vectors, for all images the same */
    REWEIGHT_NONE, /* the first one: a single prompt, as in RAM (Zhang et al. 2023) */
};

/* How images and captions are compared (Table 4). */
enum Align {
    ALIGN_DECODER, /* the alignment decoder, which sees the parts of the image */
    ALIGN_DOT,     /* dot product of the pooled token and the text, both of unit length */
};

typedef struct RamPlusConfig {
    BackboneConfig encoder; /* ram_plus_new overwrites its `fan_in` with the field below */
    int64_t text_width;     /* E: width of text vectors and image_proj, 512 with CLIP */
    int64_t hidden;         /* decoder width, 768 */
    int64_t heads;          /* 4 */
    int64_t ffn;            /* 3072 */
    int64_t layers;         /* 2 */
    double dropout;         /* 0.1, in the decoder */
    /* Only REWEIGHT_AUTO uses the parameter reweight_scale; otherwise files may lack it. */
    enum Reweight reweight;
    enum Align align;
    /* Initial weights. false: the reference's, normal with std 0.02 at every width, which suits
     * wide layers that start from ImageNet weights. true, model.init_scheme=fan_in: every layer
     * keeps the variance of its input, and the query of a text starts at the scale of the
     * attention output added to it, so that small models learn from scratch. */
    bool fan_in;
    /* wordvec_proj is there even if hidden equals E, as in files of earlier versions and with
     * fan_in. Whoever reads a file sets it by what the file has. */
    bool word_proj;
} RamPlusConfig;

typedef struct RamPlus RamPlus;

/* ERROR_USAGE for sizes that do not fit together. */
int ram_plus_check(const RamPlusConfig *config, Error *err);
/* Adds all parameters to ps; CHECKs that ram_plus_check accepts the sizes. Owned:
 * ram_plus_free. */
RamPlus *ram_plus_new(const RamPlusConfig *config, ParamSet *ps);
void ram_plus_free(RamPlus *m); /* accepts NULL */
/* Borrowed. The options of its encoder are NULL. */
const RamPlusConfig *ram_plus_config(const RamPlus *m);
/* Image size, map and channels of the encoder. */
BackboneShape ram_plus_shape(const RamPlus *m);

enum { RAM_PLUS_MAX_LAYERS = 8 };

/* The input of the decoder for a batch of images, computed once for tags and captions. */
typedef struct RamPlusImage {
    Tensor *features;                    /* [B, 1+N, channels] encoder output */
    Tensor *image_embeds;                /* [B, 1+N, E] */
    Tensor *cls;                         /* [B, E] */
    Tensor *unit;                        /* [B, E] cls / |cls| */
    Tensor *keys[RAM_PLUS_MAX_LAYERS];   /* [B, h*(1+N), C+1] folded, per layer */
    Tensor *values[RAM_PLUS_MAX_LAYERS]; /* [B, h*(1+N), C] */
} RamPlusImage;

RamPlusImage ram_plus_image(Tape *tape, const RamPlus *m, Tensor *image);

/* The images index [n] of a batch, for the decoder: features and image_embeds are NULL. index
 * is strictly ascending and borrowed until the backward has run. */
RamPlusImage ram_plus_image_rows(Tape *tape, const RamPlus *m, const RamPlusImage *image,
                                 int64_t n, const int64_t *index);

/* Logits of tags first .. first+K-1 of the bank -> [B, K]. weights and reweighted, unless NULL,
 * receive the description weights [B, rows] and the re-weighted embeddings [B, K, E]; NULL
 * unless the model re-weights automatically. */
Tensor *ram_plus_tag_logits(Tape *tape, const RamPlus *m, const RamPlusImage *image,
                            const LabelBank *bank, int64_t first, int64_t K, Tensor **weights,
                            Tensor **reweighted);

/* Logits of arbitrary texts: text [Q, E] unit rows -> [B, Q]. With ALIGN_DOT they are the
 * cosines over 0.07, the temperature with which CLIP's training starts. */
Tensor *ram_plus_text_logits(Tape *tape, const RamPlus *m, const RamPlusImage *image,
                             Tensor *text);

#endif
