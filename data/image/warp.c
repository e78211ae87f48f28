/* SPDX-License-Identifier: Apache-2.0 */
/* OpenCV's affine warp and the reference's sharpening, byte for byte. */
#include "data/image/warp.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    FILL = 128,
    POSITION_BITS = 10,
    FRACTION_BITS = 5,
    STEPS = 1 << FRACTION_BITS,
    PIECE = 32
};

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

/* The neighbors of the pixels of one piece of a row, gathered so that the arithmetic is
 * vectorized. */
typedef struct Piece {
    uint8_t corner[4][4 * PIECE]; /* [pixel, (R, G, B, unused)] at (0,0) (1,0) (0,1) (1,1) */
    uint8_t fx[4 * PIECE], fy[4 * PIECE];
} Piece;

/* Gathers the neighbors of pixel i; (sx, sy) is its source position in 1/32 pixel. */
static void gather(Piece *piece, int64_t i, const Image *in, int64_t sx, int64_t sy)
{
    const int64_t x = sx >> FRACTION_BITS, y = sy >> FRACTION_BITS, stride = 3 * in->width;
    memset(piece->fx + 4 * i, (int)(sx & (STEPS - 1)), 4);
    memset(piece->fy + 4 * i, (int)(sy & (STEPS - 1)), 4);
    if (x >= 0 && y >= 0 && x + 2 < in->width && y + 1 < in->height) {
        const uint8_t *p =
            in->rgb + y * stride + 3 * x; /* a copy of four bytes is one instruction */
        memcpy(piece->corner[0] + 4 * i, p, 4);
        memcpy(piece->corner[1] + 4 * i, p + 3, 4);
        memcpy(piece->corner[2] + 4 * i, p + stride, 4);
        memcpy(piece->corner[3] + 4 * i, p + stride + 3, 4);
        return;
    }
    for (int k = 0; k < 4; k++)
        memcpy(piece->corner[k] + 4 * i, pixel_or_fill(in, x + k % 2, y + k / 2), 3);
}

/* Equals OpenCV's rounded sum with four 15-bit weights exactly, because 32 divides each
 * weight. */
static void blend(const Piece *piece, uint8_t out[restrict 4 * PIECE])
{
    for (int j = 0; j < 4 * PIECE; j++) {
        const int fx = piece->fx[j], fy = piece->fy[j];
        const int p00 = piece->corner[0][j], p01 = piece->corner[1][j];
        const int p10 = piece->corner[2][j], p11 = piece->corner[3][j];
        const int up = STEPS * p00 + fx * (p01 - p00), low = STEPS * p10 + fx * (p11 - p10);
        const int sum = STEPS * up + fy * (low - up) + STEPS * STEPS / 2;
        out[j] = (uint8_t)(sum >> (2 * FRACTION_BITS));
    }
}

static void warp_row(const Image *in, const WarpMatrix *m, int64_t y, Piece *piece, uint8_t *to)
{
    const int64_t half = STEPS / 2, x0 = fixed(m->b * (double)y + m->c) + half;
    const int64_t y0 = fixed(m->e * (double)y + m->f) + half;
    const int down = POSITION_BITS - FRACTION_BITS;
    for (int64_t start = 0; start < in->width; start += PIECE) {
        const int64_t n = in->width - start < PIECE ? in->width - start : PIECE;
        uint8_t pixel[4 * PIECE];
        for (int64_t i = 0; i < n; i++) {
            const double x = (double)(start + i);
            gather(piece, i, in, (x0 + fixed(m->a * x)) >> down,
                   (y0 + fixed(m->d * x)) >> down);
        }
        blend(piece, pixel);
        for (int64_t i = 0; i < n; i++) memcpy(to + 3 * (start + i), pixel + 4 * i, 3);
    }
}

void warp_affine(const Image *in, WarpMatrix forward, Image *out)
{
    CHECK(out->width == in->width && out->height == in->height && out->rgb != in->rgb,
          "%ld x %ld", out->width, out->height);
    const WarpMatrix m = inverse(forward);
    Piece piece;
    memset(&piece, 0, sizeof piece);
    for (int64_t y = 0; y < in->height; y++)
        warp_row(in, &m, y, &piece, out->rgb + 3 * in->width * y);
}

/* p points to a value of the row; its neighbors in the same channel are 3 and `stride` away. */
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
          "%ld x %ld", out->width, out->height);
    const int64_t stride = 3 * in->width;
    memcpy(out->rgb, in->rgb, (size_t)(stride * in->height));
    for (int64_t y = 1; y + 1 < in->height; y++)
        if (in->width > 2)
            sharpen_row(in->rgb + y * stride + 3, stride, stride - 6, factor,
                        out->rgb + y * stride + 3);
}
