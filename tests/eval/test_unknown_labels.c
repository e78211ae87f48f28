/* SPDX-License-Identifier: Apache-2.0 */
/* Labels that nobody annotated: every number is that of the images whose label is known. */
#include "core/io/text.h"
#include "core/mem.h"
#include "core/rng.h"
#include "eval/measure/score_set.h"
#include "eval/metrics/bootstrap.h"
#include "eval/scores/score_report.h"
#include "eval/threshold/threshold.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { IMAGES = 90, TAGS = 7 };

static Scratch scratch;
static Scores *scores;

static Scores *new_scores(int64_t images, int64_t tags)
{
    char text[IMAGES][8];
    const char *image[IMAGES], *tag[TAGS] = {"a", "b", "c", "d", "e", "f", "g"};
    for (int i = 0; i < IMAGES; i++) {
        snprintf(text[i], sizeof text[i], "%d", i);
        image[i] = text[i];
    }
    return scores_new(image, images, tag, tags);
}

/* A third of the labels is unknown, all of the last tag; odd tags have many equal scores. */
static void setup(void)
{
    scratch_new(&scratch);
    scores = new_scores(IMAGES, TAGS);
    Rng rng = rng_new(3, 0, 0, RNG_TEST);
    for (int i = 0; i < IMAGES * TAGS; i++) {
        const int levels = i % TAGS % 2 ? 9 : 1 << 20;
        scores->score[i] = (float)rng_below(&rng, levels) / (float)levels;
        scores->truth[i] = rng_uniform(&rng) < 0.3;
        if (rng_uniform(&rng) < 0.33 || i % TAGS == TAGS - 1) scores->truth[i] = TRUTH_UNKNOWN;
    }
}

static void teardown(void)
{
    scores_free(scores);
    scratch_free(&scratch);
}

static int64_t count_unknown(void)
{
    int64_t n = 0;
    for (int i = 0; i < IMAGES * TAGS; i++) n += scores->truth[i] == TRUTH_UNKNOWN;
    return n;
}

/* The images whose label of tag k is known, with this tag alone. Owned. */
static Scores *known_of(int64_t k)
{
    int64_t n = 0;
    Scores *s = new_scores(IMAGES, 1);
    for (int64_t i = 0; i < IMAGES; i++) {
        if (scores->truth[i * TAGS + k] == TRUTH_UNKNOWN) continue;
        s->score[n] = scores->score[i * TAGS + k];
        s->truth[n++] = scores->truth[i * TAGS + k];
    }
    s->images = n; /* the rest of the arrays is not used */
    return s;
}

START_TEST(each_tag_has_the_metrics_of_its_known_images)
{
    TagMetrics tag[TAGS], alone;
    const MetricsInput in = scores_input(scores);
    ck_assert_int_eq(metrics_tags(&in, scores->threshold, METRICS_AT_LEAST, tag, NULL), 0);
    for (int64_t k = 0; k < TAGS; k++) {
        Scores *s = known_of(k);
        const MetricsInput part = scores_input(s);
        ck_assert_int_eq(metrics_tags(&part, s->threshold, METRICS_AT_LEAST, &alone, NULL), 0);
        ck_assert_int_eq(tag[k].unknown, IMAGES - s->images);
        alone.unknown = tag[k].unknown;
        ck_assert_mem_eq(&tag[k], &alone, sizeof alone);
        scores_free(s);
    }
    ck_assert_double_eq(tag[TAGS - 1].ap, 0);
}
END_TEST

START_TEST(each_tag_has_the_threshold_of_its_known_images)
{
    static const ThresholdObjective goal[] = {
        {THRESHOLD_F1, 0}, {THRESHOLD_PRECISION, 0.5}, {THRESHOLD_RECALL, 0.4}};
    float threshold[TAGS], alone;
    const ThresholdPlan plan = {.objective = goal[_i]};
    threshold_tune(scores, &plan, threshold);
    for (int64_t k = 0; k < TAGS; k++) {
        Scores *s = known_of(k);
        threshold_tune(s, &plan, &alone);
        ck_assert(threshold[k] == alone);
        scores_free(s);
    }
}
END_TEST

/* All that is computed from scores, as text. Owned: text_free. */
static Text all_numbers(void)
{
    char x[] = "x", y[] = "y", *group[TAGS] = {x, y, x, y, x, y, x};
    Text t = {0};
    ScoreReport report;
    BootstrapInterval interval;
    const MetricsInput in = scores_input(scores);
    ck_assert_int_eq(score_report_new(scores, &report, NULL), 0);
    char *json = score_report_json(&report), *text = score_report_text(&report);
    text_add(&t, "%s%s", json, text);
    mem_free(text);
    mem_free(json);
    ck_assert_int_eq(bootstrap_map(&in, &(BootstrapOptions){.resamples = 50}, &interval, NULL),
                     0);
    ck_assert(fabs(interval.value - report.mean.map) < 1e-12);
    text_add(&t, "%.17g %.17g %.17g", interval.low, interval.high, interval.deviation);
    score_report_free(&report);
    for (int per = 0; per < 3; per++) {
        float threshold[TAGS];
        const ThresholdPlan plan = {
            .per = (enum ThresholdPer)per, .group = group, .least = per == 0 ? 9 : 0};
        const ThresholdCounts c = threshold_tune(scores, &plan, threshold);
        const Metrics m = threshold_cross_validate(scores, &plan, 3);
        text_add(&t, "\n%ld %ld %ld %.17g %.17g %.17g %.17g", c.no_positive, c.at_score,
                 c.fallen_back, m.cp, m.cr, m.op, m.or);
        for (int k = 0; k < TAGS; k++) text_add(&t, " %.9g", (double)threshold[k]);
    }
    return t;
}

