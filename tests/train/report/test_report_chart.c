/* SPDX-License-Identifier: Apache-2.0 */
/* Charts of reports: the positions of points, scales, and unusual curves. */
#include "train/report/report_chart.h"

#include "core/mem.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

START_TEST(a_chart_puts_points_where_they_belong)
{
    double step[] = {0, 50, 100}, value[] = {0, 0.25, 1};
    Curve curve = {3, 3, step, value, NULL, NULL};
    ChartLine line = {"run", &curve, 0, 0};
    Text out = {0};
    report_chart(&out, &(Chart){.title = "t", .line = &line, .lines = 1, .large = true});
    /* The plot area: x from 46 to 420, y from 196 (value 0) up to 10 (value 1). */
    ck_assert_msg(strstr(out.data, "points=\"46.0,196.0 233.0,149.5 420.0,10.0 \""), "%s",
                  out.data);
    ck_assert_ptr_nonnull(strstr(out.data, "step 50: 0.25</title>"));
    text_free(&out);
}
END_TEST

START_TEST(wide_ranges_are_logarithmic)
{
    double step[] = {0, 1, 2}, value[] = {1, 10, 100};
    Curve curve = {3, 3, step, value, NULL, NULL};
    ChartLine line = {"run", &curve, 0, 0};
    Text out = {0};
    report_chart(&out, &(Chart){.title = "t", .line = &line, .lines = 1, .large = true});
    ck_assert_ptr_nonnull(strstr(out.data, "log scale"));
    double x[3], y[3];
    const char *points = strstr(out.data, "points=\"") + 8;
    ck_assert_int_eq(
        sscanf(points, "%lf,%lf %lf,%lf %lf,%lf", &x[0], &y[0], &x[1], &y[1], &x[2], &y[2]), 6);
    ck_assert_double_eq_tol(y[0] - y[1], y[1] - y[2],
                            0.11); /* equal factors give equal distances */
    ck_assert(y[0] > y[1]);
    text_free(&out);
}
END_TEST

static double odd_value(int kind, int i)
{
    switch (kind) {
    case 0:
        return 3;
    case 1:
        return -1e-9 * i;
    case 2:
        return 1e30 * (i % 7);
    case 3:
        return exp(-0.01 * i);
    default:
        return i % 2;
    }
}

static void points_are_inside(const char *svg, int kind)
{
    double x, y;
    int used;
    const char *p = strstr(strstr(svg, "<polyline"), "points=\"") + 8;
    for (; sscanf(p, "%lf,%lf %n", &x, &y, &used) == 2; p += used)
        ck_assert_msg(x >= 45 && x <= 340 && y >= 9 && y <= 170, "%d: %g,%g", kind, x, y);
}

START_TEST(odd_curves_stay_inside_the_plot)
{
    enum { N = 5000 };
    Curve curve = {N,    N,   mem_alloc(N * sizeof(double)), mem_alloc(N * sizeof(double)),
                   NULL, NULL};
    for (int kind = 0; kind < 5; kind++) {
        for (int i = 0; i < N; i++) {
            curve.step[i] = kind == 4 ? 7 : 1e6 + i;
            curve.value[i] = odd_value(kind, i);
        }
        ChartLine line = {"run", &curve, 3, 0};
        Text out = {0};
        report_chart(&out, &(Chart){.title = "t", .line = &line, .lines = 1});
        ck_assert(!strstr(out.data, "nan") && !strstr(out.data, "inf"));
        ck_assert_uint_lt(out.len, 20000); /* the curve is averaged into buckets */
        points_are_inside(out.data, kind);
        text_free(&out);
    }
    mem_free(curve.value);
    mem_free(curve.step);
}
END_TEST

START_TEST(numbers_are_short)
{
    static const struct {
        double x;
        const char *want;
    } made[] = {{0, "0"},         {0.3125, "0.312"}, {1.5e-4, "1.5e-4"},
                {-3e-5, "-3e-5"}, {1e-3, "0.001"},   {12, "12"},
                {1234, "1234"},   {12345, "12.3k"},  {2.5e6, "2.5M"}};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        Text t = {0};
        report_chart_number(&t, made[i].x);
        ck_assert_str_eq(t.data, made[i].want);
        text_free(&t);
    }
}
END_TEST

Suite *test_report_chart_suite(void);
Suite *test_report_chart_suite(void)
{
    Suite *s = suite_create("report_chart");
    TCase *t = tcase_create("report_chart");
    tcase_add_test(t, a_chart_puts_points_where_they_belong);
    tcase_add_test(t, wide_ranges_are_logarithmic);
    tcase_add_test(t, odd_curves_stay_inside_the_plot);
    tcase_add_test(t, numbers_are_short);
    suite_add_tcase(s, t);
    return s;
}
