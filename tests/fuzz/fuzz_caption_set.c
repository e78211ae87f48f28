/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes files of images with captions. Each image of a set that is accepted has a name and
 * captions with words.
 *
 * Parsers: eval/retrieve/caption_set.c */
#include "core/mem.h"
#include "core/strings/utf8.h"
#include "eval/retrieve/caption_set.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CaptionSet s;
    char *path = fuzz_file("dataset.json", (FuzzPart){data, size});
    if (caption_set_read(path, "test", 0, &s, NULL) == 0) {
        CHECK(s.images > 0 && s.first[0] == 0 && s.first[s.images] == s.captions,
              "%ld captions", s.captions);
        for (int64_t i = 0; i < s.images; i++)
            CHECK(*s.image[i] && s.first[i] < s.first[i + 1], "image %ld", i);
        for (int64_t t = 0; t < s.captions; t++)
            CHECK(!utf8_blank(s.caption[t]), "caption %ld", t);
    }
    caption_set_free(&s);
    mem_free(path);
    return 0;
}
