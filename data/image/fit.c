/* SPDX-License-Identifier: Apache-2.0 */
/* Scales images to a given side. */
#include "data/image/fit.h"

#include <stdbool.h>

static int64_t side_of(const Image *image, enum FitSide which)
{
    const bool wide = image->width > image->height;
    return wide == (which == FIT_LONGEST) ? image->width : image->height;
}

static int64_t scaled(int64_t length, int64_t from, int64_t to)
{
    const int64_t n = (2 * length * to + from) / (2 * from);
    return n > 0 ? n : 1;
}

void image_scale(const Image *in, enum FitSide which, int64_t side, enum ResizeFilter filter,
                 Image *out)
{
    const Box whole = {0, 0, in->width, in->height};
    const int64_t from = side_of(in, which);
    resize_crop(in, whole, scaled(in->width, from, side), scaled(in->height, from, side),
                filter, out);
}

void image_fit(Image *image, enum FitSide which, int64_t side, enum ResizeFilter filter)
{
    Image small;
    if (side_of(image, which) <= side) return;
    image_scale(image, which, side, filter, &small);
    image_free(image);
    *image = small;
}
