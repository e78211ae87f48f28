/* SPDX-License-Identifier: Apache-2.0 */
/* All metrics of made-up scores against stored values of scikit-learn and of plain
 * transcriptions (tests/tools/check_scores.py), and what must not change them. */
#include "core/io/text.h"
#include "core/json/json.h"
#include "core/mem.h"
#include "core/rng.h"
#include "eval/measure/measure.h"
#include "eval/measure/measure_report.h"
#include "tests/support/scratch.h"

#include <check.h>
#include <math.h>
#include <omp.h>
#include <string.h>

#define FOLDER "tests/golden/scores/"

enum { IMAGES = 26, TAGS = 9, CELLS = IMAGES * TAGS };

static Scratch scratch;
static double score[CELLS];
static int8_t truth[CELLS];
static ScoreSet set;
static Measure measured;
static const MeasureOptions plain = {.decide = true, .band = {3, 5}};

/* Ties, labels that nobody knows, a tag without positives, images without. */
static void setup(void)
{
    Rng rng = rng_new(6, 0, 0, RNG_TEST);
    scratch_new(&scratch);
    for (int i = 0; i < CELLS; i++) {
        const int image = i / TAGS, tag = i % TAGS;
        truth[i] = tag != 4 && image % 5 && rng_uniform(&rng) < 0.25;
        if (!truth[i] && rng_uniform(&rng) < 0.1) truth[i] = -1;
        score[i] = (double)rng_below(&rng, tag % 2 ? 6 : 1 << 20) / (tag % 2 ? 6 : 1 << 20);
    }
}

static void teardown(void)
{
    measure_free(&measured);
    score_set_free(&set);
    scratch_free(&scratch);
}

/* Writes the images with keep, in this order of rows and columns. NULL: all, as they are. */
static void write_csv(const char *name, const double *x, const int8_t *y, const bool *keep,
                      bool turned)
{
    Text t = {0};
    text_put(&t, "image");
    for (int k = 0; k < TAGS; k++) text_add(&t, ",t%d", turned ? (k + 4) % TAGS : k);
    text_put(&t, "\n");
    for (int r = 0; r < IMAGES; r++) {
        const int i = turned ? (r + 7) % IMAGES : r;
        if (keep && !keep[i]) continue;
        text_add(&t, "i%d", i);
        for (int c = 0; c < TAGS; c++) {
            const int at = i * TAGS + (turned ? (c + 4) % TAGS : c);
            text_add(&t, ",%.17g", x ? x[at] : y[at]);
        }
        text_put(&t, "\n");
    }
    scratch_text(&scratch, name, t.data);
    text_free(&t);
}

static int open_files(const char *scores, const char *labels, int64_t limit, Error *err)
{
    score_set_free(&set);
    const ScoreSetPaths paths = {.truth = labels, .limit = limit};
    return score_set_open(scores, &paths, &set, err);
}

static void measure_files(const char *scores, const char *labels, const MeasureOptions *o)
{
    Error err = {0};
    measure_free(&measured);
    ck_assert_msg(open_files(scores, labels, 0, &err) == 0, "%s", err.text);
    ck_assert_msg(measure_new(&set, o, &measured, &err) == 0, "%s", err.text);
}

/* Scores s.csv and labels y.csv in the scratch folder. */
static void measure_here(const MeasureOptions *o)
{
    char *labels = mem_strdup(scratch_path(&scratch, "y.csv"));
    char *scores = mem_strdup(scratch_path(&scratch, "s.csv"));
    measure_files(scores, labels, o);
    mem_free(scores);
    mem_free(labels);
}

static void write_and_measure(const double *x, const bool *keep, bool turned,
                              const MeasureOptions *o)
{
    write_csv("s.csv", x, NULL, keep, turned);
    write_csv("y.csv", NULL, truth, keep, false);
    measure_here(o);
}

static const char *const other_side[] = {"", "strict ", "scikit-learn: "};

