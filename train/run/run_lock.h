/* SPDX-License-Identifier: Apache-2.0 */
/* One owner of a folder: RUN/lock names the process that writes there, and the kernel holds the
 * lock as long as that process lives. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_LOCK_H
#define RAMPLUS_TRAIN_RUN_RUN_LOCK_H

#include "core/error.h"

#include <stdbool.h>

typedef struct RunLock {
    char *run; /* the folder; NULL: not locked */
    int file;  /* RUN/lock, open */
    bool made; /* run_lock made the folder */
} RunLock;

/* Makes the folder if it is missing, and locks it. ERROR_RUNTIME, with the process and its
 * host, if another process has it. What a killed process leaves is no obstacle. Where the file
 * system has no locks, this is logged once and the folder counts as locked. Owned:
 * run_unlock. */
int run_lock(const char *run, RunLock *out, Error *err);

/* The same, but another process that has the folder is no error: *held, and an empty lock. */
int run_lock_try(const char *run, RunLock *out, bool *held, Error *err);

/* Removes RUN/lock, and the folder if run_lock made it and nothing is in it. Accepts an empty
 * lock. */
void run_unlock(RunLock *lock);

#endif
