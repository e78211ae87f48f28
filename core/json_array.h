/* SPDX-License-Identifier: Apache-2.0 */
/* The records of a JSON file `[{...}, {...}, ...]`, one at a time: memory holds one record, never the
 * tree of the file.
 *
 *   JsonArray *array;
 *   if (json_array_open(path, &array, err) != 0) return -1;
 *   struct json_t *record;
 *   while ((status = json_array_next(array, &record, err)) == 0 && record) { ... json_decref(record); }
 *   json_array_close(array);
 */
#ifndef RAMPLUS_CORE_JSON_ARRAY_H
#define RAMPLUS_CORE_JSON_ARRAY_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    JSON_ARRAY_DEPTH = 64,           /* brackets inside each other, in one record */
    JSON_ARRAY_RECORD_MAX = 1 << 26, /* bytes of one record */
};

struct json_t; /* jansson's value */
typedef struct JsonArray JsonArray;

/* ERROR_DATA when the file is missing or does not start as an array. */
int json_array_open(const char *path, JsonArray **out, Error *err);
void json_array_close(JsonArray *a); /* accepts NULL */

/* The next record, an object owned by the caller (json_decref); NULL after the last one. ERROR_DATA
 * `FILE: record N (line L): why`; repeated keys, invalid UTF-8 and unfinished files are errors. After
 * an error the next call gives the record that follows the broken one, unless the array is lost. */
int json_array_next(JsonArray *a, struct json_t **out, Error *err);
/* Has the last call failed in such a way that no later record can be found? */
bool json_array_lost(const JsonArray *a);

/* Of the record handed out last: its number from 1 and the line it starts on. */
int64_t json_array_record(const JsonArray *a);
int64_t json_array_line(const JsonArray *a);

/* Sets `FILE: record N (line L): ...` about that record. Returns -1. */
int json_array_fail(const JsonArray *a, Error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
