/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that one record of the reference's triplets must obey. */
#ifndef RAMPLUS_DATA_ANNOTATION_RECORD_H
#define RAMPLUS_DATA_ANNOTATION_RECORD_H

#include "core/json/json_array.h"

/* Checks the record that `array` returned last: image_path is a non-empty string;
 * union_label_id is a list of ids, 0 <= id < tags (2.0 becomes 2), or [-1]; unknown_label_id is
 * a list of ids that are not in union_label_id, which must then be there (a record in which
 * every tag is unknown loses both keys); caption is a list of
 * strings; parse_label_id is one list of ids per caption. All but image_path may be missing or
 * null, but not both tags and captions. Other keys are ignored. Returns -1 with ERROR_DATA:
 * `FILE: record N (line L): why`. */
int annotation_record_check(const JsonArray *array, struct json_t *record, int64_t tags,
                            Error *err);

/* Of a record that has been checked; borrowed. The tags of the image, a list that may be empty;
 * NULL: they are not annotated (union_label_id is missing, null or [-1]). */
const struct json_t *annotation_record_tags(const struct json_t *record);
/* The tags of which nobody said whether the image has them; NULL: none. */
const struct json_t *annotation_record_unknown(const struct json_t *record);
/* At least one caption; NULL: none. */
const struct json_t *annotation_record_captions(const struct json_t *record);

#endif
