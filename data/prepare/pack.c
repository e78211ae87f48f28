/* SPDX-License-Identifier: Apache-2.0 */
/* Three passes: records are checked and kept in a file of their own; samples are written in the
 * order of the shards; train.json follows in the order of the source, so that record i is the
 * same image in both, with the same random numbers. */
#include "data/prepare/pack.h"

#include "core/io/first_bytes.h"
#include "core/io/path_below.h"
#include "core/io/progress.h"
#include "core/io/tar_cache.h"
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/json/json_array.h"
#include "core/mem.h"
#include "core/rng.h"
#include "data/annotation_record.h"
#include "data/folder/record_out.h"
#include "data/prepare/pack_folder.h"
#include "data/prepare/pack_shards.h"
#include "data/prepare/spool.h"

#include <stdlib.h>
#include <string.h>

enum { STEP = 1000 }; /* records between two lines of progress */

/* Where the image of a record is. */
typedef struct Place {
    int64_t sample; /* -1: nowhere, it is bad */
    int32_t shard;
    int32_t kind; /* of image */
} Place;

typedef struct Pack {
    const char *out;
    const PackSource *source;
    const PackConfig *config;
    PackReport *report;
    ImageRules rules;
    TagList tags;
    RecordList bad;
    RecordOut train;
    Spool records; /* "NUMBER LINE {...}" */
    Place *place;  /* [records.count] */
    PackShards shards;
} Pack;

static const struct {
    const char *name, *ending; /* name: as first_bytes_name has it */
} kinds[] = {
    {"a JPEG image", "jpg"}, {"a PNG image", "png"}, {"a WebP image", "webp"},
    {"a GIF image", "gif"},  {"a BMP image", "bmp"},
};

/* ---- records ----------------------------------------------------------------------------- */

static int spool_record(Pack *p, const JsonArray *array, const json_t *record, Error *err)
{
    Text t = {0};
    char *json = json_dumps(record, JSON_COMPACT);
    CHECK(json, "%s: record %ld cannot be written", p->source->train, json_array_record(array));
    text_add(&t, "%ld %ld ", json_array_record(array), json_array_line(array));
    text_put(&t, json);
    mem_free(json);
    const int status = spool_add(&p->records, t.data, err);
    text_free(&t);
    return status;
}

/* After a record that is bad, or if the rest of the file is lost. */
static void note_bad(Pack *p, const JsonArray *array, Error *why)
{
    p->report->lost = json_array_lost(array);
    p->report->bad_records++;
    record_list_add_error(&p->bad, why);
}

static int read_record(Pack *p, JsonArray *array, bool *more, Error *err)
{
    Error why = {0};
    json_t *record;
    int status = json_array_next(array, &record, &why);
    *more = status != 0 || record;
    if (!*more) return 0;
    p->report->records++;
    if (status == 0) status = annotation_record_check(array, record, p->tags.count, &why);
    if (why.code == ERROR_RUNTIME) {
        json_decref(record);
        return error_move(err, &why);
    }
    if (status == 0) status = spool_record(p, array, record, err);
    json_decref(record);
    if (!why.code) return status;
    note_bad(p, array, &why);
    *more = !p->report->lost;
    return 0;
}

static int read_records(Pack *p, JsonArray *array, Error *err)
{
    bool more = true;
    int status = 0;
    Progress progress = progress_start("reading records", 0);
    while (more && status == 0) {
        status = read_record(p, array, &more, err);
        if (p->report->records % STEP == 0) progress_step(&progress, p->report->records, NULL);
    }
    if (status == 0) status = spool_end(&p->records, err);
    if (status == 0) progress_end(&progress, p->report->records);
    return status;
}

