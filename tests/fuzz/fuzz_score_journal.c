/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes what an interrupted evaluation has left. The first byte says how many images precede
 * the input in the file; scores that are read are in 0..1, and those images are unchanged.
 *
 * Parsers: eval/score_journal.c */
#include "core/mem.h"
#include "eval/score_journal.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { N = 4, K = 2 };

static const char identity[HASH_HEX] = "0123456789abcdef0123456789abcdef";

/* Writes the file: `good` images, then the input. */
static void leave(const char *folder, int64_t good, FuzzPart rest)
{
    const float score[N * K] = {0.5F, 1, 0.25F, 0};
    ScoreJournal *j = score_journal_open(folder, identity, K);
    score_journal_add(j, good, score, (bool[N]){true, true});
    score_journal_close(j, true);
    char *path = mem_format("%s/scores.part", folder);
    FILE *f = fopen(path, "ab");
    CHECK(f && fwrite(rest.data, 1, rest.size, f) == rest.size, "%s", path);
    fclose(f);
    mem_free(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    float score[N * K] = {0};
    bool ok[N] = {0};
    if (size == 0) return 0;
    const int64_t good = data[0] % 3;
    char *folder = fuzz_path("results");
    leave(folder, good, (FuzzPart){data + 1, size - 1});
    ScoreJournal *j = score_journal_open(folder, identity, K);
    const int64_t n = score_journal_read(j, N, 1, score, ok);
    CHECK(n >= good && n <= N, "%ld images of %ld", n, good);
    for (int64_t i = 0; i < n * K; i++)
        CHECK(score[i] >= 0 && score[i] <= 1, "score %ld: %g", i, (double)score[i]);
    CHECK(n == 0 || good == 0 || (score[0] == 0.5F && ok[0]), "the first image");
    score_journal_add(j, N - n, score, ok);
    score_journal_close(j, false);
    mem_free(folder);
    return 0;
}
