/* OpenCV's affine warp and the reference's sharpening, to the byte. */
#include "data/warp.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { FILL = 128, POSITION_BITS = 10, FRACTION_BITS = 5, STEPS = 1 << FRACTION_BITS };

static WarpMatrix inverse(WarpMatrix m)
{
    const double determinant = m.a * m.e - m.b * m.d;
    CHECK(determinant != 0.0, "matrix %g %g, %g %g", m.a, m.b, m.d, m.e);
    const double scale = 1.0 / determinant;
    WarpMatrix r = {.a = m.e * scale, .b = m.b * -scale, .d = m.d * -scale, .e = m.a * scale};
    r.c = -r.a * m.c - r.b * m.f;
    r.f = -r.d * m.c - r.e * m.f;
    return r;
}

static int64_t fixed(double x) { return (int64_t)rint(x * (1 << POSITION_BITS)); }

static const uint8_t *pixel_or_fill(const Image *in, int64_t x, int64_t y)
{
    static const uint8_t fill[3] = {FILL, FILL, FILL};
    bool inside = x >= 0 && y >= 0 && x < in->width && y < in->height;
    return inside ? in->rgb + 3 * (y * in->width + x) : fill;
}

/* The four neighbours of a position in 1/32 pixels; fx, fy are its low bits. */
static void blend(const uint8_t *p00, const uint8_t *p01, const uint8_t *p10,
                  const uint8_t *p11, int fx, int fy, uint8_t *out)
{
    const int w00 = STEPS * (STEPS - fx) * (STEPS - fy), w01 = STEPS * fx * (STEPS - fy);
    const int w10 = STEPS * (STEPS - fx) * fy, w11 = STEPS * fx * fy;
    for (int c = 0; c < 3; c++)
        out[c] =
            (uint8_t)((p00[c] * w00 + p01[c] * w01 + p10[c] * w10 + p11[c] * w11 + 16384) >>
                      15);
}

static void sample(const Image *in, int64_t sx, int64_t sy, uint8_t *out)
{
    const int64_t x = sx >> FRACTION_BITS, y = sy >> FRACTION_BITS;
    const int fx = (int)(sx & (STEPS - 1)), fy = (int)(sy & (STEPS - 1));
    if (x >= 0 && y >= 0 && x + 1 < in->width && y + 1 < in->height) {
        const uint8_t *p = in->rgb + 3 * (y * in->width + x), *q = p + 3 * in->width;
        blend(p, p + 3, q, q + 3, fx, fy, out);
    } else if (x < -1 || y < -1 || x >= in->width || y >= in->height) {
        memset(out, FILL, 3);
    } else {
        blend(pixel_or_fill(in, x, y), pixel_or_fill(in, x + 1, y), pixel_or_fill(in, x, y + 1),
              pixel_or_fill(in, x + 1, y + 1), fx, fy, out);
    }
}

void warp_affine(const Image *in, WarpMatrix forward, Image *out)
{
    CHECK(out->width == in->width && out->height == in->height && out->rgb != in->rgb,
          "%lld x %lld", (long long)out->width, (long long)out->height);
    const WarpMatrix m = inverse(forward);
    const int64_t half = STEPS / 2;
    const int down = POSITION_BITS - FRACTION_BITS;
    for (int64_t y = 0; y < in->height; y++) {
        const int64_t x0 = fixed(m.b * (double)y + m.c) + half;
        const int64_t y0 = fixed(m.e * (double)y + m.f) + half;
        uint8_t *to = out->rgb + 3 * in->width * y;
        for (int64_t x = 0; x < in->width; x++)
            sample(in, (x0 + fixed(m.a * (double)x)) >> down,
                   (y0 + fixed(m.d * (double)x)) >> down, to + 3 * x);
    }
}

/* p points at a number of the row; the same channel's neighbours are 3 and `stride` away. */
static void sharpen_row(const uint8_t *restrict p, int64_t stride, int64_t len, float factor,
                        uint8_t *restrict out)
{
    for (int64_t i = 0; i < len; i++) {
        const uint8_t *up = p + i - stride, *here = p + i, *low = p + i + stride;
        const int sum = up[-3] + up[0] + up[3] + here[-3] + 5 * here[0] + here[3] + low[-3] +
                        low[0] + low[3];
        const float blurred = (float)((sum + 6) / 13);
        out[i] = (uint8_t)(int)(blurred + factor * ((float)here[0] - blurred));
    }
}

void warp_sharpen(const Image *in, float factor, Image *out)
{
    CHECK(out->width == in->width && out->height == in->height && out->rgb != in->rgb,
          "%lld x %lld", (long long)out->width, (long long)out->height);
    const int64_t stride = 3 * in->width;
    memcpy(out->rgb, in->rgb, (size_t)(stride * in->height));
    for (int64_t y = 1; y + 1 < in->height; y++)
        if (in->width > 2)
            sharpen_row(in->rgb + y * stride + 3, stride, stride - 6, factor,
                        out->rgb + y * stride + 3);
}
