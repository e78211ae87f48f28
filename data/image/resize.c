/* SPDX-License-Identifier: Apache-2.0 */
/* Pillow's resampling: a horizontal pass, then a vertical pass, each rounded to 8 bits, with
 * weights of 22 fractional bits. The inner loops multiply adjacent values by one weight, so
 * the compiler vectorizes them:
 *   horizontal: eight rows at a time, with their pixels interleaved as 8 x (R, G, B,
 *   unused); with fewer rows GCC unrolls that loop and vectorizes over the weights, at a
 *   quarter of the speed;
 *   vertical: pieces of a row. */
#include "data/image/resize.h"

#include "core/mem.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum { BITS = 22, HALF = 1 << (BITS - 1), GROUP = 8, LANES = 4 * GROUP, PIECE = 64 };

/* Output i = sum over t < count[i] of weight[i * room + t] * input[first[i] + t]. */
typedef struct Taps {
    int64_t inputs, outputs, room;
    double scale,
        support; /* input pixels per output pixel; half width of the stretched filter */
    int32_t *first, *count, *weight;
} Taps;

/* Buffers of one call; the pointers point into the scratch memory. */
typedef struct Plan {
    Taps x, y;
    uint8_t *packed; /* [box width, GROUP, 4] a group of input rows */
    uint8_t *middle; /* [box height, width, 3] between the passes */
    double *weight;  /* weights of one output, before rounding */
} Plan;

