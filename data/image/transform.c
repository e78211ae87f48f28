/* SPDX-License-Identifier: Apache-2.0 */
/* Training and evaluation views of an image. */
#include "data/image/transform.h"

#include "data/image/augment.h"

#include <math.h>
#include <string.h>

static int64_t clamped(double side, int64_t limit)
{
    int64_t whole = (int64_t)rint(side); /* half to even, like Python's round */
    return whole < 1 ? 1 : whole > limit ? limit : whole;
}

static Box centered_box(int64_t width, int64_t height, const TransformConfig *config)
{
    const double ratio = (double)width / (double)height;
    Box box = {0, 0, width, height};
    if (ratio < config->augment.ratio_lo)
        box.height = clamped((double)width / config->augment.ratio_lo, height);
    else if (ratio > config->augment.ratio_hi)
        box.width = clamped((double)height * config->augment.ratio_hi, width);
    box.left = (width - box.width) / 2;
    box.top = (height - box.height) / 2;
    return box;
}

Box transform_crop_box(int64_t width, int64_t height, const TransformConfig *config, Rng *rng)
{
    const double area = (double)width * (double)height;
    const double log_lo = log(config->augment.ratio_lo), log_hi = log(config->augment.ratio_hi);
    if (config->augment.scale_lo >= 1.0) return (Box){0, 0, width, height};
    for (int i = 0; i < 10; i++) {
        const double share =
            area * rng_range(rng, config->augment.scale_lo, config->augment.scale_hi);
        const double ratio = exp(rng_range(rng, log_lo, log_hi));
        const double w = rint(sqrt(share * ratio)), h = rint(sqrt(share / ratio));
        if (w < 1.0 || h < 1.0 || w > (double)width || h > (double)height) continue;
        Box box = {0, 0, (int64_t)w, (int64_t)h};
        box.top = rng_below(rng, height - box.height + 1);
        box.left = rng_below(rng, width - box.width + 1);
        return box;
    }
    return centered_box(width, height, config);
}

static void flip(Image *image)
{
    for (int64_t y = 0; y < image->height; y++) {
        uint8_t *left = image->rgb + 3 * image->width * y;
        uint8_t *right = left + 3 * (image->width - 1);
        for (; left < right; left += 3, right -= 3)
            for (int c = 0; c < 3; c++) {
                uint8_t kept = left[c];
                left[c] = right[c];
                right[c] = kept;
            }
    }
}

/* out [3, H, W] = (p / 255 - mean) / std in float32, evaluated in this order from a table of
 * the 256 levels. */
static void normalize(const Image *image, const double mean[3], const double std[3],
                      float *restrict out)
{
    const int64_t pixels = image->width * image->height;
    for (int c = 0; c < 3; c++) {
        float table[256];
        for (int p = 0; p < 256; p++)
            table[p] = ((float)p / 255.0f - (float)mean[c]) / (float)std[c];
        for (int64_t i = 0; i < pixels; i++) out[c * pixels + i] = table[image->rgb[3 * i + c]];
    }
}

static void fit(Image *image, int64_t size)
{
    if (image->width == size && image->height == size) return;
    image_free(image);
    *image = image_new(size, size);
}

static void check_config(const TransformConfig *k)
{
    CHECK(k->size >= 1, "size %ld", k->size);
    CHECK(k->augment.scale_lo > 0.0 && k->augment.scale_lo <= k->augment.scale_hi &&
              k->augment.scale_hi <= 1.0,
          "scale %g to %g", k->augment.scale_lo, k->augment.scale_hi);
    CHECK(k->augment.ratio_lo > 0.0 && k->augment.ratio_lo <= k->augment.ratio_hi,
          "ratio %g to %g", k->augment.ratio_lo, k->augment.ratio_hi);
}

void transform_train(const Image *in, const TransformConfig *config, Rng *rng,
                     TransformScratch *s, float *out)
{
    check_config(config);
    fit(&s->view, config->size);
    fit(&s->spare, config->size);
    const Box box = transform_crop_box(in->width, in->height, config, rng);
    resize_crop_into(in, box, RESIZE_BICUBIC, &s->resize, &s->view);
    if (rng_uniform(rng) < config->augment.flip) flip(&s->view);
    augment_random(&s->view, &s->spare, (int)config->augment.operations, config->augment.level,
                   config->augment.autocontrast == AUTOCONTRAST_PILLOW, rng);
    normalize(&s->view, config->mean, config->std, out);
}

void transform_eval_with(const Image *in, int64_t size, const double mean[3],
                         const double std[3], TransformScratch *s, float *out)
{
    fit(&s->view, size);
    const Box whole = {0, 0, in->width, in->height};
    resize_crop_into(in, whole, RESIZE_BILINEAR, &s->resize, &s->view);
    normalize(&s->view, mean, std, out);
}

void transform_eval(const Image *in, int64_t size, const double mean[3], const double std[3],
                    float *out)
{
    TransformScratch s = {0};
    transform_eval_with(in, size, mean, std, &s, out);
    transform_scratch_free(&s);
}

/* The middle of a very long image, of which the view shows less still: bounds the memory. */
static Box middle_box(int64_t width, int64_t height)
{
    enum { LONGEST = 16 };
    Box box = {0, 0, width, height};
    if (height > LONGEST * width) box.height = LONGEST * width;
    if (width > LONGEST * height) box.width = LONGEST * height;
    box.left = (width - box.width) / 2;
    box.top = (height - box.height) / 2;
    return box;
}

/* Resizes the shorter side to `size`, and takes the square in the middle. */
static Image middle_square(const Image *in, int64_t size, enum ResizeFilter filter)
{
    const Box box = middle_box(in->width, in->height);
    const int64_t less = box.width < box.height ? box.width : box.height;
    const int64_t width = size * box.width / less, height = size * box.height / less;
    Image whole, square;
    resize_crop(in, box, width, height, filter, &whole);
    const int64_t left = (int64_t)rint((double)(width - size) / 2), /* half to even */
        top = (int64_t)rint((double)(height - size) / 2);
    square = image_new(size, size);
    for (int64_t y = 0; y < size; y++)
        memcpy(square.rgb + 3 * size * y, whole.rgb + 3 * (width * (top + y) + left),
               (size_t)(3 * size));
    image_free(&whole);
    return square;
}

void transform_view(const Image *in, const EvalView *v, float *out)
{
    Image view;
    if (v->shortest)
        view = middle_square(in, v->size, v->filter);
    else
        resize_crop(in, (Box){0, 0, in->width, in->height}, v->size, v->size, v->filter, &view);
    normalize(&view, v->mean, v->std, out);
    image_free(&view);
}

void transform_scratch_free(TransformScratch *s)
{
    resize_scratch_free(&s->resize);
    image_free(&s->view);
    image_free(&s->spare);
}
