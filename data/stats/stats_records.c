/* SPDX-License-Identifier: Apache-2.0 */
/* Counts records as they are read. */
#include "data/stats/stats_records.h"

#include "core/io/progress.h"
#include "core/json/json_array.h"
#include "core/mem.h"
#include "core/strings/utf8.h"
#include "data/annotation_record.h"

#include <jansson.h>
#include <string.h>

enum { SHOWN_EACH = 256 };

static int64_t count_words(const char *text)
{
    int64_t words = 0;
    for (bool inside = false; *text;) {
        const size_t space = utf8_space(text), n = utf8_length(text);
        words += !space && !inside;
        inside = !space;
        text += space ? space : n ? n : 1;
    }
    return words;
}

static void add_captions(RecordStats *s, const json_t *captions)
{
    size_t i;
    const json_t *caption;
    json_array_foreach(captions, i, caption)
    {
        const int64_t words = count_words(json_string_value(caption));
        distribution_add(&s->words, words);
        s->blank_captions += words == 0;
        s->cut_captions += words > STATS_CAPTION_WORDS;
    }
    distribution_add(&s->captions_of, (int64_t)i);
    s->uncaptioned += i == 0;
}

static void add_tags(RecordStats *s, const json_t *ids)
{
    size_t i;
    const json_t *id;
    s->set.count = 0;
    s->unannotated += !ids;
    if (!ids) return;
    json_array_foreach(ids, i, id) tag_ids_add(&s->set, (int32_t)json_integer_value(id));
    s->set.count = tag_ids_sort(s->set.id, s->set.count);
    for (int64_t k = 0; k < s->set.count; k++) s->per_tag[s->set.id[k]]++;
    distribution_add(&s->tags_of, s->set.count);
    s->labels += s->set.count;
    s->untagged += s->set.count == 0;
    if (s->tags <= PAIR_TAGS) pair_counts_add(&s->pairs, &s->set);
}

static void take(RecordStats *s, const json_t *record, StatsImages *images)
{
    add_tags(s, annotation_record_tags(record));
    s->unknown += (int64_t)json_array_size(annotation_record_unknown(record));
    add_captions(s, annotation_record_captions(record));
    stats_images_add(images, json_string_value(json_object_get(record, "image_path")),
                     STATS_TRAIN, false);
    s->records++;
}

static int read_file(const char *path, RecordStats *s, StatsImages *images, Progress *progress,
                     Error *err)
{
    JsonArray *array;
    if (json_array_open(path, "image_path", &array, err) != 0) return -1;
    for (bool more = true; more && !json_array_lost(array);) {
        Error why = {0};
        json_t *record;
        int status = json_array_next(array, &record, &why);
        more = status != 0 || record;
        if (record) status = annotation_record_check(array, record, s->tags, &why);
        if (record && status == 0) take(s, record, images);
        s->bad += status != 0;
        json_decref(record);
        if (why.code == ERROR_RUNTIME) {
            json_array_close(array);
            return error_move(err, &why);
        }
        error_move(&s->first_bad, &why);
        if (s->records % SHOWN_EACH == 0) progress_step(progress, s->records, NULL);
    }
    json_array_close(array);
    return 0;
}

int record_stats_read(const char *const *file, int64_t files, const TagList *tags,
                      RecordStats *s, StatsImages *images, Error *err)
{
    Progress progress = progress_start("reading records", 0);
    int status = 0;
    *s = (RecordStats){.tags = tags->count};
    s->per_tag = mem_calloc((size_t)tags->count, sizeof *s->per_tag);
    for (int64_t i = 0; i < files && status == 0; i++)
        status = read_file(file[i], s, images, &progress, err);
    progress_end(&progress, s->records);
    return status;
}

int64_t record_stats_tags(const RecordStats *s, int64_t from, int64_t to)
{
    int64_t n = 0;
    for (int64_t k = 0; k < s->tags; k++) n += s->per_tag[k] >= from && s->per_tag[k] <= to;
    return n;
}

void record_stats_free(RecordStats *s)
{
    mem_free(s->per_tag);
    distribution_free(&s->tags_of);
    distribution_free(&s->captions_of);
    distribution_free(&s->words);
    tag_ids_free(&s->set);
    pair_counts_free(&s->pairs);
    *s = (RecordStats){0};
}
