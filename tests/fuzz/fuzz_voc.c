/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes lists of Pascal VOC: a list of images, the labels of two classes, with lines of two
 * percent signs between them. The evaluation set that is written can be read.
 *
 * Parsers: data/benchmarks/voc.c */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/benchmark.h"
#include "data/benchmarks/voc.h"
#include "tests/fuzz/fuzz.h"

static void check(const char *out, const VocCounts *c)
{
    TagList tags;
    Benchmark b;
    Error err = {0};
    char *list = file_join(out, "test/tags.txt"),
         *labels = file_join(out, "test/annotations.txt");
    CHECK(tags_read(list, &tags, &err) == 0, "%s", err.text);
    CHECK(benchmark_read(labels, &tags, &b, &err) == 0, "%s", err.text);
    CHECK(b.images == c->images && benchmark_positives(&b) == c->test.labels, "%ld images",
          b.images);
    benchmark_free(&b);
    tags_free(&tags);
    mem_free(labels);
    mem_free(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzPart part[3];
    VocCounts counts;
    fuzz_cut(data, size, part, 3);
    char *kit = fuzz_path("kit"), *lists = file_join(kit, "ImageSets/Main"),
         *out = fuzz_path("voc");
    CHECK(file_mkdirs(lists, NULL) == 0, "%s: cannot make", lists);
    mem_free(fuzz_file("kit/ImageSets/Main/test.txt", part[0]));
    mem_free(fuzz_file("kit/ImageSets/Main/cat_test.txt", part[1]));
    mem_free(fuzz_file("kit/ImageSets/Main/dog_test.txt", part[2]));
    const VocConfig config = {.devkit = kit, .test = "test"};
    if (voc_prepare(out, &config, &counts, NULL) == 0) check(out, &counts);
    mem_free(out);
    mem_free(lists);
    mem_free(kit);
    return 0;
}
