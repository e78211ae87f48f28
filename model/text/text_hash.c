/* SPDX-License-Identifier: Apache-2.0 */
/* A text encoder without a model: every feature of a text is hashed to a fixed direction of
 * random signs, and the text is their weighted sum, scaled to a unit vector. Features:
 *   words, plurals reduced to the singular   "red circles" is near "red" and near "circle";
 *   character 3- to 5-grams of each word     "striped" is somewhat near "stripes";
 *   pairs of neighboring words               "red circle above blue square" differs from
 *                                            "blue circle above red square".
 * Words without visual content (a, the, photo) have a small weight and do not separate
 * neighbors. All sums are sums of integers, so the vectors are bit-identical on every machine.
 */
#include "core/strings/unicode.h"
#include "core/strings/utf8.h"
#include "model/text/text_encoder_kind.h"

#include "core/fnv.h"
#include "core/mem.h"
#include "core/parallel.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum {
    /* Version; increase it when vectors change. At first, version 1 did not know capitals and
     * white space beyond ASCII; banks of such texts stay valid. */
    ALGORITHM = 1,
    DEFAULT_DIM = 512,
    MAX_WORD = 64, /* bytes of a word; the rest is ignored */
    WEIGHT_WORD = 1000,
    WEIGHT_STOP = 80,
    WEIGHT_GRAMS = 400, /* L2 norm of all n-grams of a word together */
    WEIGHT_PAIR = 300,
};

static const char *const stop_words[] = {
    "a",    "an",    "and",     "are",   "as",   "at",    "by",         "for",
    "from", "image", "in",      "is",    "it",   "its",   "of",         "on",
    "or",   "photo", "picture", "s",     "that", "the",   "there",      "this",
    "to",   "with",  "drawing", "looks", "like", "which", "photograph",
};

typedef struct Word {
    char text[MAX_WORD + 1]; /* lower case, singular */
    size_t len;
    bool stop;
} Word;

/* The weighted sum of the features of one text; sum [dim]. */
typedef struct Sum {
    int64_t *sum;
    int64_t dim;
} Sum;

/* The hash of a feature: FNV-1a of its kind ('w'ord, 'g'ram, 'p'air) and text. */
static uint64_t feature(char kind, const char *text, size_t n)
{
    return fnv_add(fnv_add(FNV_START, &kind, 1), text, n);
}

static uint64_t splitmix(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Adds weight times the direction of the feature, which is one sign per element. */
static void add(Sum *s, uint64_t hash, int64_t weight)
{
    for (int64_t i = 0; i < s->dim; i += 64) {
        const uint64_t bits = splitmix(&hash);
        const int64_t n = s->dim - i < 64 ? s->dim - i : 64;
        for (int64_t j = 0; j < n; j++) s->sum[i + j] += bits >> j & 1 ? weight : -weight;
    }
}

static bool is_word_byte(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c >= 0x80;
}

static bool ends(const Word *w, const char *suffix)
{
    size_t n = strlen(suffix);
    return w->len > n && memcmp(w->text + w->len - n, suffix, n) == 0;
}

static void cut(Word *w, size_t n) { w->text[w->len -= n] = 0; }

/* circles, boxes, glasses, butterflies -> circle, box, glass, butterfly; gas, grass, iris stay.
 */
static void singular(Word *w)
{
    if (w->len < 4 || !ends(w, "s")) return;
    if (ends(w, "ss") || ends(w, "us") || ends(w, "is")) return;
    if (ends(w, "ies") && w->len > 4) {
        cut(w, 3);
        w->text[w->len++] = 'y';
        w->text[w->len] = 0;
    } else if (ends(w, "sses") || ends(w, "xes") || ends(w, "shes") || ends(w, "ches")) {
        cut(w, 2);
    } else {
        cut(w, 1);
    }
}

static bool is_stop_word(const char *word)
{
    for (size_t i = 0; i < sizeof stop_words / sizeof stop_words[0]; i++)
        if (strcmp(word, stop_words[i]) == 0) return true;
    return false;
}

/* Reads the next word from *at and advances *at; false at the end. */
static bool next_word(const char **at, Word *w)
{
    const char *p = *at;
    while (*p && !is_word_byte((unsigned char)*p)) p++;
    w->len = 0;
    for (; is_word_byte((unsigned char)*p); p++)
        if (w->len < MAX_WORD)
            w->text[w->len++] = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
    w->text[w->len] = 0;
    *at = p;
    if (w->len == 0) return false;
    w->stop = is_stop_word(w->text);
    if (!w->stop) singular(w);
    return true;
}

/* Fills start with the offsets of the UTF-8 characters of text [n], then n. Returns the number
 * of characters. */
static size_t characters(const char *text, size_t n, size_t *start)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (utf8_starts(text[i])) start[count++] = i;
    start[count] = n;
    return count;
}

