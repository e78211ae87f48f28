/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of this folder; argv[0] is the command's name. They return an exit code. */
#ifndef RAMPLUS_TRAIN_COMMANDS_H
#define RAMPLUS_TRAIN_COMMANDS_H

int cmd_convert(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_ablate(int argc, char **argv);
int cmd_train(int argc, char **argv);
int cmd_verify(int argc, char **argv);

#endif
