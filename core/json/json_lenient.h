/* SPDX-License-Identifier: Apache-2.0 */
/* One JSON object as Python's json module reads it, which takes more than the standard allows:
 * NaN, Infinity, numbers beyond 64 bits or a double, halves of surrogate pairs, \u0000,
 * repeated keys. */
#ifndef RAMPLUS_CORE_JSON_JSON_LENIENT_H
#define RAMPLUS_CORE_JSON_JSON_LENIENT_H

#include <jansson.h>

/* Parses an object of len bytes. What jansson cannot hold becomes null (NaN, Infinity, 1e400),
 * a string of its digits (an integer beyond 64 bits) or U+FFFD (half a surrogate pair, \u0000),
 * and the last of repeated keys counts; *odd then maps each key of the object that is affected
 * to a phrase such as "holds NaN" (*odd is NULL if there is nothing to tell; other keys map to
 * null). The caller releases both. NULL with *why if it is not JSON in this sense either. */
json_t *json_lenient(const char *text, size_t len, json_t **odd, json_error_t *why);

#endif
