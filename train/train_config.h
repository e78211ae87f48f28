/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of a training command. */
#ifndef RAMPLUS_TRAIN_TRAIN_CONFIG_H
#define RAMPLUS_TRAIN_TRAIN_CONFIG_H

#include "configs/config.h"
#include "core/options/cli.h"

/* The configuration of the command line; without -c, a run folder that exists provides the rest
 * of it. ERROR_USAGE as config_load. Owned: config_free. */
int train_config_load(const Cli *cli, Config *out, Error *err);

#endif
