/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of this room: rows of the table in main.c. */
#ifndef RAMPLUS_EVAL_COMMANDS_H
#define RAMPLUS_EVAL_COMMANDS_H

#include "core/options/cli.h"

extern const CliCommand cmd_embed, cmd_eval, cmd_retrieve, cmd_tag, cmd_threshold;

#endif
