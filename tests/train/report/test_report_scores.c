/* SPDX-License-Identifier: Apache-2.0 */
/* Precision and recall, histograms and chosen images of scores, beside naive computations. */
#include "train/report/report_scores.h"

#include "core/mem.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { IMAGES = 61, TAGS = 7 };

static Scratch scratch;

static void setup(void) { scratch_new(&scratch); }

static void teardown(void) { scratch_free(&scratch); }

/* Made-up scores with ties, also at both ends; the last tag has no positive image, and the last
 * image no tag. */
static Scores *made(void)
{
    char name[IMAGES][16];
    const char *image[IMAGES];
    static const char *const tag[TAGS] = {"a", "b", "c", "d", "e", "f", "g"};
    for (int i = 0; i < IMAGES; i++) {
        snprintf(name[i], sizeof name[i], "%02d.png", i);
        image[i] = name[i];
    }
    Scores *s = scores_new(image, IMAGES, tag, TAGS);
    srand(5);
    for (int i = 0; i < IMAGES * TAGS; i++) {
        const int draw = rand() % 100;
        s->score[i] = draw < 10 ? 0 : draw > 95 ? 1 : (float)draw / 97;
        s->truth[i] = i % TAGS < TAGS - 1 && i / TAGS < IMAGES - 1 && rand() % 100 < draw;
    }
    return s;
}

static int64_t positives_of(const Scores *s)
{
    int64_t n = 0;
    for (int i = 0; i < IMAGES * TAGS; i++) n += s->truth[i];
    return n;
}

/* Hits and alarms among all scores of at least `least`. */
static void decide(const Scores *s, float least, double *hits, double *alarms)
{
    *hits = *alarms = 0;
    for (int i = 0; i < IMAGES * TAGS; i++)
        if (s->score[i] >= least) *(s->truth[i] ? hits : alarms) += 1;
}

static void same_curve(const Curve *a, const Curve *b)
{
    ck_assert_int_eq(a->count, b->count);
    for (int64_t i = 0; i < a->count; i++)
        ck_assert(a->step[i] == b->step[i] && a->value[i] == b->value[i]);
}

/* Labels that nobody annotated: their scores are in no curve, no histogram and no ranking, and
 * their tags are neither right nor wrong. */
START_TEST(unknown_labels_are_left_out)
{
    ReportScores *r[2];
    bool told = false;
    for (int round = 0; round < 2; round++) {
        Scores *s = made();
        for (int i = 0; i < IMAGES * TAGS; i++) {
            if (i % 5) continue;
            s->truth[i] = TRUTH_UNKNOWN;
            s->score[i] = round ? 0.97F : 0;
        }
        r[round] = report_scores_of(s);
        scores_free(s);
    }
    ck_assert(r[0]->micro_ap == r[1]->micro_ap);
    same_curve(&r[0]->micro, &r[1]->micro);
    same_curve(&r[0]->macro, &r[1]->macro);
    same_curve(&r[0]->positives, &r[1]->positives);
    same_curve(&r[0]->negatives, &r[1]->negatives);
    for (size_t i = 0; i < json_array_size(r[1]->best); i++) {
        const json_t *a = json_array_get(r[0]->best, i), *b = json_array_get(r[1]->best, i);
        ck_assert(json_equal(json_object_get(a, "AP"), json_object_get(b, "AP")));
        ck_assert(json_equal(json_object_get(a, "truth"), json_object_get(b, "truth")));
        char *text = json_dumps(b, 0);
        told = told || strstr(text, "\"unknown\": true");
        free(text);
    }
    ck_assert(told);
    report_scores_free(r[0]);
    report_scores_free(r[1]);
}
END_TEST

/* Every point of the curve is a threshold's, and the area is the sum over all thresholds. */
START_TEST(all_scores_together)
{
    Scores *s = made();
    ReportScores *r = report_scores_of(s);
    const double positives = (double)positives_of(s);
    double area = 0, before = 0, last = 0;
    for (int level = 97; level >= 0; level--) {
        double hits, alarms;
        decide(s, (float)level / 97, &hits, &alarms);
        if (hits > before) area += hits / (hits + alarms) * (hits - before) / positives;
        before = hits;
    }
    ck_assert_msg(fabs(r->micro_ap - area) < 1e-12, "%g, want %g", r->micro_ap, area);
    for (int64_t p = 0; p < r->micro.count; p++) {
        bool found = false;
        for (int level = 97; level >= 0 && !found; level--) {
            double hits, alarms;
            decide(s, (float)level / 97, &hits, &alarms);
            found = fabs(hits / positives - r->micro.step[p]) < 1e-12 &&
                    fabs(hits / (hits + alarms) - r->micro.value[p]) < 1e-12;
        }
        ck_assert_msg(found, "%g %g", r->micro.step[p], r->micro.value[p]);
        ck_assert(r->micro.step[p] > last);
        last = r->micro.step[p];
    }
    ck_assert(last == 1.0);
    report_scores_free(r);
    scores_free(s);
}
END_TEST

/* Highest precision of any threshold whose recall reaches the level. */
static double naive_level(const Scores *s, int k, int percent)
{
    double best = 0, positives = 0;
    for (int i = 0; i < IMAGES; i++) positives += s->truth[i * TAGS + k];
    for (int j = 0; j < IMAGES; j++) {
        double hits = 0, all = 0;
        for (int i = 0; i < IMAGES; i++) {
            if (s->score[i * TAGS + k] < s->score[j * TAGS + k]) continue;
            hits += s->truth[i * TAGS + k];
            all++;
        }
        if (100 * hits >= percent * positives) best = fmax(best, hits / all);
    }
    return best;
}

