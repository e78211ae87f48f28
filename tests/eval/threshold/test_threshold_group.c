/* SPDX-License-Identifier: Apache-2.0 */
/* Thresholds of several tags against an exhaustive search, and cross-validation against parts
 * that are tuned and measured one by one. */
#include "eval/threshold/threshold_group.h"

#include "core/hash.h"
#include "core/mem.h"
#include "core/rng.h"

#include <check.h>
#include <math.h>
#include <omp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

enum { IMAGES = 90, TAGS = 12, FOLDS = 4 };

static Scores *scores;
static char *group[TAGS];

/* Tags of different levels; the last one has no positive. Two groups, and one tag by itself. */
static void setup(void)
{
    char name[IMAGES][16];
    const char *image[IMAGES], *tag[TAGS];
    for (int i = 0; i < IMAGES; i++) {
        sprintf(name[i], "image%d", i);
        image[i] = name[i];
    }
    for (int k = 0; k < TAGS; k++) {
        tag[k] = (const char *const[]){"a",     "b", "c", "d", "e", "twice",
                                       "twice", "h", "i", "j", "k", "l"}[k];
        group[k] = (char *)(uintptr_t)(k == 3 ? "own" : k % 2 ? "odd" : "even");
    }
    scores = scores_new(image, IMAGES, tag, TAGS);
    Rng rng = rng_new(8, 0, 0, RNG_TEST);
    for (int i = 0; i < IMAGES; i++)
        for (int k = 0; k < TAGS; k++) {
            const bool wanted = k < TAGS - 1 && rng_uniform(&rng) < 0.02 * (k + 1);
            const double x = rng_uniform(&rng) * (0.5 + 0.03 * k) + (wanted ? 0.3 : 0);
            scores->score[i * TAGS + k] = (float)(floor(x * 200) / 256);
            scores->truth[i * TAGS + k] = wanted;
        }
    for (int k = 0; k < TAGS; k++) scores->threshold[k] = 0.25F;
}

static void teardown(void) { scores_free(scores); }

static const ThresholdObjective objectives[] = {
    {THRESHOLD_F1, 0}, {THRESHOLD_PRECISION, 0.6}, {THRESHOLD_RECALL, 0.2}};

/* Mean precision and recall of the members with positives. */
static void means(const bool *member, double threshold, double *precision, double *recall)
{
    double n = 0;
    *precision = *recall = 0;
    for (int k = 0; k < TAGS; k++) {
        double hits = 0, kept = 0, positives = 0;
        for (int i = 0; i < IMAGES && member[k]; i++) {
            const bool keep = (double)scores->score[i * TAGS + k] >= threshold;
            kept += keep;
            hits += keep && scores->truth[i * TAGS + k];
            positives += scores->truth[i * TAGS + k];
        }
        if (positives == 0) continue;
        n++;
        *precision += kept > 0 ? hits / kept : 0;
        *recall += hits / positives;
    }
    *precision /= n;
    *recall /= n;
}

/* -1 where the floor is not met. */
static double value_at(const bool *member, double threshold, ThresholdObjective o)
{
    double p, r;
    means(member, threshold, &p, &r);
    if (o.goal == THRESHOLD_F1) return p + r > 0 ? 2 * p * r / (p + r) : 0;
    if (o.goal == THRESHOLD_PRECISION) return r >= o.floor ? p : -1;
    return p >= o.floor ? r : -1;
}

static void check_best(const bool *member, ThresholdObjective o)
{
    const ThresholdPlan plan = {.objective = o};
    const ThresholdChoice c = threshold_group(scores, &plan, member);
    double best = -1;
    for (int at = 0; at < IMAGES * TAGS; at++)
        if (member[at % TAGS] && scores->truth[at])
            best = fmax(best, value_at(member, (double)scores->score[at], o));
    ck_assert_double_eq_tol(value_at(member, (double)c.threshold, o), best, 1e-12);
    ck_assert(!c.unreachable == (best >= 0));
    ck_assert(!c.at_score);
    for (int at = 0; at < IMAGES * TAGS; at++)
        if (member[at % TAGS]) ck_assert(scores->score[at] != c.threshold);
}

