/* SPDX-License-Identifier: Apache-2.0 */
/* Making a label bank from tags and their descriptions. */
#ifndef RAMPLUS_MODEL_LABELS_LABEL_TEXTS_H
#define RAMPLUS_MODEL_LABELS_LABEL_TEXTS_H

#include "data/descriptions.h"
#include "data/text_template.h"
#include "model/labels/labels.h"
#include "model/text/text_encoder.h"

/* Texts that are encoded together, counted from the first. The last bit of a CLIP vector may
 * depend on its batch, so banks of the same texts are equal only if they are made in the same
 * blocks. */
enum { LABEL_TEXTS_BLOCK = 128 };

/* Which texts are used. */
enum LabelSource {
    LABEL_AUTO,        /* descriptions where there are any, else templates */
    LABEL_TEMPLATE,    /* templates alone */
    LABEL_DESCRIPTIONS /* descriptions alone */
};

/* Which texts stand for a tag. All zero: all descriptions, or the default template. */
typedef struct LabelTextRules {
    enum LabelSource source;
    OptionStrings templates; /* borrowed; empty: the default */
    int64_t per_tag;         /* number of descriptions of a tag; 0: all (descriptions_keep) */
    uint64_t seed;           /* of the choice of descriptions; 0: the first ones */
    bool first;              /* of these, only the first, as with model.reweight=none */
} LabelTextRules;

/* Reads the descriptions of all tags from a file, or fills the templates if the path is empty
 * or the source is LABEL_TEMPLATE. rules NULL: all zero. ERROR_USAGE for LABEL_DESCRIPTIONS
 * without a file. Owned: descriptions_free. */
int label_texts_read(const TagList *tags, const char *descriptions, const LabelTextRules *rules,
                     Descriptions *out, Error *err);
/* The hash of all tags and texts, including their lengths and counts, and of whether they are
 * an ensemble. */
void label_texts_hash(const TagList *tags, const Descriptions *texts,
                      char out[static HASH_HEX]);
/* The identity of a bank of these texts; if texts is NULL, only the fields of the encoder. */
BankIdentity label_texts_identity(const TextEncoder *encoder, const TagList *tags,
                                  const Descriptions *texts);

/* Encodes the block that starts with text `first` into its place in rows [texts, dim]. Returns
 * the number of texts in the block, or -1 on error. */
int64_t label_texts_block(const TextEncoder *encoder, const Descriptions *texts, int64_t first,
                          float *rows, Error *err);

/* Encodes the texts of l->tags and sets the bank and identity of l. */
int label_texts_encode(const TextEncoder *encoder, const Descriptions *texts, Labels *l,
                       Error *err);
/* Reads the descriptions of l->tags and encodes them. */
int label_texts_fill(const TextEncoder *encoder, const char *descriptions,
                     const LabelTextRules *rules, Labels *l, Error *err);

#endif