/* Compares the means that the file has under this prefix and returns their number. */
static int compare_stored(const json_t *values, int prefix)
{
    const MeasureMeans *mean = &measured.mean[prefix > 0];
    int n = 0;
    for (int i = 0; i < measure_rows_count; i++) {
        const char *label = measure_rows_list[i].label;
        char *key = mem_format("%s%.*s", other_side[prefix], (int)strcspn(label, " "), label);
        if (strstr(label, " AP")) {
            mem_free(key);
            key = mem_format("%s%s", other_side[prefix], label);
        }
        const json_t *want = json_object_get(values, key);
        if (want) {
            const double got = measure_value(mean, &measure_rows_list[i]);
            ck_assert_msg(fabs(got - json_number_value(want)) < 1e-9, "%s: %.15g, want %.15g",
                          key, got, json_number_value(want));
            n++;
        }
        mem_free(key);
    }
    return n;
}

static const struct {
    const char *name;
    int counts[3]; /* values by definition, of scikit-learn */
} stored[] = {{"ties", {14, 12, 0}}, {"scikit_learn", {14, 12, 8}}};

START_TEST(stored_values)
{
    char *path = mem_format(FOLDER "%s/values.json", stored[_i].name);
    char *scores = mem_format(FOLDER "%s/scores.csv", stored[_i].name);
    char *labels = mem_format(FOLDER "%s/truth.csv", stored[_i].name);
    json_t *values = json_read(path, 1 << 20, NULL);
    ck_assert_ptr_nonnull(values);
    measure_files(scores, labels, &plain);
    for (int p = 0; p < 3; p++)
        ck_assert_int_eq(compare_stored(values, p), stored[_i].counts[p]);
    json_decref(values);
    mem_free(labels);
    mem_free(scores);
    mem_free(path);
}
END_TEST

/* eval/metrics/metrics.h measures the same, with -1 as no label. */
START_TEST(the_reference_is_that_of_the_metrics)
{
    float x[CELLS], half[TAGS];
    uint8_t y[CELLS];
    TagMetrics tag[TAGS];
    for (int k = 0; k < TAGS; k++) half[k] = 0.5F;
    for (int i = 0; i < CELLS; i++) {
        x[i] = (float)score[i];
        score[i] = (double)x[i];
        y[i] = truth[i] > 0;
    }
    const MetricsInput in = {IMAGES, TAGS, x, y};
    ck_assert_int_eq(metrics_tags(&in, half, METRICS_AT_LEAST, tag, NULL), 0);
    const Metrics want = metrics_mean(tag, TAGS, NULL);
    write_and_measure(score, NULL, false, &plain);
    const MeasureMeans *got = &measured.mean[MEASURE_REFERENCE];
    ck_assert_double_eq_tol(got->map, want.map, 1e-14);
    ck_assert_double_eq_tol(got->macro_ap, want.map_positive, 1e-14);
    ck_assert_double_eq_tol(got->f1, want.f1, 1e-14);
    ck_assert_double_eq_tol(got->of1, want.of1, 1e-14);
    for (int k = 0; k < TAGS; k++)
        ck_assert_double_eq_tol(measured.tag[0][k].ap, tag[k].ap, 1e-14);
    ck_assert_int_eq(measured.mean[MEASURE_STRICT].tags, want.with_positive);
}
END_TEST

/* The order of rows and columns of the scores does not matter, nor the number of threads. */
START_TEST(names_order_the_scores)
{
    const MeasureOptions o = {.decide = true, .band = {3, 5}, .resamples = 70, .seed = 3};
    MeasureMeans want[MEASURE_DEFINITIONS];
    omp_set_num_threads(1);
    write_and_measure(score, NULL, false, &o);
    memcpy(want, measured.mean, sizeof want);
    omp_set_num_threads(3);
    write_and_measure(score, NULL, true, &o);
    ck_assert_mem_eq(want, measured.mean, sizeof want);
}
END_TEST

