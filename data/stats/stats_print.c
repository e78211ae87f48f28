/* SPDX-License-Identifier: Apache-2.0 */
/* Statistics of a data folder as text. */
#include "core/io/text.h"
#include "data/stats/stats.h"

#include <stdio.h>

enum { NAMED = 3 }; /* images of a group */

static void add_count(Text *t, int64_t n, const char *what)
{
    text_add(t, "%10ld  %s\n", n, what);
}

static void add_distribution(Text *t, const Distribution *d, const char *what)
{
    if (d->count == 0) return;
    text_add(t, "%s: mean %.2f, median %ld, 5%% %ld, 95%% %ld, largest %ld\n", what,
             distribution_mean(d), distribution_quantile(d, 0.5),
             distribution_quantile(d, 0.05), distribution_quantile(d, 0.95), d->max);
}

static void add_bands(Text *t, const RecordStats *r)
{
    static const int64_t from[] = {0, 1, 10, 100, 1000, 10000};
    text_put(t, "\nimages per tag  tags\n");
    for (size_t i = 0; i < 6; i++) {
        const int64_t to = i + 1 < 6 ? from[i + 1] - 1 : INT64_MAX;
        const int64_t n = record_stats_tags(r, from[i], to);
        if (i == 0)
            text_add(t, "             0  %ld\n", n);
        else if (i + 1 < 6)
            text_add(t, "%5ld to %5ld  %ld\n", from[i], to, n);
        else
            text_add(t, " 10000 or more  %ld\n", n);
    }
}

static void add_tags(Text *t, const Stats *s, int64_t rows)
{
    const int64_t n = s->tags.count;
    text_add(t, "\nmost frequent tags (the first tenth has %.1f%% of the labels):\n",
             100 * stats_head_share(s));
    for (int64_t i = 0; i < n && i < rows; i++) {
        text_add(t, "%10ld  ", s->records.per_tag[s->order[i]]);
        text_put_name(t, s->tags.name[s->order[i]]);
        text_put(t, "\n");
    }
}

static void add_pairs(Text *t, const Stats *s, const TagPair *pair, int64_t pairs,
                      const char *title)
{
    if (pairs == 0) return;
    text_add(t, "\n%s:\n", title);
    for (int64_t i = 0; i < pairs; i++) {
        text_add(t, "%10ld  %6.2f  ", pair[i].count, pair[i].pmi);
        text_put_name(t, s->tags.name[pair[i].a]);
        text_put(t, ", ");
        text_put_name(t, s->tags.name[pair[i].b]);
        text_put(t, "\n");
    }
}

static void add_training(Text *t, const Stats *s, int64_t rows)
{
    const RecordStats *r = &s->records;
    add_count(t, r->records, "training records");
    add_count(t, r->bad, "bad records, left out");
    add_count(t, s->tags.count, "tags in the list");
    add_count(t, r->labels, "labels");
    add_count(t, r->untagged, "records without a tag");
    if (r->unannotated) add_count(t, r->unannotated, "records whose tags are not annotated");
    if (r->unknown) add_count(t, r->unknown, "tags not annotated, beside others that are");
    add_count(t, r->words.count, "captions");
    add_count(t, r->uncaptioned, "records without a caption");
    add_count(t, r->blank_captions, "captions without a word");
    add_count(t, r->cut_captions, "captions of more than 30 words, which training cuts");
    if (r->pairs.crowded)
        add_count(t, r->pairs.crowded, "records of more than 1,000 tags, not in the pairs");
    text_put(t, "\n");
    add_distribution(t, &r->tags_of, "tags per record");
    add_distribution(t, &r->captions_of, "captions per record");
    add_distribution(t, &r->words, "words per caption");
    add_bands(t, r);
    add_tags(t, s, rows);
    add_pairs(t, s, s->by_count, s->counts, "tags that occur together (records, PMI in bits)");
    add_pairs(t, s, s->by_pmi, s->pmis, "the same, highest PMI first");
}

static void add_sets(Text *t, const Stats *s)
{
    for (int i = 1; i <= s->sets; i++) {
        const StatsSet *e = &s->set[i];
        text_put(t, "\nevaluation set ");
        text_put_name(t, e->name);
        text_put(t, ":\n");
        add_count(t, e->images, "images");
        add_count(t, e->untagged, "of them without a tag");
        add_count(t, e->tags, "tags in the list");
        add_count(t, e->absent_tags, "of them on no image");
        add_count(t, e->labels, "labels");
        add_count(t, s->images.leaks[i], "images that are training images, or look like one");
    }
}

