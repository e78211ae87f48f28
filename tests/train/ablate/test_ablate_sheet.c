/* SPDX-License-Identifier: Apache-2.0 */
/* One table in three forms. */
#include "core/mem.h"
#include "train/ablate/sheet.h"

#include <check.h>

static Sheet sheet_of(const char *const *field, int64_t n, int64_t columns)
{
    Sheet s = {.columns = columns, .title = mem_strdup("a_b: 5%")};
    for (int64_t i = 0; i < n; i++) sheet_add(&s, mem_strdup(field[i]));
    return s;
}

static void expect(void (*print)(const Sheet *, Text *), const char *want)
{
    static const char *const FIELD[] = {"cell", "mAP", "x_1|2", "0.5 +- 0.1", "y", "-"};
    Sheet s = sheet_of(FIELD, 6, 2);
    Text out = {0};
    print(&s, &out);
    ck_assert_str_eq(out.data, want);
    text_free(&out);
    sheet_free(&s);
}

START_TEST(forms)
{
    expect(sheet_text, "a_b: 5%\n"
                       "cell   mAP\n"
                       "x_1|2  0.5 +- 0.1\n"
                       "y      -\n");
    expect(sheet_markdown, "a\\_b: 5%\n\n"
                           "| cell | mAP |\n"
                           "|---|---:|\n"
                           "| x\\_1\\|2 | 0.5 +- 0.1 |\n"
                           "| y | - |\n");
    expect(sheet_latex, "% a_b: 5%\n"
                        "\\begin{tabular}{lr}\n\\toprule\n"
                        "cell & mAP \\\\\n\\midrule\n"
                        "x\\_1|2 & 0.5 $\\pm$ 0.1 \\\\\n"
                        "y & - \\\\\n"
                        "\\bottomrule\n\\end{tabular}\n");
}
END_TEST

Suite *test_ablate_sheet_suite(void);
Suite *test_ablate_sheet_suite(void)
{
    Suite *suite = suite_create("ablate_sheet");
    TCase *c = tcase_create("ablate_sheet");
    tcase_add_test(c, forms);
    suite_add_tcase(suite, c);
    return suite;
}
