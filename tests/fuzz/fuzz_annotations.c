/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes annotation files. Records that are accepted have paths and ascending ids of the list.
 *
 * Parsers: data/annotations.c data/annotation_record.c data/caption.c core/json/json_array.c
 * core/json/json_scan.c core/json/json_lenient.c core/json/json_instead.c */
#include "core/mem.h"
#include "data/annotations.h"
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

/* With `captions`, a record without one is an error, and nothing else differs. */
static int read(const char *path, bool captions)
{
    Annotations a;
    const int status = annotations_read(&path, 1, TAGS, captions, &a, NULL);
    for (int64_t i = 0; i < a.count; i++) {
        check_record(&a, i);
        CHECK(!captions || a.caption_offset[i] < a.caption_offset[i + 1], "record %ld", i);
    }
    annotations_free(&a);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = fuzz_file("train.json", (FuzzPart){data, size});
    const int any = read(path, false);
    if (any == 0) read(path, true);
    mem_free(path);
    return 0;
}
