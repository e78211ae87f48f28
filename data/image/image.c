/* SPDX-License-Identifier: Apache-2.0 */
/* Images in memory: decoder selection by magic bytes, writing. */
#include "data/image/image.h"

#include "core/io/file.h"
#include "core/io/first_bytes.h"
#include "core/io/tar_cache.h"
#include "core/io/tar_path.h"
#include "core/mem.h"
#include "data/image/codec.h"

#include <stdio.h>
#include <string.h>

enum { MAX_PIXELS = 1 << 28 };

Image image_new(int64_t width, int64_t height)
{
    CHECK(width >= 1 && width <= IMAGE_MAX_SIDE && height >= 1 && height <= IMAGE_MAX_SIDE &&
              width * height <= MAX_PIXELS,
          "%ld x %ld", width, height);
    return (Image){
        .width = width, .height = height, .rgb = mem_calloc((size_t)(width * height), 3)};
}

void image_free(Image *image)
{
    mem_free(image->rgb);
    *image = (Image){0};
}

void image_flatten(const uint8_t *rgba, enum ImageAlpha alpha, Image *out)
{
    for (int64_t i = 0; i < out->width * out->height; i++, rgba += 4) {
        const int a = rgba[3];
        out->transparent |= a < 255;
        for (int c = 0; c < 3; c++)
            out->rgb[3 * i + c] = alpha == IMAGE_ALPHA_DROP
                                      ? rgba[c]
                                      : (uint8_t)((rgba[c] * a + 255 * (255 - a) + 127) / 255);
    }
}

static int unknown_format(const char *name, const uint8_t *bytes, size_t len, Error *err)
{
    if (len == 0) return error_set(err, ERROR_DATA, "empty file");
    if (name)
        return error_set(err, ERROR_DATA, "not a JPEG, PNG, WebP, GIF or BMP image: %s", name);
    char shown[3 * 8 + 1] = "";
    for (size_t i = 0; i < len && i < 8; i++)
        snprintf(shown + 3 * i, 4, " %02x", (unsigned)bytes[i]);
    return error_set(err, ERROR_DATA, "not a JPEG, PNG, WebP, GIF or BMP image: starts with%s",
                     shown);
}

static const struct {
    const char *name; /* as first_bytes_name has it */
    ImageDecode *decode;
} format[] = {
    {"a JPEG image", jpeg_decode}, {"a PNG image", png_decode}, {"a WebP image", webp_decode},
    {"a GIF image", gif_decode},   {"a BMP image", bmp_decode},
};

/* NULL if the bytes are of no format. */
static ImageDecode *decoder_of(const char *name)
{
    for (size_t i = 0; name && i < sizeof format / sizeof *format; i++)
        if (strcmp(name, format[i].name) == 0) return format[i].decode;
    return NULL;
}

int image_check_kind(const char *path, Error *err)
{
    uint8_t head[FIRST_BYTES];
    if (file_head(path, head, sizeof head, err) != 0) return -1;
    if (decoder_of(first_bytes_name(head, sizeof head))) return 0;
    const int64_t bytes = file_bytes(path); /* for the message alone: it may fail */
    const size_t n = bytes < FIRST_BYTES ? (size_t)bytes : FIRST_BYTES;
    unknown_format(first_bytes_name(head, n), head, n, err);
    return error_prefix(err, "%s", path);
}

int image_decode(const uint8_t *bytes, size_t len, const ImageRules *rules, Image *out,
                 Error *damage, Error *err)
{
    const ImageBudget budget = image_budget_start(rules, len);
    const enum ImageAlpha alpha = rules ? rules->alpha : IMAGE_ALPHA_DROP;
    const char *name = first_bytes_name(bytes, len);
    *out = (Image){0};
    ImageDecode *decode = decoder_of(name);
    if (decode) return decode(bytes, len, alpha, &budget, out, damage, err);
    return unknown_format(name, bytes, len, err);
}

int image_bytes(const char *path, const ImageRules *rules, Bytes *out, Error *err)
{
    *out = (Bytes){0};
    const ImageBudget budget = image_budget_start(rules, 0);
    const char *member = tar_path_member(path);
    if (member)
        return tar_cache_read(rules ? rules->tars : NULL, path, member, budget.bytes, out, err);
    if (image_budget_memory(&budget, file_bytes(path), err) != 0)
        return error_prefix(err, "%s", path);
    return file_read_max(path, budget.bytes, out, err);
}

int image_read(const char *path, const ImageRules *rules, Image *out, Error *damage, Error *err)
{
    *out = (Image){0};
    Bytes file;
    if (image_bytes(path, rules, &file, err) != 0) return -1;
    int status = image_decode(file.data, file.len, rules, out, damage, err);
    bytes_free(&file);
    if (damage && damage->code) error_prefix(damage, "%s", path);
    return status == 0 ? 0 : error_prefix(err, "%s", path);
}

static int write_bytes(const char *path, int status, Bytes *file, Error *err)
{
    if (status != 0) return error_prefix(err, "%s", path);
    status = file_write(path, file->data, file->len, err);
    bytes_free(file);
    return status;
}

int image_encode_png(const Image *image, Bytes *out, Error *err)
{
    return png_encode(image, out, err);
}

int image_encode_jpeg(const Image *image, int quality, Bytes *out, Error *err)
{
    CHECK(quality >= 1 && quality <= 100, "quality %d", quality);
    return jpeg_encode(image, quality, out, err);
}

int image_write_png(const char *path, const Image *image, Error *err)
{
    Bytes file;
    int status = image_encode_png(image, &file, err);
    return write_bytes(path, status, &file, err);
}
