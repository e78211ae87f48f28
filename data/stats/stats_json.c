/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a data folder as one JSON document. */
#include "core/json/json.h"
#include "data/stats/stats.h"

static json_t *distribution_json(const Distribution *d)
{
    json_t *all = json_object();
    json_object_set_new(all, "count", json_integer(d->count));
    json_object_set_new(all, "mean", json_number(distribution_mean(d)));
    json_object_set_new(all, "p5", json_integer(distribution_quantile(d, 0.05)));
    json_object_set_new(all, "median", json_integer(distribution_quantile(d, 0.5)));
    json_object_set_new(all, "p95", json_integer(distribution_quantile(d, 0.95)));
    json_object_set_new(all, "max", json_integer(d->max));
    return all;
}

static json_t *tags_json(const Stats *s, int64_t rows)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < s->tags.count && i < rows; i++) {
        json_t *row = json_pair("tag", json_text(s->tags.name[s->order[i]]));
        json_object_set_new(row, "images", json_integer(s->records.per_tag[s->order[i]]));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *pairs_json(const Stats *s, const TagPair *pair, int64_t pairs)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < pairs; i++) {
        json_t *row = json_object();
        json_object_set_new(row, "a", json_text(s->tags.name[pair[i].a]));
        json_object_set_new(row, "b", json_text(s->tags.name[pair[i].b]));
        json_object_set_new(row, "images", json_integer(pair[i].count));
        json_object_set_new(row, "pmi", json_number(pair[i].pmi));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *training_json(const Stats *s, int64_t rows)
{
    const RecordStats *r = &s->records;
    const JsonCount count[] = {{"records", r->records},
                               {"bad_records", r->bad},
                               {"tags", s->tags.count},
                               {"unused_tags", record_stats_tags(r, 0, 0)},
                               {"labels", r->labels},
                               {"untagged", r->untagged},
                               {"unannotated", r->unannotated},
                               {"unknown_tags", r->unknown},
                               {"captions", r->words.count},
                               {"uncaptioned", r->uncaptioned},
                               {"blank_captions", r->blank_captions},
                               {"cut_captions", r->cut_captions},
                               {"crowded", r->pairs.crowded},
                               {"pairs", r->pairs.pairs}};
    json_t *all = json_object();
    json_add_counts(all, count, sizeof count / sizeof *count);
    json_object_set_new(all, "head_share", json_number(stats_head_share(s)));
    json_object_set_new(all, "tags_per_record", distribution_json(&r->tags_of));
    json_object_set_new(all, "captions_per_record", distribution_json(&r->captions_of));
    json_object_set_new(all, "words_per_caption", distribution_json(&r->words));
    json_object_set_new(all, "most_frequent", tags_json(s, rows));
    json_object_set_new(all, "together", pairs_json(s, s->by_count, s->counts));
    json_object_set_new(all, "together_pmi", pairs_json(s, s->by_pmi, s->pmis));
    return all;
}

static json_t *sets_json(const Stats *s)
{
    json_t *list = json_array();
    for (int i = 1; i <= s->sets; i++) {
        const StatsSet *e = &s->set[i];
        const JsonCount count[] = {
            {"images", e->images}, {"untagged", e->untagged},
            {"tags", e->tags},     {"absent_tags", e->absent_tags},
            {"labels", e->labels}, {"training_images", s->images.leaks[i]}};
        json_t *row = json_pair("folder", json_text(e->name));
        json_add_counts(row, count, sizeof count / sizeof *count);
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *leaks_json(const StatsImages *im, int64_t rows)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < im->count && (int64_t)json_array_size(list) < rows; i++) {
        const StatsImage *e = &im->at[i];
        if (e->leak < 0) continue;
        json_t *row = json_pair("image", json_text(e->name));
        json_object_set_new(row, "training_image", json_text(im->at[e->leak].name));
        json_object_set_new(row, "by",
                            json_text(e->leak_distance < 0    ? "name"
                                      : e->leak_distance == 0 ? "bytes"
                                                              : "looks"));
        if (e->leak_distance > 0)
            json_object_set_new(row, "bits", json_integer(e->leak_distance - 1));
        json_array_append_new(list, row);
    }
    return list;
}

static json_t *images_json(const Stats *s, int64_t rows)
{
    const StatsImages *im = &s->images;
    const JsonCount count[] = {
        {"images", im->count},
        {"repeats", im->repeats},
        {"missing", im->missing},
        {"unreadable", im->unreadable},
        {"damaged", im->damaged},
        {"bytes", im->bytes},
        {"equal", im->exact_images},
        {"equal_groups", im->exact_groups},
        {"alike", im->near_images},
        {"alike_groups", im->near_groups},
        {"incomparable", im->incomparable},
        {"distance", s->config->distance},
        {"training_images_in_evaluation", im->leaked},
    };
    json_t *all = json_object();
    json_add_counts(all, count, s->config->images ? sizeof count / sizeof *count : 2);
    if (s->config->images) {
        json_object_set_new(all, "width", distribution_json(&im->widths));
        json_object_set_new(all, "height", distribution_json(&im->heights));
        json_object_set_new(all, "shortest_side", distribution_json(&im->shortest));
    }
    json_object_set_new(all, "leaks", leaks_json(im, rows));
    return all;
}

void stats_print_json(const Stats *s, int64_t rows)
{
    json_t *all = json_object();
    if (s->trained) json_object_set_new(all, "training", training_json(s, rows));
    json_object_set_new(all, "evaluation", sets_json(s));
    json_object_set_new(all, "images", images_json(s, rows));
    json_print(all);
}
