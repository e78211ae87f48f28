/* SPDX-License-Identifier: Apache-2.0 */
/* The checkpoints of a run folder by name: RUN/checkpoints/step_00000120.h5, and the links
 * latest and best (core/io/link.h). */
#ifndef RAMPLUS_MODEL_WEIGHTS_RUN_CHECKPOINT_H
#define RAMPLUS_MODEL_WEIGHTS_RUN_CHECKPOINT_H

#include "core/hdf5/h5_file.h"
#include "core/io/file.h"

#include <stdint.h>

int64_t run_checkpoint_step(const char *name);                /* of a file name; -1: none */
char *run_checkpoint_path(const char *run, int64_t step);     /* owned */
char *run_checkpoint_link(const char *run, const char *name); /* the path of a link; owned */
int64_t run_checkpoint_linked(const char *run, const char *name); /* its step; -1: none */
/* ERROR_CHECKPOINT if there is such a link and it leads to no file. */
int run_checkpoint_check_link(const char *run, const char *name, Error *err);
/* Whether a path below the run folder is one of the links, whose checkpoints are files
 * beside. */
bool run_checkpoint_is_link(const char *below);

/* The files in RUN/checkpoints, sorted, the newest last; empty without such a folder. Owned:
 * lines_free. */
Lines run_checkpoint_list(const char *run);

/* Of these, one later than `latest` counts for none of the following: it was left by an earlier
 * run that this one does not continue. */

/* `latest`, or the newest step_*.h5 if the link is missing or, with a warning, broken; NULL if
 * there is no checkpoint. Owned. */
char *run_checkpoint_latest(const char *run);
/* The newest checkpoint that is not damaged, open (h5_close), and its path, which is owned;
 * both NULL: none. say: warn about those that are newer. ERROR_RUNTIME if the machine cannot
 * read one of them. */
int run_checkpoint_whole(const char *run, bool say, char **path, H5File **out, Error *err);
/* `best`, else the latest. Owned. */
char *run_checkpoint_best(const char *run);

/* Passes on why a checkpoint could not be opened. For RUN/checkpoints/FILE it adds what the
 * file is a link to, and the newest one there that is not damaged. Returns -1. */
int run_checkpoint_explain(const char *path, const Error *why, Error *err);

#endif