static void add_grams(Sum *s, const Word *w)
{
    char text[MAX_WORD + 2] = "<";
    size_t start[MAX_WORD + 3], grams = 0;
    memcpy(text + 1, w->text, w->len);
    text[w->len + 1] = '>';
    const size_t n = characters(text, w->len + 2, start);
    for (size_t size = 3; size <= 5 && size <= n; size++) grams += n - size + 1;
    if (grams == 0) return; /* the word has only stray UTF-8 continuation bytes */
    const int64_t weight = llround(WEIGHT_GRAMS / sqrt((double)grams));
    for (size_t size = 3; size <= 5 && size <= n; size++)
        for (size_t i = 0; i + size <= n; i++)
            add(s, feature('g', text + start[i], start[i + size] - start[i]), weight);
}

static void add_pair(Sum *s, const Word *a, const Word *b)
{
    uint64_t hash = feature('p', a->text, a->len + 1); /* with its NUL between the two */
    add(s, fnv_add(hash, b->text, b->len), WEIGHT_PAIR);
}

static void add_text(Sum *s, const char *text)
{
    Word pair[2];
    const Word *before = NULL;
    int64_t words = 0;
    for (const char *p = text; next_word(&p, &pair[words % 2]);) {
        const Word *w = &pair[words % 2];
        add(s, feature('w', w->text, w->len), w->stop ? WEIGHT_STOP : WEIGHT_WORD);
        if (w->stop) continue;
        add_grams(s, w);
        if (before) add_pair(s, before, w);
        before = w;
        words++;
    }
}

/* The text in lower case, with white space of any kind as a blank. Owned. Bytes that are not
 * UTF-8 leave it as it is. */
static char *plain(const char *text)
{
    Runes given = {0}, lower = {0};
    const size_t n = strlen(text);
    char *out = runes_decode(&given, text, n) < n ? mem_strdup(text) : NULL;
    if (!out) {
        unicode_lower(&given, &lower);
        char *at = out = mem_alloc(4 * lower.count + 1);
        for (size_t i = 0; i < lower.count; i++) {
            const bool space = unicode_class(lower.at[i]) == UNICODE_SPACE;
            at += runes_encode(space ? ' ' : lower.at[i], (uint8_t *)at);
        }
        *at = 0;
    }
    runes_free(&lower);
    runes_free(&given);
    return out;
}

static double length(const Sum *s)
{
    double squares = 0;
    for (int64_t i = 0; i < s->dim; i++) squares += (double)s->sum[i] * (double)s->sum[i];
    return sqrt(squares);
}

static void encode_one(Sum *s, const char *text, float *out)
{
    char *words = plain(text);
    memset(s->sum, 0, (size_t)s->dim * sizeof *s->sum);
    add_text(s, words);
    mem_free(words);
    if (length(s) == 0) add(s, feature('t', text, strlen(text)), 1); /* no words: "?!" */
    const double size = length(s);
    for (int64_t i = 0; i < s->dim; i++) out[i] = (float)((double)s->sum[i] / size);
}

typedef struct Work {
    int64_t dim, n;
    const char *const *text;
    float *out; /* [n, dim] */
} Work;

enum { TEXTS_PER_PIECE = 64 };

static void encode_piece(int64_t piece, void *context)
{
    const Work *w = context;
    Sum s = {mem_alloc((size_t)w->dim * sizeof *s.sum), w->dim};
    const int64_t first = piece * TEXTS_PER_PIECE;
    const int64_t end = first + TEXTS_PER_PIECE < w->n ? first + TEXTS_PER_PIECE : w->n;
    for (int64_t i = first; i < end; i++) encode_one(&s, w->text[i], w->out + i * w->dim);
    mem_free(s.sum);
}

static int hash_open(const TextEncoderConfig *config, int64_t *dim, void **state, Error *err)
{
    (void)config;
    (void)err;
    if (*dim == 0) *dim = DEFAULT_DIM;
    int64_t *width = mem_alloc(sizeof *width);
    *width = *dim;
    *state = width;
    return 0;
}

static void hash_close(void *state) { mem_free(state); }

static void hash_fingerprint(const void *state, Hash *h)
{
    (void)state;
    hash_add(h, &(int64_t){ALGORITHM}, sizeof(int64_t));
}

static int hash_encode(const void *state, const char *const *text, int64_t n, float *out,
                       Error *err)
{
    (void)err;
    Work w = {*(const int64_t *)state, n, text, out};
    parallel_for((n + TEXTS_PER_PIECE - 1) / TEXTS_PER_PIECE, encode_piece, &w);
    return 0;
}

const TextEncoderKind text_hash_kind = {"hash",           false,      hash_open, hash_close,
                                        hash_fingerprint, hash_encode};
