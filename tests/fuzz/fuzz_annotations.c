/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes annotation files. Records that are accepted have paths and ascending ids of the list.
 *
 * Parsers: data/annotations.c data/annotation_record.c data/caption.c core/json/json_array.c
 * core/json/json_scan.c core/json/json_lenient.c core/json/json_instead.c */
#include "core/mem.h"
#include "data/annotations.h"
#include "data/tag_ids.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { TAGS = 50 };

static void check_record(const Annotations *a, int64_t i)
{
    const int64_t from = a->tag_offset[i], end = a->tag_offset[i + 1];
    CHECK(*a->image_path[i], "record %ld: no path", i);
    CHECK(from <= end && a->caption_offset[i] <= a->caption_offset[i + 1], "record %ld", i);
    for (int64_t k = from; k < end; k++)
        CHECK(a->tag[k] >= (k > from ? a->tag[k - 1] + 1 : 0) && a->tag[k] < TAGS,
              "record %ld: id %d", i, (int)a->tag[k]);
    for (int64_t k = a->caption_offset[i]; k < a->caption_offset[i + 1]; k++)
        CHECK(!strpbrk(a->caption[k], ".!\"()*#:;~"), "caption '%s'", a->caption[k]);
}

static void check_unknown(const Annotations *a, int64_t i)
{
    const int64_t from = a->unknown_offset[i], end = a->unknown_offset[i + 1];
    const int64_t first = a->tag_offset[i], n = a->tag_offset[i + 1] - first;
    CHECK(from <= end && (from == end || annotations_tagged(a, i)), "record %ld", i);
    for (int64_t k = from; k < end; k++)
        CHECK(a->unknown[k] >= (k > from ? a->unknown[k - 1] + 1 : 0) && a->unknown[k] < TAGS &&
                  !tag_ids_have(a->tag + first, n, a->unknown[k]),
              "record %ld: unknown id %d", i, (int)a->unknown[k]);
}

static void read(const char *path)
{
    Annotations a;
    if (annotations_read(&path, 1, TAGS, &a, NULL) != 0) return;
    for (int64_t i = 0; i < a.count; i++) {
        check_record(&a, i);
        if (a.unknown_offset) check_unknown(&a, i);
        CHECK(annotations_tagged(&a, i) || a.caption_offset[i] < a.caption_offset[i + 1],
              "record %ld has nothing", i);
    }
    annotations_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = fuzz_file("train.json", (FuzzPart){data, size});
    read(path);
    mem_free(path);
    return 0;
}
