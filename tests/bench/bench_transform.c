/* SPDX-License-Identifier: Apache-2.0 */
/* Images per second through decode, crop, flip, RandAugment and normalize, as in training, on
 * generated JPEGs of 640 x 480. One thread; each stage is timed separately. */
#include "core/error.h"
#include "core/io/file.h"
#include "core/mem.h"
#include "data/image/transform.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { IMAGES = 16, ROUNDS = 8, WIDTH = 640, HEIGHT = 480 };

static double cpu_seconds(void) { return (double)clock() / CLOCKS_PER_SEC; }

/* Draws soft blobs with noise, which take as many bytes at quality 85 as a photograph. */
static Image draw(uint64_t number)
{
    Image image = image_new(WIDTH, HEIGHT);
    Rng rng = rng_new(1, 0, number, RNG_TEST);
    double wave[3][4];
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 4; i++) wave[c][i] = rng_range(&rng, 0.01, 0.08);
    for (int64_t y = 0; y < HEIGHT; y++)
        for (int64_t x = 0; x < WIDTH; x++)
            for (int c = 0; c < 3; c++) {
                const double *w = wave[c];
                double v = sin(w[0] * (double)x + w[1] * (double)y) +
                           sin(w[2] * (double)x - w[3] * (double)y);
                v = 128.0 + 50.0 * v + 24.0 * (rng_uniform(&rng) - 0.5);
                image.rgb[3 * (y * WIDTH + x) + c] = (uint8_t)v;
            }
    return image;
}

static Bytes drawn_jpeg(uint64_t number)
{
    Error err = {0};
    Bytes file = {0};
    Image image = draw(number);
    if (image_encode_jpeg(&image, 85, &file, &err) != 0) {
        fprintf(stderr, "error: %s\n", err.text);
        exit(ERROR_RUNTIME);
    }
    image_free(&image);
    return file;
}

int main(void)
{
    const TransformConfig config = {.size = 224,
                                    .augment = {.scale_lo = 0.2,
                                                .scale_hi = 1.0,
                                                .ratio_lo = 0.75,
                                                .ratio_hi = 4.0 / 3.0,
                                                .flip = 0.5,
                                                .operations = 2,
                                                .level = 5.0},
                                    .mean = {0.5, 0.5, 0.5},
                                    .std = {0.25, 0.25, 0.25}};
    Bytes file[IMAGES];
    size_t bytes = 0;
    for (uint64_t i = 0; i < IMAGES; i++) bytes += (file[i] = drawn_jpeg(i)).len;
    float *out = mem_alloc(sizeof(float) * 3 * 224 * 224);
    TransformScratch scratch = {0};
    double decode = 0, transform = 0, sum = 0;
    for (uint64_t i = 0; i < IMAGES * ROUNDS; i++) {
        Image image;
        const double start = cpu_seconds();
        if (image_decode(file[i % IMAGES].data, file[i % IMAGES].len, NULL, &image, NULL,
                         NULL) != 0)
            return ERROR_RUNTIME;
        const double middle = cpu_seconds();
        Rng rng = rng_new(1, 0, i, RNG_TEST);
        transform_train(&image, &config, &rng, &scratch, out);
        decode += middle - start;
        transform += cpu_seconds() - middle;
        sum += (double)out[0];
        image_free(&image);
    }
    const double n = IMAGES * ROUNDS;
    printf(
        "transform: %.0f images/s a thread (640 x 480 JPEG of %zu KiB to 224): decode %.2f ms, "
        "rest %.2f ms (checksum %.0f)\n",
        n / (decode + transform), bytes / IMAGES / 1024, decode / n * 1e3, transform / n * 1e3,
        sum);
    transform_scratch_free(&scratch);
    mem_free(out);
    for (int i = 0; i < IMAGES; i++) bytes_free(&file[i]);
    return EXIT_OK;
}
