/* SPDX-License-Identifier: Apache-2.0 */
/* The internals of a RAM++, for the files of this folder that run parts of it. */
#ifndef RAMPLUS_MODEL_RAM_PLUS_PARTS_H
#define RAMPLUS_MODEL_RAM_PLUS_PARTS_H

#include "model/decoder.h"
#include "model/ram_plus.h"

struct RamPlus {
    RamPlusConfig config;
    DecoderConfig decoder;
    void *encoder; /* made by config.encoder.kind */
    BackboneShape shape;
    Linear image_proj, wordvec_proj, fc;
    DecoderLayer layer[RAM_PLUS_MAX_LAYERS];
    Tensor *reweight_scale; /* [] logarithm of the inverse temperature */
};

/* The decoder's queries for tags first .. first+K-1 -> [B, K, hidden]; see ram_plus_tag_logits.
 */
Tensor *ram_plus_tag_queries(Tape *tape, const RamPlus *m, const RamPlusImage *image,
                             const LabelBank *bank, int64_t first, int64_t K, Tensor **weights,
                             Tensor **reweighted);

#endif