START_TEST(a_limit_is_a_shorter_list)
{
    enum { SOME = 17 };
    bool keep[IMAGES] = {0};
    MeasureMeans want[MEASURE_DEFINITIONS];
    for (int i = 0; i < SOME; i++) keep[i] = true;
    write_and_measure(score, keep, false, &plain);
    memcpy(want, measured.mean, sizeof want);
    write_csv("s.csv", score, NULL, NULL, false);
    write_csv("y.csv", NULL, truth, NULL, false);
    char *labels = mem_strdup(scratch_path(&scratch, "y.csv"));
    measure_free(&measured);
    ck_assert_int_eq(open_files(scratch_path(&scratch, "s.csv"), labels, SOME, NULL), 0);
    ck_assert_int_eq(measure_new(&set, &plain, &measured, NULL), 0);
    ck_assert_mem_eq(want, measured.mean, sizeof want);
    mem_free(labels);
}
END_TEST

/* What strict leaves out, and the resamples of what is left. */
START_TEST(unlabeled_images_are_left_out_on_request)
{
    const MeasureOptions o = {
        .decide = true, .band = {3, 5}, .resamples = 90, .labeled_only = true};
    MeasureOptions all = o;
    bool keep[IMAGES];
    MeasureMeans want;
    int64_t labeled = 0;
    for (int i = 0; i < IMAGES; i++) {
        keep[i] = memchr(truth + i * TAGS, 1, TAGS) != NULL;
        labeled += keep[i];
    }
    ck_assert_int_lt(labeled, IMAGES);
    all.labeled_only = false;
    write_and_measure(score, keep, false, &all);
    want = measured.mean[MEASURE_STRICT];
    write_and_measure(score, NULL, false, &o);
    ck_assert_int_eq(measured.unlabeled, IMAGES - labeled);
    ck_assert_int_eq(measured.mean[MEASURE_STRICT].images, labeled);
    ck_assert_int_eq(measured.mean[MEASURE_REFERENCE].images, IMAGES);
    ck_assert_mem_eq(&want, &measured.mean[MEASURE_STRICT], sizeof want);
    write_and_measure(score, NULL, false, &all);
    ck_assert_int_eq(measured.mean[MEASURE_STRICT].images, IMAGES);
    ck_assert(measured.mean[MEASURE_STRICT].map != want.map);
}
END_TEST

static void standardize(double *x, int64_t step, int64_t n)
{
    double mean = 0, squares = 0;
    bool equal = true;
    for (int64_t i = 1; i < n; i++) equal &= x[i * step] == x[0];
    for (int64_t i = 0; i < n; i++) mean += x[i * step];
    mean /= (double)n;
    for (int64_t i = 0; i < n; i++) squares += pow(x[i * step] - mean, 2);
    for (int64_t i = 0; i < n; i++) {
        x[i * step] = equal ? 0 : x[i * step] - mean;
        if (!equal) x[i * step] /= sqrt(squares / (double)n);
    }
}

START_TEST(standardized_scores)
{
    const MeasureOptions o = {.band = {3, 5},
                              .standardize = _i ? STANDARDIZE_TAG : STANDARDIZE_IMAGE};
    for (int i = 0; i < IMAGES; i++) score[i * TAGS + 7] = 0.1; /* without deviation */
    for (int k = 0; k < TAGS; k++) score[3 * TAGS + k] = 0.1;
    write_and_measure(score, NULL, false, &o);
    const MeasureMeans got = measured.mean[MEASURE_STRICT];
    for (int i = 0; i < IMAGES && !_i; i++) standardize(score + i * TAGS, 1, TAGS);
    for (int k = 0; k < TAGS && _i; k++) standardize(score + k, TAGS, IMAGES);
    write_and_measure(score, NULL, false, &plain);
    const MeasureMeans *want = &measured.mean[MEASURE_STRICT];
    ck_assert_double_eq_tol(got.map, want->map, 1e-12);
    ck_assert_double_eq_tol(got.micro_ap, want->micro_ap, 1e-12);
    ck_assert_double_eq_tol(got.f1_at[TOP_3], want->f1_at[TOP_3], 1e-12);
    ck_assert(got.f1 == 0.0); /* nobody decided */
}
END_TEST

