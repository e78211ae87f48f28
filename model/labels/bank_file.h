/* A label bank in a file: tags, the vectors of their descriptions, and where these come from, so that a model
 * of another text encoder and a list of other tags or texts can refuse it.
 *
 * HDF5 (core/formats/h5.h, kind "bank"), the entries of a checkpoint that concern labels:
 *   tags (one a line)   label/offset [K + 1]   label_embed [rows, E]
 *   info/encoder   info/fingerprint   info/texts
 * Safetensors: label_embed; the rest as texts of `__metadata__`, with a checksum over everything. */
#ifndef RAMPLUS_MODEL_LABELS_BANK_FILE_H
#define RAMPLUS_MODEL_LABELS_BANK_FILE_H

#include "core/formats/h5.h"
#include "core/hash.h"
#include "data/tags.h"
#include "model/label_bank.h"
#include "model/text/text_encoder.h"

#include <stdbool.h>

/* Where the vectors come from; empty texts: unknown. */
typedef struct BankIdentity {
    char encoder[TEXT_ENCODER_NAME]; /* text_encoder_name of the encoder */
    char fingerprint[HASH_HEX];      /* text_encoder_fingerprint of it */
    char texts[HASH_HEX];            /* label_texts_hash of tags and descriptions */
} BankIdentity;

typedef struct BankFile {
    char *path; /* for messages */
    TagList tags;
    LabelBank *bank;
    BankIdentity identity; /* complete */
} BankFile;

/* EXIT_USAGE unless path ends in .h5 or .safetensors. */
int bank_file_can_write(const char *path, Error *err);
/* Writes to b->path, by its ending. EXIT_RUNTIME. */
int bank_file_write(const BankFile *b, Error *err);

/* Either format; every checksum is compared. EXIT_DATA when it cannot be opened, EXIT_CHECKPOINT when it
 * is damaged or no label bank. Owned: bank_file_free. */
int bank_file_read(const char *path, BankFile *out, Error *err);
void bank_file_free(BankFile *b); /* frees and empties; accepts what was moved out of it */
/* Whether a safetensors file says that it is one, or did before it was damaged. */
bool bank_file_is_safetensors(const char *path);

/* Equal tags and vectors, equal hash, in either format: what h5_content gives for the HDF5 file. */
void bank_file_content(const BankFile *b, char out[static HASH_HEX]);

/* The entries of labels in a file that holds more, such as a checkpoint. */
int bank_file_put(H5Writer *w, const TagList *tags, const LabelBank *bank,
                  const BankIdentity *identity, Error *err);
int bank_file_put_identity(H5Writer *w, const BankIdentity *identity, Error *err);
/* Read back; path is for messages. EXIT_CHECKPOINT. Owned: label_bank_free, tags_free. */
int bank_file_labels(H5File *f, const char *path, LabelBank **out, Error *err);
int bank_file_tags(H5File *f, TagList *out, Error *err);
/* What is missing, in files of earlier versions, becomes an empty text. EXIT_CHECKPOINT. */
int bank_file_identity(H5File *f, BankIdentity *out, Error *err);

#endif
