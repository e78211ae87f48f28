/* SPDX-License-Identifier: Apache-2.0 */
/* Prints and stores what was measured. */
#include "eval/measure/measure_report.h"

#include "core/io/file.h"
#include "core/mem.h"
#include "core/strings/strings.h"

#include <stddef.h>
#include <string.h>

#define AT(field) offsetof(MeasureMeans, field)

const MeasureRow measure_rows_list[] = {
    {"mAP", "mAP", AT(map), false},
    {"macro AP", "macro_AP", AT(macro_ap), false},
    {"weighted AP", "weighted_AP", AT(weighted_ap), false},
    {"micro AP", "micro_AP", AT(micro_ap), false},
    {"CP", "CP", AT(cp), true},
    {"CR", "CR", AT(cr), true},
    {"F1", "F1", AT(f1), true},
    {"OP", "OP", AT(op), true},
    {"OR", "OR", AT(or), true},
    {"OF1", "OF1", AT(of1), true},
    {"F1@3", "F1@3", AT(f1_at[TOP_3]), false},
    {"F1@5", "F1@5", AT(f1_at[TOP_5]), false},
    {"top-1 accuracy", "top1", AT(top[TOP_1]), false},
    {"top-5 accuracy", "top5", AT(top[TOP_5]), false},
};
const int measure_rows_count = sizeof measure_rows_list / sizeof *measure_rows_list;

const char *const measure_definition[] = {"reference", "strict"};
static const char *const band_key[] = {"few", "medium", "many"};

double measure_value(const MeasureMeans *mean, const MeasureRow *row)
{
    return *(const double *)(const void *)((const char *)mean + row->offset);
}

static bool shown(const Measure *m, const MeasureRow *row)
{
    return m->options.decide || !row->decided;
}

/* The number of tags of a group, and their mean AP. */
static BandMean group_mean(const Measure *m, const char *group, int definition)
{
    BandMean mean = {0};
    for (int64_t k = 0; k < m->set->tags; k++) {
        const TagMeasure *t = &m->tag[definition][k];
        if (strcmp(m->set->group[k], group) != 0) continue;
        if (definition == MEASURE_STRICT && t->positives == 0) continue;
        mean.map += t->ap;
        mean.tags++;
    }
    if (mean.tags) mean.map /= (double)mean.tags;
    return mean;
}

/* The next tag, from k on, that begins a group; the number of tags after the last one. */
static int64_t next_group(const Measure *m, int64_t k)
{
    for (; m->set->group && k < m->set->tags; k++) {
        int64_t j = 0;
        while (strcmp(m->set->group[j], m->set->group[k]) != 0) j++;
        if (j == k) return k;
    }
    return m->set->tags;
}

static void put_interval(Text *t, const char *over, const Measure *m, size_t offset)
{
    text_add(t, "  %-20s", over);
    for (int d = 0; d < MEASURE_DEFINITIONS; d++) {
        const char *at = (const char *)&m->mean[d] + offset;
        const BootstrapInterval *b = (const BootstrapInterval *)(const void *)at;
        text_add(t, "  %.4f to %.4f%*s", b->low, b->high, d == 0 ? 4 : 0, "");
    }
    text_put(t, "\n");
}

static char *band_text(BandMean band)
{
    if (band.tags == 0) return mem_strdup("-");
    return mem_format("%.4f (%ld tag%s)", band.map, band.tags, strings_s(band.tags));
}

static void put_band(Text *t, const char *label, const BandMean band[MEASURE_DEFINITIONS])
{
    char *a = band_text(band[0]), *b = band_text(band[1]);
    text_put(t, "  ");
    text_put_name(t, label);
    text_add(t, "%*s  %-20s  %s\n", (int)(strlen(label) < 20 ? 20 - strlen(label) : 0), "", a,
             b);
    mem_free(b);
    mem_free(a);
}

static void put_bands(Text *t, const Measure *m)
{
    const int64_t *bound = m->options.band;
    char *label[BANDS] = {mem_format("fewer than %ld", bound[0]),
                          mem_format("%ld to %ld", bound[0], bound[1]),
                          mem_format("more than %ld", bound[1])};
    text_put(t, "mAP by positives\n");
    for (int b = 0; b < BANDS; b++) {
        const BandMean band[] = {m->mean[0].band[b], m->mean[1].band[b]};
        put_band(t, label[b], band);
        mem_free(label[b]);
    }
    if (m->set->group) text_put(t, "mAP by group\n");
    for (int64_t k = next_group(m, 0); k < m->set->tags; k = next_group(m, k + 1)) {
        const BandMean band[] = {group_mean(m, m->set->group[k], 0),
                                 group_mean(m, m->set->group[k], 1)};
        put_band(t, m->set->group[k], band);
    }
}

char *measure_text(const Measure *m)
{
    Text t = {0};
    const MeasureMeans *a = &m->mean[MEASURE_REFERENCE], *b = &m->mean[MEASURE_STRICT];
    text_add(&t, "%-22s  %-20s  %s\n", "", measure_definition[0], measure_definition[1]);
    text_add(&t, "%-22s  %-20ld  %ld\n", "images", a->images, b->images);
    text_add(&t, "%-22s  %-20ld  %ld\n", "tags", a->tags, b->tags);
    for (int i = 0; i < measure_rows_count; i++) {
        const MeasureRow *row = &measure_rows_list[i];
        if (!shown(m, row)) continue;
        text_add(&t, "%-22s  %-20.4f  %.4f\n", row->label, measure_value(a, row),
                 measure_value(b, row));
        if (row->offset != AT(map) || !m->options.resamples) continue;
        put_interval(&t, "95% over images", m, AT(over_images));
        put_interval(&t, "95% and over tags", m, AT(over_both));
    }
    put_bands(&t, m);
    return t.data;
}

