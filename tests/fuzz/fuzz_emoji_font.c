/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes fonts. An image of a character has at most 255 x 255 pixels, all of which can be read.
 *
 * Parsers: data/collections/emoji_font.c */
#include "core/mem.h"
#include "data/collections/emoji_font.h"
#include "tests/fuzz/fuzz.h"

static void draw(EmojiFont *font, int32_t rune)
{
    Image image = {0};
    bool found;
    if (emoji_font_image(font, rune, &found, &image, NULL) == 0 && found) {
        CHECK(image.width > 0 && image.width <= 255, "%ld wide", image.width);
        CHECK(image.height > 0 && image.height <= 255, "%ld high", image.height);
        unsigned sum = 0;
        for (int64_t i = 0; i < 3 * image.width * image.height; i++) sum += image.rgb[i];
        CHECK(sum <= 255u * 3 * 255 * 255, "%u", sum);
    }
    image_free(&image);
}

/* The characters of tests/data/collections/emoji.ttf. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    EmojiFont *font;
    char *path = fuzz_file("a.ttf", (FuzzPart){data, size});
    if (emoji_font_open(path, &font, NULL) == 0) {
        for (int32_t rune = 0x1f600; rune < 0x1f60c; rune++) draw(font, rune);
        draw(font, 0x1f40d);
        draw(font, 0x1f41f);
        draw(font, 0x1f433);
        draw(font, 'x');
        emoji_font_free(font);
    }
    mem_free(path);
    return 0;
}
