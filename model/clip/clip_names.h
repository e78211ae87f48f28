/* SPDX-License-Identifier: Apache-2.0 */
/* Names of CLIP's tensors in files, and of its parameters here. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_NAMES_H
#define RAMPLUS_MODEL_CLIP_CLIP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

enum { CLIP_NAME = 200 };

/* In names '#' stands for the number of a layer, and '@' for q, k and v: three tensors that are one
 * parameter here, in this order. */
typedef struct ClipName {
    const char *openai; /* also the name of the parameter */
    const char *hf;     /* of Hugging Face */
    bool transposed;    /* (in, out) in OpenAI's files */
} ClipName;

/* The row of a parameter, and in *layer the number at its '#' or -1; NULL when there is none. */
const ClipName *clip_name_find(const char *parameter, int64_t *layer);
/* The row of a tensor in a file, in the same way. */
const ClipName *clip_name_of(const char *tensor, bool hf, int64_t *layer);
/* Tensors that files hold and no tower needs. */
bool clip_name_idle(const char *tensor);

/* Whether name is of the pattern; *layer as above. */
bool clip_name_matches(const char *pattern, const char *name, int64_t *layer);
/* The pattern with its '#' and '@' filled in. */
void clip_name_expand(const char *pattern, int64_t layer, char part,
                      char out[static CLIP_NAME]);

#endif
