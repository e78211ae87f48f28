/* SPDX-License-Identifier: Apache-2.0 */
/* Encoding the texts of a label bank, with resumption after an interruption. */
#ifndef RAMPLUS_MODEL_LABELS_EMBED_H
#define RAMPLUS_MODEL_LABELS_EMBED_H

#include "data/descriptions.h"
#include "model/labels/labels.h"
#include "model/text/text_encoder.h"

typedef struct EmbedResult {
    int64_t texts, resumed; /* all texts; those finished by an earlier run */
    double seconds;         /* spent on the remaining texts */
} EmbedResult;

/* Makes the bank of these texts and writes it to `path`, `half`: rounded to bfloat16. Until the
 * bank is complete, finished vectors are kept in PATH.part as float32, from which a later call
 * resumes; the final file has the same bytes as without an interruption. Returns 0 or -1. */
int embed_write(const char *path, const TextEncoder *encoder, const TagList *tags,
                const Descriptions *texts, bool half, EmbedResult *out, Error *err);

#endif
