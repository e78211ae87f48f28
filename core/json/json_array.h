/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the records of a JSON file `[{...}, {...}, ...]` one at a time: memory holds one
 * record, never the whole document.
 *
 *   JsonArray *array;
 *   if (json_array_open(path, NULL, &array, err) != 0) return -1;
 *   struct json_t *record;
 *   while ((status = json_array_next(array, &record, err)) == 0 && record)
 *       { ...; json_decref(record); }
 *   json_array_close(array);
 */
#ifndef RAMPLUS_CORE_JSON_JSON_ARRAY_H
#define RAMPLUS_CORE_JSON_JSON_ARRAY_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { JSON_ARRAY_RECORD_MAX = 1 << 26 }; /* bytes of one record */

struct json_t; /* jansson's value */
typedef struct JsonArray JsonArray;

/* Opens the file. need: a key that every record has, or NULL; it helps to find the records
 * behind a fault. ERROR_DATA if it is missing or does not start as an array. The caller closes
 * it with json_array_close. */
int json_array_open(const char *path, const char *need, JsonArray **out, Error *err);
/* The same for a file that may also be JSON Lines: objects without brackets and commas around
 * them. */
int json_array_open_lines(const char *path, const char *need, JsonArray **out, Error *err);
/* Opens the array under a key of the object that the file holds (`"images": [...]`), whose
 * key is borrowed until json_array_close. Other members may hold records that look alike, so
 * that a fault of JSON, to the end of the file, or a second array of this key loses the
 * array. ERROR_DATA also if the object has no such member. */
int json_array_open_member(const char *path, const char *member, const char *need,
                           JsonArray **out, Error *err);
void json_array_close(JsonArray *a); /* accepts NULL */

/* Reads the next record, an object that the caller frees with json_decref; NULL after the last
 * one. ERROR_DATA with `FILE: record N (line L): why`. After an error the next call returns the
 * record that follows the broken one, unless the array is lost, as it is after ERROR_RUNTIME:
 * the machine cannot read on. */
int json_array_next(JsonArray *a, struct json_t **out, Error *err);
/* Whether the last call failed in such a way that no later record can be found. */
bool json_array_lost(const JsonArray *a);

/* What is odd about the value of this key in the record returned last, such as "holds NaN" or
 * "is given twice" (core/json/json_lenient.h); NULL if nothing. A reader of the key refuses
 * it. */
const char *json_array_odd(const JsonArray *a, const char *key);

/* Number (from 1), first line and length of the record returned last. */
int64_t json_array_record(const JsonArray *a);
int64_t json_array_line(const JsonArray *a);
int64_t json_array_bytes(const JsonArray *a);

/* Passes every record of a file to `take`, which returns -1 and fills err if it refuses one.
 * Reads to the end; fails if a record is bad, with the first fault, the number of bad records
 * and the remedy (a command that lists them all). */
typedef int JsonTake(void *to, const JsonArray *a, struct json_t *record, Error *err);
int json_array_each(const char *path, const char *need, JsonTake *take, void *to,
                    const char *remedy, Error *err);

/* Sets the error `FILE: record N (line L): ...` about that record. Returns -1. */
int json_array_fail(const JsonArray *a, Error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