START_TEST(bands_of_positives)
{
    write_and_measure(score, NULL, false, &plain);
    for (int d = 0; d < MEASURE_DEFINITIONS; d++) {
        double sum[BANDS] = {0};
        int64_t n[BANDS] = {0};
        for (int k = 0; k < TAGS; k++) {
            const TagMeasure *t = &measured.tag[d][k];
            const int b = t->positives < 3 ? 0 : t->positives <= 5 ? 1 : 2;
            if (d == MEASURE_STRICT && t->positives == 0) continue;
            sum[b] += t->ap;
            n[b]++;
        }
        for (int b = 0; b < BANDS; b++) {
            ck_assert_int_eq(measured.mean[d].band[b].tags, n[b]);
            ck_assert_double_eq_tol(measured.mean[d].band[b].map,
                                    n[b] ? sum[b] / (double)n[b] : 0, 1e-14);
        }
    }
}
END_TEST

START_TEST(a_difference_of_two)
{
    const MeasureOptions o = {.decide = true, .band = {3, 5}, .resamples = 80};
    ScoreSet first_set;
    Measure first;
    write_and_measure(score, NULL, false, &o);
    first_set = set;
    first = measured;
    first.set = &first_set;
    set = (ScoreSet){0};
    measured = (Measure){0};
    for (int i = 0; i < CELLS; i++) score[i] += truth[i] > 0 ? 0.3 : 0;
    write_and_measure(score, NULL, false, &o);
    for (int d = 0; d < MEASURE_DEFINITIONS; d++) {
        const BootstrapInterval b = measure_difference(&measured, &first, d, _i);
        ck_assert_double_eq(b.value, measured.mean[d].map - first.mean[d].map);
        ck_assert(0 < b.low && b.low < b.value && b.value < b.high);
    }
    measure_free(&first);
    score_set_free(&first_set);
}
END_TEST

static void refused(int code, const char *message)
{
    Error err = {0};
    char *labels = mem_strdup(scratch_path(&scratch, "y.csv"));
    int status = open_files(scratch_path(&scratch, "s.csv"), labels, 0, &err);
    if (status == 0) status = measure_new(&set, &plain, &measured, &err);
    ck_assert_int_eq(status, -1);
    expect_error(&err, code, message);
    mem_free(labels);
}

START_TEST(what_cannot_be_measured)
{
    write_csv("s.csv", score, NULL, NULL, false);
    memset(truth, 0, CELLS);
    write_csv("y.csv", NULL, truth, NULL, false);
    refused(ERROR_DATA, "y.csv: no image has a tag");
    scratch_text(&scratch, "y.csv", "image,t0\ni0,2\n");
    scratch_text(&scratch, "s.csv", "image,t0\ni0,0.5\n");
    refused(ERROR_DATA, "y.csv: image 0, tag 0 (from 0): label 2: expected 1, 0 or -1");
    static const char npy[] = "\x93NUMPY\1\0\x44\0{'descr': '<f4', 'fortran_order': False, "
                              "'shape': (1, 1), }        \n\0\0\xc0\x7f";
    scratch_write(&scratch, "s.csv", npy, sizeof npy - 1);
    scratch_text(&scratch, "y.csv", "image,t0\ni0,1\n");
    refused(ERROR_NUMERIC, "s.csv: image 0 'i0', tag 0 't0' (from 0): not a number");
}
END_TEST

Suite *test_measure_suite(void);
Suite *test_measure_suite(void)
{
    Suite *s = suite_create("measure");
    TCase *t = tcase_create("measure");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, stored_values, 0, 2);
    tcase_add_test(t, the_reference_is_that_of_the_metrics);
    tcase_add_test(t, names_order_the_scores);
    tcase_add_test(t, a_limit_is_a_shorter_list);
    tcase_add_test(t, unlabeled_images_are_left_out_on_request);
    tcase_add_loop_test(t, standardized_scores, 0, 2);
    tcase_add_test(t, bands_of_positives);
    tcase_add_loop_test(t, a_difference_of_two, 0, 2);
    tcase_add_test(t, what_cannot_be_measured);
    suite_add_tcase(s, t);
    return s;
}
