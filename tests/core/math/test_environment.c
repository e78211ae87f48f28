/* SPDX-License-Identifier: Apache-2.0 */
/* What libraries find in the environment, and what they made of it. */
#include "core/math/gemm.h"

#include "core/mem.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* NULL stands for a variable that is not set. */
static const struct {
    const char *spin, *policy; /* in the environment */
    const char *found;         /* GOMP_SPINCOUNT as a library finds it */
} row[] = {
    {NULL, NULL, "2000"},
    {"77", NULL, "77"},
    {"77", "passive", "77"},
    {NULL, "passive", NULL},
};
enum { ROWS = sizeof row / sizeof *row };

static void set(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

START_TEST(settings_of_the_user_are_kept)
{
    set("GOMP_SPINCOUNT", row[_i].spin);
    set("OMP_WAIT_POLICY", row[_i].policy);
    ck_assert_pstr_eq(getenv("GOMP_SPINCOUNT"), row[_i].found);
    ck_assert_pstr_eq(getenv("OMP_WAIT_POLICY"), row[_i].policy);
}
END_TEST

START_TEST(other_variables_are_as_they_are)
{
    setenv("GOMP_SPIN", "one", 1);
    setenv("EMPTY", "", 1);
    unsetenv("GOMP_SPINCOUNTS");
    ck_assert_str_eq(getenv("GOMP_SPIN"), "one");
    ck_assert_str_eq(getenv("EMPTY"), "");
    ck_assert_ptr_null(getenv("GOMP_SPINCOUNTS"));
    ck_assert_ptr_null(getenv(""));
}
END_TEST

#ifdef __x86_64__
/* main has called gemm_open. */
START_TEST(kernels_suit_the_processor)
{
    if (!__builtin_cpu_supports("avx2") || getenv("OPENBLAS_CORETYPE")) return;
    char *library = gemm_library();
    ck_assert_ptr_null(strstr(library, "Prescott"));
    mem_free(library);
}
END_TEST
#endif

Suite *test_environment_suite(void);
Suite *test_environment_suite(void)
{
    Suite *s = suite_create("environment");
    TCase *t = tcase_create("environment");
    tcase_add_loop_test(t, settings_of_the_user_are_kept, 0, ROWS);
    tcase_add_test(t, other_variables_are_as_they_are);
#ifdef __x86_64__
    tcase_add_test(t, kernels_suit_the_processor);
#endif
    suite_add_tcase(s, t);
    return s;
}