static double triangle(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

static double cubic(double x) /* a = -0.5 */
{
    x = fabs(x);
    if (x < 1.0) return (1.5 * x - 2.5) * x * x + 1.0;
    if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5;
    return 0.0;
}

static Taps taps_of(int64_t inputs, int64_t outputs, enum ResizeFilter filter)
{
    Taps t = {.inputs = inputs, .outputs = outputs};
    t.scale = (double)inputs / (double)outputs;
    t.support = (filter == RESIZE_BICUBIC ? 2.0 : 1.0) * (t.scale > 1.0 ? t.scale : 1.0);
    t.room = 2 * (int64_t)ceil(t.support) + 1;
    return t;
}

static int32_t fixed_point(double w)
{
    return (int32_t)(w < 0.0 ? w * (1 << BITS) - 0.5 : w * (1 << BITS) + 0.5);
}

/* Computes the weights of output i; w has room for t->room numbers. */
static void fill_output(Taps *t, int64_t i, enum ResizeFilter filter, double *w)
{
    const double center = ((double)i + 0.5) * t->scale;
    const double shrink = 1.0 / (t->scale > 1.0 ? t->scale : 1.0);
    int64_t first = (int64_t)(center - t->support + 0.5);
    int64_t last = (int64_t)(center + t->support + 0.5);
    if (first < 0) first = 0;
    if (last > t->inputs) last = t->inputs;
    double total = 0.0;
    for (int64_t x = first; x < last; x++) {
        const double at = ((double)x - center + 0.5) * shrink;
        w[x - first] = filter == RESIZE_BICUBIC ? cubic(at) : triangle(at);
        total += w[x - first];
    }
    t->first[i] = (int32_t)first;
    t->count[i] = (int32_t)(last - first);
    for (int64_t k = 0; k < last - first; k++)
        t->weight[i * t->room + k] = fixed_point(w[k] / total);
}

static void fill(Taps *t, enum ResizeFilter filter, double *w)
{
    for (int64_t i = 0; i < t->outputs; i++) fill_output(t, i, filter, w);
}

static uint8_t rounded(int32_t sum)
{
    sum >>= BITS;
    return (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
}

/* packed[x, r, 0..3) = pixel x of row r. The fourth byte is never used: copying four bytes
 * is one instruction, but the last pixel of a row has only three readable bytes. */
static void pack(const uint8_t *const row[GROUP], int64_t width, uint8_t *restrict packed)
{
    for (int64_t x = 0; x + 1 < width; x++)
        for (int r = 0; r < GROUP; r++) memcpy(packed + x * LANES + 4 * r, row[r] + 3 * x, 4);
    for (int r = 0; r < GROUP; r++) {
        memset(packed + (width - 1) * LANES + 4 * r, 0, 4);
        memcpy(packed + (width - 1) * LANES + 4 * r, row[r] + 3 * (width - 1), 3);
    }
}

static void sum_group(const uint8_t *restrict packed, const int32_t *restrict weight,
                      int64_t count, uint8_t out[restrict LANES])
{
    int32_t sum[LANES];
    for (int j = 0; j < LANES; j++) sum[j] = HALF;
    for (int64_t t = 0; t < count; t++)
        for (int j = 0; j < LANES; j++) sum[j] += weight[t] * packed[t * LANES + j];
    for (int j = 0; j < LANES; j++) out[j] = rounded(sum[j]);
}

static void horizontal_group(const Taps *t, const uint8_t *packed, uint8_t *const to[GROUP])
{
    for (int64_t x = 0; x < t->outputs; x++) {
        uint8_t pixel[LANES];
        sum_group(packed + t->first[x] * LANES, t->weight + x * t->room, t->count[x], pixel);
        for (int r = 0; r < GROUP; r++) memcpy(to[r] + 3 * x, pixel + 4 * r, 3);
    }
}

/* A short last group repeats its last row. */
static void horizontal(const Plan *p, const uint8_t *from, int64_t stride, int64_t rows,
                       uint8_t *to)
{
    for (int64_t y = 0; y < rows; y += GROUP) {
        const uint8_t *in[GROUP];
        uint8_t *out[GROUP];
        for (int r = 0; r < GROUP; r++) {
            int64_t row = y + r < rows ? y + r : rows - 1;
            in[r] = from + row * stride;
            out[r] = to + row * p->x.outputs * 3;
        }
        pack(in, p->x.inputs, p->packed);
        horizontal_group(&p->x, p->packed, out);
    }
}

static void sum_piece(const uint8_t *restrict from, int64_t stride,
                      const int32_t *restrict weight, int64_t count, uint8_t *restrict to)
{
    int32_t sum[PIECE];
    for (int j = 0; j < PIECE; j++) sum[j] = HALF;
    for (int64_t t = 0; t < count; t++)
        for (int j = 0; j < PIECE; j++) sum[j] += weight[t] * from[t * stride + j];
    for (int j = 0; j < PIECE; j++) to[j] = rounded(sum[j]);
}

static uint8_t sum_one(const uint8_t *from, int64_t stride, const int32_t *weight,
                       int64_t count)
{
    int32_t sum = HALF;
    for (int64_t t = 0; t < count; t++) sum += weight[t] * from[t * stride];
    return rounded(sum);
}

/* The end of a row that does not fill a piece is computed as a piece that overlaps the
 * previous one. */
static void vertical(const Taps *t, const uint8_t *from, int64_t stride, int64_t len,
                     uint8_t *to)
{
    for (int64_t y = 0; y < t->outputs; y++, to += len) {
        const uint8_t *in = from + t->first[y] * stride;
        const int32_t *weight = t->weight + y * t->room;
        int64_t j = 0;
        for (; j + PIECE <= len; j += PIECE)
            sum_piece(in + j, stride, weight, t->count[y], to + j);
        if (j < len && len >= PIECE) {
            j = len - PIECE;
            sum_piece(in + j, stride, weight, t->count[y], to + j);
            continue;
        }
        for (; j < len; j++) to[j] = sum_one(in + j, stride, weight, t->count[y]);
    }
}

/* Returns the next `bytes` of the scratch memory, or only counts them if base is NULL. */
static void *take(uint8_t *base, size_t *used, size_t bytes)
{
    void *part = base ? base + *used : NULL;
    *used += (bytes + 63) / 64 * 64;
    return part;
}

static void take_taps(Taps *t, uint8_t *base, size_t *used)
{
    t->first = take(base, used, (size_t)t->outputs * sizeof *t->first);
    t->count = take(base, used, (size_t)t->outputs * sizeof *t->count);
    t->weight = take(base, used, (size_t)(t->outputs * t->room) * sizeof *t->weight);
}

static size_t lay_out(Plan *p, uint8_t *base)
{
    size_t used = 0;
    const int64_t room = p->x.room > p->y.room ? p->x.room : p->y.room;
    take_taps(&p->x, base, &used);
    take_taps(&p->y, base, &used);
    p->packed = take(base, &used, (size_t)p->x.inputs * LANES);
    p->middle = take(base, &used, (size_t)(p->y.inputs * p->x.outputs) * 3);
    p->weight = take(base, &used, (size_t)room * sizeof *p->weight);
    return used;
}

static Plan plan(Box box, enum ResizeFilter filter, const Image *out, ResizeScratch *s)
{
    Plan p = {.x = taps_of(box.width, out->width, filter),
              .y = taps_of(box.height, out->height, filter)};
    const size_t need = lay_out(&p, NULL);
    if (s->room < need) {
        mem_free(s->bytes);
        *s = (ResizeScratch){mem_alloc(need), need};
    }
    lay_out(&p, s->bytes);
    return p;
}

static void copy_rows(const uint8_t *from, int64_t stride, const Image *out)
{
    const int64_t len = 3 * out->width;
    for (int64_t y = 0; y < out->height; y++)
        memcpy(out->rgb + y * len, from + y * stride, (size_t)len);
}

void resize_crop_into(const Image *in, Box box, enum ResizeFilter filter, ResizeScratch *s,
                      Image *out)
{
    CHECK(box.left >= 0 && box.top >= 0 && box.width >= 1 && box.height >= 1 &&
              box.left + box.width <= in->width && box.top + box.height <= in->height,
          "box %ld x %ld at %ld, %ld of %ld x %ld", box.width, box.height, box.left, box.top,
          in->width, in->height);
    Plan p = plan(box, filter, out, s);
    const bool wider = box.width != out->width, higher = box.height != out->height;
    const uint8_t *from = in->rgb + 3 * (box.top * in->width + box.left);
    int64_t stride = 3 * in->width;
    if (wider) {
        fill(&p.x, filter, p.weight);
        horizontal(&p, from, stride, box.height, higher ? p.middle : out->rgb);
        from = p.middle;
        stride = 3 * out->width;
    }
    if (higher) {
        fill(&p.y, filter, p.weight);
        vertical(&p.y, from, stride, 3 * out->width, out->rgb);
    }
    if (!wider && !higher) copy_rows(from, stride, out);
}

void resize_crop(const Image *in, Box box, int64_t width, int64_t height,
                 enum ResizeFilter filter, Image *out)
{
    ResizeScratch s = {0};
    *out = image_new(width, height);
    resize_crop_into(in, box, filter, &s, out);
    resize_scratch_free(&s);
}

void resize_scratch_free(ResizeScratch *s)
{
    mem_free(s->bytes);
    *s = (ResizeScratch){0};
}
