/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the metadata of clip art. Tags that are kept differ and are not blank.
 *
 * Parsers: data/collections/clipart_svg.c data/collections/clipart_tags.c data/folder/xml.c */
#include "core/mem.h"
#include "data/collections/clipart_tags.h"
#include "data/folder/vocabulary.h"
#include "data/folder/xml.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check(ClipartInfo *info)
{
    clipart_tags_clean(info);
    for (int64_t i = 0; i < info->tags; i++) {
        CHECK(*info->tag[i] && *info->tag[i] != ' ', "tag '%s'", info->tag[i]);
        for (int64_t k = 0; k < i; k++)
            CHECK(strcmp(info->tag[i], info->tag[k]) != 0, "tag '%s' twice", info->tag[i]);
    }
    LabeledSet set = {0};
    LabeledImage image = {0};
    clipart_label(info, &image);
    CHECK(image.captions > 0 && image.tags == info->tags, "%ld tags", image.tags);
    labeled_set_add(&set, &image);
    Vocabulary v = vocabulary_new(&set, 1, NULL);
    for (int64_t i = 0; i < info->tags; i++)
        CHECK(vocabulary_find(&v, info->tag[i]) >= 0, "'%s' is missing", info->tag[i]);
    vocabulary_free(&v);
    labeled_set_free(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    ClipartInfo info;
    char *path = fuzz_file("a.svg", (FuzzPart){data, size});
    if (!started) xml_start();
    started = true;
    if (clipart_svg_read(path, &info, NULL) == 0) check(&info);
    clipart_info_free(&info);
    mem_free(path);
    return 0;
}
