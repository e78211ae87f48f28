/* SPDX-License-Identifier: Apache-2.0 */
/* The labels of a model: a tag list, the vectors of every tag's descriptions, and where these come from. The
 * three always travel together.
 *
 * In our HDF5 files, checkpoints and label banks alike:
 *   tags (one a line)   label/offset [K + 1]   label_embed [rows, E]
 *   info/encoder   info/fingerprint   info/texts */
#ifndef RAMPLUS_MODEL_LABELS_LABELS_H
#define RAMPLUS_MODEL_LABELS_LABELS_H

#include "core/formats/h5.h"
#include "core/hash.h"
#include "data/tags.h"
#include "model/label_bank.h"
#include "model/text/text_encoder.h"

#include <stdbool.h>

/* Where the vectors come from; an empty text is unknown. */
typedef struct BankIdentity {
    char encoder[TEXT_ENCODER_NAME]; /* text_encoder_name of the encoder */
    char fingerprint[HASH_HEX];      /* text_encoder_fingerprint of it */
    char texts[HASH_HEX];            /* label_texts_hash of tags and descriptions */
} BankIdentity;

typedef struct Labels {
    TagList tags;
    LabelBank *bank; /* of bank->tags == tags.count */
    BankIdentity identity;
} Labels;

void labels_free(Labels *l); /* frees and empties; accepts empty ones */
/* Moves: `to` loses what it had, `from` becomes empty. */
void labels_take(Labels *to, Labels *from);

/* Whether the vectors are those of as many tags: ERROR_CHECKPOINT names the file and both counts. */
int labels_check(const char *path, const Labels *l, Error *err);
/* Whether two have equal tags and vectors, whatever their identities: ERROR_CHECKPOINT says what differs in the
 * file at `path`, which `have` comes from. */
int labels_same(const char *path, const Labels *have, const Labels *want, Error *err);

/* Appends the tags of `more` that the list lacks, each name once. A warning names `path`, the source of
 * `more`, when some are left out. Of the same width; the identity stays that of l. */
void labels_append(Labels *l, const Labels *more, const char *path);

/* Writes the entries above. ERROR_RUNTIME. */
int labels_put(H5Writer *w, const Labels *l, Error *err);
int labels_put_identity(H5Writer *w, const BankIdentity *i, Error *err);
/* Reads them; path is for messages. What files of earlier versions lack of the identity becomes empty.
 * ERROR_CHECKPOINT. Owned: labels_free. */
int labels_read(H5File *f, const char *path, Labels *out, Error *err);
int labels_read_identity(H5File *f, const char *path, BankIdentity *out, Error *err);

/* Equal tags and vectors, equal hash: what h5_content gives for a file of these entries alone. */
void labels_content(const Labels *l, char out[static HASH_HEX]);

#endif
