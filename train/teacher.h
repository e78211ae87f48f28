/* SPDX-License-Identifier: Apache-2.0 */
/* The teacher of distillation: CLIP's frozen image tower (Huang et al. 2023, section 3.1). */
#ifndef RAMPLUS_TRAIN_TEACHER_H
#define RAMPLUS_TRAIN_TEACHER_H

#include "configs/config.h"

typedef struct Teacher Teacher;

/* The image tower of clip.weights. *out is NULL, without an error, when there is nobody to
 * learn from: loss weight 0, no weights, or weights without an image tower. Features must be
 * model.text_width wide. Owned: teacher_free. */
int teacher_open(const Config *config, Teacher **out, Error *err);
void teacher_free(Teacher *t); /* accepts NULL */

int64_t teacher_image_size(const Teacher *t); /* S, pixels */
/* pixels [B, 3, S, S], normalized with data.mean and data.std -> out [B, E], not normalized. */
void teacher_features(Teacher *t, const float *pixels, int64_t B, float *out);

#endif
