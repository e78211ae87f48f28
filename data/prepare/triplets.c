/* SPDX-License-Identifier: Apache-2.0 */
/* Reads records in order, one block at a time; decodes the block's images in parallel; then
 * keeps or rejects each record in order. */
#include "data/prepare/triplets.h"

#include "core/io/file.h"
#include "core/io/path_below.h"
#include "core/io/progress.h"
#include "core/io/tar_cache.h"
#include "core/mem.h"
#include "core/parallel.h"
#include "core/strings/utf8.h"
#include "data/annotation_record.h"
#include "data/annotations.h"
#include "data/caption.h"
#include "data/folder/folder.h"
#include "data/folder/record_out.h"
#include "data/image/fit.h"
#include "data/tags.h"

#include <jansson.h>

enum { BLOCK = 256, BLOCK_BYTES = 1 << 22, JPEG_QUALITY = 95 };

/* One record of the block. */
typedef struct Entry {
    json_t *record;       /* valid, though its image may not be; NULL: invalid, see err */
    const char *path;     /* of its file */
    int64_t number, line; /* of the record in it, from 1 */
    char *packed;         /* file to write below the folder, or NULL */
    Error err;            /* why the record is rejected */
    Error damage;         /* what is wrong with an image that is kept */
    bool transparent, rotated;
} Entry;

typedef struct Check {
    const TripletsConfig *config;
    ImageRules rules;
    const char *out;
    TagList tags;
    bool *used; /* [tags] */
    TripletsReport *report;
    RecordList bad, damaged;
    RecordOut good;
    int64_t entries;
    int64_t bytes; /* of their texts */
    Entry entry[BLOCK];
    Progress progress;
} Check;

/* ---- images, in parallel ---------------------------------------------------------------- */

static void write_packed(const Check *c, Entry *e, const Image *image)
{
    Bytes bytes;
    if (image_encode_jpeg(image, JPEG_QUALITY, &bytes, &e->err) != 0) return;
    char *path = file_join(c->out, e->packed);
    folder_write_plain(path, &bytes, &e->err);
    mem_free(path);
    bytes_free(&bytes);
}

/* An image that the machine cannot read or write is not a defect of the data: it ends the
 * run. */
static int fault_of_machine(const Entry *e, Error *err)
{
    return e->err.code == ERROR_DATA ? 0 : error_move(err, &e->err);
}

static int check_image(int64_t i, void *context, Error *err)
{
    Check *c = context;
    Entry *e = &c->entry[i];
    if (!e->record) return 0;
    const char *name = json_string_value(json_object_get(e->record, "image_path"));
    char *path = path_below(c->config->root, name, c->config->absolute, &e->err);
    Image image = {0};
    if (!path) return fault_of_machine(e, err);
    const int status = image_read(path, &c->rules, &image, &e->damage, &e->err);
    e->transparent = image.transparent;
    e->rotated = image.rotated;
    if (status == 0 && e->packed) {
        /* A random crop of training needs no larger image. */
        image_fit(&image, FIT_SHORTEST, c->config->size, RESIZE_BICUBIC);
        write_packed(c, e, &image);
    }
    image_free(&image);
    mem_free(path);
    return fault_of_machine(e, err);
}

/* ---- records, in order ------------------------------------------------------------------ */

static void count_good(Check *c, const json_t *record)
{
    size_t i;
    const json_t *value, *ids = annotation_record_tags(record);
    const json_t *captions = annotation_record_captions(record);
    TripletsReport *r = c->report;
    json_array_foreach(ids, i, value) c->used[json_integer_value(value)] = true;
    json_array_foreach(captions, i, value)
    {
        char *clean = caption_clean(json_string_value(value));
        r->blank_captions += utf8_blank(clean);
        mem_free(clean);
    }
    r->good++;
    r->labels += (int64_t)json_array_size(ids);
    r->captions += (int64_t)json_array_size(captions);
    r->untagged += ids && json_array_size(ids) == 0;
    r->unannotated += !ids;
    r->unknown += (int64_t)json_array_size(annotation_record_unknown(record));
    r->uncaptioned += json_array_size(captions) == 0;
}

/* A line of a list of the folder. Owned. */
static char *line_of(const Entry *e, const char *what, const Error *why)
{
    return mem_format("%s: record %ld (line %ld): %s%s", e->path, e->number, e->line, what,
                      why->text);
}

static void keep(Check *c, const Entry *e)
{
    if (e->packed) json_object_set_new(e->record, "image_path", json_string(e->packed));
    record_out_put(&c->good, e->record);
    count_good(c, e->record);
    c->report->transparent_images += e->transparent;
    c->report->rotated_images += e->rotated;
    if (!e->damage.code) return;
    char *line = line_of(e, "kept: ", &e->damage);
    record_list_add(&c->damaged, line);
    c->report->damaged_images++;
    mem_free(line);
}

static void reject(Check *c, const Entry *e)
{
    c->report->bad_records += !e->record;
    c->report->bad_images += e->record != NULL;
    if (!e->record) {
        record_list_add(&c->bad, e->err.text);
        return;
    }
    char *line = line_of(e, "", &e->err);
    record_list_add(&c->bad, line);
    mem_free(line);
}

static void entry_free(Entry *e)
{
    json_decref(e->record);
    mem_free(e->packed);
}

