/* SPDX-License-Identifier: Apache-2.0 */
/* Image encoders, one table row per encoder: a new encoder is one file in this folder and its
 * row in backbone.c. The rest of the project uses encoders only through this header.
 *
 *   BackboneConfig c = {.kind = kind, .size = size, .image_size = 224, .options = &options};
 *   if (backbone_check(&c, &err) != 0) return -1;
 *   void *m = c.kind->new(&c, ps, "visual_encoder");
 *   Tensor *y = c.kind->forward(tape, m, image);   // [B, 1 + grid^2, channels]
 *   c.kind->free(m); */
#ifndef RAMPLUS_MODEL_BACKBONE_BACKBONE_H
#define RAMPLUS_MODEL_BACKBONE_BACKBONE_H

#include "core/autograd/param.h"
#include "core/autograd/tape.h"
#include "core/formats/name_prefix.h"
#include "core/formats/tensor_set.h"
#include "core/options/option.h"

typedef struct Backbone Backbone;

/* An encoder and its sizes. */
typedef struct BackboneConfig {
    const Backbone *kind;
    int64_t size;       /* index into kind->size: sizes that `options` does not override */
    int64_t image_size; /* S, pixels */
    /* The struct that kind->options fills; borrowed, read by check and new. */
    const void *options;
    bool fan_in; /* initial weights keep the variance, see RamPlusConfig */
} BackboneConfig;

typedef struct BackboneShape {
    int64_t image_size; /* S, pixels */
    int64_t grid;       /* tokens along one side of the map */
    int64_t channels;   /* per token */
} BackboneShape;

struct Backbone {
    const char *name;           /* prefix of its options: NAME.* */
    const char *const *size;    /* values of model.encoder, NULL-ended: "swin_t", ... */
    const OptionTable *options; /* fills a struct of option_bytes */
    size_t option_bytes;

    /* ERROR_USAGE for sizes that do not fit. */
    int (*check)(const BackboneConfig *c, Error *err);
    /* Adds the parameters "PREFIX.NAME" to ps; CHECKs that `check` accepts the sizes. Owned:
     * free. */
    void *(*new)(const BackboneConfig *c, ParamSet *ps, const char *prefix);
    void (*free)(void *model); /* accepts NULL */
    BackboneShape (*shape)(const void *model);
    /* image [B, 3, S, S] -> [B, 1 + grid^2, channels]: the pooled token, then the map row by
     * row. */
    Tensor *(*forward)(Tape *tape, const void *model, Tensor *image);

    /* Names under which other projects store the weights of this encoder alone; ended by NULL
     * markers. */
    const NameScheme *names;
    /* Whether the tensor `have` of a file can initialize the parameter `want`, which has
     * another shape. NULL: never. */
    bool (*adapts)(const TensorEntry *have, const Tensor *want);
    /* Converts the values of `have` to the shape of `want`, into out. Only called when `adapts`
     * is true. */
    int (*adapt)(const TensorEntry *have, const float *values, const Tensor *want, float *out,
                 Error *err);
};

/* Row i of the table; NULL past its end. */
const Backbone *backbone_row(size_t i);
/* Value i of model.encoder, a named size of any row; NULL past the last. */
const char *backbone_choice(int i);
/* Kind and size of value i of model.encoder, and the index of its row in *row. */
BackboneConfig backbone_chosen(int i, size_t *row);
/* The row that an option belongs to, NAME.*; NULL: none. */
const Backbone *backbone_of_option(const char *option);
/* ERROR_USAGE for sizes that do not fit. */
int backbone_check(const BackboneConfig *c, Error *err);

/* The naming scheme of a file that holds the weights of one encoder, and the prefix of its
 * names; NULL for any other file. Owned: name_prefix_free. */
const NameScheme *backbone_names(const TensorSet *file, NamePrefix *out);
/* The encoder that can initialize the parameter `want` from `have`, a tensor of another shape;
 * NULL: none. */
const Backbone *backbone_adapts(const TensorEntry *have, const Tensor *want);

extern const Backbone backbone_swin, backbone_vit, backbone_convnext;

#endif
