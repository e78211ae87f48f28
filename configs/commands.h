/* SPDX-License-Identifier: Apache-2.0 */
/* The command of this folder; argv[0] is the command's name. It returns an exit code. */
#ifndef RAMPLUS_CONFIGS_COMMANDS_H
#define RAMPLUS_CONFIGS_COMMANDS_H

int cmd_config(int argc, char **argv);

#endif