static int finish_block(Check *c, Error *err)
{
    int status = c->config->images ? parallel_try(c->entries, check_image, c, err) : 0;
    for (int64_t i = 0; i < c->entries; i++) {
        Entry *e = &c->entry[i];
        if (status == 0) (e->err.code ? reject : keep)(c, e);
        entry_free(e);
    }
    c->entries = 0;
    c->bytes = 0;
    if (record_out_status(&c->good, err) != 0) status = -1;
    progress_step(&c->progress, c->report->records, NULL);
    return status;
}

static int add_entry(Check *c, Entry e, Error *err)
{
    c->entry[c->entries++] = e;
    return c->entries == BLOCK || c->bytes > BLOCK_BYTES ? finish_block(c, err) : 0;
}

/* Takes ownership of the record. */
static int add_record(Check *c, const JsonArray *array, const char *path, json_t *record,
                      Error *err)
{
    Entry e = {.record = record,
               .path = path,
               .number = json_array_record(array),
               .line = json_array_line(array)};
    c->report->records++;
    c->bytes += json_array_bytes(array);
    if (c->config->size > 0) e.packed = mem_format("images/%08ld.jpg", c->report->records);
    return add_entry(c, e, err);
}

/* Records that the rest of a file cannot be read; why says why. */
static int add_lost(Check *c, const Error *why, Error *err)
{
    c->report->lost++;
    return add_entry(c, (Entry){.err = *why}, err);
}

static int add_bad(Check *c, const Error *why, Error *err)
{
    c->report->records++;
    return add_entry(c, (Entry){.err = *why}, err);
}

/* Takes ownership of the record. */
static int check_record(Check *c, const JsonArray *array, const char *path, json_t *record,
                        Error *err)
{
    Error why = {0};
    if (annotation_record_check(array, record, c->tags.count, &why) == 0)
        return add_record(c, array, path, record, err);
    json_decref(record);
    return add_bad(c, &why, err);
}

static int check_records(Check *c, JsonArray *array, const char *path, Error *err)
{
    const int64_t before = c->report->records;
    for (;;) {
        Error why = {0}, last = {0};
        json_t *record;
        int status = json_array_next(array, &record, &why);
        if (status == 0 && !record) return 0;
        if (why.code == ERROR_RUNTIME) return error_move(err, &why);
        if (json_array_lost(array)) {
            error_set(&last, why.code,
                      "%s; the rest of the file is not read (records before: %ld)", why.text,
                      c->report->records - before);
            return add_lost(c, &last, err);
        }
        status = record ? check_record(c, array, path, record, err) : add_bad(c, &why, err);
        if (status != 0) return -1;
    }
}

static int check_file(Check *c, const char *path, Error *err)
{
    JsonArray *array;
    Error why = {0};
    if (json_array_open(path, "image_path", &array, &why) != 0)
        return why.code == ERROR_DATA ? add_lost(c, &why, err) : error_move(err, &why);
    const int status = check_records(c, array, path, err);
    json_array_close(array);
    return status;
}

/* ---- the folder ------------------------------------------------------------------------- */

/* The old train.json goes before the images that it names. */
static int open_results(Check *c, char *const *file, int64_t files, Error *err)
{
    if (record_out_open(c->out, file, files, &c->good, err) != 0) return -1;
    if (c->config->size > 0) {
        char *images = file_join(c->out, "images");
        const int status = file_mkdirs(images, err);
        mem_free(images);
        if (status != 0) return -1;
        record_out_remove_old(&c->good);
    }
    if (record_list_open(c->out, "bad.txt", &c->bad, err) != 0) return -1;
    return record_list_open(c->out, "damaged.txt", &c->damaged, err);
}

static int commit_results(Check *c, Error *err)
{
    int status = record_list_commit(&c->bad, err);
    if (status == 0) status = record_list_commit(&c->damaged, err);
    if (status == 0 && c->report->good == 0)
        status = error_set(err, ERROR_DATA, "no good records among %ld: see %s/bad.txt",
                           c->report->records, c->out);
    for (int64_t k = 0; k < c->tags.count; k++) c->report->unused_tags += !c->used[k];
    return status == 0 ? record_out_commit(&c->good, &c->tags, err) : -1;
}

static int run(Check *c, char *const *file, int64_t files, Error *err)
{
    int status = open_results(c, file, files, err);
    c->progress = progress_start("checking records", 0);
    for (int64_t i = 0; i < files && status == 0; i++) status = check_file(c, file[i], err);
    if (c->good.file && finish_block(c, err) != 0) status = -1; /* also frees the entries */
    if (status == 0) status = commit_results(c, err);
    record_list_abandon(&c->bad);
    record_list_abandon(&c->damaged);
    record_out_abandon(&c->good);
    return status;
}

int triplets_prepare(const char *out, char *const *file, int64_t files,
                     const TripletsConfig *config, TripletsReport *report, Error *err)
{
    CHECK(config->images || config->size == 0, "images are packed but not read");
    *report = (TripletsReport){0};
    TagList tags;
    if (tags_read(config->tags, &tags, err) != 0) return -1;
    Check *c = mem_calloc(1, sizeof *c);
    *c = (Check){
        .config = config, .rules = config->rules, .out = out, .tags = tags, .report = report};
    c->rules.tars = tar_cache_new();
    c->used = mem_calloc((size_t)tags.count, sizeof *c->used);
    const int status = run(c, file, files, err);
    tar_cache_free(c->rules.tars);
    mem_free(c->used);
    mem_free(c);
    tags_free(&tags);
    return status;
}
