/* SPDX-License-Identifier: Apache-2.0 */
/* Printing counts. */
#include "data/folder/count_rows.h"

#include "core/json/json.h"

#include <stdio.h>

static void put_rows(const CountReport *r, bool json, json_t *object)
{
    for (size_t i = 0; i < r->rows; i++) {
        const CountRow *row = &r->row[i];
        const int64_t value = *(const int64_t *)((const char *)r->report + row->offset);
        if (!json && (value || !row->if_any)) printf("%10ld  %s\n", value, row->what);
        json_object_set_new(object, row->key, json_integer(value));
    }
}

void count_rows_print(const CountReport *report, size_t reports, bool json)
{
    json_t *object = json_object();
    for (size_t i = 0; i < reports; i++) put_rows(&report[i], json, object);
    if (json)
        json_print(object);
    else
        json_decref(object);
}
