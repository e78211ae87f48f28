/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes image files: JPEG, PNG, WebP, GIF, BMP. The smallest budget keeps one input below a
 * second. What is decoded is encoded again; PNG gives the same pixels. Its kind is also known
 * at a glance.
 *
 * Parsers: data/image/image.c data/image/jpeg.c data/image/png.c data/image/webp.c
 * data/image/gif.c data/image/bmp.c data/image/exif.c data/image/budget.c
 * core/io/first_bytes.c */
#include "core/mem.h"
#include "data/image/image.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { SMALL = 1 << 16 };

static void check_png(const Image *image)
{
    char *path = fuzz_path("again");
    Image again;
    Error err = {0};
    CHECK(image_write_png(path, image, &err) == 0, "%s", err.text);
    CHECK(image_read(path, NULL, &again, NULL, &err) == 0, "%s", err.text);
    CHECK(again.width == image->width && again.height == image->height &&
              memcmp(again.rgb, image->rgb, (size_t)(3 * image->width * image->height)) == 0,
          "%ld x %ld pixels: PNG changes them", image->width, image->height);
    image_free(&again);
    mem_free(path);
}

static void check_jpeg(const Image *image)
{
    Bytes file;
    Image again;
    Error err = {0};
    CHECK(image_encode_jpeg(image, 80, &file, &err) == 0, "%s", err.text);
    CHECK(image_decode(file.data, file.len, NULL, &again, NULL, &err) == 0, "%s", err.text);
    CHECK(again.width == image->width && again.height == image->height, "%ld x %ld",
          again.width, again.height);
    image_free(&again);
    bytes_free(&file);
}

static bool read(const char *path, enum ImageAlpha alpha)
{
    const ImageRules rules = {alpha, .max_pixels = 1, .max_memory = 4, .max_seconds = 1};
    Image image;
    Error damage = {0}, err = {0};
    const int status = image_read(path, &rules, &image, &damage, &err);
    CHECK(status == 0 ? image.width >= 1 && image.height >= 1 : !image.rgb && err.code,
          "status %d", status);
    CHECK(image_check_kind(path, NULL) == 0 || status != 0,
          "an image that is none at a glance");
    const bool transparent = image.transparent;
    if (image.rgb && image.width * image.height <= SMALL) {
        check_png(&image);
        check_jpeg(&image);
    }
    image_free(&image);
    return transparent;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *path = fuzz_file("image", (FuzzPart){data, size});
    if (read(path, IMAGE_ALPHA_DROP)) read(path, IMAGE_ALPHA_WHITE);
    mem_free(path);
    return 0;
}
