/* SPDX-License-Identifier: Apache-2.0 */
/* Reads color bitmaps with FreeType. */
#include "data/collections/emoji_font.h"

#include "core/mem.h"

#include <ft2build.h>
#include FT_FREETYPE_H
#include FT_TRUETYPE_TABLES_H

enum { FONT_BYTES = 1 << 28 };

struct EmojiFont {
    char *path;
    Bytes file; /* the face reads from it */
    FT_Library library;
    FT_Face face;
};

/* Whether the face has the bitmaps wanted. Their sizes are bytes in this table alone; other
 * formats could ask for any amount of memory. */
static bool has_bitmaps(FT_Face face)
{
    FT_ULong len = 0;
    return FT_Load_Sfnt_Table(face, FT_MAKE_TAG('C', 'B', 'D', 'T'), 0, NULL, &len) == 0 &&
           face->num_fixed_sizes > 0 && FT_Select_Size(face, 0) == 0;
}

static int open_face(EmojiFont *f, Error *err)
{
    if (FT_Init_FreeType(&f->library) != 0)
        return error_set(err, ERROR_RUNTIME, "FreeType does not start");
    if (FT_New_Memory_Face(f->library, f->file.data, (FT_Long)f->file.len, 0, &f->face) != 0)
        return error_set(err, ERROR_DATA, "%s: not a font that FreeType reads", f->path);
    if (!has_bitmaps(f->face))
        return error_set(err, ERROR_DATA, "%s: no color bitmaps (table CBDT)", f->path);
    return 0;
}

int emoji_font_open(const char *path, EmojiFont **out, Error *err)
{
    EmojiFont *f = mem_calloc(1, sizeof *f);
    f->path = mem_strdup(path);
    *out = f;
    if (file_read_max(path, FONT_BYTES, &f->file, err) == 0 && open_face(f, err) == 0) return 0;
    emoji_font_free(f);
    *out = NULL;
    return -1;
}

void emoji_font_free(EmojiFont *f)
{
    if (!f) return;
    if (f->face) FT_Done_Face(f->face);
    if (f->library) FT_Done_FreeType(f->library);
    bytes_free(&f->file);
    mem_free(f->path);
    mem_free(f);
}

static uint8_t over_white(uint8_t premultiplied, uint8_t alpha)
{
    const int sum = premultiplied + 255 - alpha;
    return (uint8_t)(sum > 255 ? 255 : sum);
}

static Image blend(const FT_Bitmap *b)
{
    Image image = image_new(b->width, b->rows);
    const uint8_t *row = b->buffer; /* the top one, if lines go down */
    for (unsigned y = 0; y < b->rows; y++, row += b->pitch)
        for (unsigned x = 0; x < b->width; x++) {
            const uint8_t *from = row + 4 * (size_t)x; /* B G R A */
            uint8_t *to = image.rgb + 3 * ((size_t)y * b->width + x);
            for (int c = 0; c < 3; c++) to[c] = over_white(from[2 - c], from[3]);
        }
    return image;
}

int emoji_font_image(EmojiFont *font, int32_t rune, bool *found, Image *out, Error *err)
{
    *found = false;
    const FT_UInt glyph = FT_Get_Char_Index(font->face, (FT_ULong)rune);
    if (glyph == 0) return 0;
    const FT_Error fault = FT_Load_Glyph(font->face, glyph, FT_LOAD_COLOR);
    if (fault == FT_Err_Missing_Bitmap) return 0;
    if (fault != 0)
        return error_set(err, ERROR_DATA, "%s: U+%04X: FreeType error 0x%02x", font->path,
                         (unsigned)rune, (unsigned)fault);
    const FT_GlyphSlot slot = font->face->glyph;
    const FT_Bitmap *b = &slot->bitmap;
    if (slot->format != FT_GLYPH_FORMAT_BITMAP || b->pixel_mode != FT_PIXEL_MODE_BGRA ||
        b->width == 0 || b->rows == 0 || b->pitch < 0)
        return 0;
    *found = true;
    *out = blend(b);
    return 0;
}
