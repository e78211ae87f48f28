/* SPDX-License-Identifier: Apache-2.0 */
/* Encoding the texts of a label bank in a way that survives being stopped. */
#ifndef RAMPLUS_MODEL_LABELS_EMBED_H
#define RAMPLUS_MODEL_LABELS_EMBED_H

#include "data/descriptions.h"
#include "model/labels/labels.h"
#include "model/text/text_encoder.h"

typedef struct EmbedResult {
    int64_t texts, resumed; /* of them, resumed from an earlier run */
    double seconds;         /* spent on the others */
} EmbedResult;

/* Makes the bank of these texts and writes it to `path`. Until it is there as a whole, finished vectors are
 * in PATH.part, with which a later call goes on: to the same bytes as without a stop. 0: done; 1: stopped by
 * SIGINT or SIGTERM (core/stop.h), said with what is left to do; -1: error. */
int embed_write(const char *path, const TextEncoder *encoder, const TagList *tags,
                const Descriptions *texts, EmbedResult *out, Error *err);

#endif
