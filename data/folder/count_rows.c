/* SPDX-License-Identifier: Apache-2.0 */
/* Printing counts. */
#include "data/folder/count_rows.h"

#include "core/json/json.h"

#include <stdio.h>

void count_rows_print(const void *report, const CountRow *row, size_t rows, bool json)
{
    json_t *object = json_object();
    for (size_t i = 0; i < rows; i++) {
        const int64_t value = *(const int64_t *)((const char *)report + row[i].offset);
        if (!json && (value || !row[i].if_any)) printf("%10ld  %s\n", value, row[i].what);
        json_object_set_new(object, row[i].key, json_integer(value));
    }
    if (json)
        json_print(object);
    else
        json_decref(object);
}