json_t *measure_interval_json(const BootstrapInterval *b)
{
    json_t *o = json_pair("low", json_number(b->low));
    json_object_set_new(o, "high", json_number(b->high));
    json_object_set_new(o, "deviation", json_number(b->deviation));
    return o;
}

static json_t *band_json(BandMean band)
{
    json_t *o = json_pair("tags", json_integer(band.tags));
    json_object_set_new(o, "mAP", band.tags ? json_number(band.map) : json_null());
    return o;
}

static json_t *groups_json(const Measure *m, int d)
{
    json_t *groups = json_object();
    for (int64_t k = next_group(m, 0); k < m->set->tags; k = next_group(m, k + 1)) {
        Text name = {0};
        text_put_valid(&name, m->set->group[k]);
        json_object_set_new(groups, name.data, band_json(group_mean(m, m->set->group[k], d)));
        text_free(&name);
    }
    return groups;
}

static json_t *definition_json(const Measure *m, int d)
{
    const MeasureMeans *mean = &m->mean[d];
    json_t *o = json_pair("images", json_integer(mean->images)), *bands = json_object();
    json_object_set_new(o, "tags", json_integer(mean->tags));
    for (int i = 0; i < measure_rows_count; i++)
        if (shown(m, &measure_rows_list[i]))
            json_object_set_new(o, measure_rows_list[i].key,
                                json_number(measure_value(mean, &measure_rows_list[i])));
    for (int b = 0; b < BANDS; b++)
        json_object_set_new(bands, band_key[b], band_json(mean->band[b]));
    json_object_set_new(o, "mAP_by_positives", bands);
    if (m->set->group) json_object_set_new(o, "mAP_by_group", groups_json(m, d));
    if (m->options.resamples) {
        json_object_set_new(o, "mAP_over_images", measure_interval_json(&mean->over_images));
        json_object_set_new(o, "mAP_over_images_and_tags",
                            measure_interval_json(&mean->over_both));
    }
    return o;
}

static json_t *tags_json(const Measure *m)
{
    json_t *list = json_array();
    for (int64_t k = 0; k < m->set->tags; k++) {
        const TagMeasure *a = &m->tag[0][k], *b = &m->tag[1][k];
        json_t *o = json_pair("tag", m->set->tag ? json_text(m->set->tag[k]) : json_integer(k));
        json_object_set_new(o, "positives", json_integer(a->positives));
        json_object_set_new(o, "images_strict", json_integer(b->images));
        json_object_set_new(o, "AP", json_number(a->ap));
        json_object_set_new(o, "AP_strict", b->positives ? json_number(b->ap) : json_null());
        json_array_append_new(list, o);
    }
    return list;
}

json_t *measure_json(const Measure *m)
{
    static const char *const standardize[] = {"none", "image", "tag"};
    json_t *o = json_pair("scores", json_text(m->set->scores.path));
    json_object_set_new(o, "labels", json_text(m->set->list));
    const JsonCount count[] = {
        {"positives", m->positives},        {"images_without_positives", m->unlabeled},
        {"labels_unknown", m->unknown},     {"few_below", m->options.band[0]},
        {"many_above", m->options.band[1]}, {"resamples", m->options.resamples},
        {"seed", (int64_t)m->options.seed}};
    json_object_set_new(o, "standardize", json_text(standardize[m->options.standardize]));
    json_object_set_new(o, "labeled_only", json_boolean(m->options.labeled_only));
    json_add_counts(o, count, sizeof count / sizeof *count);
    for (int d = 0; d < MEASURE_DEFINITIONS; d++)
        json_object_set_new(o, measure_definition[d], definition_json(m, d));
    json_object_set_new(o, "per_tag", tags_json(m));
    return o;
}

static char *tags_csv(const Measure *m)
{
    Text t = {0};
    text_put(&t, "tag,positives,AP,AP_strict,precision,recall,precision_strict,recall_strict,"
                 "images_strict\n");
    for (int64_t k = 0; k < m->set->tags; k++) {
        const TagMeasure *a = &m->tag[0][k], *b = &m->tag[1][k];
        if (m->set->tag)
            text_csv(&t, m->set->tag[k]);
        else
            text_add(&t, "%ld", k);
        text_add(&t, ",%ld,%.9f,", a->positives, a->ap);
        if (b->positives) text_add(&t, "%.9f", b->ap);
        text_add(&t, ",%.9f,%.9f,%.9f,%.9f,%ld\n", a->precision, a->recall, b->precision,
                 b->recall, b->images);
    }
    return t.data;
}

int measure_write(const Measure *m, const char *folder, Error *err)
{
    Text json = {0};
    char *text = measure_text(m), *csv = tags_csv(m);
    json_put_rows(&json, measure_json(m), 1);
    int status = file_mkdirs(folder, err);
    if (status == 0) status = text_write_in(folder, "summary.txt", text, err);
    if (status == 0) status = text_write_in(folder, "per_tag.csv", csv, err);
    if (status == 0) status = text_write_in(folder, "summary.json", json.data, err);
    text_free(&json);
    mem_free(csv);
    mem_free(text);
    return status;
}
