/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing what a run needs with the memory that this process may take. */
#ifndef RAMPLUS_TRAIN_MEMORY_CHECK_H
#define RAMPLUS_TRAIN_MEMORY_CHECK_H

#include "train/memory_need.h"
#include "train/run/run_inputs.h"
#include "train/run/run_model.h"

typedef struct MemoryEstimate {
    MemoryNeed need;
    double available; /* bytes, with those that the process has already; 0: unknown */
} MemoryEstimate;

/* Before the model is built: ERROR_USAGE if its parameters and the labels alone do not fit. */
int memory_check_model(const RunInputs *in, const RunModel *m, Error *err);

/* Before the texts are encoded: estimates the whole run. resumes: from a checkpoint. Computes a
 * few images; the gradients of the parameters must be zero, and are so again. ERROR_USAGE, with
 * advice, if the run does not fit. */
int memory_check(const RunInputs *in, const RunModel *m, bool resumes, MemoryEstimate *out,
                 Error *err);

/* "about 2.9 GiB (model and optimizer 1.5 GiB, ...), 9.3 GiB available". Owned (mem_free). */
char *memory_text(const MemoryEstimate *e);

#endif
