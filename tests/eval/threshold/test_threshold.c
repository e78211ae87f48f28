/* SPDX-License-Identifier: Apache-2.0 */
/* Tuned thresholds against an exhaustive search, and invalid objectives. */
#include "eval/threshold/threshold.h"

#include "core/rng.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { IMAGES = 70, TAGS = 9 };

static Scores *scores;
static const ThresholdPlan plain; /* F1 of each tag */

static void setup(void)
{
    const char *image[IMAGES], *tag[TAGS];
    for (int i = 0; i < IMAGES; i++) image[i] = "image";
    for (int k = 0; k < TAGS; k++) tag[k] = "tag";
    scores = scores_new(image, IMAGES, tag, TAGS);
    Rng rng = rng_new(3, 0, 0, RNG_TEST);
    for (int i = 0; i < IMAGES; i++)
        for (int k = 0; k < TAGS; k++) {
            int levels = k % 2 ? 12 : 1 << 20; /* odd tags: many equal scores */
            bool wanted = k < TAGS - 1 && rng_uniform(&rng) < 0.25;
            double x = rng_uniform(&rng) + (wanted ? 0.3 : 0);
            scores->score[i * TAGS + k] = (float)(floor(x / 1.3 * levels) / levels);
            scores->truth[i * TAGS + k] = wanted;
        }
}

static void teardown(void) { scores_free(scores); }

typedef struct Measured {
    double precision, recall, f1;
} Measured;

static Measured at_threshold(int k, double threshold, bool strict)
{
    double hits = 0, kept = 0, positives = 0;
    for (int i = 0; i < IMAGES; i++) {
        double x = (double)scores->score[i * TAGS + k];
        bool keep = strict ? x > threshold : x >= threshold;
        kept += keep;
        hits += keep && scores->truth[i * TAGS + k];
        positives += scores->truth[i * TAGS + k];
    }
    return (Measured){kept > 0 ? hits / kept : 0, hits / positives,
                      2 * hits / (kept + positives)};
}

/* The best value of the objective over all thresholds that change the result. */
static double best_value(int k, ThresholdObjective o)
{
    double best = -1;
    for (int i = 0; i < IMAGES; i++) {
        Measured m = at_threshold(k, (double)scores->score[i * TAGS + k], false);
        double value = o.goal == THRESHOLD_F1          ? m.f1
                       : o.goal == THRESHOLD_PRECISION ? m.precision
                                                       : m.recall;
        double bound = o.goal == THRESHOLD_PRECISION ? m.recall : m.precision;
        if (o.goal != THRESHOLD_F1 && bound < o.floor - 1e-12) continue;
        if (value > best) best = value;
    }
    return best;
}

static void tuned_is_best(ThresholdObjective o)
{
    float out[TAGS];
    const ThresholdPlan plan = {.objective = o};
    ThresholdCounts counts = threshold_tune(scores, &plan, out);
    ck_assert_int_eq(counts.no_positive, 1);
    ck_assert(out[TAGS - 1] == 0.5F);
    int64_t unreachable = 0;
    for (int k = 0; k < TAGS - 1; k++) {
        double want = best_value(k, o);
        Measured m = at_threshold(k, (double)out[k], false);
        Measured strict = at_threshold(k, (double)out[k], true);
        double got = o.goal == THRESHOLD_F1          ? m.f1
                     : o.goal == THRESHOLD_PRECISION ? m.precision
                                                     : m.recall;
        unreachable += want < 0;
        if (want < 0) continue;
        ck_assert_msg(fabs(got - want) < 1e-12, "tag %d: %g, want %g", k, got, want);
        ck_assert_msg(m.f1 == strict.f1, "tag %d: > and >= disagree", k);
    }
    ck_assert_int_eq(counts.unreachable, unreachable);
}

START_TEST(tuned_thresholds_are_the_best)
{
    tuned_is_best((ThresholdObjective){THRESHOLD_F1, 0});
    tuned_is_best((ThresholdObjective){THRESHOLD_PRECISION, 0.5});
    tuned_is_best((ThresholdObjective){THRESHOLD_PRECISION, 1.0});
    tuned_is_best((ThresholdObjective){THRESHOLD_RECALL, 0.4});
    tuned_is_best((ThresholdObjective){THRESHOLD_RECALL, 0.6});
    tuned_is_best((ThresholdObjective){THRESHOLD_RECALL, 1.0});
}
END_TEST

START_TEST(a_clean_cut_lies_half_way)
{
    const char *image[] = {"a", "b", "c", "d"}, *tag[] = {"t"};
    Scores *s = scores_new(image, 4, tag, 1);
    const float x[] = {0.75F, 0.25F, 1, 0};
    for (int i = 0; i < 4; i++) {
        s->score[i] = x[i];
        s->truth[i] = x[i] > 0.5F;
    }
    float out;
    threshold_tune(s, &plain, &out);
    ck_assert(out == 0.5F);
    scores_free(s);
}
END_TEST

START_TEST(neighboring_floats_are_separated)
{
    const char *image[] = {"a", "b"}, *tag[] = {"t"};
    Scores *s = scores_new(image, 2, tag, 1);
    s->score[0] = nextafterf(0.5F, 1);
    s->score[1] = 0.5F;
    s->truth[0] = 1;
    float out;
    threshold_tune(s, &plain, &out);
    ck_assert(s->score[0] >= out && s->score[1] < out);
    ck_assert_int_eq(threshold_tune(s, &plain, &out).at_score, 1); /* > and >= differ */
    s->score[0] = nextafterf(s->score[0], 1);
    ck_assert_int_eq(threshold_tune(s, &plain, &out).at_score, 0);
    ck_assert(s->score[0] > out && s->score[1] < out);
    s->score[0] = s->score[1] = 0; /* no threshold below 0 */
    ck_assert_int_eq(threshold_tune(s, &plain, &out).at_score, 1);
    ck_assert(out == 0.0F);
    scores_free(s);
}
END_TEST

START_TEST(objectives_are_parsed)
{
    ThresholdObjective o;
    ck_assert_int_eq(threshold_parse("f1", &o, NULL), 0);
    ck_assert_int_eq(o.goal, THRESHOLD_F1);
    ck_assert_int_eq(threshold_parse("precision@0.75", &o, NULL), 0);
    ck_assert(o.goal == THRESHOLD_PRECISION && o.floor == 0.75);
    ck_assert_int_eq(threshold_parse("recall@1", &o, NULL), 0);
    ck_assert(o.goal == THRESHOLD_RECALL && o.floor == 1.0);
    const char *const bad[] = {"",           "f2",         "precision", "precision@",
                               "recall@0",   "recall@1.1", "@0.5",      "recall@x",
                               "recall@nan", "recall@.5x", "recall@-1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Error err = {0};
        ck_assert_msg(threshold_parse(bad[i], &o, &err) == -1, "%s", bad[i]);
        ck_assert_int_eq(err.code, ERROR_USAGE);
    }
}
END_TEST

Suite *test_threshold_suite(void);
Suite *test_threshold_suite(void)
{
    Suite *s = suite_create("threshold");
    TCase *t = tcase_create("threshold");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, tuned_thresholds_are_the_best);
    tcase_add_test(t, a_clean_cut_lies_half_way);
    tcase_add_test(t, neighboring_floats_are_separated);
    tcase_add_test(t, objectives_are_parsed);
    suite_add_tcase(s, t);
    return s;
}
