/* SPDX-License-Identifier: Apache-2.0 */
/* Normalizing a text, and the best way to cut it into pieces (Viterbi). */
#include "data/text/unigram.h"

#include "core/hash_map.h"
#include "core/mem.h"
#include "core/strings/unicode.h"
#include "data/text/unigram_file.h"

#include <math.h>
#include <string.h>

enum { SPACE_MARK = 0x2581 }; /* stands for a blank */

/* What an unknown character costs below the rarest piece, as in SentencePiece. */
static const float UNKNOWN_PENALTY = 10;

struct Unigram {
    UnigramFile file;
    HashMap pieces;
    size_t longest; /* bytes of a piece */
    int32_t unknown, end;
    float unknown_score, greatest;
    uint64_t digest;
};

/* ---- opening ----------------------------------------------------------------------------- */

static bool is_found(const Piece *p)
{
    return p->len > 0 && (p->type == PIECE_NORMAL || p->type == PIECE_USER);
}

static void index_piece(Unigram *u, int32_t id)
{
    const Piece *p = &u->file.piece[id];
    uint8_t key[HASH_BYTES];
    if (p->type == PIECE_UNKNOWN) u->unknown = id;
    if (p->type == PIECE_CONTROL && p->len == 4 && memcmp(p->text, "</s>", 4) == 0) u->end = id;
    if (!is_found(p)) return;
    hash_of(p->text, p->len, key);
    hash_map_add(&u->pieces, key, id);
    if (p->len > u->longest) u->longest = p->len;
    if (p->type != PIECE_NORMAL) return;
    u->unknown_score = fminf(u->unknown_score, p->score);
    u->greatest = fmaxf(u->greatest, p->score);
}

static int check(const Unigram *u, const char *path, Error *err)
{
    if (u->file.model != 1)
        return error_set(err, ERROR_DATA,
                         "%s: a model of type %d: only unigram models are read", path,
                         u->file.model);
    if (u->unknown < 0 || u->end < 0 || u->longest == 0)
        return error_set(err, ERROR_DATA, "%s: no piece for %s", path,
                         u->unknown < 0 ? "unknown characters"
                         : u->end < 0   ? "the end of a text, </s>"
                                        : "any text");
    return 0;
}

Unigram *unigram_open(const char *path, Error *err)
{
    Unigram *u = mem_calloc(1, sizeof *u);
    uint8_t value[HASH_BYTES];
    u->unknown = u->end = -1;
    u->unknown_score = HUGE_VALF;
    u->greatest = -HUGE_VALF;
    int status = unigram_file_read(path, &u->file, err);
    if (status == 0) {
        u->pieces = hash_map_new(u->file.count);
        for (int64_t i = 0; i < u->file.count; i++) index_piece(u, (int32_t)i);
        u->unknown_score -= UNKNOWN_PENALTY;
        hash_of(u->file.bytes.data, u->file.bytes.len, value);
        memcpy(&u->digest, value, sizeof u->digest);
        status = check(u, path, err);
    }
    if (status == 0) return u;
    unigram_free(u);
    return NULL;
}

void unigram_free(Unigram *u)
{
    if (!u) return;
    hash_map_free(&u->pieces);
    unigram_file_free(&u->file);
    mem_free(u);
}

int32_t unigram_size(const Unigram *u) { return (int32_t)u->file.count; }

uint64_t unigram_digest(const Unigram *u) { return u->digest; }

/* ---- normalization ---------------------------------------------------------------------- */

static bool is_punctuation(int32_t r)
{
    return (r >= '!' && r <= '/') || (r >= ':' && r <= '@') || (r >= '[' && r <= '`') ||
           (r >= '{' && r <= '~');
}

/* White space, and what SentencePiece's table (nmt_nfkc) takes for it. */
static bool is_blank(int32_t r)
{
    return unicode_class(r) == UNICODE_SPACE || r == SPACE_MARK ||
           (r >= 0x200b && r <= 0x200f) || r == 0xfeff || r == 0xfffd;
}

/* Control characters, which that table removes. */
static bool is_removed(int32_t r) { return r < ' ' || r == 0x7f || r == 0x8f || r == 0x9f; }

/* Adds a rune; blanks become one mark before the next rune. */
static void add_rune(Runes *out, int32_t r, bool *blank)
{
    if (is_blank(r)) {
        *blank = true;
        return;
    }
    if (is_removed(r)) return;
    if (*blank) runes_add(out, SPACE_MARK);
    *blank = false;
    runes_add(out, r);
}

static void compatible(Runes *r)
{
    Runes parts = {0};
    for (size_t i = 0; i < r->count; i++) unicode_decompose(r->at[i], &parts);
    unicode_compose(&parts);
    runes_free(r);
    *r = parts;
}