START_TEST(one_threshold_of_several_tags_is_the_best)
{
    bool member[TAGS];
    for (int part = 0; part < 3; part++) {
        for (int k = 0; k < TAGS; k++) member[k] = part == 2 || k % 2 == part;
        check_best(member, objectives[_i]);
    }
    for (int k = 0; k < TAGS; k++) member[k] = k == 7;
    check_best(member, objectives[_i]);
}
END_TEST

START_TEST(a_group_of_one_tag_is_that_tag)
{
    const ThresholdPlan each = {.objective = objectives[_i]},
                        by_group = {.objective = objectives[_i],
                                    .per = THRESHOLD_PER_GROUP,
                                    .group = group},
                        global = {.objective = objectives[_i], .per = THRESHOLD_GLOBAL};
    float a[TAGS], b[TAGS], c[TAGS];
    ck_assert_int_eq(threshold_tune(scores, &each, a).no_positive, 1);
    ck_assert(a[TAGS - 1] == 0.25F); /* keeps its own */
    ck_assert_int_eq(threshold_tune(scores, &by_group, b).no_positive, 0);
    threshold_tune(scores, &global, c);
    ck_assert(a[3] == b[3]);
    for (int k = 0; k < TAGS; k++) {
        bool member[TAGS];
        for (int j = 0; j < TAGS; j++) member[j] = strcmp(group[j], group[k]) == 0;
        ck_assert(b[k] == threshold_group(scores, &by_group, member).threshold);
        ck_assert(c[k] == c[0]);
    }
}
END_TEST

START_TEST(few_positives_fall_back)
{
    const ThresholdPlan plan = {.least = 8}, each = {.least = 0},
                        global = {.per = THRESHOLD_GLOBAL, .least = 1000};
    float got[TAGS], own[TAGS], all[TAGS];
    const ThresholdCounts counts = threshold_tune(scores, &plan, got);
    int64_t fallen = 0;
    threshold_tune(scores, &each, own);
    ck_assert_int_eq(threshold_tune(scores, &global, all).fallen_back, 0);
    for (int k = 0; k < TAGS; k++) {
        int64_t positives = 0;
        for (int i = 0; i < IMAGES; i++) positives += scores->truth[i * TAGS + k];
        fallen += positives < 8;
        ck_assert(got[k] == (positives < 8 ? all[k] : own[k]));
    }
    ck_assert_int_eq(counts.fallen_back, fallen);
    ck_assert_int_eq(counts.no_positive, 0);
    ck_assert(fallen > 2 && fallen < TAGS - 2);
}
END_TEST

static int64_t fold_of(const char *image)
{
    uint8_t h[HASH_BYTES];
    hash_of(image, strlen(image), h);
    return ((int64_t)h[4] << 16 | h[5] << 8 | h[6]) * FOLDS >> 24;
}

/* The decisions of every part, collected as scores of 1 and 0. */
static Metrics part_by_part(const ThresholdPlan *plan)
{
    float x[IMAGES * TAGS], threshold[TAGS], half[TAGS];
    bool first[TAGS], others[IMAGES];
    TagMetrics tag[TAGS];
    for (int64_t f = 0; f < FOLDS; f++) {
        for (int i = 0; i < IMAGES; i++) others[i] = fold_of(scores->image[i]) != f;
        Scores *part = scores_select(scores, others);
        ck_assert(part->images > IMAGES / 2 && part->images < IMAGES);
        threshold_tune(part, plan, threshold);
        scores_free(part);
        for (int i = 0; i < IMAGES; i++)
            for (int k = 0; k < TAGS && !others[i]; k++)
                x[i * TAGS + k] = scores->score[i * TAGS + k] >= threshold[k];
    }
    for (int k = 0; k < TAGS; k++) half[k] = 0.5F;
    const MetricsInput in = {IMAGES, TAGS, x, scores->truth};
    ck_assert_int_eq(metrics_tags(&in, half, METRICS_AT_LEAST, tag, NULL), 0);
    metrics_first_columns((const char *const *)scores->tag, TAGS, first);
    return metrics_mean(tag, TAGS, first);
}

