/* SPDX-License-Identifier: Apache-2.0 */
/* From tags and their descriptions to a label bank. */
#ifndef RAMPLUS_MODEL_LABELS_LABEL_TEXTS_H
#define RAMPLUS_MODEL_LABELS_LABEL_TEXTS_H

#include "data/descriptions.h"
#include "model/labels/labels.h"
#include "model/text/text_encoder.h"

/* Texts that reach the encoder together, counted from the first: the last bit of a vector of CLIP may depend on its
 * company, so banks of the same texts are equal only if all are made in the same blocks. More
 * texts at once are not faster, fewer are. */
enum { LABEL_TEXTS_BLOCK = 128 };

/* The descriptions of the list; empty path: "a photo of a TAG.". Owned: descriptions_free. */
int label_texts_read(const TagList *tags, const char *descriptions, Descriptions *out,
                     Error *err);
/* Over all tags and texts, with their lengths and numbers. */
void label_texts_hash(const TagList *tags, const Descriptions *texts,
                      char out[static HASH_HEX]);
/* Of a bank of these texts; without them (NULL) its encoder's part. */
BankIdentity label_texts_identity(const TextEncoder *encoder, const TagList *tags,
                                  const Descriptions *texts);

/* The block that starts with text `first`; rows [texts, dim]. Returns the texts it has, or -1. */
int64_t label_texts_block(const TextEncoder *encoder, const Descriptions *texts, int64_t first,
                          float *rows, Error *err);

/* Encodes every description with progress. Owned: label_bank_free. Fails when the encoder does. */
int label_texts_encode(const TextEncoder *encoder, const Descriptions *texts, LabelBank **out,
                       Error *err);

/* Reads the descriptions of l->tags and gives the labels their vectors and identity. */
int label_texts_fill(const TextEncoder *encoder, const char *descriptions, Labels *l,
                     Error *err);

#endif