/* A mark for each run of white space, and one at the start. */
static void mark(const Runes *in, Runes *out)
{
    bool blank = true;
    for (size_t i = 0; i < in->count; i++) add_rune(out, in->at[i], &blank);
}

/* False if the text is not UTF-8. */
static bool normalize(const Unigram *u, const char *text, Runes *out)
{
    Runes given = {0}, lower = {0}, words = {0};
    const bool good = runes_decode(&given, text, strlen(text)) == strlen(text);
    if (good) {
        unicode_lower(&given, &lower);
        for (size_t i = 0; i < lower.count; i++)
            if (!is_punctuation(lower.at[i])) runes_add(&words, lower.at[i]);
        if (!u->file.plain) compatible(&words);
        mark(&words, out);
    }
    runes_free(&words);
    runes_free(&lower);
    runes_free(&given);
    return good;
}

/* ---- the best pieces -------------------------------------------------------------------- */

/* The best way to the end of a prefix of the text. */
typedef struct Step {
    float score;
    int32_t id;    /* of its last piece */
    int64_t start; /* where that begins; -1: there is no way yet */
} Step;

static float score_of(const Unigram *u, int32_t id, int64_t runes)
{
    const Piece *p = &u->file.piece[id];
    return p->type == PIECE_USER ? (float)runes * u->greatest - 0.1F : p->score;
}

static void offer(Step *to, float score, int32_t id, int64_t start)
{
    if (to->start < 0 || score > to->score) *to = (Step){score, id, start};
}

/* Offers all pieces that begin at rune `from`. utf8: the text from there, byte[k] the end of
 * rune k. */
static void offer_pieces(const Unigram *u, int64_t n, const int64_t *byte, const char *utf8,
                         int64_t from, Step *step)
{
    const int64_t first = from > 0 ? byte[from - 1] : 0;
    bool alone = false;
    uint8_t key[HASH_BYTES];
    for (int64_t k = from; k < n && (size_t)(byte[k] - first) <= u->longest; k++) {
        hash_of(utf8 + first, (size_t)(byte[k] - first), key);
        const int64_t id = hash_map_get(&u->pieces, key);
        if (id < 0) continue;
        alone = alone || k == from;
        offer(&step[k + 1], step[from].score + score_of(u, (int32_t)id, k + 1 - from),
              (int32_t)id, from);
    }
    if (!alone) offer(&step[from + 1], step[from].score + u->unknown_score, u->unknown, from);
}

/* Ids of the best pieces in order, unknown ones in a row as one; returns their number. */
static int64_t collect(const Unigram *u, const Step *step, int64_t n, int32_t *id)
{
    int64_t count = 0, kept = 0;
    for (int64_t at = n; at > 0; at = step[at].start) id[count++] = step[at].id;
    for (int64_t i = 0; i < count / 2; i++) {
        const int32_t other = id[i];
        id[i] = id[count - 1 - i];
        id[count - 1 - i] = other;
    }
    for (int64_t i = 0; i < count; i++)
        if (id[i] != u->unknown || kept == 0 || id[kept - 1] != u->unknown) id[kept++] = id[i];
    return kept;
}

/* id [runes]. Returns the number of pieces. */
static int64_t cut(const Unigram *u, const Runes *r, int32_t *id)
{
    const int64_t n = (int64_t)r->count;
    uint8_t *utf8 = mem_alloc(4 * r->count + 1);
    int64_t *byte = mem_alloc((r->count + 1) * sizeof *byte), len = 0;
    Step *step = mem_alloc((r->count + 1) * sizeof *step);
    for (int64_t k = 0; k < n; k++) {
        len += (int64_t)runes_encode(r->at[k], utf8 + len);
        byte[k] = len;
        step[k + 1].start = -1;
    }
    step[0] = (Step){0, -1, 0};
    for (int64_t k = 0; k < n; k++) offer_pieces(u, n, byte, (const char *)utf8, k, step);
    const int64_t count = collect(u, step, n, id);
    mem_free(step);
    mem_free(byte);
    mem_free(utf8);
    return count;
}

int unigram_encode(const Unigram *u, const char *text, int64_t context, int32_t *out,
                   Error *err)
{
    Runes r = {0};
    if (!normalize(u, text, &r)) {
        runes_free(&r);
        return error_set(err, ERROR_DATA, "text '%.80s': not UTF-8", text);
    }
    int32_t *id = mem_alloc((r.count + 1) * sizeof *id);
    const int64_t count = cut(u, &r, id);
    for (int64_t i = 0; i < context; i++)
        out[i] = i < count && i + 1 < context ? id[i] : u->end;
    mem_free(id);
    runes_free(&r);
    return 0;
}