/* ---- images ------------------------------------------------------------------------------ */

static void add_sizes(Text *t, const Distribution *d)
{
    static const int64_t from[] = {1, 32, 64, 128, 224, 384, 512, 1024, 2048};
    enum { BANDS = sizeof from / sizeof *from };
    text_put(t, "\nshortest side    images\n");
    for (int i = 0; i < BANDS; i++) {
        const int64_t to = i + 1 < BANDS ? from[i + 1] - 1 : DISTRIBUTION_MAX;
        const int64_t n = distribution_between(d, from[i], to);
        if (n && i + 1 < BANDS) text_add(t, "%5ld to %5ld  %8ld\n", from[i], to, n);
        if (n && i + 1 == BANDS) text_add(t, "%5ld or more   %8ld\n", from[i], n);
    }
}

/* The first members of the first groups, in order of names. near: of alike images. */
static void add_groups(Text *t, const StatsImages *im, bool near, int64_t rows,
                       const char *title)
{
    int64_t shown = 0;
    text_add(t, "\n%s:\n", title);
    for (int64_t i = 0; i < im->count && shown < rows; i++) {
        if ((near ? im->at[i].near : im->at[i].exact) != i) continue;
        int named = 0;
        text_put(t, "  ");
        shown++;
        for (int64_t k = i; k < im->count && named <= NAMED; k++) {
            if ((near ? im->at[k].near : im->at[k].exact) != i) continue;
            text_put(t, named == 0 ? "" : named < NAMED ? ", " : ", ...");
            if (named++ < NAMED) text_put_name(t, im->at[k].name);
        }
        text_put(t, "\n");
    }
}

static void add_leaks(Text *t, const StatsImages *im, int64_t rows)
{
    int64_t shown = 0;
    for (int64_t i = 0; i < im->count && shown < rows; i++) {
        const StatsImage *e = &im->at[i];
        if (e->leak < 0) continue;
        if (shown++ == 0)
            text_put(t, "\nevaluation images that are training images, or look like one:\n  ");
        else
            text_put(t, "  ");
        text_put_name(t, e->name);
        if (e->leak_distance >= 0) {
            text_put(t, " = ");
            text_put_name(t, im->at[e->leak].name);
        }
        if (e->leak_distance < 0)
            text_put(t, " (by name)\n");
        else if (e->leak_distance == 0)
            text_put(t, " (equal bytes)\n");
        else
            text_add(t, " (%d bits apart)\n", e->leak_distance - 1);
    }
}

static void add_images(Text *t, const Stats *s, int64_t rows)
{
    const StatsImages *im = &s->images;
    text_put(t, "\n");
    add_count(t, im->count, "images, each counted once");
    add_count(t, im->repeats, "further mentions in the same set");
    if (!s->config->images) return;
    add_count(t, im->missing, "missing");
    add_count(t, im->unreadable, "unreadable");
    add_count(t, im->damaged, "damaged, read in part");
    text_add(t, "%10.1f  MB\n", (double)im->bytes / 1e6);
    if (im->first_bad.code) text_add(t, "first: %s\n", im->first_bad.text);
    text_put(t, "\n");
    add_distribution(t, &im->widths, "width");
    add_distribution(t, &im->heights, "height");
    add_sizes(t, &im->shortest);
    text_put(t, "\n");
    add_count(t, im->exact_images, "images with the same bytes as others");
    add_count(t, im->exact_groups, "groups of them");
    text_add(t, "%10ld  images that look like others (at most %ld of 64 bits apart)\n",
             im->near_images, s->config->distance);
    add_count(t, im->near_groups, "groups of them");
    add_count(t, im->incomparable, "images without contrast, not compared by looks");
    if (im->exact_groups) add_groups(t, im, false, rows, "equal files");
    if (im->near_groups) add_groups(t, im, true, rows, "images that look alike");
}

void stats_print(const Stats *s, int64_t rows)
{
    Text t = {0};
    if (s->trained) add_training(&t, s, rows);
    add_sets(&t, s);
    add_images(&t, s, rows);
    add_leaks(&t, &s->images, rows);
    fputs(t.data + (*t.data == '\n'), stdout);
    text_free(&t);
}
