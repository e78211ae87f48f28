/* SPDX-License-Identifier: Apache-2.0 */
/* CLIP's towers in plain loops and double, for one text or image at a time and with every
 * position computed in every block. Parameters are looked up by name. */
#ifndef RAMPLUS_TESTS_MODEL_CLIP_CLIP_ORACLE_H
#define RAMPLUS_TESTS_MODEL_CLIP_CLIP_ORACLE_H

#include "model/clip/clip_image.h"
#include "model/clip/clip_text.h"

/* id [n], ending with the end token -> out [E]. */
void clip_oracle_text(const ClipTextConfig *c, const ParamSet *ps, const int32_t *id, int64_t n,
                      double *out);
/* image [3, S, S] of one image -> out [E]. */
void clip_oracle_image(const ClipImageConfig *c, const ParamSet *ps, const Real *image,
                       double *out);

#endif
