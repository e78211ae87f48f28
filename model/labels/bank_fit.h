/* SPDX-License-Identifier: Apache-2.0 */
/* Whether labels from the file at `path` fit a model, a tag list, descriptions. All refusals are ERROR_CHECKPOINT and
 * name the file, what differs and both sides. */
#ifndef RAMPLUS_MODEL_LABELS_BANK_FIT_H
#define RAMPLUS_MODEL_LABELS_BANK_FIT_H

#include "model/labels/labels.h"

int bank_fit_width(const char *path, const Labels *l, int64_t text_width, Error *err);

/* The encoder's name and fingerprint are those of `want`, as far as it knows them, in either precision.
 * `who` has it: "the checkpoint". */
int bank_fit_encoder(const char *path, const Labels *l, const BankIdentity *want,
                     const char *who, Error *err);

/* The tags are those of the list, in its order; `list` is where these come from. */
int bank_fit_tags(const char *path, const Labels *l, const TagList *tags, const char *list,
                  Error *err);

/* The texts are those of a file of descriptions; empty: of the template. The tags fit. Other codes
 * when the file cannot be read. */
int bank_fit_texts(const char *path, const Labels *l, const char *descriptions, Error *err);

#endif
