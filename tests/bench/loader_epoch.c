/* SPDX-License-Identifier: Apache-2.0 */
/* Reads images of a data folder as training does, without a model: loader_epoch FOLDER THREADS
 * WINDOW [IMAGES]. Prints images per second of the clock and of the processor, and the peak of
 * memory after a tenth and at the end, which are equal if memory is flat. million.sh calls
 * it. */
#include "core/io/file.h"
#include "core/log.h"
#include "core/mem.h"
#include "data/loader.h"
#include "data/tags.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 64, SIDE = 64 };

static double processor(void) { return (double)clock() / CLOCKS_PER_SEC; }

static size_t mebibytes(void) { return mem_peak() >> 20; }

/* Takes `images` images and prints what they cost. */
static int run(Loader *l, int64_t images, Error *err)
{
    const double start = log_now(), used = processor();
    size_t tenth = 0;
    int64_t n = 0;
    while (n < images) {
        const Batch *b;
        if (loader_next(l, &b, err) != 0) return -1;
        n += b ? BATCH : 0;
        if (!tenth && n >= images / 10) tenth = mebibytes();
    }
    const double seconds = log_now() - start, cpu = processor() - used;
    printf("%ld images: %.0f/s, %.0f/s of a processor; waited %.1f of %.1f s; skipped %ld\n",
           (long)n, (double)n / seconds, (double)n / cpu, loader_waited(l), seconds,
           (long)loader_skipped(l)->count);
    printf("peak memory: %zu MiB after a tenth, %zu MiB at the end\n", tenth, mebibytes());
    return 0;
}

static int load(const char *folder, int threads, int64_t window, int64_t images, Error *err)
{
    TagList tags;
    Annotations a;
    char *list = file_join(folder, "train_tags.txt"), *train = file_join(folder, "train.json");
    if (tags_read(list, &tags, err) != 0) return -1;
    const double used = processor();
    if (annotations_read((const char *[]){train}, 1, tags.count, &a, err) != 0) return -1;
    printf("%ld records: %.1f s of a processor, %zu MiB\n", (long)a.count, processor() - used,
           mebibytes());
    const TransformConfig view = {
        .size = SIDE,
        .augment = {.scale_lo = 0.2, .scale_hi = 1, .ratio_lo = 0.75, .ratio_hi = 4.0 / 3.0},
        .std = {1, 1, 1}};
    const LoaderConfig config = {.annotations = &a,
                                 .root = folder,
                                 .transform = view,
                                 .batch = BATCH,
                                 .threads = threads,
                                 .prefetch = 4,
                                 .window = window};
    Loader *l = loader_new(&config, (LoaderPosition){0});
    const int status = run(l, images ? images : a.count / BATCH * BATCH, err);
    loader_free(l);
    annotations_free(&a);
    tags_free(&tags);
    mem_free(train);
    mem_free(list);
    return status;
}

int main(int argc, char **argv)
{
    Error err = {0};
    if (argc < 4) {
        fprintf(stderr, "usage: loader_epoch FOLDER THREADS WINDOW [IMAGES]\n");
        return ERROR_USAGE;
    }
    const int64_t images = argc > 4 ? atol(argv[4]) : 0;
    if (load(argv[1], atoi(argv[2]), atol(argv[3]), images, &err) == 0) return 0;
    fprintf(stderr, "error: %s\n", err.text);
    return err.code;
}
