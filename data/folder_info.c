/* SPDX-License-Identifier: Apache-2.0 */
/* Summary of data folders. */
#include "data/folder_info.h"

#include "core/io/content.h"
#include "core/io/file.h"
#include "core/io/file_walk.h"
#include "core/mem.h"
#include "data/annotations.h"

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
    const int status = exists ? annotations_read((const char *const[]){path}, 1, INT32_MAX,
                                                 false, &records, err)
                              : 0;
    mem_free(path);
    if (!exists || status != 0) return status;
    file_info_add(info, "train.json", "records", 1, &records.count);
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

int folder_info_read(const char *path, FileInfo *out, Error *err)
{
    static const char *const lists[][2] = {
        {"train_tags.txt", "tags"},     {"tags.txt", "tags"},
        {"seen/tags.txt", "tags"},      {"seen/annotations.txt", "pictures"},
        {"unseen/tags.txt", "tags"},    {"unseen/annotations.txt", "pictures"},
        {"annotations.txt", "pictures"}};
    out->kind = mem_strdup("data");
    if (add_records(out, path, err) != 0) return -1;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (add_lines(out, path, lists[i][0], lists[i][1], err) != 0) return -1;
    return hash_files(path, out, err);
}
