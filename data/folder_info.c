/* SPDX-License-Identifier: Apache-2.0 */
/* Summary of data folders. */
#include "data/folder_info.h"

#include "core/io/content.h"
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "data/annotations.h"
#include "data/benchmark.h"
#include "data/eval_files.h"

#include <stdbool.h>
#include <string.h>

/* Adds the number of lines of DIR/NAME if the file exists. */
static int add_lines(FileInfo *info, const char *dir, const char *name, const char *what,
                     Error *err)
{
    Lines lines;
    char *path = file_join(dir, name);
    const bool exists = file_exists(path);
    const int status = exists ? lines_read(path, &lines, err) : 0;
    mem_free(path);
    if (!exists || status != 0) return status;
    file_info_add(info, name, what, 1, &(int64_t){(int64_t)lines.count});
    lines_free(&lines);
    return 0;
}

static int add_records(FileInfo *info, const char *dir, Error *err)
{
    Annotations records;
    char *path = file_join(dir, "train.json");
    const bool exists = file_exists(path);
    const int status =
        exists ? annotations_read((const char *const[]){path}, 1, INT32_MAX, &records, err) : 0;
    mem_free(path);
    if (!exists || status != 0) return status;
    file_info_add(info, "train.json", "records", 1, &records.count);
    if (records.with_tags < records.count)
        file_info_add(info, "train.json", "with tags", 1, &records.with_tags);
    if (records.with_captions < records.count)
        file_info_add(info, "train.json", "captioned", 1, &records.with_captions);
    if (records.unknown_offset)
        file_info_add(info, "train.json", "unknown", 1, &records.unknown_offset[records.count]);
    annotations_free(&records);
    return 0;
}

static int hash_file(const char *dir, const char *name, Content *all, int64_t *bytes,
                     Error *err)
{
    Bytes data;
    char *path = file_join(dir, name);
    const int status = file_read(path, &data, err);
    mem_free(path);
    if (status != 0) return -1;
    const int64_t len = (int64_t)data.len;
    content_add_data(all, name, "file", 1, &len, data.data, data.len);
    *bytes += len;
    bytes_free(&data);
    return 0;
}

static int hash_files(const char *dir, FileInfo *out, Error *err)
{
    Lines files;
    int64_t images = 0;
    if (file_walk(dir, &files, err) != 0) return -1;
    Content *all = content_new();
    int status = 0;
    for (size_t i = 0; status == 0 && i < files.count; i++) {
        images += strncmp(files.line[i], "images/", 7) == 0;
        status = hash_file(dir, files.line[i], all, &out->bytes, err);
    }
    if (images) file_info_add(out, "images/", "pictures", 1, &images);
    content_end(all, out->content);
    lines_free(&files);
    return status;
}

/* Adds the set as an object of the list and as a line. */
static void put_set(const Benchmark *b, const char *name, json_t *list, Text *about)
{
    const int64_t positives = benchmark_positives(b);
    const JsonCount count[] = {{"images", b->images},
                               {"tags", b->tags},
                               {"positives", positives},
                               {"unknown_labels", b->unknown},
                               {"unannotated", b->unannotated}};
    json_t *set = json_pair("folder", json_text(*name ? name : "."));
    json_add_counts(set, count, sizeof count / sizeof *count);
    json_object_set_new(set, "benchmark", json_text(b->hash));
    json_array_append_new(list, set);
    char *text = benchmark_text(b);
    text_add(about, "%s%s: %s", about->len ? "\n" : "", *name ? name : "evaluation set", text);
    mem_free(text);
}

/* Adds the evaluation set in DIR/NAME if there is one. */
static int add_set(const char *dir, const char *name, json_t *list, Text *about, Error *err)
{
    char *folder = file_join(dir, name), *tags = NULL, *labels = NULL, *unknown = NULL;
    TagList names = {0};
    Benchmark b = {0};
    int status = eval_files_tags(folder, &tags, err);
    if (status == 0) status = eval_files_annotations(folder, &labels, err);
    if (status == 0) status = eval_files_unknown(folder, &unknown, err);
    if (status == 0 && tags && labels) {
        status = tags_read_used(tags, &names, err);
        if (status == 0) status = benchmark_read(labels, &names, &b, err);
        if (status == 0 && unknown) status = benchmark_read_unknown(unknown, &names, &b, err);
        if (status == 0) put_set(&b, name, list, about);
    }
    benchmark_free(&b);
    tags_free(&names);
    mem_free(unknown);
    mem_free(labels);
    mem_free(tags);
    mem_free(folder);
    return status;
}

static int add_sets(const char *path, FileInfo *out, Error *err)
{
    static const char *const folder[] = {"", "seen", "unseen", "all", "test"};
    json_t *list = json_array();
    Text about = {0};
    int status = 0;
    for (size_t i = 0; status == 0 && i < sizeof folder / sizeof *folder; i++)
        status = add_set(path, folder[i], list, &about, err);
    if (status == 0 && about.len) {
        out->details = json_pair("evaluation", json_incref(list));
        out->about = mem_strdup(about.data);
    }
    json_decref(list);
    text_free(&about);
    return status;
}

int folder_info_read(const char *path, FileInfo *out, Error *err)
{
    static const char *const lists[][2] = {
        {"train_tags.txt", "tags"},     {"tags.txt", "tags"},
        {"seen/tags.txt", "tags"},      {"seen/annotations.txt", "pictures"},
        {"unseen/tags.txt", "tags"},    {"unseen/annotations.txt", "pictures"},
        {"all/tags.txt", "tags"},       {"all/annotations.txt", "pictures"},
        {"test/tags.txt", "tags"},      {"test/annotations.txt", "pictures"},
        {"annotations.txt", "pictures"}};
    out->kind = mem_strdup("data");
    if (add_records(out, path, err) != 0) return -1;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (add_lines(out, path, lists[i][0], lists[i][1], err) != 0) return -1;
    if (add_sets(path, out, err) != 0) return -1;
    return hash_files(path, out, err);
}
