/* SPDX-License-Identifier: Apache-2.0 */
/* Where a JSON object or string ends, byte by byte. The scan stops early where it cannot be
 * JSON (a bracket of the wrong kind, an object without a key, a line end inside a string), so
 * that a broken record does not swallow the records behind it. */
#ifndef RAMPLUS_CORE_JSON_JSON_SCAN_H
#define RAMPLUS_CORE_JSON_JSON_SCAN_H

#include <stdbool.h>

enum { JSON_SCAN_DEPTH = 1000 }; /* brackets deeper than that are counted only */

typedef struct JsonScan {
    bool in_string, escaped;
    int depth, deepest;
    int last;                     /* the last visible byte outside strings */
    bool square[JSON_SCAN_DEPTH]; /* whether open bracket i is `[` */
} JsonScan;

enum JsonScanStep { JSON_SCAN_MORE, JSON_SCAN_END, JSON_SCAN_BROKEN };

/* Takes the next byte; the first one is `{` or `"`, and *s is zero before it. */
enum JsonScanStep json_scan(JsonScan *s, int byte);

#endif
