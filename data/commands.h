/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of this folder. argv[0] is the command's name; the result is an exit code. */
#ifndef RAMPLUS_DATA_COMMANDS_H
#define RAMPLUS_DATA_COMMANDS_H

int cmd_prepare(int argc, char **argv);
int cmd_describe(int argc, char **argv);

#endif