/* The record of the spool; NULL on failure. number, line: of the record, or NULL. */
static json_t *get_record(const Pack *p, int64_t i, long *number, long *line, Error *err)
{
    char *text = spool_get(&p->records, i, err), *end = text;
    if (!text) return NULL;
    const long n = strtol(text, &end, 10), l = strtol(end, &end, 10);
    json_t *record = json_loads(end, 0, NULL);
    CHECK(record, "%s", text);
    mem_free(text);
    if (number) *number = n;
    if (line) *line = l;
    return record;
}

/* ---- samples ----------------------------------------------------------------------------- */

/* NULL: null. */
static json_t *names_of(const Pack *p, const json_t *ids)
{
    size_t i;
    const json_t *id;
    if (!ids) return json_null();
    json_t *names = json_array();
    json_array_foreach(ids, i, id)
        json_array_append_new(names, json_text(p->tags.name[json_integer_value(id)]));
    return names;
}

/* KEY.json. Owned: text_free. */
static Text json_of(const Pack *p, const json_t *record)
{
    static const char *const kept[] = {"image_path", "caption", "union_label_id",
                                       "unknown_label_id"};
    Text t = {0};
    json_t *object = json_object();
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        json_t *value = json_object_get(record, kept[i]);
        if (value) json_object_set(object, kept[i], value);
    }
    json_object_set_new(object, "tags", names_of(p, annotation_record_tags(record)));
    const json_t *unknown = annotation_record_unknown(record);
    if (unknown) json_object_set_new(object, "unknown_tags", names_of(p, unknown));
    json_put(&t, object);
    return t;
}

/* *kind: of the image. */
static int read_image(const Pack *p, const json_t *record, Bytes *out, int *kind, Error *err)
{
    const char *name = json_string_value(json_object_get(record, "image_path"));
    char *path = path_below(p->source->root, name, p->config->absolute, err);
    if (!path) return -1;
    int status = image_bytes(path, &p->rules, out, err);
    const char *is = status == 0 ? first_bytes_name(out->data, out->len) : NULL;
    *kind = -1;
    for (size_t i = 0; is && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(is, kinds[i].name) == 0) *kind = (int)i;
    if (status == 0 && *kind < 0)
        status = error_set(err, ERROR_DATA, "%s: not a JPEG, PNG, WebP, GIF or BMP image%s%s",
                           path, is ? ": " : "", is ? is : "");
    mem_free(path);
    return status;
}

static int write_sample(Pack *p, const json_t *record, const Bytes *image, int kind,
                        Place *place, Error *err)
{
    const json_t *captions = json_object_get(record, "caption");
    Text json = json_of(p, record);
    const PackSample sample = {*image, kinds[kind].ending,
                               json_string_value(json_array_get(captions, 0)), json.data};
    *place = (Place){.sample = p->shards.samples, .kind = kind};
    const int status = pack_shards_put(&p->shards, &sample, err);
    place->shard = (int32_t)(p->shards.shards - 1);
    p->report->captions += (int64_t)json_array_size(captions);
    p->report->labels += (int64_t)json_array_size(annotation_record_tags(record));
    text_free(&json);
    return status;
}

static int pack_record(Pack *p, int64_t i, Error *err)
{
    long number, line;
    int kind;
    Error why = {0};
    Bytes image = {0};
    json_t *record = get_record(p, i, &number, &line, err);
    if (!record) return -1;
    p->place[i].sample = -1;
    int status = read_image(p, record, &image, &kind, &why);
    if (status == 0) {
        status = write_sample(p, record, &image, kind, &p->place[i], err);
    } else if (why.code == ERROR_DATA) {
        char *text = mem_format("%s: record %ld (line %ld): %s", p->source->train, number, line,
                                why.text);
        record_list_add(&p->bad, text);
        p->report->bad_images++;
        mem_free(text);
        status = 0;
    } else {
        error_move(err, &why);
    }
    bytes_free(&image);
    json_decref(record);
    return status;
}

