/* SPDX-License-Identifier: Apache-2.0 */
/* Grids of ablations: coordinates of cells, heat maps, differences. */
#include "train/report/report_grid.h"

#include "core/io/text.h"
#include "core/mem.h"
#include "train/report/report_forest.h"
#include "train/report/report_heat.h"
#include "train/report/report_rates.h"

#include <check.h>
#include <string.h>

/* A table with one row per cell, of which an entry is "NAME" or {"KEY": "VALUE"}: mAP 0.1, 0.2,
 * and so on. */
static json_t *table_of(const char *cells)
{
    json_t *cell = json_loads(cells, 0, NULL), *table = json_array();
    ck_assert_ptr_nonnull(cell);
    for (size_t i = 0; i < json_array_size(cell); i++) {
        json_t *one = json_array_get(cell, i);
        json_t *row = json_pack("{s:s, s:s, s:f}", "cell",
                                json_is_string(one) ? json_string_value(one) : "?", "list",
                                "seen", "mean", 0.1 * (double)(i + 1));
        if (!json_is_string(one)) json_object_set(row, "settings", one);
        json_array_append_new(table, row);
    }
    json_decref(cell);
    return table;
}

/* "a: x y; b: 1 2" of the axes of these cells. */
static void has_axes(const char *cells, const char *want)
{
    json_t *table = table_of(cells);
    ReportGrid g;
    Text got = {0};
    text_put(&got, "");
    report_grid_new(table, "seen", &g);
    for (int64_t a = 0; a < g.axes; a++) {
        text_add(&got, "%s%s:", a ? "; " : "", g.axis[a].key);
        for (int64_t v = 0; v < g.axis[a].values; v++)
            text_add(&got, " %s", g.axis[a].value[v]);
    }
    ck_assert_msg(strcmp(got.data, want) == 0, "%s: %s", cells, got.data);
    text_free(&got);
    report_grid_free(&g);
    json_decref(table);
}

START_TEST(cells_have_coordinates)
{
    has_axes("[\"a=x+b=1\", \"a=x+b=2\", \"a=y+b=1\"]", "a: x y; b: 1 2");
    has_axes("[{\"a\": \"x\", \"b\": \"1\"}, {\"a\": \"y\", \"b\": \"1\"}]", "a: x y");
    has_axes("[\"a=1e+3\", \"a=2e+3\"]", "a: 1e+3 2e+3");
    has_axes("[\"a=[1,2]+c=k\", \"a=[3]+c=k\"]", "a: [1,2] [3]");
}
END_TEST

START_TEST(cells_without_coordinates)
{
    has_axes("[\"asl\", \"bce\"]", "");
    has_axes("[\"asl+a=1\", \"bce+a=1\"]", "");
    has_axes("[\"a=x\", \"b=x\"]", "");
    has_axes("[\"a=x\", \"a=x+b=1\"]", "");
    has_axes("[\"a=x\", \"a=x\"]", "");            /* twice the same */
    has_axes("[{\"a\": 1}, {\"a\": 2}]", "");      /* no texts */
    has_axes("[{\"a\": \"x\"}, \"a=y+b=2\"]", ""); /* other keys */
    has_axes("[]", "");
}
END_TEST

static char *heat_of(const char *cells)
{
    json_t *table = table_of(cells);
    ReportGrid g;
    Text out = {0};
    report_grid_new(table, "seen", &g);
    report_heat(&out, &g);
    report_grid_free(&g);
    json_decref(table);
    return out.data;
}

