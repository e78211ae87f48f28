/* SPDX-License-Identifier: Apache-2.0 */
/* Names of CLIP's tensors in files and of its parameters. */
#ifndef RAMPLUS_MODEL_CLIP_CLIP_NAMES_H
#define RAMPLUS_MODEL_CLIP_CLIP_NAMES_H

#include <stdbool.h>
#include <stdint.h>

enum { CLIP_NAME = 200 };

/* In names, '#' represents the number of a layer and '@' represents q, k and v: three tensors
 * that form one parameter, in this order. */
typedef struct ClipName {
    const char *openai; /* in OpenAI's files; also the name of the parameter */
    const char *hf;     /* in Hugging Face's files */
    bool transposed;    /* (in, out) in OpenAI's files */
} ClipName;

/* The row of a parameter; NULL if there is none. *layer receives the number at its '#', or -1.
 */
const ClipName *clip_name_find(const char *parameter, int64_t *layer);
/* The row of a tensor in a file; NULL and *layer as above. */
const ClipName *clip_name_of(const char *tensor, bool hf, int64_t *layer);
/* Whether a tensor is known but used by neither tower. */
bool clip_name_is_unused(const char *tensor);

/* Copies the pattern to out, with '#' replaced by the layer and '@' by the part. */
void clip_name_expand(const char *pattern, int64_t layer, char part,
                      char out[static CLIP_NAME]);

#endif
