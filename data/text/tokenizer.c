/* SPDX-License-Identifier: Apache-2.0 */
/* Converts text to ids: repair, unescape, lower-case, split into pieces, encode the bytes of
 * each piece. */
#include "data/text/tokenizer.h"

#include "core/mem.h"
#include "core/strings/unicode.h"
#include "data/text/bpe.h"
#include "data/text/html.h"
#include "data/text/repair.h"

#include <stdbool.h>
#include <string.h>

struct Tokenizer {
    Bpe *bpe;
};

Tokenizer *tokenizer_open(const char *path, Error *err)
{
    Bpe *bpe;
    if (bpe_read(path, &bpe, err) != 0) return NULL;
    Tokenizer *t = mem_alloc(sizeof *t);
    *t = (Tokenizer){bpe};
    return t;
}

void tokenizer_free(Tokenizer *t)
{
    if (!t) return;
    bpe_free(t->bpe);
    mem_free(t);
}

int32_t tokenizer_start(const Tokenizer *t) { return bpe_size(t->bpe); }
int32_t tokenizer_end(const Tokenizer *t) { return bpe_size(t->bpe) + 1; }
int32_t tokenizer_size(const Tokenizer *t) { return bpe_size(t->bpe) + 2; }

uint64_t tokenizer_digest(const Tokenizer *t) { return bpe_digest(t->bpe); }

/* Markers and contractions, each a piece of its own, in the order they are tried. */
static const char *const fixed_pieces[] = {
    "<|startoftext|>", "<|endoftext|>", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d",
};
enum {
    FIXED_PIECES = sizeof fixed_pieces / sizeof *fixed_pieces,
    LONG_S = 0x17f,
    IOTA_BELOW = 0x345
};

/* The combining iota, whose upper case is a letter, belongs to no piece in the original
 * tokenizer: it acts as a separator. */
static enum UnicodeClass class_of(int32_t rune)
{
    return rune == IOTA_BELOW ? UNICODE_SPACE : unicode_class(rune);
}

/* Length of the fixed piece at p, or 0 if it does not match. The original ignores case;
 * after lower-casing, only the long s still needs it. */
static size_t match(const char *piece, const int32_t *p, size_t left)
{
    size_t n = 0;
    for (; piece[n]; n++)
        if (n == left || (p[n] != piece[n] && !(piece[n] == 's' && p[n] == LONG_S))) return 0;
    return n;
}

/* Length of the piece at p, which must not be white space. */
static size_t piece_at(const int32_t *p, size_t left)
{
    if (*p == '<' || *p == '\'')
        for (int i = 0; i < FIXED_PIECES; i++) {
            const size_t n = match(fixed_pieces[i], p, left);
            if (n > 0) return n;
        }
    const enum UnicodeClass class = class_of(*p);
    size_t n = 1;
    if (class == UNICODE_NUMBER) return n;
    while (n < left && class_of(p[n]) == class) n++;
    return n;
}

/* 0 for the start marker, 1 for the end marker, -1 for another piece. */
static int marker_of(const int32_t *p, size_t n)
{
    for (int m = 0; m < 2; m++) {
        size_t i = 0;
        while (i < n && p[i] == fixed_pieces[m][i]) i++; /* stops at the NUL */
        if (i == n && fixed_pieces[m][n] == 0) return m;
    }
    return -1;
}

/* Ids being collected; `count` continues past `room` to detect truncation. */
typedef struct Ids {
    int32_t *at;
    size_t count, room;
    uint8_t *bytes; /* of one piece; large enough for any piece of the text */
} Ids;

static void add_id(Ids *ids, int32_t id)
{
    if (ids->count < ids->room) ids->at[ids->count] = id;
    ids->count++;
}

static void add_piece(const Tokenizer *t, const int32_t *p, size_t n, Ids *ids)
{
    const int marker = *p == '<' ? marker_of(p, n) : -1;
    if (marker >= 0) {
        add_id(ids, marker == 0 ? tokenizer_start(t) : tokenizer_end(t));
        return;
    }
    size_t len = 0;
    for (size_t i = 0; i < n; i++) len += runes_encode(p[i], ids->bytes + len);
    const size_t room = ids->room - ids->count;
    ids->count += bpe_encode(t->bpe, ids->bytes, len, ids->at + ids->count, room);
}

static void add_text(const Tokenizer *t, const Runes *text, Ids *ids)
{
    ids->bytes = mem_alloc(4 * text->count);
    for (size_t i = 0; i < text->count && ids->count < ids->room;) {
        if (class_of(text->at[i]) == UNICODE_SPACE) {
            i++;
            continue;
        }
        const size_t n = piece_at(text->at + i, text->count - i);
        add_piece(t, text->at + i, n, ids);
        i += n;
    }
    mem_free(ids->bytes);
}

/* Appends the cleaned text to `out`. White space need not be collapsed: it only separates
 * pieces. */
static void clean(const Runes *raw, Runes *out)
{
    Runes a = {0}, b = {0};
    repair_text(raw, &a);
    html_unescape(&a, &b);
    a.count = 0;
    html_unescape(&b, &a);
    unicode_lower(&a, out);
    runes_free(&b);
    runes_free(&a);
}

int tokenizer_encode(const Tokenizer *t, const char *text, int64_t context, int32_t *out,
                     int64_t *length, Error *err)
{
    CHECK(context >= 2, "context %ld, expected at least 2", context);
    const size_t bytes = strlen(text), room = (size_t)context;
    Runes raw = {0}, cleaned = {0};
    const size_t decoded = runes_decode(&raw, text, bytes);
    *length = 0;
    if (decoded == bytes) {
        Ids ids = {.at = out, .room = room};
        clean(&raw, &cleaned);
        add_id(&ids, tokenizer_start(t));
        add_text(t, &cleaned, &ids);
        add_id(&ids, tokenizer_end(t));
        const size_t count = ids.count < room ? ids.count : room;
        out[count - 1] = tokenizer_end(t);
        memset(out + count, 0, (room - count) * sizeof *out);
        *length = (int64_t)count;
    }
    runes_free(&cleaned);
    runes_free(&raw);
    if (decoded == bytes) return 0;
    return error_set(err, ERROR_DATA, "text: byte %zu: not UTF-8", decoded + 1);
}
