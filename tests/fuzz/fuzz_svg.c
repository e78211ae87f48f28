/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the metadata of clip art. Tags that are kept differ and are not blank.
 *
 * Parsers: data/prepare/clipart_svg.c data/prepare/clipart_tags.c */
#include "core/mem.h"
#include "data/prepare/clipart_tags.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check(ClipartInfo *info)
{
    Text caption = {0};
    clipart_tags_clean(info);
    for (int64_t i = 0; i < info->tags; i++) {
        CHECK(*info->tag[i] && *info->tag[i] != ' ', "tag '%s'", info->tag[i]);
        for (int64_t k = 0; k < i; k++)
            CHECK(strcmp(info->tag[i], info->tag[k]) != 0, "tag '%s' twice", info->tag[i]);
    }
    clipart_caption(info, &caption);
    text_free(&caption);
    ClipartVocabulary v = clipart_vocabulary(info, 1, 1);
    for (int64_t i = 0; i < info->tags; i++)
        CHECK(clipart_vocabulary_find(&v, info->tag[i]) >= 0, "'%s' is missing", info->tag[i]);
    clipart_vocabulary_free(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    ClipartInfo info;
    char *path = fuzz_file("a.svg", (FuzzPart){data, size});
    if (!started) clipart_svg_start();
    started = true;
    if (clipart_svg_read(path, &info, NULL) == 0) check(&info);
    clipart_info_free(&info);
    mem_free(path);
    return 0;
}
