/* Whether a label bank from a file fits a model, a tag list, descriptions. All refusals are EXIT_CHECKPOINT and
 * name the file, what differs and both sides. */
#ifndef RAMPLUS_MODEL_LABELS_BANK_FIT_H
#define RAMPLUS_MODEL_LABELS_BANK_FIT_H

#include "model/labels/bank_file.h"

int bank_fit_width(const BankFile *b, int64_t text_width, Error *err);

/* The encoder's name and fingerprint are those of `want`, as far as it knows them, in either precision.
 * `who` has it: "the checkpoint". */
int bank_fit_encoder(const BankFile *b, const BankIdentity *want, const char *who, Error *err);

/* The tags are those of the list, in its order; path is the list's. */
int bank_fit_tags(const BankFile *b, const TagList *tags, const char *path, Error *err);

/* The texts are those of a file of descriptions; path empty: of the template. The tags fit. Other codes
 * when the file cannot be read. */
int bank_fit_texts(const BankFile *b, const char *path, Error *err);

#endif
