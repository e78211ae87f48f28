/* SPDX-License-Identifier: Apache-2.0 */
/* SigLIP's text tower (Zhai et al. 2023; modeling_siglip.py of Hugging Face): every token sees
 * every other, also those that fill the context up, and the feature is that of the last. */
#ifndef RAMPLUS_MODEL_CLIP_SIGLIP_TEXT_H
#define RAMPLUS_MODEL_CLIP_SIGLIP_TEXT_H

#include "model/clip/clip_text.h"

typedef struct SiglipText SiglipText;

/* The sizes of the config as clip_text_check. Adds the parameters under the names of
 * model/clip/siglip_file.h. Owned: siglip_text_free. */
SiglipText *siglip_text_new(const ClipTextConfig *config, ParamSet *ps);
void siglip_text_free(SiglipText *m);                          /* accepts NULL */
const ClipTextConfig *siglip_text_config(const SiglipText *m); /* borrowed */

/* Unit features of n texts, id [n, context], into out [n, E]. Does not record; restores the
 * state of the tape. */
void siglip_text_encode(Tape *t, const SiglipText *m, int64_t n, const int32_t *id, float *out);

#endif
