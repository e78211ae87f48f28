/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes files of thresholds: a tag list, a line of two percent signs, the thresholds, each of
 * which is in 0..1 if the file is accepted.
 *
 * Parsers: data/thresholds.c core/strings/csv.c */
#include "core/mem.h"
#include "data/thresholds.h"
#include "tests/fuzz/fuzz.h"

static void read(const char *path, const TagList *tags)
{
    float *threshold = mem_alloc((size_t)tags->count * sizeof *threshold);
    if (thresholds_read(path, tags, threshold, NULL) == 0)
        for (int64_t k = 0; k < tags->count; k++)
            CHECK(threshold[k] >= 0 && threshold[k] <= 1, "%g", (double)threshold[k]);
    mem_free(threshold);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzPart part[2];
    TagList tags;
    fuzz_cut(data, size, part, 2);
    char *list = fuzz_file("tags.txt", part[0]), *path = fuzz_file("thresholds.csv", part[1]);
    if (tags_read_used(list, &tags, NULL) == 0) {
        read(path, &tags);
        tags_free(&tags);
    }
    mem_free(path);
    mem_free(list);
    return 0;
}
