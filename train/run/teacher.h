/* SPDX-License-Identifier: Apache-2.0 */
/* The teacher for distillation: the frozen image tower of CLIP (Huang et al. 2023, section
 * 3.1). */
#ifndef RAMPLUS_TRAIN_RUN_TEACHER_H
#define RAMPLUS_TRAIN_RUN_TEACHER_H

#include "configs/config.h"
#include "core/hash.h"

typedef struct Teacher Teacher;

/* Opens the image tower of clip.weights. *out is NULL, without an error, if distillation is
 * off: loss weight 0, no weights, or weights without an image tower. The width of its features
 * must be model.text_width. Codes of clip_file_image. Owned: teacher_free. */
int teacher_open(const Config *config, Teacher **out, Error *err);
void teacher_free(Teacher *t); /* accepts NULL */

int64_t teacher_image_size(const Teacher *t);                   /* S, pixels */
void teacher_hash(const Teacher *t, char out[static HASH_HEX]); /* of its weights */
/* How much memory its values take for a batch of B images, measured on one. */
double teacher_bytes(Teacher *t, int64_t B);
/* Computes features: pixels [B, 3, S, S], normalized with data.mean and data.std -> out [B, E],
 * not normalized to unit length. */
void teacher_features(Teacher *t, const float *pixels, int64_t B, float *out);

#endif
