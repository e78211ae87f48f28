/* SPDX-License-Identifier: Apache-2.0 */
/* What `prepare pack` packs: a file of triplets, or a data folder with what belongs to it. */
#ifndef RAMPLUS_DATA_PREPARE_PACK_SOURCE_H
#define RAMPLUS_DATA_PREPARE_PACK_SOURCE_H

#include "core/error.h"

enum { PACK_EVALS = 4 };

typedef struct PackSource {
    char *train, *tags;     /* files */
    char *root;             /* that image paths are relative to */
    char *eval_root;        /* that those of the evaluation sets are relative to */
    char *descriptions;     /* a file, or NULL */
    char *eval[PACK_EVALS]; /* folders */
    int evals;
} PackSource;

/* path: a file of triplets, beside which train_tags.txt lies, or a data folder, whose
 * dataset.yaml tells where the images are. root, tags: given by the user, or NULL. ERROR_DATA,
 * ERROR_USAGE. Owned: pack_source_free. */
int pack_source_open(const char *path, const char *root, const char *tags, PackSource *out,
                     Error *err);
void pack_source_free(PackSource *s); /* frees and empties */

#endif
