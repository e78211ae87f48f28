/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes files of scores: the bytes behind the checksum block, which fits. What is accepted is
 * in range.
 *
 * Parsers: eval/scores/scores.c */
#include "core/mem.h"
#include "eval/scores/scores.h"
#include "tests/fuzz/sealed.h"

#include <string.h>

/* A file of every second image is written, and reads back. */
static void check_again(const Scores *s)
{
    bool *keep = mem_calloc((size_t)s->images, sizeof *keep);
    for (int64_t i = 0; i < s->images; i += 2) keep[i] = true;
    Scores *half = scores_select(s, keep), *again;
    char *path = fuzz_path("again.h5");
    Error err = {0};
    CHECK(scores_write(half, path, &err) == 0, "%s", err.text);
    CHECK(scores_read(path, &again, &err) == 0, "%s", err.text);
    CHECK(again->images == (s->images + 1) / 2 && again->tags == s->tags,
          "%ld images, %ld tags", again->images, again->tags);
    scores_free(again);
    scores_free(half);
    mem_free(path);
    mem_free(keep);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Scores *s;
    if (size < 8 || memcmp(data + size - 8, "RAMPCAT1", 8) != 0) return 0; /* fuzz_h5_old.c */
    char *path = sealed_file("scores.h5", (FuzzPart){data, size});
    if (scores_read(path, &s, NULL) == 0) {
        for (int64_t i = 0; i < s->images * s->tags; i++)
            CHECK(s->score[i] >= 0 && s->score[i] <= 1 && s->truth[i] <= 1, "number %ld", i);
        for (int64_t k = 0; k < s->tags; k++) CHECK(s->threshold[k] <= 1, "threshold %ld", k);
        check_again(s);
        scores_free(s);
    }
    mem_free(path);
    return 0;
}
