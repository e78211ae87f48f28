/* From tags and their descriptions to a label bank. */
#ifndef RAMPLUS_EVAL_LABEL_TEXTS_H
#define RAMPLUS_EVAL_LABEL_TEXTS_H

#include "data/tags.h"
#include "eval/text_encoder.h"
#include "model/label_bank.h"

/* Encodes every description with progress. Owned: label_bank_free. Fails when the encoder does. */
int label_texts_encode(const TextEncoder *encoder, const Descriptions *texts, LabelBank **out,
                       Error *err);

/* Reads the descriptions (empty path: "a photo of a TAG.") of the list and encodes them. */
int label_texts_bank(const TextEncoder *encoder, const TagList *tags, const char *descriptions,
                     LabelBank **out, Error *err);

#endif
