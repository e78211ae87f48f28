/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes of views by arithmetic, of decoded images by a sample. */
#include "data/loader_need.h"

#include "core/io/path_below.h"
#include "core/io/tar_cache.h"
#include "core/mem.h"

enum {
    SAMPLE = 8,
    COPIES = 2
}; /* COPIES: a decoder has rows or coefficients beside the pixels */

/* Bytes of one image, decoded; 0 if it cannot be read. */
static double decoded_bytes(const LoaderConfig *k, int64_t i)
{
    Image image = {0};
    char *path = path_below(k->root, k->annotations->image_path[i], k->absolute, NULL);
    if (path) image_read(path, &k->rules, &image, NULL, NULL);
    const double bytes = 3 * (double)image.width * (double)image.height;
    image_free(&image);
    mem_free(path);
    return bytes;
}

static double view_bytes(const TransformConfig *t)
{
    return 3 * sizeof(float) * (double)t->size * (double)t->size;
}

LoaderNeed loader_need(const LoaderConfig *k)
{
    const int64_t count = k->annotations->count, n = count < SAMPLE ? count : SAMPLE;
    double sum = 0, most = 0;
    LoaderConfig with_tars = *k;
    with_tars.rules.tars = tar_cache_new();
    for (int64_t i = 0; i < n; i++) {
        const double bytes = decoded_bytes(&with_tars, count * i / n);
        sum += bytes;
        if (bytes > most) most = bytes;
    }
    tar_cache_free(with_tars.rules.tars);
    return (LoaderNeed){.prepared = view_bytes(&k->transform) +
                                    (k->two_views ? view_bytes(&k->teacher) : 0),
                        .decoding = k->threads * COPIES * most,
                        .decoded = n > 0 ? sum / (double)n * (double)count : 0};
}
