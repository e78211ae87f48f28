/* SPDX-License-Identifier: Apache-2.0 */
/* WebP through libwebp, lossy and lossless; of an animation the first frame, on a transparent
 * black canvas. Colors of transparent pixels are returned as stored. */
#include "core/mem.h"
#include "data/image/codec.h"

#include <stdbool.h>

#include <webp/decode.h>
#include <webp/demux.h>

static const char *reason(VP8StatusCode status)
{
    switch (status) {
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

/* The part of the file that holds the first frame, and where on the canvas it lies. */
typedef struct Frame {
    const uint8_t *bytes;
    size_t len;
    int64_t x, y;
    bool whole; /* no frame behind it is missing */
} Frame;

static int first_frame(const uint8_t *bytes, size_t len, Frame *out, Error *err)
{
    WebPDemuxState state;
    WebPIterator it;
    WebPDemuxer *demux = WebPDemuxPartial(&(WebPData){bytes, len}, &state);
    int status = 0;
    if (!demux) return error_set(err, ERROR_DATA, "WebP: corrupt data");
    if (!WebPDemuxGetFrame(demux, 1, &it) || !it.complete)
        status = error_set(err, ERROR_DATA, "WebP: the file is truncated");
    else
        *out = (Frame){it.fragment.bytes, it.fragment.size, it.x_offset, it.y_offset,
                       state == WEBP_DEMUX_DONE};
    WebPDemuxReleaseIterator(&it);
    WebPDemuxDelete(demux);
    return status;
}

/* Decodes in pieces of the file, and looks at the clock between them. A lossless frame begins
 * with tables, which libwebp reads again from their start with every piece until they are
 * whole: pieces grow, so that this takes no more than three times as long. */
static VP8StatusCode decode_pieces(const Frame *frame, WebPDecoderConfig *config,
                                   const ImageBudget *budget, Error *err)
{
    enum { PIECE = 1 << 16 };
    VP8StatusCode status = VP8_STATUS_SUSPENDED;
    WebPIDecoder *decoder = WebPIDecode(NULL, 0, config);
    if (!decoder) return VP8_STATUS_OUT_OF_MEMORY;
    for (size_t n = 0; status == VP8_STATUS_SUSPENDED && n < frame->len;) {
        if (image_budget_time(budget, err) != 0) break;
        n += n / 2 + PIECE;
        status = WebPIUpdate(decoder, frame->bytes, n < frame->len ? n : frame->len);
    }
    WebPIDelete(decoder);
    return status;
}

static VP8StatusCode decode_into(const Frame *frame, WEBP_CSP_MODE mode, const Image *canvas,
                                 uint8_t *pixels, const ImageBudget *budget, Error *err)
{
    const int64_t bytes = mode == MODE_RGBA ? 4 : 3, stride = canvas->width * bytes;
    const int64_t start = frame->y * stride + frame->x * bytes;
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return VP8_STATUS_INVALID_PARAM;
    if (frame->x >= canvas->width || frame->y >= canvas->height)
        return VP8_STATUS_BITSTREAM_ERROR;
    config.output.colorspace = mode;
    config.output.is_external_memory = 1;
    config.output.u.RGBA = (WebPRGBABuffer){pixels + start, (int)stride,
                                            (size_t)(stride * canvas->height - start)};
    return decode_pieces(frame, &config, budget, err);
}

static int decode_pixels(const Frame *frame, bool transparent, enum ImageAlpha alpha,
                         const ImageBudget *budget, Image *image, Error *err)
{
    const size_t pixels = (size_t)(image->width * image->height);
    uint8_t *rgba = transparent ? mem_calloc(pixels, 4) : NULL;
    Error late = {0};
    VP8StatusCode status = decode_into(frame, rgba ? MODE_RGBA : MODE_RGB, image,
                                       rgba ? rgba : image->rgb, budget, &late);
    if (rgba && status == VP8_STATUS_OK) image_flatten(rgba, alpha, image);
    mem_free(rgba);
    if (status == VP8_STATUS_OK) return 0;
    return error_set(err, ERROR_DATA, "WebP: %s", late.code ? late.text : reason(status));
}

/* Bytes of the tables of a lossless image: at most one set for 16 pixels, of 5,700 bytes for 20
 * bits of the file. Only a file that is small for its pixels is taken for that; others have a
 * few hundred sets. */
static int64_t tables_bytes(const ImageBudget *b, int64_t pixels)
{
    enum { SETS_MAX = 1 << 16, SET_BITS = 20, SET_BYTES = 5700, BLOCK = 16 };
    const int64_t bits = 8 * (int64_t)b->len;
    int64_t sets = bits / SET_BITS < SETS_MAX ? bits / SET_BITS : SETS_MAX;
    if (sets > pixels / BLOCK + 1) sets = pixels / BLOCK + 1;
    return bits < pixels ? sets * SET_BYTES : 0;
}

/* Beside the result, libwebp holds the colors of a lossless frame, or of the transparency of a
 * lossy one, and up to three images of a sixteenth of its size. */
static int check_budget(const ImageBudget *b, const WebPBitstreamFeatures *f, Error *err)
{
    enum { LOSSY = 1 };
    const int64_t pixels = (int64_t)f->width * f->height;
    const int64_t result = f->has_alpha || f->has_animation ? 7 : 3;
    const bool lossless = f->format != LOSSY || f->has_alpha;
    const int64_t beside = !lossless ? 0 : f->format == LOSSY ? 6 : 5;
    const int64_t tables = lossless ? tables_bytes(b, pixels) : 0;
    if (image_budget_size(b, f->width, f->height, err) != 0) return -1;
    return image_budget_memory(b, pixels * (result + beside) + tables, err);
}

int webp_decode(const uint8_t *bytes, size_t len, enum ImageAlpha alpha,
                const ImageBudget *budget, Image *out, Error *damage, Error *err)
{
    *out = (Image){0};
    WebPBitstreamFeatures f;
    Frame frame = {.bytes = bytes, .len = len, .whole = true};
    VP8StatusCode status = WebPGetFeatures(bytes, len, &f);
    if (status != VP8_STATUS_OK) return error_set(err, ERROR_DATA, "WebP: %s", reason(status));
    if (check_budget(budget, &f, err) != 0) return error_prefix(err, "WebP");
    if (f.has_animation && first_frame(bytes, len, &frame, err) != 0) return -1;
    *out = image_new(f.width, f.height);
    if (decode_pixels(&frame, f.has_alpha || f.has_animation, alpha, budget, out, err) == 0) {
        if (!frame.whole)
            error_set(damage, ERROR_DATA, "WebP: the file is truncated after its first frame");
        return 0;
    }
    image_free(out);
    return -1;
}
