/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes files of descriptions. A file that is accepted describes every tag of the list, and a
 * file describes the list of its own tags.
 *
 * Parsers: data/descriptions.c */
#include "core/mem.h"
#include "data/descriptions.h"
#include "data/text_template.h"
#include "tests/fuzz/fuzz.h"

static int read(const char *path, const TagList *tags)
{
    Descriptions d;
    const int status = descriptions_read(path, tags, &d, NULL);
    CHECK(status != 0 || d.tags == tags->count, "%ld tags", d.tags);
    for (int64_t k = 0; k < d.tags; k++)
        CHECK(d.offset[k] < d.offset[k + 1], "tag %ld: no text", k);
    descriptions_free(&d);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static TagList fixed;
    TagList own;
    char *path = fuzz_file("descriptions.json", (FuzzPart){data, size});
    if (!fixed.count) tags_parse("tags", "cat\nred star\ncat\n", &fixed, NULL);
    read(path, &fixed);
    if (descriptions_read_tags(path, &own, NULL) == 0) {
        CHECK(read(path, &own) == 0, "not a description of its own tags");
        Descriptions d = text_template_fill(&(OptionStrings){0}, &own);
        descriptions_free(&d);
        tags_free(&own);
    }
    mem_free(path);
    return 0;
}
