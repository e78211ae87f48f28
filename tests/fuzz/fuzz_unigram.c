/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes models of SentencePiece, and texts for them. All ids are in the vocabulary.
 *
 * Parsers: data/text/unigram_file.c data/text/unigram.c */
#include "core/mem.h"
#include "data/text/unigram.h"
#include "tests/fuzz/fuzz.h"

enum { CONTEXT = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzPart part[2];
    int32_t id[CONTEXT];
    fuzz_cut(data, size, part, 2); /* a text, and the model */
    char *path = fuzz_file("a.model", part[1]), *text = fuzz_text(part[0]);
    Unigram *u = unigram_open(path, NULL);
    if (u && unigram_encode(u, text, CONTEXT, id, NULL) == 0)
        for (int i = 0; i < CONTEXT; i++)
            CHECK(id[i] >= 0 && id[i] < unigram_size(u), "id %d of %d", id[i], unigram_size(u));
    unigram_free(u);
    mem_free(text);
    mem_free(path);
    return 0;
}
