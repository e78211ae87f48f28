/* SPDX-License-Identifier: Apache-2.0 */
/* RUN/env.json: version, processor, libraries, threads, and the precision in use. */
#ifndef RAMPLUS_TRAIN_RUN_RUN_ENV_H
#define RAMPLUS_TRAIN_RUN_RUN_ENV_H

#include "core/error.h"

#include <stdbool.h>

int run_env_write(const char *run, int threads, bool bf16, Error *err); /* ERROR_RUNTIME */

#endif
