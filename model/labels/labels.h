/* SPDX-License-Identifier: Apache-2.0 */
/* The labels of a model: a tag list, the vectors of every tag's descriptions, and the origin of
 * the vectors. The three are always read and written together.
 *
 * Entries in our HDF5 files, both checkpoints and label banks:
 *   tags (one per line)   label/offset [K + 1]   label_embed [rows, E], float32 or bfloat16
 *   info/encoder   info/fingerprint   info/texts */
#ifndef RAMPLUS_MODEL_LABELS_LABELS_H
#define RAMPLUS_MODEL_LABELS_LABELS_H

#include "core/hash.h"
#include "core/hdf5/h5_file.h"
#include "core/hdf5/h5_write.h"
#include "data/tags.h"
#include "model/label_bank.h"
#include "model/text/text_encoder.h"

#include <stdbool.h>

/* The origin of the vectors; an empty string means unknown. */
typedef struct BankIdentity {
    char encoder[TEXT_ENCODER_NAME]; /* text_encoder_name */
    char fingerprint[HASH_HEX];      /* text_encoder_fingerprint */
    char texts[HASH_HEX];            /* label_texts_hash of tags and descriptions */
} BankIdentity;

typedef struct Labels {
    TagList tags;
    LabelBank *bank; /* bank->tags == tags.count */
    BankIdentity identity;
} Labels;

void labels_free(Labels *l); /* frees the content and leaves *l empty; accepts an empty one */
/* Moves `from` to `to`: frees the old content of `to` and leaves `from` empty. */
void labels_take(Labels *to, Labels *from);

/* Checks that two labels have equal tags and vectors; their identities may differ.
 * ERROR_CHECKPOINT names `path`, the file of `have`, and what differs. */
int labels_same(const char *path, const Labels *have, const Labels *want, Error *err);

/* Appends the tags of `more` that l lacks, each name once. If some are skipped, a warning names
 * `path`, the source of `more`. Both have the same width; l keeps its identity. The result is
 * in memory. ERROR_CHECKPOINT if mapped vectors have changed. */
int labels_append(Labels *l, const Labels *more, const char *path, Error *err);

/* Write the entries above, or only info/... of them. ERROR_RUNTIME. */
int labels_put(H5Writer *w, const Labels *l, Error *err);
int labels_put_identity(H5Writer *w, const BankIdentity *i, Error *err);
/* Read the entries above, or only info/... of them; path is for messages. map: the vectors stay
 * in the file, as far as it allows that; otherwise a message says why not. Identity entries
 * that a file of an earlier version lacks become empty. ERROR_CHECKPOINT; ERROR_NUMERIC for
 * rows that are not finite. Owned: labels_free. */
int labels_read(H5File *f, const char *path, bool map, Labels *out, Error *err);
int labels_read_identity(H5File *f, const char *path, BankIdentity *out, Error *err);
/* ERROR_NUMERIC for rows that are not finite. */
int labels_check_finite(const char *path, const LabelBank *bank, Error *err);

/* The content hash of tags and vectors: equal to h5_content of a file with only these entries.
 */
void labels_content(const Labels *l, char out[static HASH_HEX]);

#endif
