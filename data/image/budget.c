/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of pixels, memory, scans and time for one image. */
#include "data/image/budget.h"

#include "core/io/file_open.h"
#include "core/log.h"
#include "core/mem.h"

enum {
    FREE_PIXELS = 1 << 24, /* allowed whatever the length of the file */
    PIXELS_PER_BYTE = 16384,
    SPARE = 1 << 20, /* bytes for tables and buffers of a decoder */
    SCANS_MAX = 500,
    SCANS_OF_LARGEST = 20, /* scans that an image of the largest size may have; usual are 10 */
};

#define ALLOW(option)                                                                          \
    "; to allow more: data.max_" option " (prepare triplets: --max-" option ")"

static int64_t given(int64_t value, int64_t otherwise) { return value > 0 ? value : otherwise; }

ImageBudget image_budget_start(const ImageRules *rules, size_t len)
{
    const ImageRules none = {0}, *r = rules ? rules : &none;
    ImageBudget b = {.len = len,
                     .pixels = given(r->max_pixels, IMAGE_MEGAPIXELS) * 1000000,
                     .bytes = given(r->max_memory, IMAGE_MEBIBYTES) << 20,
                     .seconds = given(r->max_seconds, IMAGE_SECONDS)};
    b.deadline = log_now() + (double)b.seconds;
    return b;
}

int image_budget_size(const ImageBudget *b, int64_t width, int64_t height, Error *err)
{
    if (width < 1 || height < 1 || width > IMAGE_MAX_SIDE || height > IMAGE_MAX_SIDE)
        return error_set(err, ERROR_DATA, "%ld x %ld pixels: outside 1..%d per side", width,
                         height, IMAGE_MAX_SIDE);
    if (width * height > FREE_PIXELS && (size_t)(width * height / PIXELS_PER_BYTE) > b->len)
        return error_set(err, ERROR_DATA, "%ld x %ld pixels: too many for a file of %zu bytes",
                         width, height, b->len);
    if (width * height <= b->pixels) return 0;
    const int64_t megapixels = b->pixels / 1000000;
    return error_set(err, ERROR_DATA, "%ld x %ld pixels: more than %ld megapixels%s", width,
                     height, megapixels,
                     megapixels < IMAGE_MOST_MEGAPIXELS ? ALLOW("pixels")
                                                        : ", the most that can be allowed");
}

/* Whether the machine has so much memory, now or soon. A decoder that ran out of it halfway
 * would have to end the program without naming the image. */
static bool has_memory(int64_t bytes)
{
    for (int tried = 0; !mem_has((size_t)bytes); tried++)
        if (!file_try_again(ERROR_RUNTIME, tried)) return false;
    return true;
}

int image_budget_memory(const ImageBudget *b, int64_t bytes, Error *err)
{
    const int64_t all = bytes + (int64_t)b->len;
    if (all > b->bytes)
        return error_set(err, ERROR_DATA,
                         "needs %ld MiB to decode, more than %ld MiB" ALLOW("memory"),
                         (all >> 20) + 1, b->bytes >> 20);
    if (has_memory(bytes + SPARE)) return 0;
    return error_set(err, ERROR_RUNTIME, "out of memory: needs %ld MiB to decode",
                     ((bytes + SPARE) >> 20) + 1);
}

int image_budget_scans(const ImageBudget *b, int64_t scans, int64_t pixels, Error *err)
{
    if (scans > SCANS_MAX)
        return error_set(err, ERROR_DATA, "%ld scans: more than %d", scans, SCANS_MAX);
    if (scans * pixels > SCANS_OF_LARGEST * b->pixels)
        return error_set(
            err, ERROR_DATA,
            "%ld scans of %ld pixels: more than %d scans of %ld megapixels" ALLOW("pixels"),
            scans, pixels, SCANS_OF_LARGEST, b->pixels / 1000000);
    return 0;
}

int image_budget_time(const ImageBudget *b, Error *err)
{
    if (log_now() <= b->deadline) return 0;
    return error_set(err, ERROR_DATA, "not decoded after %ld s" ALLOW("seconds"), b->seconds);
}
