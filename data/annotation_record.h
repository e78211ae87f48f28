/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that one record of the reference's triplets must obey. */
#ifndef RAMPLUS_DATA_ANNOTATION_RECORD_H
#define RAMPLUS_DATA_ANNOTATION_RECORD_H

#include "core/json/json_array.h"

/* Checks the record that `array` returned last: image_path is a non-empty string;
 * union_label_id is a list of ids, 0 <= id < tags (2.0 becomes 2); caption, if present, is a
 * list of strings; parse_label_id, if present, is one list of ids per caption. Other keys are
 * ignored. Returns -1 with ERROR_DATA: `FILE: record N (line L): why`. */
int annotation_record_check(const JsonArray *array, struct json_t *record, int64_t tags,
                            Error *err);

#endif
