/* SPDX-License-Identifier: Apache-2.0 */
/* Vectorizable elementary functions against the C library in double. */
#include "core/math/fastmath.h"

#include <check.h>
#include <float.h>
#include <math.h>

/* Every float32 step of about 2^-16 relative over the whole range, both signs. */
START_TEST(test_exp)
{
    double worst = 0, where = 0;
    for (double x = 1e-6; x < 87; x *= 1.0001)
        for (int sign = -1; sign <= 1; sign += 2) {
            const Real v = (Real)(sign * x);
            const double want = exp((double)v), error = fabs((double)fast_exp(v) / want - 1);
            if (error > worst) worst = error, where = (double)v;
        }
    ck_assert_msg(worst < 1.5e-7, "relative error %g at %g", worst, where);
}
END_TEST

START_TEST(test_exp_extremes)
{
    ck_assert_double_eq((double)fast_exp(0), 1);
    ck_assert(isnan((double)fast_exp((Real)NAN)));
    ck_assert_double_le((double)fast_exp((Real)-88), 1e-37);
    ck_assert_double_le((double)fast_exp((Real)-1e30), 0);
    ck_assert_double_le((double)fast_exp((Real)-HUGE_VAL), 0);
    ck_assert_double_ge((double)fast_exp((Real)-HUGE_VAL), 0);
    ck_assert_double_ge((double)fast_exp((Real)1000), 1e38);
    ck_assert_double_eq_tol((double)fast_exp((Real)1e-40), 1, 1e-7);
}
END_TEST

static double normal_cdf(double x) { return 0.5 * erfc(-x * sqrt(0.5)); }
static double normal_pdf(double x) { return exp(-0.5 * x * x) / sqrt(2 * acos(-1.0)); }

/* Relative in both tails: gelu's left tail is x times a small probability. */
START_TEST(test_normal)
{
    for (double x = -13; x < 13; x += 0.00137) {
        const Real v = (Real)x;
        const double at = (double)v, cdf = normal_cdf(at), pdf = normal_pdf(at);
        Real c, p;
        fast_normal(v, &c, &p);
        /* exp(-x^2/2) magnifies the rounding of x^2 by x^2/2 */
        const double allowed = 3e-7 + 1e-7 * at * at;
        ck_assert_msg(fabs((double)c - cdf) <= allowed * cdf, "cdf(%g) = %g, expected %g", at,
                      (double)c, cdf);
        ck_assert_msg(fabs((double)p - pdf) <= allowed * pdf, "pdf(%g) = %g, expected %g", at,
                      (double)p, pdf);
    }
}
END_TEST

START_TEST(test_normal_extremes)
{
    Real c, p;
    fast_normal(0, &c, &p);
    ck_assert_double_eq_tol((double)c, 0.5, 1e-7);
    fast_normal((Real)100, &c, &p);
    ck_assert_double_eq((double)c, 1);
    ck_assert_double_eq_tol((double)p, 0, 1e-37);
    fast_normal((Real)-1e30, &c, &p);
    ck_assert_double_eq((double)c, 0);
    ck_assert_double_eq((double)p, 0);
    fast_normal((Real)NAN, &c, &p);
    ck_assert(isnan((double)c) && isnan((double)p));
}
END_TEST

static Real cdf_half(Real x) { return fast_cdf_half(x, fast_log_half(fast_limit(x))); }

/* Closer than bfloat16 can tell, where it matters. */
START_TEST(test_normal_half)
{
    for (double x = -12.5; x < 12.5; x += 0.00137) {
        const Real v = (Real)x;
        const double at = (double)v, cdf = normal_cdf(at), pdf = normal_pdf(at);
        const double c = (double)cdf_half(v), p = (double)fast_pdf_half(v);
        const double allowed = at > -4 ? 2e-5 : at > -6 ? 1e-4 : 3e-3;
        ck_assert_msg(fabs(c - cdf) <= allowed * cdf, "cdf(%g) = %g, expected %g", at, c, cdf);
        ck_assert_msg(fabs(p - pdf) <= 2e-5 * pdf, "pdf(%g) = %g, expected %g", at, p, pdf);
    }
}
END_TEST

START_TEST(test_normal_half_extremes)
{
    ck_assert_double_eq_tol((double)cdf_half(0), 0.5, 1e-5);
    ck_assert_double_eq((double)cdf_half((Real)1e30), 1);
    ck_assert_double_eq((double)cdf_half((Real)HUGE_VAL), 1);
    ck_assert_double_le((double)cdf_half((Real)-1e20), 1e-35);
    ck_assert_double_ge((double)cdf_half((Real)-HUGE_VAL), 0);
    ck_assert_double_le((double)fast_pdf_half((Real)1e20), 1e-33);
}
END_TEST

START_TEST(test_exp_half)
{
    for (double x = -87; x < 87; x += 0.0171) {
        const double at = (double)(Real)x, want = exp(at), got = (double)fast_exp_half((Real)x);
        ck_assert_msg(fabs(got - want) <= 1e-5 * want, "exp(%g) = %g, expected %g", at, got,
                      want);
    }
    ck_assert_double_eq((double)fast_exp_half(0), (double)fast_power_half(0));
    ck_assert_double_le((double)fast_exp_half((Real)-1e30), 1.2e-38);
    ck_assert_double_ge((double)fast_exp_half((Real)-HUGE_VAL), 0);
    ck_assert(isnan((double)fast_exp_half((Real)NAN)));
}
END_TEST

Suite *test_fastmath_suite(void);
Suite *test_fastmath_suite(void)
{
    Suite *s = suite_create("fastmath");
    TCase *t = tcase_create("fastmath");
    tcase_add_test(t, test_exp);
    tcase_add_test(t, test_exp_extremes);
    tcase_add_test(t, test_normal);
    tcase_add_test(t, test_normal_extremes);
    tcase_add_test(t, test_normal_half);
    tcase_add_test(t, test_normal_half_extremes);
    tcase_add_test(t, test_exp_half);
    suite_add_tcase(s, t);
    return s;
}
