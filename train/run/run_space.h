/* SPDX-License-Identifier: Apache-2.0 */
/* The disk that holds a run. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_SPACE_H
#define RAMPLUS_TRAIN_RUN_RUN_SPACE_H

#include "core/error.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes that this process may still write to the disk of a folder, which need not exist; -1:
 * unknown. */
int64_t run_space_free(const char *run);
/* ERROR_RUNTIME if the folder, or the one above it in which it would be made, cannot be written
 * to. */
int run_space_check(const char *run, Error *err);

/* Whether the disk of the run folder has fewer than `bytes` bytes left; false if it does not
 * say. */
bool run_space_short(const char *run, int64_t bytes);

/* Warns of that. what: needs so many bytes, as in "a checkpoint". */
void run_space_warn(const char *run, const char *what, int64_t bytes);

/* Passes on the error of a failed save; where the disk is full, it says how much has to be
 * freed. Returns -1. */
int run_space_explain(const char *run, int64_t bytes, const Error *why, Error *err);

#endif
