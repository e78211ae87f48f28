/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that labels from the file at `path` fit a model, a tag list or descriptions. All
 * failures are ERROR_CHECKPOINT and name the file, what differs and both values. */
#ifndef RAMPLUS_MODEL_LABELS_BANK_FIT_H
#define RAMPLUS_MODEL_LABELS_BANK_FIT_H

#include "model/labels/label_texts.h"
#include "model/labels/labels.h"

/* Checks that the vectors have text_width elements. */
int bank_fit_width(const char *path, const Labels *l, int64_t text_width, Error *err);

/* Checks that the encoder's name and fingerprint equal those of `want` where `want` knows them;
 * the precision may differ. `who` names the owner of `want` in messages, such as "the
 * checkpoint". */
int bank_fit_encoder(const char *path, const Labels *l, const BankIdentity *want,
                     const char *who, Error *err);

/* Checks that the tags equal those of the list, in the same order; `list` names their source in
 * messages. */
int bank_fit_tags(const char *path, const Labels *l, const TagList *tags, const char *list,
                  Error *err);

/* Checks that the texts equal those of a file of descriptions, or of the templates if its name
 * is empty, as the rules select them (label_texts_read). The tags must fit already. Other codes
 * if the file cannot be read. */
int bank_fit_texts(const char *path, const Labels *l, const char *descriptions,
                   const LabelTextRules *rules, Error *err);

#endif