/* The records in the order of the shards. Owned. */
static int64_t *order_of(const Pack *p)
{
    const int64_t n = p->records.count;
    int64_t *order = mem_alloc((size_t)(n + 1) * sizeof *order);
    Rng rng = rng_new((uint64_t)p->config->seed, 0, 0, RNG_PACK);
    if (p->config->order == PACK_SHUFFLED)
        rng_permutation(&rng, n, order);
    else
        for (int64_t i = 0; i < n; i++) order[i] = i;
    return order;
}

static int write_samples(Pack *p, Error *err)
{
    const int64_t n = p->records.count;
    int status = 0;
    int64_t *order = order_of(p);
    Progress progress = progress_start("packing", n);
    p->place = mem_calloc((size_t)n + 1, sizeof *p->place);
    p->shards = (PackShards){.out = p->out,
                             .per_shard = p->config->per_shard,
                             .most = p->config->megabytes * 1000000};
    for (int64_t i = 0; i < n && status == 0; i++) {
        status = pack_record(p, order[i], err);
        if (i % STEP == 0) progress_step(&progress, i, NULL);
    }
    status = pack_shards_end(&p->shards, status, err);
    if (status == 0) progress_end(&progress, n);
    mem_free(order);
    p->report->samples = p->shards.samples;
    p->report->shards = p->shards.shards;
    p->report->bytes = p->shards.all;
    if (status != 0 || p->shards.samples > 0) return status;
    return error_set(err, ERROR_DATA, "%s: nothing to pack: no record is good: see %s/bad.txt",
                     p->source->train, p->out);
}

static int write_train(Pack *p, Error *err)
{
    for (int64_t i = 0; i < p->records.count; i++) {
        const Place *at = &p->place[i];
        if (at->sample < 0) continue;
        json_t *record = get_record(p, i, NULL, NULL, err);
        if (!record) return -1;
        char *path = pack_shards_path(at->shard, at->sample, kinds[at->kind].ending);
        json_object_set_new(record, "image_path", json_string(path));
        record_out_put(&p->train, record);
        mem_free(path);
        json_decref(record);
    }
    return record_out_status(&p->train, err);
}

/* ---- the folder ------------------------------------------------------------------------- */

static int begin_folder(Pack *p, Error *err)
{
    char *train = p->source->train;
    if (record_out_open(p->out, &train, 1, &p->train, err) != 0) return -1;
    if (pack_folder_begin(p->out, err) != 0) return -1;
    if (record_list_open(p->out, "bad.txt", &p->bad, err) != 0) return -1;
    return spool_new(p->out, &p->records, err);
}

static int end_folder(Pack *p, Error *err)
{
    if (record_list_commit(&p->bad, err) != 0) return -1;
    if (pack_folder_fill(p->out, p->source, p->report->captions > 0, err) != 0) return -1;
    if (record_out_commit(&p->train, &p->tags, err) != 0) return -1;
    pack_folder_end(p->out);
    return 0;
}

static int pack(Pack *p, JsonArray *array, Error *err)
{
    if (begin_folder(p, err) != 0) return -1;
    if (read_records(p, array, err) != 0 || write_samples(p, err) != 0) return -1;
    return write_train(p, err) != 0 ? -1 : end_folder(p, err);
}

int pack_prepare(const char *out, const PackSource *source, const PackConfig *config,
                 PackReport *report, Error *err)
{
    JsonArray *array;
    Pack p = {.out = out, .source = source, .config = config, .report = report};
    *report = (PackReport){0};
    p.rules = config->rules;
    if (tags_read(source->tags, &p.tags, err) != 0) return -1;
    int status = json_array_open(source->train, "image_path", &array, err);
    p.rules.tars = tar_cache_new();
    if (status == 0) {
        status = pack(&p, array, err);
        json_array_close(array);
    }
    tar_cache_free(p.rules.tars);
    record_list_abandon(&p.bad);
    record_out_abandon(&p.train);
    spool_free(&p.records);
    mem_free(p.place);
    tags_free(&p.tags);
    return status;
}