START_TEST(cross_validation_is_that_of_the_parts)
{
    const ThresholdPlan plans[] = {
        {.least = 0},
        {.least = 6},
        {.per = THRESHOLD_PER_GROUP, .group = group, .least = 9},
        {.per = THRESHOLD_GLOBAL, .objective = {THRESHOLD_RECALL, 0.3}}};
    const Metrics want = part_by_part(&plans[_i]);
    omp_set_num_threads(1 + _i);
    const Metrics got = threshold_cross_validate(scores, &plans[_i], FOLDS);
    ck_assert_double_gt(got.f1, 0.05);
    ck_assert_double_eq_tol(got.cp, want.cp, 1e-15);
    ck_assert_double_eq_tol(got.cr, want.cr, 1e-15);
    ck_assert_double_eq_tol(got.f1, want.f1, 1e-15);
    ck_assert_double_eq_tol(got.of1, want.of1, 1e-15);
}
END_TEST

/* What the tuner sees flatters it: with few positives per tag, thresholds of their own are
 * better than one for all on the images that they were tuned on, and worse on others. */
START_TEST(few_positives_overfit)
{
    enum { N = 400, K = 60 };
    char name[N][16];
    const char *image[N], *tag[K];
    for (int i = 0; i < N; i++) {
        sprintf(name[i], "%d", i);
        image[i] = name[i];
    }
    char word[K][16];
    for (int k = 0; k < K; k++) {
        sprintf(word[k], "t%d", k);
        tag[k] = word[k];
    }
    Scores *s = scores_new(image, N, tag, K);
    Rng rng = rng_new(2, 0, 0, RNG_TEST);
    for (int at = 0; at < N * K; at++) {
        s->truth[at] = rng_uniform(&rng) < 0.012;
        const double z = rng_normal(&rng) * 0.7 + (s->truth[at] ? 1.2 : -1);
        s->score[at] = (float)(1 / (1 + exp(-z)));
    }
    const ThresholdPlan each = {.least = 0}, global = {.per = THRESHOLD_GLOBAL};
    float half[K];
    double f1[2];
    for (int p = 0; p < 2; p++) {
        TagMetrics m[K];
        const MetricsInput in = scores_input(s);
        threshold_tune(s, p ? &global : &each, half);
        ck_assert_int_eq(metrics_tags(&in, half, METRICS_AT_LEAST, m, NULL), 0);
        f1[p] = metrics_mean(m, K, NULL).f1;
    }
    const double own = threshold_cross_validate(s, &each, 5).f1,
                 all = threshold_cross_validate(s, &global, 5).f1;
    ck_assert_double_gt(f1[0], f1[1] + 0.05);
    ck_assert_double_gt(all, own + 0.05);
    ck_assert_double_eq_tol(all, f1[1], 0.05);
    scores_free(s);
}
END_TEST

START_TEST(one_fold) { threshold_cross_validate(scores, &(ThresholdPlan){0}, 1); }
END_TEST

Suite *test_threshold_group_suite(void);
Suite *test_threshold_group_suite(void)
{
    Suite *s = suite_create("threshold_group");
    TCase *t = tcase_create("threshold_group");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, one_threshold_of_several_tags_is_the_best, 0, 3);
    tcase_add_loop_test(t, a_group_of_one_tag_is_that_tag, 0, 3);
    tcase_add_test(t, few_positives_fall_back);
    tcase_add_loop_test(t, cross_validation_is_that_of_the_parts, 0, 4);
    tcase_add_test(t, few_positives_overfit);
    tcase_add_test_raise_signal(t, one_fold, SIGABRT);
    suite_add_tcase(s, t);
    return s;
}
