/* SPDX-License-Identifier: Apache-2.0 */
/* The loader's test folder, and hashes of the batches that a loader returns. */
#include "tests/data/loader_case.h"

#include "core/mem.h"
#include "core/rng.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static void write_image(LoaderCase *c, int i)
{
    Image image = image_new(20 + i, 31 - i);
    Rng rng = rng_new(1, 0, (uint64_t)i, RNG_TEST);
    for (int64_t k = 0; k < image.width * image.height * 3; k++)
        image.rgb[k] = (uint8_t)rng_below(&rng, 256);
    Bytes file;
    const int status = i % 2 ? image_encode_png(&image, &file, NULL)
                             : image_encode_jpeg(&image, 90, &file, NULL);
    ck_assert_int_eq(status, 0);
    scratch_write(&c->scratch, c->paths[i], file.data, file.len);
    bytes_free(&file);
    image_free(&image);
}

/* Paths, captions and tags of every image. */
static void annotate(LoaderCase *c)
{
    for (int i = 0; i < IMAGES; i++) {
        c->paths[i] = mem_format("p%02d.jpg", i);
        c->captions[2 * i] = mem_format("first caption %d", i);
        c->captions[2 * i + 1] = mem_format("second caption %d", i);
        c->caption_offset[i] = 2 * i;
        c->tag_offset[i + 1] = c->tag_offset[i] + i % 4; /* some images have no tags */
        for (int k = 0; k < i % 4; k++) c->tags[c->tag_offset[i] + k] = 10 * i + k;
    }
    c->caption_offset[IMAGES] = 2 * IMAGES;
    c->notes = (Annotations){.count = IMAGES,
                             .image_path = c->paths,
                             .tag_offset = c->tag_offset,
                             .tag = c->tags,
                             .caption_offset = c->caption_offset,
                             .caption = c->captions};
}

static void configure(LoaderCase *c)
{
    const TransformConfig view = {.size = SIDE,
                                  .augment = {.scale_lo = 0.3,
                                              .scale_hi = 1,
                                              .ratio_lo = 0.75,
                                              .ratio_hi = 4.0 / 3.0,
                                              .flip = 0.5,
                                              .operations = 2,
                                              .level = 5},
                                  .std = {1, 1, 1}};
    c->config = (LoaderConfig){.annotations = &c->notes,
                               .root = c->scratch.dir,
                               .transform = view,
                               .teacher = view,
                               .batch = BATCH,
                               .threads = 2,
                               .prefetch = 2,
                               .seed = 5};
    c->config.teacher.size = TEACHER;
}

void loader_case_new(LoaderCase *c)
{
    *c = (LoaderCase){0};
    scratch_new(&c->scratch);
    annotate(c);
    for (int i = 0; i < IMAGES; i++) write_image(c, i);
    configure(c);
    snprintf(c->bad_list, sizeof c->bad_list, "%s/bad.txt", c->scratch.dir);
}

void loader_case_free(LoaderCase *c)
{
    for (int i = 0; i < IMAGES; i++) {
        mem_free(c->paths[i]);
        mem_free(c->captions[2 * i]);
        mem_free(c->captions[2 * i + 1]);
    }
    scratch_free(&c->scratch);
}

void loader_case_no_batch(const LoaderCase *c, const char *why)
{
    Loader *l = loader_new(&c->config, (LoaderPosition){0});
    const Batch *b;
    Error err = {0};
    ck_assert_int_eq(loader_next(l, &b, &err), -1);
    ck_assert_ptr_null(b);
    ck_assert_int_eq(err.code, ERROR_DATA);
    ck_assert_msg(strstr(err.text, why) != NULL, "%s", err.text);
    loader_free(l);
}

void loader_case_spoil(LoaderCase *c, int i)
{
    scratch_text(&c->scratch, c->paths[i], "no image");
}

static uint64_t mix(uint64_t h, const void *data, size_t n)
{
    for (size_t i = 0; i < n; i++) h = (h ^ ((const uint8_t *)data)[i]) * 0x100000001b3u;
    return h;
}

static uint64_t hash_of_batch(const Batch *b)
{
    uint64_t h = mix(1, b->pixels, sizeof(float) * VIEW * BATCH);
    if (b->teacher) h = mix(h, b->teacher, sizeof(float) * 3 * TEACHER * TEACHER * BATCH);
    h = mix(h, b->sample, sizeof *b->sample * BATCH);
    h = mix(h, b->tag_offset, sizeof *b->tag_offset * (BATCH + 1));
    h = mix(h, b->tag, sizeof *b->tag * (size_t)b->tag_offset[BATCH]);
    for (int i = 0; i < BATCH; i++) h = mix(h, b->caption[i], strlen(b->caption[i]));
    return h;
}

Trace trace_from(const LoaderConfig *config, LoaderPosition start, int calls)
{
    Trace t = {.skipped = 0};
    Loader *l = loader_new(config, start);
    for (int i = 0; i < calls; i++) {
        const Batch *b;
        Error err = {0};
        ck_assert_msg(loader_next(l, &b, &err) == 0, "%s", err.text);
        if (b) t.hash[i] = hash_of_batch(b);
        t.after[i] = loader_position(l);
    }
    t.skipped = loader_skipped(l)->count;
    loader_free(l);
    return t;
}

Trace trace(const LoaderConfig *config, int calls)
{
    return trace_from(config, (LoaderPosition){0}, calls);
}

void same_traces(const Trace *a, const Trace *b, int calls)
{
    ck_assert_mem_eq(a->hash, b->hash, sizeof *a->hash * (size_t)calls);
    ck_assert_mem_eq(a->after, b->after, sizeof *a->after * (size_t)calls);
    ck_assert_int_eq(a->skipped, b->skipped);
}
