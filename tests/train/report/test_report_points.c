/* SPDX-License-Identifier: Apache-2.0 */
/* The points of charts, and the attribute from which the script reads them. */
#include "train/report/report_points.h"

#include "core/mem.h"

#include <check.h>
#include <jansson.h>
#include <string.h>

/* The attribute's value without the escapes of HTML. Owned. */
static char *unescaped(const char *attribute)
{
    static const struct {
        const char *code;
        char is;
    } known[] = {
        {"&quot;", '"'}, {"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&#39;", '\''}};
    const char *p = strchr(attribute, '"') + 1, *end = strchr(p, '"');
    char *out = mem_alloc(strlen(p) + 1), *to = out;
    while (p < end) {
        size_t k = 0;
        while (k < 5 && strncmp(p, known[k].code, strlen(known[k].code)) != 0) k++;
        *to++ = k < 5 ? known[k].is : *p;
        p += k < 5 ? strlen(known[k].code) : 1;
    }
    *to = 0;
    return out;
}

static json_t *read_back(const Chart *c, bool log)
{
    Text out = {0};
    report_points_put(&out, c, log);
    ck_assert_int_eq(strncmp(out.data, " data-chart=\"", 13), 0);
    char *text = unescaped(out.data);
    json_error_t why;
    json_t *chart = json_loads(text, JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(chart != NULL, "%s: %s", why.text, text);
    mem_free(text);
    text_free(&out);
    return chart;
}

static double at(const json_t *line, const char *key, size_t i)
{
    return json_number_value(json_array_get(json_object_get(line, key), i));
}

START_TEST(the_script_reads_what_the_chart_shows)
{
    double step[] = {1, 2, 2, 1, 5}, value[] = {0.5, 1e-9, 7, 8, 123456};
    Curve curve = {5, 5, step, value, NULL, NULL};
    const ChartLine line = {"<a>\"&'\\", &curve, 9, 3};
    json_t *chart = read_back(&(Chart){.title = "t", .line = &line, .lines = 1}, true);
    const json_t *one = json_array_get(json_object_get(chart, "lines"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(chart, "x")), "step");
    ck_assert_int_eq(json_integer_value(json_object_get(chart, "log")), 1);
    ck_assert_str_eq(json_string_value(json_object_get(one, "label")), line.label);
    ck_assert_int_eq(json_integer_value(json_object_get(one, "run")), 3);
    /* steps only grow */
    ck_assert_uint_eq(json_array_size(json_object_get(one, "x")), 3);
    ck_assert_uint_eq(json_array_size(json_object_get(one, "y")), 3);
    ck_assert(at(one, "x", 1) == 2.0 && at(one, "y", 1) == 1e-9);
    ck_assert(at(one, "x", 2) == 5.0 && at(one, "y", 2) == 123500.0);
    ck_assert_ptr_null(json_object_get(one, "low"));
    json_decref(chart);
}
END_TEST

/* Means of neighbors, over the range of all of them. */
START_TEST(long_curves_are_means)
{
    enum { N = 1000 };
    Curve curve = {0};
    for (int i = 0; i < N; i++) curve_add(&curve, i, i % 10);
    ReportPoints p = report_points(&curve, 100);
    ck_assert_int_eq(p.count, 100);
    ck_assert(p.band);
    for (int64_t i = 0; i < p.count; i++) {
        ck_assert_double_eq_tol(p.point[i].step, (double)i * 10 + 4.5, 1e-9);
        ck_assert_double_eq_tol(p.point[i].mean, 4.5, 1e-9);
        ck_assert(p.point[i].low == 0.0 && p.point[i].high == 9.0);
    }
    mem_free(p.point);
    curve_free(&curve);
}
END_TEST

START_TEST(many_lines_have_few_points)
{
    ck_assert_int_eq(report_points_room(1), 160);
    ck_assert_int_eq(report_points_room(25), 51);
    ck_assert_int_eq(report_points_room(1000), 24);
}
END_TEST

Suite *test_report_points_suite(void);
Suite *test_report_points_suite(void)
{
    Suite *s = suite_create("report_points");
    TCase *t = tcase_create("report_points");
    tcase_add_test(t, the_script_reads_what_the_chart_shows);
    tcase_add_test(t, long_curves_are_means);
    tcase_add_test(t, many_lines_have_few_points);
    suite_add_tcase(s, t);
    return s;
}
