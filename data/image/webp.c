/* SPDX-License-Identifier: Apache-2.0 */
/* WebP through libwebp, lossy and lossless. Colors of transparent pixels are returned as
 * stored. */
#include "core/mem.h"
#include "data/image/codec.h"

#include <stdbool.h>

#include <webp/decode.h>

static const char *reason(VP8StatusCode status)
{
    switch (status) {
    case VP8_STATUS_OUT_OF_MEMORY:
        return "out of memory";
    case VP8_STATUS_BITSTREAM_ERROR:
        return "corrupt data";
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return "unsupported feature";
    case VP8_STATUS_SUSPENDED:
    case VP8_STATUS_NOT_ENOUGH_DATA:
        return "the file is truncated";
    default:
        return "cannot be decoded";
    }
}

static VP8StatusCode decode_into(const uint8_t *bytes, size_t len, WEBP_CSP_MODE mode,
                                 int64_t width, int64_t height, uint8_t *pixels)
{
    const int64_t stride = width * (mode == MODE_RGBA ? 4 : 3);
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return VP8_STATUS_INVALID_PARAM;
    config.output.colorspace = mode;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = (WebPRGBABuffer){pixels, (int)stride, (size_t)(stride * height)};
    VP8StatusCode status = WebPDecode(bytes, len, &config);
    WebPFreeDecBuffer(&config.output);
    return status;
}

static int decode_pixels(const uint8_t *bytes, size_t len, bool blend, Image *image, Error *err)
{
    const int64_t pixels = image->width * image->height;
    uint8_t *rgba = blend ? mem_alloc((size_t)pixels * 4) : NULL;
    VP8StatusCode status = decode_into(bytes, len, blend ? MODE_RGBA : MODE_RGB, image->width,
                                       image->height, blend ? rgba : image->rgb);
    if (blend && status == VP8_STATUS_OK) image_blend_white(rgba, pixels, image->rgb);
    mem_free(rgba);
    if (status == VP8_STATUS_OK) return 0;
    return error_set(err, ERROR_DATA, "WebP: %s", reason(status));
}

int webp_decode(const uint8_t *bytes, size_t len, enum ImageAlpha alpha, Image *out, Error *err)
{
    *out = (Image){0};
    WebPBitstreamFeatures f;
    VP8StatusCode status = WebPGetFeatures(bytes, len, &f);
    if (status != VP8_STATUS_OK) return error_set(err, ERROR_DATA, "WebP: %s", reason(status));
    if (f.has_animation)
        return error_set(err, ERROR_DATA, "WebP: animations are not supported");
    Error why = {0};
    if (image_check_size(f.width, f.height, len, &why) != 0)
        return error_set(err, ERROR_DATA, "WebP: %s", why.text);
    *out = image_new(f.width, f.height);
    bool blend = alpha == IMAGE_ALPHA_WHITE && f.has_alpha;
    if (decode_pixels(bytes, len, blend, out, err) == 0) return 0;
    image_free(out);
    return -1;
}
