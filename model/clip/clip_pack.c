/* SPDX-License-Identifier: Apache-2.0 */
/* Sorting and packing texts. */
#include "model/clip/clip_pack.h"

#include "core/error.h"

#include <stdlib.h>

static int64_t shorter(const ClipTokens *a, const ClipTokens *b)
{
    return a->length < b->length ? a->length : b->length;
}

/* Length of the common prefix of two texts. */
static int64_t in_common(const ClipTokens *a, const ClipTokens *b)
{
    const int64_t max = shorter(a, b);
    int64_t n = 0;
    while (n < max && a->id[n] == b->id[n]) n++;
    return n;
}

static int by_tokens(const void *x, const void *y)
{
    const ClipTokens *a = x, *b = y;
    const int64_t n = in_common(a, b);
    if (n < shorter(a, b)) return a->id[n] < b->id[n] ? -1 : 1;
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    return a->text < b->text ? -1 : a->text > b->text;
}

static int64_t length_of(const int32_t *id, int64_t max)
{
    int64_t end = 0;
    for (int64_t i = 1; i < max; i++)
        if (id[i] > id[end]) end = i;
    return end + 1;
}

void clip_pack_sort(int64_t n, const int32_t *id, int64_t stride, ClipTokens *out)
{
    CHECK(stride > 0, "%ld ids per text", stride);
    for (int64_t i = 0; i < n; i++)
        out[i] = (ClipTokens){id + i * stride, length_of(id + i * stride, stride), i};
    qsort(out, (size_t)n, sizeof *out, by_tokens);
}

/* Number of positions of text s whose rows belong to earlier texts; the last position always
 * has its own row. */
static int64_t shared(const ClipTokens *text, int64_t s)
{
    if (s == 0) return 0;
    const int64_t n = in_common(&text[s - 1], &text[s]);
    return n < text[s].length ? n : n - 1;
}

typedef struct Size {
    int64_t texts, rows, positions;
} Size;

static Size fitting(const ClipTokens *text, int64_t n, int64_t max_rows)
{
    Size size = {0};
    for (; size.texts < n; size.texts++) {
        const ClipTokens *t = &text[size.texts];
        const int64_t own = t->length - shared(text, size.texts);
        if (size.texts > 0 && size.rows + own > max_rows) break;
        size.rows += own;
        size.positions += t->length;
    }
    return size;
}

static int64_t *new_list(Tape *tape, int64_t n)
{
    return tape_alloc(tape, (size_t)n * sizeof(int64_t));
}

int64_t clip_pack_fill(Tape *tape, const ClipTokens *text, int64_t n, int64_t max_rows,
                       ClipPack *out)
{
    CHECK(n > 0, "%ld texts", n);
    const Size size = fitting(text, n, max_rows);
    const int64_t S = size.texts;
    int64_t *offset = new_list(tape, S + 1), *row = new_list(tape, size.positions);
    int64_t *first = new_list(tape, S), *end = new_list(tape, S), *before = new_list(tape, S);
    *out = (ClipPack){.last = new_list(tape, S)};
    out->id = tape_alloc(tape, (size_t)size.rows * sizeof *out->id);
    out->at = tape_alloc(tape, (size_t)size.rows * sizeof *out->at);
    offset[0] = 0;
    for (int64_t s = 0; s < S; s++) {
        const ClipTokens *t = &text[s];
        first[s] = shared(text, s);
        for (int64_t i = 0; i < first[s]; i++) row[offset[s] + i] = row[offset[s - 1] + i];
        for (int64_t i = first[s]; i < t->length; i++) {
            out->id[out->rows] = t->id[i];
            out->at[out->rows] = (int32_t)i;
            row[offset[s] + i] = out->rows++;
        }
        end[s] = t->length;
        before[s] = t->length - 1;
        offset[s + 1] = offset[s] + t->length;
        out->last[s] = out->rows - 1;
    }
    out->sequences = (PackedSequences){S, offset, row, first, end};
    out->ends = (PackedSequences){S, offset, row, before, end};
    return S;
}
