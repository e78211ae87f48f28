/* SPDX-License-Identifier: Apache-2.0 */
/* The command of this room: rows of the table in main.c. */
#ifndef RAMPLUS_CONFIGS_COMMANDS_H
#define RAMPLUS_CONFIGS_COMMANDS_H

#include "core/options/cli.h"

extern const CliCommand cmd_config;

#endif
