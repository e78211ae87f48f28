/* SPDX-License-Identifier: Apache-2.0 */
/* The folder that `prepare pack` fills: what is in it before and beside the shards. */
#ifndef RAMPLUS_DATA_PREPARE_PACK_FOLDER_H
#define RAMPLUS_DATA_PREPARE_PACK_FOLDER_H

#include "data/prepare/pack_source.h"

#include <stdbool.h>

/* Marks the folder, which exists, as unfinished and removes its train.json. The tar files of an
 * unfinished pack are removed, too; ERROR_USAGE if there are others. ERROR_RUNTIME. */
int pack_folder_begin(const char *out, Error *err);
/* Copies the texts of the tags and the lists of the evaluation sets, and writes dataset.yaml.
 * captions: the samples have some. ERROR_DATA, ERROR_RUNTIME. */
int pack_folder_fill(const char *out, const PackSource *source, bool captions, Error *err);
void pack_folder_end(const char *out); /* removes the mark */

#endif