/* Whatever the model says of an unknown label, no number changes. */
START_TEST(scores_of_unknown_labels_do_not_matter)
{
    Text want = all_numbers();
    char *count = mem_format("\"labels_unknown\": %ld", count_unknown());
    ck_assert_msg(strstr(want.data, count), "%s", want.data);
    mem_free(count);
    for (int round = 0; round < 3; round++) {
        Rng rng = rng_new(4, 0, (uint64_t)round, RNG_TEST);
        for (int i = 0; i < IMAGES * TAGS; i++)
            if (scores->truth[i] == TRUTH_UNKNOWN)
                scores->score[i] = round == 2 ? (float)rng_uniform(&rng) : (float)round;
        Text got = all_numbers();
        ck_assert_str_eq(got.data, want.data);
        text_free(&got);
    }
    text_free(&want);
}
END_TEST

START_TEST(without_unknown_labels_nothing_is_said)
{
    for (int i = 0; i < IMAGES * TAGS; i++)
        if (scores->truth[i] == TRUTH_UNKNOWN) scores->truth[i] = TRUTH_ABSENT;
    Text t = all_numbers();
    ck_assert(!strstr(t.data, "unknown") && !strstr(t.data, "annotated"));
    text_free(&t);
}
END_TEST

/* A difference needs the same known labels on both sides. */
START_TEST(differences_compare_what_is_known)
{
    BootstrapInterval interval;
    Error err = {0};
    const BootstrapOptions o = {.resamples = 20};
    bool all[IMAGES];
    memset(all, true, sizeof all);
    Scores *other = scores_select(scores, all);
    const MetricsInput a = scores_input(scores), b = scores_input(other);
    ck_assert_int_eq(bootstrap_difference(&a, &b, &o, &interval, &err), 0);
    ck_assert_double_eq(interval.value, 0);
    int i = 0;
    while (other->truth[i] != TRUTH_UNKNOWN) i++;
    other->truth[i] = TRUTH_ABSENT;
    ck_assert_int_eq(bootstrap_difference(&a, &b, &o, &interval, &err), -1);
    expect_error(&err, ERROR_DATA, "the labels of both sides differ");
    scores_free(other);
}
END_TEST

/* scores.h5 keeps them, for `threshold` and `report`, and `eval --scores` reads -1. */
START_TEST(the_file_keeps_them)
{
    Scores *read = NULL;
    ScoreSet set;
    Error err = {0};
    char *path = mem_strdup(scratch_path(&scratch, "scores.h5"));
    ck_assert_int_eq(scores_write(scores, path, NULL), 0);
    ck_assert_msg(scores_read(path, &read, &err) == 0, "%s", err.text);
    ck_assert_mem_eq(read->truth, scores->truth, IMAGES * TAGS);
    scores_free(read);
    ck_assert_msg(score_set_open(path, &(ScoreSetPaths){0}, &set, &err) == 0, "%s", err.text);
    ck_assert_int_eq(set.truth.unknown, count_unknown());
    for (int i = 0; i < IMAGES * TAGS; i++)
        ck_assert_int_eq(truth_table_get(&set.truth, i / TAGS, i % TAGS),
                         (int8_t)scores->truth[i]);
    score_set_free(&set);
    scores->truth[5] = 2;
    ck_assert_int_eq(scores_write(scores, path, NULL), 0);
    ck_assert_int_eq(scores_read(path, &read, &err), -1);
    expect_error(&err, ERROR_DATA, "image 0, tag 5 (from 0): outside 0..1");
    mem_free(path);
}
END_TEST

/* The labels of a folder with unknown.txt beside scores of any program. */
START_TEST(a_folder_says_what_is_unknown)
{
    ScoreSet set;
    Error err = {0};
    scratch_text(&scratch, "list/tags.txt", "cat\ndog\n");
    scratch_text(&scratch, "list/annotations.txt", "a.jpg,dog\nb.jpg,cat,dog\nc.jpg\n");
    scratch_text(&scratch, "list/unknown.txt", "c.jpg,cat,dog\na.jpg,cat\n");
    char *table = mem_strdup(
             scratch_text(&scratch, "s.csv", "image,cat,dog\na,0,1\nb,0.1,0.2\nc,1,1\n")),
         *folder = mem_strdup(scratch_path(&scratch, "list"));
    const ScoreSetPaths p = {.data = folder};
    ck_assert_msg(score_set_open(table, &p, &set, &err) == 0, "%s", err.text);
    static const int want[] = {-1, 1, 1, 1, -1, -1};
    for (int i = 0; i < 6; i++)
        ck_assert_int_eq(truth_table_get(&set.truth, i / 2, i % 2), want[i]);
    ck_assert_int_eq(set.truth.unknown, 3);
    score_set_free(&set);
    mem_free(folder);
    mem_free(table);
}
END_TEST

Suite *test_unknown_labels_suite(void);
Suite *test_unknown_labels_suite(void)
{
    Suite *s = suite_create("unknown_labels");
    TCase *t = tcase_create("unknown_labels");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, each_tag_has_the_metrics_of_its_known_images);
    tcase_add_loop_test(t, each_tag_has_the_threshold_of_its_known_images, 0, 3);
    tcase_add_test(t, scores_of_unknown_labels_do_not_matter);
    tcase_add_test(t, without_unknown_labels_nothing_is_said);
    tcase_add_test(t, differences_compare_what_is_known);
    tcase_add_test(t, the_file_keeps_them);
    tcase_add_test(t, a_folder_says_what_is_unknown);
    suite_add_tcase(s, t);
    return s;
}
