/* SPDX-License-Identifier: Apache-2.0 */
/* What one record of the reference's triplets must look like. */
#ifndef RAMPLUS_DATA_ANNOTATION_RECORD_H
#define RAMPLUS_DATA_ANNOTATION_RECORD_H

#include "core/json_array.h"

/* Checks the record that `array` handed out last: image_path a text that is not empty; union_label_id a list
 * of ids, 0 <= id < tags; caption a list of at least one text; parse_label_id, if present, one list of
 * ids per caption. Other keys are ignored. */
int annotation_record_check(const JsonArray *array, const struct json_t *record, int64_t tags,
                            Error *err);

#endif
