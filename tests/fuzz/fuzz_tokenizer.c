/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the tokenizer. If the first byte is 0, the rest is a file of merges; otherwise the
 * first byte is the context length and the rest a text, which is tokenized with fixed merges.
 * Checks invariants that hold for any text.
 *
 * Parsers: data/text/bpe_read.c data/text/bpe.c data/text/tokenizer.c data/text/repair.c
 * data/text/mojibake.c data/text/badness.c data/text/charmap.c data/text/html.c
 * core/strings/unicode.c core/strings/utf8.c */
#include "core/mem.h"
#include "data/text/bpe.h"
#include "data/text/tokenizer.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

enum { SMALL = 16 };

static void parse_merges(const uint8_t *data, size_t size)
{
    Bpe *b;
    int32_t entry[SMALL];
    if (bpe_parse("fuzz", (const char *)data, size, &b, NULL) != 0) return;
    const size_t n = bpe_encode(b, data, size, entry, SMALL);
    CHECK(n >= 1 && n <= size, "%zu entries of %zu bytes", n, size);
    for (size_t i = 0; i < n && i < SMALL; i++)
        CHECK(entry[i] >= 0 && entry[i] < bpe_size(b), "entry %d", (int)entry[i]);
    bpe_digest(b);
    bpe_free(b);
}

static void encode(const Tokenizer *t, const uint8_t *data, size_t size, int64_t context)
{
    char *text = mem_calloc(size + 1, 1);
    int32_t *ids = mem_alloc((size_t)context * sizeof *ids);
    int64_t length;
    memcpy(text, data, size);
    if (tokenizer_encode(t, text, context, ids, &length, NULL) == 0) {
        CHECK(length >= 2 && length <= context, "length %ld", length);
        CHECK(ids[0] == tokenizer_start(t) && ids[length - 1] == tokenizer_end(t), "markers");
        for (int64_t i = 0; i < context; i++)
            CHECK(ids[i] >= 0 && ids[i] < tokenizer_size(t), "id %d", (int)ids[i]);
    }
    mem_free(ids);
    mem_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static Tokenizer *tokenizer;
    const char *merges = getenv("CLIP_MERGES");
    if (!merges) merges = "tests/data/text/merges.txt";
    if (!tokenizer) tokenizer = tokenizer_open(merges, NULL);
    CHECK(tokenizer, "%s: cannot read: set CLIP_MERGES", merges);
    if (size == 0) return 0;
    if (data[0] == 0)
        parse_merges(data + 1, size - 1);
    else
        encode(tokenizer, data + 1, size - 1, 1 + data[0]);
    return 0;
}
