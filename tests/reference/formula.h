/* SPDX-License-Identifier: Apache-2.0 */
/* The formula that computes parameters and inputs of fixtures from a salt and a name
 * (tests/golden/README.md, "Formula for values"). */
#ifndef RAMPLUS_TESTS_REFERENCE_FORMULA_H
#define RAMPLUS_TESTS_REFERENCE_FORMULA_H

#include <stdint.h>

/* n values in [lo, hi). */
void formula_range(const char *salt, const char *name, double lo, double hi, int64_t n,
                   float *out);
/* The range of values of a parameter with this name and shape. */
void formula_param(const char *salt, const char *name, int ndim, const int64_t *shape,
                   float *out);
/* [rows, width] unit rows of values in -1..1 before the division by their norm. */
void formula_unit_rows(const char *salt, const char *name, int64_t rows, int64_t width,
                       float *out);
/* 1 where u < share, else 0. */
void formula_bits(const char *salt, const char *name, double share, int64_t n, float *out);

#endif
