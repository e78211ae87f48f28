/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of this room: rows of the table in main.c. */
#ifndef RAMPLUS_DATA_COMMANDS_H
#define RAMPLUS_DATA_COMMANDS_H

#include "core/options/cli.h"

extern const CliCommand cmd_prepare, cmd_describe;

#endif
