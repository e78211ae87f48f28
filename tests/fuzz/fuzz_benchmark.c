/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes evaluation sets: a tag list, a line of two percent signs, the annotations, and behind
 * another such line what is unknown. At least one label of a set that is accepted is known.
 *
 * Parsers: data/benchmark.c core/strings/csv.c */
#include "core/mem.h"
#include "data/benchmark.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check(Benchmark *b)
{
    int64_t positive = 0, unknown = 0;
    for (int64_t i = 0; i < b->images * b->tags; i++) {
        const uint8_t truth = b->truth[i];
        CHECK(truth <= TRUTH_PRESENT || truth == TRUTH_UNKNOWN, "truth %d", (int)truth);
        positive += truth == TRUTH_PRESENT;
        unknown += truth == TRUTH_UNKNOWN;
    }
    CHECK(positive > 0 && positive == benchmark_positives(b), "no label");
    CHECK(unknown == b->unannotated, "%ld unknown, not %ld", unknown, b->unannotated);
    mem_free(benchmark_text(b));
    for (int64_t i = 0; i < b->images; i++) {
        char *path = benchmark_image_path("/nonexistent", b, i, NULL);
        CHECK(!path, "%s exists", path);
    }
    bool *keep = mem_calloc((size_t)b->images, sizeof *keep);
    for (int64_t i = 1; i < b->images; i += 2) keep[i] = true;
    const int64_t left = b->images / 2;
    benchmark_keep(b, keep);
    CHECK(b->images == left, "%ld images, expected %ld", b->images, left);
    mem_free(keep);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzPart part[3];
    TagList tags;
    Benchmark b;
    fuzz_cut(data, size, part, 3);
    char *list = fuzz_file("tags.txt", part[0]), *path = fuzz_file("seen.txt", part[1]),
         *unknown = fuzz_file("unknown.txt", part[2]);
    if (tags_read_used(list, &tags, NULL) == 0) {
        if (benchmark_read(path, &tags, &b, NULL) == 0) {
            benchmark_read_unknown(unknown, &tags, &b, NULL);
            check(&b);
        }
        benchmark_free(&b);
        tags_free(&tags);
    }
    mem_free(unknown);
    mem_free(path);
    mem_free(list);
    return 0;
}
