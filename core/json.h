/* SPDX-License-Identifier: Apache-2.0 */
/* JSON output: documents are jansson's values, built by the caller and dumped here, so that numbers and
 * strings follow the same rules everywhere. Members keep the order in which they were added. */
#ifndef RAMPLUS_CORE_JSON_H
#define RAMPLUS_CORE_JSON_H

#include "core/text.h"

#include <jansson.h>
#include <stdint.h>

/* A string; bytes that are not UTF-8 become U+FFFD. NULL gives null. */
json_t *json_text(const char *string);

/* The object {key: value}, of which it takes the value. */
json_t *json_pair(const char *key, json_t *value);

/* A real number; JSON has no infinities and no NaN, so they become null. json_fixed rounds to
 * `decimals` places, json_digits to `digits` significant ones, as printf's %f and %g do. */
json_t *json_number(double value);
json_t *json_fixed(double value, int decimals);
json_t *json_digits(double value, int digits);

/* Adds integers to an object, in order. */
typedef struct JsonCount {
    const char *key;
    int64_t value;
} JsonCount;
void json_add_counts(json_t *object, const JsonCount *count, size_t n);

/* Appends the value in one line and releases it. Real numbers have 15 digits where all of them read back
 * to the same bits, else 17. */
void json_put(Text *out, json_t *value);

/* The same with each element of an array of objects on a line of its own: `levels` arrays deep, those
 * inside them in one line. Ends with a line end. */
void json_put_rows(Text *out, json_t *value, int levels);

/* Writes the value and a line end to stdout and releases it. */
void json_print(json_t *value);

#endif
