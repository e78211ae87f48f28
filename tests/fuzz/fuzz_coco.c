/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes COCO's files: instances, a line of two percent signs, captions. The evaluation set
 * that is written of what is accepted can be read, and has the same labels.
 *
 * Parsers: data/benchmarks/coco_file.c data/folder/own_set.c core/json/json_member.c */
#include "core/io/file.h"
#include "core/mem.h"
#include "data/benchmark.h"
#include "data/benchmarks/coco_file.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void check_lists(const LabelSet *s, const char *out)
{
    TagList tags;
    Benchmark b;
    Error err = {0};
    LabelCounts counts;
    if (label_set_write_eval(s, &(LabelPart){0}, out, "test", &counts, &err) != 0) {
        const bool bracket = s->tags && strpbrk(s->tag[0], "[{");
        CHECK((s->labels == 0 || bracket) && err.code == ERROR_DATA, "%s", err.text);
        return;
    }
    char *list = file_join(out, "test/tags.txt"),
         *labels = file_join(out, "test/annotations.txt");
    CHECK(tags_read(list, &tags, &err) == 0, "%s", err.text);
    CHECK(benchmark_read(labels, &tags, &b, &err) == 0, "%s", err.text);
    CHECK(b.images == s->images && b.tags == s->tags && b.unknown == 0, "%ld images", b.images);
    CHECK(benchmark_positives(&b) == s->labels, "%ld labels", s->labels);
    benchmark_free(&b);
    tags_free(&tags);
    mem_free(labels);
    mem_free(list);
}

static void check(const CocoFiles *f, const char *out)
{
    const LabelSet *s = &f->own.set;
    for (int64_t i = 1; i < s->captions; i++)
        CHECK(s->caption[i - 1].image <= s->caption[i].image, "caption %ld", i);
    for (int64_t i = 0; i < s->captions; i++)
        CHECK(s->caption[i].image < s->images && *s->caption[i].text, "caption %ld", i);
    CHECK(s->images == f->report->images && s->captions == f->report->captions, "counts");
    check_lists(s, out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    FuzzPart part[2];
    CocoReport report = {0};
    fuzz_cut(data, size, part, 2);
    char *instances = fuzz_file("instances.json", part[0]), *out = fuzz_path("out"),
         *captions = fuzz_file("captions.json", part[1]);
    Error err = {0};
    CocoFiles files = {.report = &report};
    CHECK(own_set_begin(out, &(OwnRules){0}, &files.own, &err) == 0, "%s", err.text);
    if (coco_file_instances(&files, instances, NULL, NULL) == 0) {
        coco_file_captions(&files, captions, NULL);
        label_set_sort(&files.own.set);
        check(&files, out);
    }
    own_set_end(&files.own, -1, NULL);
    hash_map_free(&files.image);
    mem_free(captions);
    mem_free(out);
    mem_free(instances);
    return 0;
}
