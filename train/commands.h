/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of this room: rows of the table in main.c. */
#ifndef RAMPLUS_TRAIN_COMMANDS_H
#define RAMPLUS_TRAIN_COMMANDS_H

#include "core/options/cli.h"

extern const CliCommand cmd_ablate, cmd_convert, cmd_info, cmd_report, cmd_train, cmd_verify;

#endif
