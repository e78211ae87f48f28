/* SPDX-License-Identifier: Apache-2.0 */
/* Prints counts. */
#include "data/folder/counts.h"

#include "core/json/json.h"

#include <stdio.h>

#define AT(field) offsetof(AnnotateCounts, field)
static const CountRow set_rows[] = {
    {"tags", AT(tags), "tags in the vocabulary"},
    {"seen", AT(seen), "seen tags"},
    {"unseen", AT(unseen), "unseen tags"},
    {"test", AT(test), "test images"},
    {"others", AT(others), "other images"},
    {"train", AT(train), "of them with a seen tag: training images"},
    {"labels", AT(labels), "labels of the training images"},
};
enum { SET_ROWS = sizeof set_rows / sizeof *set_rows };

static int64_t value_of(const void *report, const CountRow *row)
{
    return *(const int64_t *)((const char *)report + row->offset);
}

static void put_table(const CountRow *row, size_t rows, const void *report)
{
    for (size_t i = 0; i < rows; i++)
        printf("%10ld  %s\n", value_of(report, &row[i]), row[i].what);
}

static void put_json(json_t *out, const CountRow *row, size_t rows, const void *report)
{
    for (size_t i = 0; i < rows; i++)
        json_object_set_new(out, row[i].key, json_integer(value_of(report, &row[i])));
}

void counts_print(const CountRow *row, size_t rows, const void *report,
                  const AnnotateCounts *set, bool json)
{
    if (!json) {
        put_table(row, rows, report);
        put_table(set_rows, SET_ROWS, set);
        return;
    }
    json_t *out = json_object();
    put_json(out, row, rows, report);
    put_json(out, set_rows, SET_ROWS, set);
    json_print(out);
}
