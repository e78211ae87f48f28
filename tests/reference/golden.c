/* SPDX-License-Identifier: Apache-2.0 */
/* Prints one line per comparison and counts it. */
#include "tests/reference/golden.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static void line(const Golden *g, const char *verdict, const char *what, const char *format,
                 va_list args)
{
    printf("%s %s: %s: ", verdict, g->name, what);
    vprintf(format, args);
    putchar('\n');
    fflush(stdout);
}

void golden_pass(Golden *g, const char *what, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(g, "ok  ", what, format, args);
    va_end(args);
    g->passed++;
}

void golden_fail(Golden *g, const char *what, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    line(g, "FAIL", what, format, args);
    va_end(args);
    g->failed++;
}

void golden_skip(const Golden *g, const char *what, const char *why)
{
    printf("not compared: %s: %s: %s\n", g->name, what, why);
    fflush(stdout);
}

/* The element with the largest ratio of error to tolerance. */
typedef struct Worst {
    double ratio; /* error / tolerance */
    double got, want;
    int64_t at, compared;
} Worst;

static void worst_add(Worst *w, int64_t at, double got, double want, GoldenTolerance t)
{
    if (t.skip_nan && isnan(want)) return;
    w->compared++;
    double ratio = got == want ? 0 : fabs(got - want) / (t.absolute + t.relative * fabs(want));
    if (isnan(ratio)) ratio = HUGE_VAL; /* any NaN fails */
    if (w->compared > 1 && ratio <= w->ratio) return;
    *w = (Worst){ratio, got, want, at, w->compared};
}

/* Prints the error relative to |want|, or the absolute error if only that has a tolerance. */
static void worst_report(Golden *g, const char *what, const Worst *w, int64_t n,
                         GoldenTolerance t)
{
    const double unit = t.relative > 0 ? t.relative : t.absolute;
    if (w->compared == 0 && t.skip_nan)
        golden_skip(g, what, "rounding noise decides every element");
    else if (w->compared == 0)
        golden_fail(g, what, "nothing to compare in %ld elements", n);
    else if (!(w->ratio <= 1))
        golden_fail(g, what, "worst %.1e of %.0e: element %ld is %.9g, expected %.9g",
                    w->ratio * unit, unit, w->at, w->got, w->want);
    else if (w->compared < n)
        golden_pass(g, what, "worst %.1e of %.0e, %ld of %ld elements left out",
                    w->ratio * unit, unit, n - w->compared, n);
    else
        golden_pass(g, what, "worst %.1e of %.0e", w->ratio * unit, unit);
}

void golden_floats(Golden *g, const char *what, const float *got, const float *want, int64_t n,
                   GoldenTolerance tolerance)
{
    Worst w = {0};
    for (int64_t i = 0; i < n; i++)
        worst_add(&w, i, (double)got[i], (double)want[i], tolerance);
    worst_report(g, what, &w, n, tolerance);
}

void golden_doubles(Golden *g, const char *what, const double *got, const double *want,
                    int64_t n, GoldenTolerance tolerance)
{
    Worst w = {0};
    for (int64_t i = 0; i < n; i++) worst_add(&w, i, got[i], want[i], tolerance);
    worst_report(g, what, &w, n, tolerance);
}

void golden_number(Golden *g, const char *what, double got, double want,
                   GoldenTolerance tolerance)
{
    golden_doubles(g, what, &got, &want, 1, tolerance);
}

void golden_l2(Golden *g, const char *what, const float *got, const float *want, int64_t n,
               double tolerance)
{
    double difference = 0, norm = 0, furthest = -1;
    int64_t at = 0;
    for (int64_t i = 0; i < n; i++) {
        const double d = fabs((double)got[i] - (double)want[i]);
        difference += d * d;
        norm += (double)want[i] * (double)want[i];
        if (d > furthest || isnan(d)) furthest = isnan(d) ? HUGE_VAL : d, at = i;
    }
    const double error = norm > 0 ? sqrt(difference / norm) : sqrt(difference);
    if (error <= tolerance)
        golden_pass(g, what, "L2 error %.1e of %.0e", error, tolerance);
    else
        golden_fail(g, what,
                    "L2 error %.1e of %.0e: element %ld is %.9g, expected %.9g, is furthest",
                    error, tolerance, at, (double)got[at], (double)want[at]);
}

void golden_bytes(Golden *g, const char *what, const uint8_t *got, const uint8_t *want,
                  int64_t n)
{
    int64_t differ = 0, first = -1;
    for (int64_t i = 0; i < n; i++) {
        if (got[i] == want[i]) continue;
        if (first < 0) first = i;
        differ++;
    }
    if (differ)
        golden_fail(g, what, "%ld of %ld bytes differ: byte %ld is %d, expected %d", differ, n,
                    first, got[first], want[first]);
    else
        golden_pass(g, what, "%ld bytes equal", n);
}

void golden_at_most(Golden *g, const char *what, double got, double limit, const char *unit)
{
    if (got <= limit)
        golden_pass(g, what, "%.2f of at most %.2f %s", got, limit, unit);
    else
        golden_fail(g, what, "%.2f, expected at most %.2f %s", got, limit, unit);
}