static int count(const char *page, const char *what)
{
    int n = 0;
    for (const char *p = page; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

/* Lowest and highest values have the ends of the scale; a cell that is not there is marked. */
START_TEST(a_heat_map)
{
    char *page = heat_of("[\"a=x+b=1\", \"a=x+b=2\", \"a=<y>+b=1\"]");
    ck_assert_ptr_nonnull(strstr(page, "rows a, columns b"));
    ck_assert_ptr_nonnull(strstr(page,
                                 "<th scope=\"row\">&lt;y&gt;</th><td class=\"heat best\" "
                                 "style=\"background:#fde725;color:#000\"><b>0.300</b>"));
    ck_assert_ptr_nonnull(strstr(page, "style=\"background:#440154;color:#fff\"><b>0.100</b>"));
    ck_assert_int_eq(count(page, "class=\"heat none\""), 1);
    mem_free(page);
}
END_TEST

START_TEST(three_axes_are_several_maps)
{
    char *page = heat_of("[\"k=u+a=x+b=1\", \"k=u+a=y+b=2\", \"k=v+a=x+b=1\"]");
    ck_assert_int_eq(count(page, "<table"), 2);
    ck_assert_ptr_nonnull(strstr(page, "<h4>k = v</h4>"));
    ck_assert_int_eq(count(page, "class=\"heat none\""), 5);
    mem_free(page);
}
END_TEST

START_TEST(one_axis_has_bars)
{
    char *page = heat_of("[\"a=x\", \"a=y\"]");
    ck_assert_ptr_nonnull(strstr(page, "<th scope=\"row\">x</th><td><span class=\"track\"><i "
                                       "class=\"c0\" style=\"width:50.0%\">"));
    ck_assert_ptr_nonnull(strstr(page, "<td class=\"win\"><b>0.200</b></td>"));
    mem_free(page);
}
END_TEST

static json_t *difference(double mean, double low, double high)
{
    return json_pack("{s:s, s:f, s:f, s:f}", "to", "c<0>", "mean", mean, "low", low, "high",
                     high);
}

/* The plot reaches from -0.02 to 0.04, so 0 is at a third. */
START_TEST(a_forest_plot)
{
    json_t *table = table_of("[\"c<0>\", \"c1\", \"c2\", \"c3\"]");
    json_object_set_new(json_array_get(table, 1), "difference", difference(-0.01, -0.02, 0));
    json_object_set_new(json_array_get(table, 2), "difference", difference(0.025, 0.01, 0.04));
    json_object_set_new(json_array_get(table, 3), "difference", json_pack("{s:n}", "mean"));
    json_object_set_new(json_array_get(table, 0), "difference",
                        difference(0, 0, 0)); /* itself */
    ReportGrid g;
    Text out = {0};
    report_grid_new(table, "seen", &g);
    report_forest(&out, &g);
    const char *first = strstr(out.data, "<th scope=\"row\">c2</th><td><span class=\"forest "
                                         "decided\"");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_nonnull(strstr(first, "<u style=\"left:33.33%\">"));
    ck_assert_ptr_nonnull(
        strstr(first, "<i class=\"seeds\" style=\"left:50.00%;width:50.00%\">"));
    ck_assert_ptr_nonnull(strstr(first, "<b style=\"left:75.00%\">"));
    ck_assert_ptr_nonnull(
        strstr(first, "<td>[+0.0100, +0.0400]</td><td class=\"soft\">&ndash;"));
    ck_assert_ptr_nonnull(strstr(first, "<th scope=\"row\">c1</th><td><span class=\"forest\""));
    ck_assert_ptr_null(strstr(out.data, ">c3<"));
    ck_assert_ptr_null(strstr(out.data, ">c&lt;0&gt;</th>"));
    ck_assert_ptr_nonnull(strstr(out.data, "to c&lt;0&gt;</h4>"));
    text_free(&out);
    report_grid_free(&g);
    json_decref(table);
}
END_TEST

/* The chosen rate is highlighted; a rate that a cell lacks has no number. */
START_TEST(learning_rates)
{
    json_t *table = table_of("[\"a=x\", \"a=y\"]"), *row = json_array_get(table, 0);
    json_object_set_new(row, "rates",
                        json_pack("[{s:f, s:f}, {s:f, s:f, s:f}]", "learning_rate", 1e-3,
                                  "validation", 0.25, "learning_rate", 3e-3, "validation", 0.5,
                                  "deviation", 0.125));
    json_object_set_new(row, "learning_rate", json_real(3e-3));
    ReportGrid g;
    Text out = {0};
    report_grid_new(table, "seen", &g);
    report_rates(&out, &g);
    ck_assert_ptr_nonnull(
        strstr(out.data, "<th scope=\"col\">0.001</th><th scope=\"col\">0.003"));
    ck_assert_ptr_nonnull(strstr(out.data, ">a=x</th><td>0.2500</td><td class=\"win\">0.5000 "
                                           "&plusmn; 0.1250</td></tr>"));
    ck_assert_ptr_nonnull(strstr(out.data, ">a=y</th><td class=\"soft\">&ndash;</td>"));
    text_free(&out);
    report_grid_free(&g);
    json_decref(table);
}
END_TEST

START_TEST(no_differences_no_plot)
{
    json_t *table = table_of("[\"a=x\", \"a=y\"]");
    ReportGrid g;
    Text out = {0};
    report_grid_new(table, "seen", &g);
    report_forest(&out, &g);
    report_rates(&out, &g);
    ck_assert_uint_eq(out.len, 0);
    report_grid_free(&g);
    json_decref(table);
}
END_TEST

Suite *test_report_grid_suite(void);
Suite *test_report_grid_suite(void)
{
    Suite *s = suite_create("report_grid");
    TCase *t = tcase_create("report_grid");
    tcase_add_test(t, cells_have_coordinates);
    tcase_add_test(t, cells_without_coordinates);
    tcase_add_test(t, a_heat_map);
    tcase_add_test(t, three_axes_are_several_maps);
    tcase_add_test(t, one_axis_has_bars);
    tcase_add_test(t, a_forest_plot);
    tcase_add_test(t, learning_rates);
    tcase_add_test(t, no_differences_no_plot);
    suite_add_tcase(s, t);
    return s;
}
