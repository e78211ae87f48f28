/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a SentencePiece model: the fields of the protocol buffer ModelProto
 * (sentencepiece_model.proto) that encoding needs. */
#ifndef RAMPLUS_DATA_TEXT_UNIGRAM_FILE_H
#define RAMPLUS_DATA_TEXT_UNIGRAM_FILE_H

#include "core/error.h"
#include "core/io/file.h"

#include <stdbool.h>

/* The types of SentencePiece.Type. */
enum PieceType { PIECE_NORMAL = 1, PIECE_UNKNOWN, PIECE_CONTROL, PIECE_USER, PIECE_UNUSED };

typedef struct Piece {
    const char *text; /* not terminated; in the file's bytes */
    size_t len;
    float score;
    int type;
} Piece;

typedef struct UnigramFile {
    Bytes bytes;
    Piece *piece; /* [count] */
    int64_t count, room;
    int model;  /* trainer_spec.model_type: 1 is unigram */
    bool plain; /* without a table of normalization */
} UnigramFile;

/* ERROR_DATA. Owned: unigram_file_free. */
int unigram_file_read(const char *path, UnigramFile *out, Error *err);
void unigram_file_free(UnigramFile *f);

#endif