START_TEST(the_mean_over_tags)
{
    Scores *s = made();
    ReportScores *r = report_scores_of(s);
    ck_assert_int_eq(r->macro.count, REPORT_LEVELS);
    for (int l = 0; l < REPORT_LEVELS; l++) {
        double sum = 0;
        for (int k = 0; k < TAGS - 1; k++) sum += naive_level(s, k, l) / (TAGS - 1);
        ck_assert_msg(fabs(r->macro.value[l] - sum) < 1e-12, "%d: %g, want %g", l,
                      r->macro.value[l], sum);
    }
    report_scores_free(r);
    scores_free(s);
}
END_TEST

START_TEST(histograms_are_shares)
{
    Scores *s = made();
    ReportScores *r = report_scores_of(s);
    double sum[2] = {0}, first = 0;
    for (int i = 0; i < IMAGES * TAGS; i++) first += s->truth[i] && s->score[i] < 0.025f;
    for (int b = 0; b < REPORT_BINS; b++) {
        sum[0] += r->negatives.value[b];
        sum[1] += r->positives.value[b];
    }
    ck_assert(fabs(sum[0] - 1) < 1e-12 && fabs(sum[1] - 1) < 1e-12);
    ck_assert(fabs(r->positives.value[0] - first / (double)positives_of(s)) < 1e-12);
    ck_assert(r->positives.step[REPORT_BINS] == 1.0);
    report_scores_free(r);
    scores_free(s);
}
END_TEST

static double ap_of(const json_t *picked, size_t i)
{
    return json_number_value(json_object_get(json_array_get(picked, i), "AP"));
}

static const char *image_of(const json_t *picked, size_t i)
{
    return json_string_value(json_object_get(json_array_get(picked, i), "image"));
}

/* Three images of two tags: right, wrong, and tied, where the negative counts as first. */
START_TEST(images_are_ranked_by_their_tags)
{
    static const char *const image[] = {"tied", "wrong", "right", "empty"}, *const tag[] = {
                                                                                "x", "y"};
    Scores *s = scores_new(image, 4, tag, 2);
    memcpy(s->score, (float[]){0.5f, 0.5f, 0.25f, 0.75f, 0.9f, 0.1f, 1, 1}, 8 * sizeof(float));
    memcpy(s->truth, (uint8_t[]){0, 1, 1, 0, 1, 0, 0, 0}, 8);
    ReportScores *r = report_scores_of(s);
    ck_assert_uint_eq(json_array_size(r->best), 1);
    ck_assert_uint_eq(json_array_size(r->worst), 1);
    ck_assert_str_eq(image_of(r->best, 0), "right");
    ck_assert(ap_of(r->best, 0) == 1.0);
    ck_assert_str_eq(image_of(r->worst, 0), "wrong");
    ck_assert(ap_of(r->worst, 0) == 0.5);
    char *text = json_dumps(json_array_get(r->best, 0), JSON_COMPACT | JSON_REAL_PRECISION(4));
    ck_assert_str_eq(text,
                     "{\"image\":\"right\",\"AP\":1.0,\"tags\":[{\"tag\":\"x\",\"score\":0.9},"
                     "{\"tag\":\"y\",\"score\":0.1}],\"truth\":[\"x\"]}");
    free(text);
    report_scores_free(r);
    scores_free(s);
}
END_TEST

START_TEST(best_and_worst_are_ordered)
{
    Scores *s = made();
    ReportScores *r = report_scores_of(s);
    ck_assert_uint_eq(json_array_size(r->best), REPORT_PICKED);
    ck_assert_uint_eq(json_array_size(r->worst), REPORT_PICKED);
    for (size_t i = 1; i < REPORT_PICKED; i++) {
        ck_assert(ap_of(r->best, i) <= ap_of(r->best, i - 1));
        ck_assert(ap_of(r->worst, i) >= ap_of(r->worst, i - 1));
    }
    ck_assert(ap_of(r->worst, REPORT_PICKED - 1) <= ap_of(r->best, REPORT_PICKED - 1));
    report_scores_free(r);
    scores_free(s);
}
END_TEST

START_TEST(files)
{
    ReportScores *r;
    ck_assert_int_eq(report_scores_read(scratch.dir, &r, NULL), 0);
    ck_assert_ptr_null(r);
    Scores *s = made();
    ck_assert_int_eq(scores_write(s, scratch_path(&scratch, "scores.h5"), NULL), 0);
    ck_assert_int_eq(report_scores_read(scratch.dir, &r, NULL), 0);
    ck_assert_ptr_null(r->fault);
    ck_assert(r->images == IMAGES && r->tags == TAGS);
    report_scores_free(r);
    scratch_text(&scratch, "scores.h5", "no such thing");
    ck_assert_int_eq(report_scores_read(scratch.dir, &r, NULL), 0);
    ck_assert_ptr_nonnull(strstr(r->fault, "scores.h5"));
    ck_assert_int_eq(r->micro.count, 0);
    report_scores_free(r);
    scores_free(s);
}
END_TEST

Suite *test_report_scores_suite(void);
Suite *test_report_scores_suite(void)
{
    Suite *s = suite_create("report_scores");
    TCase *t = tcase_create("report_scores");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, all_scores_together);
    tcase_add_test(t, unknown_labels_are_left_out);
    tcase_add_test(t, the_mean_over_tags);
    tcase_add_test(t, histograms_are_shares);
    tcase_add_test(t, images_are_ranked_by_their_tags);
    tcase_add_test(t, best_and_worst_are_ordered);
    tcase_add_test(t, files);
    suite_add_tcase(s, t);
    return s;
}
