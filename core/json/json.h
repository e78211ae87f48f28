/* SPDX-License-Identifier: Apache-2.0 */
/* JSON output. The caller builds documents as values of jansson and writes them with these
 * functions, so that numbers and strings follow the same rules everywhere. Members keep the
 * order in which they were added. */
#ifndef RAMPLUS_CORE_JSON_JSON_H
#define RAMPLUS_CORE_JSON_JSON_H

#include "core/io/text.h"

#include <jansson.h>
#include <stdint.h>

/* A JSON string. Bytes that are not UTF-8 become U+FFFD; NULL becomes null. */
json_t *json_text(const char *string);

/* The object {key: value}. It takes ownership of the value. */
json_t *json_pair(const char *key, json_t *value);

/* A real number. Infinities and NaN become null, because JSON has neither. json_fixed rounds to
 * `decimals` places as printf's %f does, json_digits to `digits` significant digits as %g
 * does. */
json_t *json_number(double value);
json_t *json_fixed(double value, int decimals);
json_t *json_digits(double value, int digits);

/* Adds n integers to an object, in order. */
typedef struct JsonCount {
    const char *key;
    int64_t value;
} JsonCount;
void json_add_counts(json_t *object, const JsonCount *count, size_t n);

/* Reads a file of at most max_bytes. The caller frees the value with json_decref. NULL with
 * ERROR_DATA, naming the line, for anything but JSON without repeated names. */
json_t *json_read(const char *path, int64_t max_bytes, Error *err);

/* Appends the value as one line without a line end and releases the value. Real numbers have 15
 * significant digits if all of them read back to the same bits, otherwise 17. */
void json_put(Text *out, json_t *value);

/* Appends the value with one line per element of an array of objects, down to `levels` nested
 * arrays; deeper arrays stay on one line. Appends a line end and releases the value. */
void json_put_rows(Text *out, json_t *value, int levels);

/* Writes the value and a line end to stdout and releases it. */
void json_print(json_t *value);

#endif
