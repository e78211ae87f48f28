/* SPDX-License-Identifier: Apache-2.0 */
/* What makes two cells of an ablation the same, and the results of a finished one.
 *
 * The identity of a cell is a text, one `key: value` a line: the version of the program and the
 * resolved configuration without the options that change no number; for options that name files
 * the hash of their contents instead of their names. Images are not read: data.root counts by
 * its absolute path. */
#ifndef RAMPLUS_TRAIN_ABLATE_CELL_H
#define RAMPLUS_TRAIN_ABLATE_CELL_H

#include "configs/config.h"
#include "eval/metrics.h"

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

enum CellState {
    CELL_NEW,      /* nothing is there, or a run that was stopped can go on */
    CELL_FINISHED, /* with this identity */
    CELL_OTHER,    /* something with another identity, or of a version that recorded none */
};

/* The state of the cell in the folder of its run; *difference, owned, is set for CELL_OTHER. */
enum CellState cell_state(const char *run, const char *identity, char **difference);

/* Records the identity of a run that starts, and its results, in the order of data.eval, when it
 * is finished. ERROR_RUNTIME. cell_results_read: ERROR_DATA. */
int cell_start(const char *run, const char *identity, Error *err);
int cell_results_write(const char *run, const Metrics *m, int64_t lists, Error *err);
int cell_results_read(const char *run, Metrics *m, int64_t lists, Error *err);
/* Removes the record of a cell that is to be trained again. */
void cell_forget(const char *run);

#endif
