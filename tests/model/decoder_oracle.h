/* SPDX-License-Identifier: Apache-2.0 */
/* The alignment decoder in plain loops and double: unfolded cross-attention, both norms.
 * Parameters are looked up by name. */
#ifndef RAMPLUS_TESTS_MODEL_DECODER_ORACLE_H
#define RAMPLUS_TESTS_MODEL_DECODER_ORACLE_H

#include "model/decoder.h"

/* One layer of one image: x [Q, hidden], embeds [N, text_width] -> y [Q, hidden]. p, unless
 * NULL, receives the attention probabilities [Q, N], averaged over the heads. */
void decoder_oracle(const ParamSet *ps, const DecoderConfig *c, int64_t layer, int64_t Q,
                    int64_t N, const double *x, const double *embeds, double *y, double *p);

#endif
