/* SPDX-License-Identifier: Apache-2.0 */
/* Compares this program with stored reference values (tests/golden/README.md).
 *
 * main.c walks a folder and passes every file to the comparer whose glob it matches. A comparer
 * calls the golden_* functions below; each call makes one comparison, prints one line and
 * counts it. */
#ifndef RAMPLUS_TESTS_REFERENCE_GOLDEN_H
#define RAMPLUS_TESTS_REFERENCE_GOLDEN_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Golden {
    const char *name; /* of the fixture, such as "model_tiny": the prefix of every line */
    int64_t passed, failed;
} Golden;

/* |got - want| may be at most absolute + relative * |want|. */
typedef struct GoldenTolerance {
    double absolute, relative;
    bool skip_nan; /* ignore elements that are NaN in `want`; otherwise they fail */
} GoldenTolerance;

/* Compares n numbers and reports the worst element. */
void golden_floats(Golden *g, const char *what, const float *got, const float *want, int64_t n,
                   GoldenTolerance tolerance);
void golden_doubles(Golden *g, const char *what, const double *got, const double *want,
                    int64_t n, GoldenTolerance tolerance);
void golden_number(Golden *g, const char *what, double got, double want,
                   GoldenTolerance tolerance);
/* Compares |got - want| / |want| in the L2 norm over all n elements. */
void golden_l2(Golden *g, const char *what, const float *got, const float *want, int64_t n,
               double tolerance);
/* Checks that all bytes are equal. */
void golden_bytes(Golden *g, const char *what, const uint8_t *got, const uint8_t *want,
                  int64_t n);
/* Checks a value against an upper limit, such as memory. */
void golden_at_most(Golden *g, const char *what, double got, double limit, const char *unit);

/* Reports a comparison whose outcome the comparer determined itself. */
void golden_pass(Golden *g, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void golden_fail(Golden *g, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Reports that something is not compared; not counted. */
void golden_skip(const Golden *g, const char *what, const char *why);

/* The comparers, one file each; path is the file that matched. To add a comparer, add a
 * prototype here and a row to the table in main.c. */
void golden_losses(Golden *g, const char *path);   /* losses.json */
void golden_metrics(Golden *g, const char *path);  /* metrics.json */
void golden_model(Golden *g, const char *path);    /* model_*.json */
void golden_full(Golden *g, const char *path);     /* full_*.json */
void golden_position(Golden *g, const char *path); /* relative_position.safetensors */
void golden_clip(Golden *g, const char *path);     /* clip_*.json with both files of weights */
void golden_images(Golden *g, const char *path);   /* images.json */
void golden_tokens(Golden *g, const char *path);   /* clip_tokens.json */
void golden_weights(Golden *g, const char *path);  /* weights/ */

#endif
