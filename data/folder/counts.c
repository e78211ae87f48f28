/* SPDX-License-Identifier: Apache-2.0 */
/* The counts that collections have in common. */
#include "data/folder/counts.h"

#define AT(field) offsetof(AnnotateCounts, field)
static const CountRow set_rows[] = {
    {"tags", "tags in the vocabulary", AT(tags), false},
    {"seen", "seen tags", AT(seen), false},
    {"unseen", "unseen tags", AT(unseen), false},
    {"test", "test images", AT(test), false},
    {"others", "other images", AT(others), false},
    {"train", "of them with a seen tag: training images", AT(train), false},
    {"labels", "labels of the training images", AT(labels), false},
};

void counts_print(const CountRow *row, size_t rows, const void *report,
                  const AnnotateCounts *set, bool json)
{
    const CountReport both[] = {{report, row, rows},
                                {set, set_rows, sizeof set_rows / sizeof *set_rows}};
    count_rows_print(both, 2, json);
}
