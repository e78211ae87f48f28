/* SPDX-License-Identifier: Apache-2.0 */
/* Image encoders, one row of a table each: a new encoder is one file in this folder and its row in backbone.c.
 * Everything else of the project sees an encoder through this header alone.
 *
 *   BackboneConfig c = {.kind = kind, .size = size, .image_size = 224, .options = &options};
 *   if (backbone_check(&c, &err) != 0) return -1;
 *   void *m = c.kind->new(&c, ps, "visual_encoder");
 *   Tensor *y = c.kind->forward(tape, m, image);   // [B, 1 + grid^2, channels], the pooled token first
 *   c.kind->free(m); */
#ifndef RAMPLUS_MODEL_BACKBONE_BACKBONE_H
#define RAMPLUS_MODEL_BACKBONE_BACKBONE_H

#include "core/autograd/param.h"
#include "core/autograd/tape.h"
#include "core/formats/tensor_set.h"
#include "core/options/option.h"
#include "model/backbone/names.h"

typedef struct Backbone Backbone;

/* Which encoder, and of which sizes. */
typedef struct BackboneConfig {
    const Backbone *kind;
    int64_t size;       /* index into kind->size: the sizes that `options` does not change */
    int64_t image_size; /* S, pixels */
    const void
        *options;  /* the struct that kind->options fills; borrowed, read by check and new */
    bool balanced; /* start weights keep variance, see RamPlusConfig */
} BackboneConfig;

typedef struct BackboneShape {
    int64_t image_size; /* S, pixels */
    int64_t grid;       /* tokens along a side of the map */
    int64_t channels;   /* of a token */
} BackboneShape;

struct Backbone {
    const char *name;           /* its options are NAME.* */
    const char *const *size;    /* values of model.encoder, NULL-ended: "swin_t", ... */
    const OptionTable *options; /* of a struct of option_bytes */
    size_t option_bytes;

    /* ERROR_USAGE for sizes that do not fit. */
    int (*check)(const BackboneConfig *c, Error *err);
    /* Adds the parameters "PREFIX.NAME" to ps; CHECKs what check refuses. Owned: free. */
    void *(*new)(const BackboneConfig *c, ParamSet *ps, const char *prefix);
    void (*free)(void *model); /* accepts NULL */
    BackboneShape (*shape)(const void *model);
    /* image [B, 3, S, S] -> [B, 1 + grid^2, channels]: the pooled token, then the map by rows. */
    Tensor *(*forward)(Tape *tape, const void *model, Tensor *image);

    /* Names of weights of this encoder alone, as other projects store them; NULL markers end them. */
    const NameScheme *names;
    /* Whether the tensor `have` of a file can start the parameter `want` of another shape, and the values
     * that it then gets: out has the shape of `want`. NULL: never. */
    bool (*adapts)(const TensorEntry *have, const Tensor *want);
    int (*adapt)(const TensorEntry *have, const float *values, const Tensor *want, float *out,
                 Error *err);
};

/* Row i of the table, NULL past its end. */
const Backbone *backbone_row(size_t i);
/* Value i of model.encoder, a named size of any row; NULL past the last. */
const char *backbone_choice(int i);
/* Kind and size of that value, and the number of its row. */
BackboneConfig backbone_chosen(int i, size_t *row);
int backbone_check(const BackboneConfig *c, Error *err); /* ERROR_USAGE */

/* The names by which a file stores the weights of an encoder alone; NULL when it does not. */
const NameScheme *backbone_names(const TensorSet *file);
/* The encoder that can start the parameter `want` from a tensor of another shape; NULL: none. */
const Backbone *backbone_adapts(const TensorEntry *have, const Tensor *want);

extern const Backbone backbone_swin, backbone_vit, backbone_convnext;

#endif
