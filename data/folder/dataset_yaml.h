/* SPDX-License-Identifier: Apache-2.0 */
/* OUT/dataset.yaml: the settings of a run that trains and evaluates on a data folder, for
 * `ramplus train -c OUT/dataset.yaml`. */
#ifndef RAMPLUS_DATA_FOLDER_DATASET_YAML_H
#define RAMPLUS_DATA_FOLDER_DATASET_YAML_H

#include "core/error.h"

#include <stdbool.h>

typedef struct DatasetYaml {
    const char *root, *eval_root; /* folders of the images, or NULL */
    bool train;                   /* train.json and train_tags.txt are there */
    bool captions;                /* the training images have some; without: tagging alone */
    const char *descriptions;     /* their name below OUT; NULL: none */
    const char *const *eval;      /* [evals] folders below OUT */
    int evals;
} DatasetYaml;

/* Paths are written absolute, so that the file may be used from anywhere. ERROR_RUNTIME. */
int dataset_yaml_write(const char *out, const DatasetYaml *yaml, Error *err);

#endif
