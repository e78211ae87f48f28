/* SPDX-License-Identifier: Apache-2.0 */
/* Reading protocol buffers: a message is a row of fields, each a key (number and wire type) and
 * a value. Unknown fields are skipped. */
#include "data/text/unigram_file.h"

#include "core/array.h"
#include "core/mem.h"

#include <math.h>
#include <string.h>

enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };
enum { PIECES_MOST = 1 << 22, PIECE_MOST = 1 << 10 }; /* pieces; bytes of one */

/* The rest of a message; failed: it ends inside of a field. */
typedef struct Message {
    const uint8_t *at, *end;
    bool failed;
} Message;

typedef struct Field {
    uint64_t number;
    int wire;
    uint64_t value; /* of a varint */
    Message body;   /* of bytes, and of 4 or 8 bytes */
} Field;

static uint64_t take_varint(Message *m)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && m->at < m->end; shift += 7) {
        const uint8_t byte = *m->at++;
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) return value;
    }
    m->failed = true;
    return 0;
}

static Message take_bytes(Message *m, uint64_t n)
{
    if (n > (uint64_t)(m->end - m->at)) {
        m->failed = true;
        return (Message){m->at, m->at, true};
    }
    const Message body = {m->at, m->at + n, false};
    m->at += n;
    return body;
}

/* False at the end of the message, or after a failure. */
static bool take_field(Message *m, Field *out)
{
    if (m->at == m->end || m->failed) return false;
    const uint64_t key = take_varint(m);
    *out = (Field){.number = key >> 3, .wire = (int)(key & 7)};
    if (out->wire == WIRE_VARINT)
        out->value = take_varint(m);
    else if (out->wire == WIRE_BYTES)
        out->body = take_bytes(m, take_varint(m));
    else if (out->wire == WIRE_32 || out->wire == WIRE_64)
        out->body = take_bytes(m, out->wire == WIRE_32 ? 4 : 8);
    else
        m->failed = true;
    return !m->failed;
}

/* SentencePiece: text 1, score 2, type 3. */
static bool read_piece(Message m, Piece *out)
{
    Field f;
    *out = (Piece){.type = PIECE_NORMAL};
    while (take_field(&m, &f)) {
        if (f.number == 1 && f.wire == WIRE_BYTES) {
            out->text = (const char *)f.body.at;
            out->len = (size_t)(f.body.end - f.body.at);
        }
        if (f.number == 2 && f.wire == WIRE_32) memcpy(&out->score, f.body.at, 4);
        if (f.number == 3 && f.wire == WIRE_VARINT) out->type = (int)(f.value & 0xff);
    }
    return !m.failed && isfinite(out->score) && out->len <= PIECE_MOST;
}

/* TrainerSpec: model_type 3, which is 1 where it is missing. */
static bool read_trainer(Message m, int *model)
{
    Field f;
    *model = 1;
    while (take_field(&m, &f))
        if (f.number == 3 && f.wire == WIRE_VARINT) *model = (int)(f.value & 0xff);
    return !m.failed;
}

/* NormalizerSpec: precompiled_charsmap 2. */
static bool read_normalizer(Message m, bool *plain)
{
    Field f;
    while (take_field(&m, &f))
        if (f.number == 2 && f.wire == WIRE_BYTES) *plain = f.body.at == f.body.end;
    return !m.failed;
}

static bool add_piece(UnigramFile *u, Message body)
{
    if (u->count == PIECES_MOST) return false;
    u->piece = array_grow(u->piece, sizeof *u->piece, u->count, &u->room);
    return read_piece(body, &u->piece[u->count++]);
}

/* ModelProto: pieces 1, trainer_spec 2, normalizer_spec 3. */
static bool read_model(UnigramFile *u)
{
    Message m = {u->bytes.data, u->bytes.data + u->bytes.len, false};
    Field f;
    bool good = true;
    u->model = 1;
    u->plain = true;
    while (good && take_field(&m, &f)) {
        if (f.wire != WIRE_BYTES) continue;
        if (f.number == 1) good = add_piece(u, f.body);
        if (f.number == 2) good = read_trainer(f.body, &u->model);
        if (f.number == 3) good = read_normalizer(f.body, &u->plain);
    }
    return good && !m.failed && u->count > 0;
}

int unigram_file_read(const char *path, UnigramFile *out, Error *err)
{
    *out = (UnigramFile){0};
    if (file_read(path, &out->bytes, err) != 0) return -1;
    if (read_model(out)) return 0;
    unigram_file_free(out);
    return error_set(err, ERROR_DATA, "%s: not a model of SentencePiece", path);
}

void unigram_file_free(UnigramFile *f)
{
    bytes_free(&f->bytes);
    mem_free(f->piece);
    *f = (UnigramFile){0};
}
