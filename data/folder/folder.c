/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a data folder. */
#include "data/folder/folder.h"

#include "core/io/file.h"
#include "core/io/file_open.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "data/tags.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const split_name[FOLDER_SPLITS] = {"seen", "unseen"};

int folder_make(const DataFolder *f, const char *below, Error *err)
{
    char *path = file_join(f->root, below);
    int status = file_mkdirs(path, err);
    mem_free(path);
    return status;
}

int folder_begin(const char *root, DataFolder *out, Error *err)
{
    *out = (DataFolder){.root = mem_strdup(root)};
    for (int s = 0; s < FOLDER_SPLITS; s++)
        if (folder_make(out, split_name[s], err) != 0) return -1;
    if (folder_make(out, "images", err) != 0) return -1;
    file_remove_in(root, "train.json");
    return 0;
}

static json_t *ids_json(const int32_t *id, int64_t count)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < count; i++) json_array_append_new(list, json_integer(id[i]));
    return list;
}

/* Appends one line with the record and frees the record. */
static void put_record(Text *file, json_t *record)
{
    text_put(file, file->len ? ",\n" : "[");
    json_put(file, record);
}

static void end_records(Text *file) { text_put(file, file->len ? "]\n" : "[]\n"); }

int folder_tag(DataFolder *f, enum FolderSplit split, const char *name, const char *group,
               const char *const *text, int64_t texts, Error *err)
{
    if (!tags_can_hold(name))
        return error_set(err, ERROR_DATA, "%s: tag '%.80s': blank, not UTF-8, or several lines",
                         f->root, name);
    json_t *list = json_array();
    for (int64_t i = 0; i < texts; i++) json_array_append_new(list, json_text(text[i]));
    put_record(&f->descriptions[split], json_pair(name, list));
    text_add(&f->tags[split], "%s\n", name);
    if (group) text_add(&f->groups[split], "%s\n", group);
    return 0;
}

void folder_training(DataFolder *f, const char *image, const int32_t *tag, int64_t tags,
                     const FolderCaption *caption, int64_t captions)
{
    json_t *record = json_object(), *texts = json_array(), *parsed = json_array();
    for (int64_t i = 0; i < captions; i++) {
        json_array_append_new(texts, json_text(caption[i].text));
        json_array_append_new(parsed, ids_json(caption[i].tag, caption[i].tags));
    }
    json_object_set_new(record, "image_path", json_text(image));
    json_object_set_new(record, "union_label_id", ids_json(tag, tags));
    json_object_set_new(record, "caption", texts);
    json_object_set_new(record, "parse_label_id", parsed);
    put_record(&f->train, record);
}

void folder_test(DataFolder *f, enum FolderSplit split, const char *image,
                 const char *const *tag, int64_t tags)
{
    Text *t = &f->annotations[split];
    text_csv(t, image);
    for (int64_t i = 0; i < tags; i++) text_put(t, ","), text_csv(t, tag[i]);
    text_put(t, "\n");
}

int folder_write_plain(const char *path, const Bytes *bytes, Error *err)
{
    char *temp = mem_format("%s.tmp.%ld", path, (long)getpid());
    FILE *file = file_stream_new(temp);
    bool good = file && fwrite(bytes->data, 1, bytes->len, file) == bytes->len &&
                fflush(file) == 0 && rename(temp, path) == 0;
    if (file && fclose(file) != 0) good = false;
    if (!good) error_set(err, ERROR_RUNTIME, "%s: cannot write: %s", path, strerror(errno));
    if (!good && file) unlink(temp);
    mem_free(temp);
    return good ? 0 : -1;
}

int folder_image(const DataFolder *f, const char *image, const Image *pixels, Error *err)
{
    Bytes bytes;
    if (image_encode_png(pixels, &bytes, err) != 0) return -1;
    char *path = file_join(f->root, image);
    int status = folder_write_plain(path, &bytes, err);
    mem_free(path);
    bytes_free(&bytes);
    return status;
}

static int write_text(const DataFolder *f, const char *below, const char *name, const Text *t,
                      Error *err)
{
    char *relative = file_join(below, name), *path = file_join(f->root, relative);
    int status = file_write(path, t->data ? t->data : "", t->len, err);
    mem_free(path);
    mem_free(relative);
    return status;
}

static int write_split(DataFolder *f, int s, Error *err)
{
    end_records(&f->descriptions[s]);
    if (write_text(f, split_name[s], "tags.txt", &f->tags[s], err) != 0) return -1;
    if (f->groups[s].len && write_text(f, split_name[s], "groups.txt", &f->groups[s], err) != 0)
        return -1;
    if (write_text(f, split_name[s], "annotations.txt", &f->annotations[s], err) != 0)
        return -1;
    return write_text(f, split_name[s], "descriptions.json", &f->descriptions[s], err);
}

int folder_finish(DataFolder *f, Error *err)
{
    for (int s = 0; s < FOLDER_SPLITS; s++)
        if (write_split(f, s, err) != 0) return -1;
    if (write_text(f, "", "train_tags.txt", &f->tags[FOLDER_SEEN], err) != 0) return -1;
    end_records(&f->train);
    return write_text(f, "", "train.json", &f->train, err);
}

void folder_free(DataFolder *f)
{
    mem_free(f->root);
    text_free(&f->train);
    for (int s = 0; s < FOLDER_SPLITS; s++) {
        text_free(&f->annotations[s]);
        text_free(&f->tags[s]);
        text_free(&f->groups[s]);
        text_free(&f->descriptions[s]);
    }
    *f = (DataFolder){0};
}
