/* SPDX-License-Identifier: Apache-2.0 */
/* What makes two cells of an ablation the same.
 *
 * The identity of a cell is a text, one `key: value` a line: the version of the program and the
 * resolved configuration without the options that change no number; for options that name files
 * the hash of their contents instead of their names. Images are not read: data.root counts by
 * its absolute path. */
#ifndef RAMPLUS_TRAIN_ABLATE_IDENTITY_H
#define RAMPLUS_TRAIN_ABLATE_IDENTITY_H

#include "configs/config.h"

/* Hashes of files that were read already; starts empty. */
typedef struct FileHashes {
    char **path, **hash;
    int64_t count;
} FileHashes;
void file_hashes_free(FileHashes *h);

/* ERROR_DATA for a file that cannot be read. Owned. */
int cell_identity(const Config *c, FileHashes *hashes, char **out, Error *err);

/* The settings in which two identities differ, "optim.lr: 0.001, now 0.01; ...", or NULL if
 * they are equal. Owned. */
char *cell_difference(const char *then, const char *now);

#endif
